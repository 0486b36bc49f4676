#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace mailspoor::index {

/// The marked parts of a text, in their order; views into it.
using ShapeParts = std::array<std::string_view, 4>;

/// Whether the whole of a text has a shape, and which parts of it are marked: how programs are told by the
/// Message-IDs and boundaries that they make.
///
///     shape = *(class [count] / gap / "(" / ")" / literal)      parentheses mark a part
///     class = "%d" digit / "%x" 0-9a-f / "%X" 0-9A-F / "%h" either / "%u" A-Z / "%l" a-z / "%w" letter or
///     digit
///           / "%b" letter, digit, "-", "_", "+", "/" or "=" / "%n" all but "@"
///     count = "{" n ["," m] "}" / "+" / "*"              without it once
///     gap   = "%*"                                        up to where the literal behind it stands first, or
///                                                         the end
///
/// Each class takes all it can, and nothing is tried again: one pass. So what follows a class that is counted
/// must not begin with what the class takes.
/// @return nullopt if it has another shape.
std::optional<ShapeParts> match_shape(std::string_view text, std::string_view shape) noexcept;

}  // namespace mailspoor::index
