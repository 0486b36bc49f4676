#include "deliver/base/base64.hpp"

#include <cstdint>

namespace mailspoor::base {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Of a digit; -1 for what is none.
int value_of(char c) noexcept {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

}  // namespace

std::string to_base64(std::string_view octets) {
  std::string text;
  text.reserve((octets.size() + 2) / 3 * 4);
  while (!octets.empty()) {
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8 | (i < octets.size() ? static_cast<unsigned char>(octets[i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i)
      text += i <= octets.size() ? kAlphabet[group >> (18 - 6 * i) & 63] : '=';
    octets.remove_prefix(octets.size() < 3 ? octets.size() : 3);
  }
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string octets;
  octets.reserve(text.size() / 4 * 3);
  for (; !text.empty(); text.remove_prefix(4)) {
    std::size_t digits = 4;
    while (text.size() == 4 && digits > 2 && text[digits - 1] == '=') --digits;
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      const auto value = value_of(text[i]);
      if (value < 0) return std::nullopt;
      group |= static_cast<std::uint32_t>(value) << (18 - 6 * i);
    }
    const std::uint32_t spare = digits == 4 ? 0 : digits == 3 ? 0xFF : 0xFFFF;
    if ((group & spare) != 0) return std::nullopt;
    for (std::size_t i = 0; i + 1 < digits; ++i) octets += static_cast<char>(group >> (16 - 8 * i) & 0xFF);
  }
  return octets;
}

std::string read_base64(std::string_view text) {
  std::string octets;
  unsigned bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const auto value = value_of(c);
    if (value < 0) continue;
    bits = ((bits << 6U) | static_cast<unsigned>(value)) & 0xFFFFFFU;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    octets += static_cast<char>((bits >> count) & 0xFFU);
  }
  return octets;
}

}  // namespace mailspoor::base
