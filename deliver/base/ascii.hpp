#pragma once

#include <algorithm>
#include <string_view>

// Kinds of octets, as protocols name them: ASCII, whatever the locale.
namespace mailspoor::base {

inline constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
inline constexpr bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
inline constexpr bool is_alphanumeric(char c) noexcept { return is_letter(c) || is_digit(c); }

/// WSP of RFC 5234: SP or TAB.
inline constexpr bool is_wsp(char c) noexcept { return c == ' ' || c == '\t'; }
/// WSP, CR or LF: what a folded field has between its words.
inline constexpr bool is_blank(char c) noexcept { return is_wsp(c) || c == '\r' || c == '\n'; }

/// Of a hexadecimal digit of either case; -1 for anything else.
inline constexpr int hex_value(char c) noexcept {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

inline constexpr bool is_ascii(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace mailspoor::base
