#include "deliver/base/modified_utf7.hpp"

#include <cstdint>

#include "deliver/base/text.hpp"

namespace mailspoor::base {
namespace {

// Base64 with ',' in the place of '/' (RFC 3501 §5.1.3).
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

bool is_printable_ascii(char32_t c) noexcept { return c >= 0x20 && c <= 0x7E; }

/// Collects 16-bit units and writes them as base64 without padding.
class Base64Run {
 public:
  explicit Base64Run(std::string& out) : out_{out} {}
  void put(std::uint32_t unit) {
    bits_ = (bits_ << 16U) | unit;
    count_ += 16;
    while (count_ >= 6) {
      count_ -= 6;
      out_ += kAlphabet[(bits_ >> count_) & 63U];
    }
    bits_ &= (1U << count_) - 1U;
  }
  void finish() {
    if (count_ > 0) out_ += kAlphabet[(bits_ << (6 - count_)) & 63U];
  }

 private:
  std::string& out_;
  std::uint64_t bits_ = 0;
  unsigned count_ = 0;
};

/// The UTF-8 of one base64 run (without '&' and '-'); nullopt if it is none.
std::optional<std::string> decode_run(std::string_view run) {
  std::string utf8;
  std::uint64_t bits = 0;
  unsigned count = 0;
  char32_t high_surrogate = 0;
  for (const char c : run) {
    const auto value = kAlphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = ((bits << 6U) | value) & 0xFFFFFFU;
    count += 6;
    if (count < 16) continue;
    count -= 16;
    const auto unit = static_cast<char32_t>((bits >> count) & 0xFFFFU);
    const bool is_high = unit >= 0xD800 && unit < 0xDC00;
    const bool is_low = unit >= 0xDC00 && unit < 0xE000;
    if (is_low != (high_surrogate != 0)) return std::nullopt;
    if (is_high) {
      high_surrogate = unit;
      continue;
    }
    append_utf8(utf8, is_low ? 0x10000 + ((high_surrogate - 0xD800) << 10U) + (unit - 0xDC00) : unit);
    high_surrogate = 0;
  }
  if (high_surrogate != 0) return std::nullopt;
  return utf8;
}

}  // namespace

std::string to_modified_utf7(std::string_view utf8) {
  std::string name;
  while (!utf8.empty()) {
    auto look = utf8;
    char32_t c = take_code_point(look);
    if (is_printable_ascii(c)) {
      name += c == '&' ? std::string{"&-"} : std::string(1, static_cast<char>(c));
      utf8 = look;
      continue;
    }
    name += '&';
    Base64Run run{name};
    do {
      if (c >= 0x10000) {
        run.put(0xD800U + ((c - 0x10000U) >> 10U));
        run.put(0xDC00U + ((c - 0x10000U) & 0x3FFU));
      } else {
        run.put(c);
      }
      utf8 = look;
      if (!look.empty()) c = take_code_point(look);
    } while (!utf8.empty() && !is_printable_ascii(c));
    run.finish();
    name += '-';
  }
  return name;
}

std::optional<std::string> from_modified_utf7(std::string_view name) {
  std::string utf8;
  for (std::size_t at = 0; at < name.size();) {
    if (!is_printable_ascii(static_cast<unsigned char>(name[at]))) return std::nullopt;
    if (name[at] != '&') {
      utf8 += name[at++];
      continue;
    }
    const auto end = name.find('-', at);
    if (end == std::string_view::npos) return std::nullopt;
    const auto run = name.substr(at + 1, end - at - 1);
    if (run.empty()) {
      utf8 += '&';
    } else {
      const auto decoded = decode_run(run);
      if (!decoded) return std::nullopt;
      utf8 += *decoded;
    }
    at = end + 1;
  }
  if (to_modified_utf7(utf8) != name) return std::nullopt;
  return utf8;
}

}  // namespace mailspoor::base
