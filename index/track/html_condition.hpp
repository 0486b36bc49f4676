#pragma once

#include <optional>
#include <string_view>

namespace mailspoor::index {

/// The HTML in a conditional comment that Outlook may display, where this is one; nullopt otherwise.
///
///     comment   = "[if" condition "]>" html ["<![endif]"]
///     condition = all *( "|" all )
///     all       = one *( "&" one )
///     one       = "!" one / "(" condition ")" / [comparison] name [version]
///
/// Which version reads it is not asked: what is true for any is displayed by some. `!mso` is not, as all
/// readers but Outlook see a comment.
/// @param comment  The text between the delimiters.
std::optional<std::string_view> conditional_html(std::string_view comment) noexcept;

}  // namespace mailspoor::index
