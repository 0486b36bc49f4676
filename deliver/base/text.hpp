#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mailspoor::base {

/// Takes one code point off the front of `rest`; U+FFFD and one octet for what is no UTF-8 (RFC 3629: no
/// surrogates, no overlong forms, nothing above U+10FFFF). `rest` must not be empty.
char32_t take_code_point(std::string_view& rest) noexcept;

void append_utf8(std::string& text, char32_t code_point);

bool is_utf8(std::string_view text) noexcept;

/// `text` with every octet that is no UTF-8 replaced by U+FFFD. NUL and controls stay.
std::string to_valid_utf8(std::string_view text);

/// Whether a terminal might do something else with it than show it: C0, DEL and C1 controls, bidirectional
/// controls, line and paragraph separators.
bool is_control(char32_t code_point) noexcept;

/// What came from mail or a server, made fit for a terminal, a log or an error text: C0, DEL and C1 controls,
/// bidirectional controls, line and paragraph separators and octets that are no UTF-8 become a visible
/// `\x1b`, `\u202e` form; a new-line and a tab stay with Lines::keep; a backslash always stays as it is.
enum class Lines { escape, keep };
std::string printable(std::string_view text, Lines lines = Lines::escape);

char to_lower(char c) noexcept;
/// ASCII letters only, as protocols compare their words.
std::string to_lower(std::string_view text);
bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept;
bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) noexcept;

}  // namespace mailspoor::base
