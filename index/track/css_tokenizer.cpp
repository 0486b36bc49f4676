#include "index/track/css_tokenizer.hpp"

#include <array>
#include <charconv>
#include <system_error>

#include "deliver/base/text.hpp"

namespace mailspoor::index {
namespace {

constexpr std::string_view kReplacementCharacter = "\uFFFD";

// Bits of kOctets. The standard's preprocessing (§3.3) is done here: CR and FF are line ends, and NUL, which
// becomes U+FFFD, belongs to names.
constexpr std::uint8_t kLineEnd = 1;
constexpr std::uint8_t kBlank = 2;
constexpr std::uint8_t kDigit = 4;
constexpr std::uint8_t kHexDigit = 8;
constexpr std::uint8_t kNameStart = 16;
constexpr std::uint8_t kName = 32;
constexpr std::uint8_t kUnprintable = 64;
constexpr std::uint8_t kEndsPlainValue = 128;

constexpr auto kOctets = [] {
  std::array<std::uint8_t, 256> kinds{};
  const auto add = [&](int first, int last, unsigned bits) {
    for (int octet = first; octet <= last; ++octet) {
      auto& kind = kinds[static_cast<std::size_t>(octet)];
      kind = static_cast<std::uint8_t>(kind | bits);
    }
  };
  add('0', '9', kDigit | kHexDigit | kName);
  add('a', 'z', kNameStart | kName);
  add('A', 'Z', kNameStart | kName);
  add('a', 'f', kHexDigit);
  add('A', 'F', kHexDigit);
  add(0x80, 0xFF, kNameStart | kName);
  add('_', '_', kNameStart | kName);
  add(0, 0, kNameStart | kName);
  add('-', '-', kName);
  add(1, 8, kUnprintable);
  add(0x0B, 0x0B, kUnprintable);
  add(0x0E, 0x1F, kUnprintable);
  add(0x7F, 0x7F, kUnprintable);
  for (const char c : {'\n', '\r', '\f'}) add(c, c, kLineEnd | kBlank);
  for (const char c : {' ', '\t'}) add(c, c, kBlank);
  for (const char c : {';', '"', '\'', '(', ')', '[', ']', '{', '}', '\\', '/', '<'}) {
    add(c, c, kEndsPlainValue);
  }
  return kinds;
}();

bool is(char c, std::uint8_t kind) noexcept { return (kOctets[static_cast<unsigned char>(c)] & kind) != 0; }

}  // namespace

const CssToken& CssTokenizer::next() {
  token_ = {};
  skip_comments();
  if (position_ >= source_.size()) return token_;
  const char c = source_[position_];
  if (is(c, kBlank)) {
    skip_blanks();
    token_.kind = CssTokenKind::blank;
    return token_;
  }
  if (is(c, kDigit)) {
    take_numeric();
    return token_;
  }
  if (is(c, kNameStart)) {
    take_ident_like();
    return token_;
  }
  switch (c) {
    case '"':
    case '\'':
      take_string(c);
      return token_;
    case '(':
      take_kind(CssTokenKind::open_paren);
      return token_;
    case ')':
      take_kind(CssTokenKind::close_paren);
      return token_;
    case '[':
      take_kind(CssTokenKind::open_square);
      return token_;
    case ']':
      take_kind(CssTokenKind::close_square);
      return token_;
    case '{':
      take_kind(CssTokenKind::open_curly);
      return token_;
    case '}':
      take_kind(CssTokenKind::close_curly);
      return token_;
    case ',':
      take_kind(CssTokenKind::comma);
      return token_;
    case ':':
      take_kind(CssTokenKind::colon);
      return token_;
    case ';':
      take_kind(CssTokenKind::semicolon);
      return token_;
    case '#':
      if (is(at(position_ + 1), kName) ? position_ + 1 < source_.size() : starts_escape(position_ + 1)) {
        take_hash();
        return token_;
      }
      break;
    case '@':
      if (starts_ident(position_ + 1)) {
        ++position_;
        take_name();
        token_.kind = CssTokenKind::at_keyword;
        return token_;
      }
      break;
    case '<':
      if (take_word("<!--")) {
        token_.kind = CssTokenKind::cdo;
        return token_;
      }
      break;
    case '+':
    case '.':
      if (starts_number(position_)) {
        take_numeric();
        return token_;
      }
      break;
    case '-':
      if (starts_number(position_)) {
        take_numeric();
        return token_;
      }
      if (take_word("-->")) {
        token_.kind = CssTokenKind::cdc;
        return token_;
      }
      if (starts_ident(position_)) {
        take_ident_like();
        return token_;
      }
      break;
    case '\\':
      if (starts_escape(position_)) {
        take_ident_like();
        return token_;
      }
      break;
    default:
      break;
  }
  token_.delim = c;
  take_kind(CssTokenKind::delim);
  return token_;
}

bool CssTokenizer::skip_plain_value() noexcept {
  auto end = position_;
  for (; end < source_.size(); ++end) {
    const char c = source_[end];
    if (!is(c, kEndsPlainValue)) continue;
    if (c == ';' || c == '}') break;
    if (c != '/' || at(end + 1) == '*') return false;
  }
  position_ = end;
  return true;
}

void CssTokenizer::skip_comments() noexcept {
  while (at(position_) == '/' && at(position_ + 1) == '*') {
    const auto end = source_.find("*/", position_ + 2);
    position_ = end == std::string_view::npos ? source_.size() : end + 2;
  }
}

void CssTokenizer::skip_blanks() noexcept {
  while (position_ < source_.size() && is(source_[position_], kBlank)) ++position_;
}

bool CssTokenizer::take_word(std::string_view word) noexcept {
  if (source_.substr(position_, word.size()) != word) return false;
  position_ += word.size();
  return true;
}

/// §4.3.8: a backslash before anything but a line end, the end of the source included.
bool CssTokenizer::starts_escape(std::size_t position) const noexcept {
  if (at(position) != '\\') return false;
  return position + 1 >= source_.size() || !is(source_[position + 1], kLineEnd);
}

bool CssTokenizer::starts_ident(std::size_t position) const noexcept {
  if (position >= source_.size()) return false;
  if (source_[position] != '-') return is(source_[position], kNameStart) || starts_escape(position);
  if (position + 1 >= source_.size()) return false;
  const char second = source_[position + 1];
  return second == '-' || is(second, kNameStart) || starts_escape(position + 1);
}

///     number = ["+" / "-"] (1*DIGIT ["." 1*DIGIT] / "." 1*DIGIT) [("e" / "E") ["+" / "-"] 1*DIGIT]
bool CssTokenizer::starts_number(std::size_t position) const noexcept {
  if (at(position) == '+' || at(position) == '-') ++position;
  if (at(position) == '.') ++position;
  return is(at(position), kDigit);
}

void CssTokenizer::take_numeric() {
  auto begin = position_;
  if (at(position_) == '+' || at(position_) == '-') ++position_;
  if (source_[begin] == '+') ++begin;  // which from_chars does not take
  const auto take_digits = [this] {
    while (is(at(position_), kDigit)) ++position_;
  };
  take_digits();
  if (at(position_) == '.' && is(at(position_ + 1), kDigit)) {
    ++position_;
    take_digits();
  }
  if (const char e = at(position_); e == 'e' || e == 'E') {
    const bool has_sign = at(position_ + 1) == '+' || at(position_ + 1) == '-';
    if (is(at(position_ + (has_sign ? 2 : 1)), kDigit)) {
      position_ += has_sign ? 2 : 1;
      take_digits();
    }
  }
  const auto written = source_.substr(begin, position_ - begin);
  const auto result = std::from_chars(written.data(), written.data() + written.size(), token_.number);
  if (result.ec == std::errc::result_out_of_range) {
    constexpr double kHuge = 1e30;
    const bool is_small = written.find("e-") != std::string_view::npos ||
                          written.find("E-") != std::string_view::npos || written.substr(0, 2) == "0." ||
                          written[0] == '.';
    token_.number = is_small ? 0 : written[0] == '-' ? -kHuge : kHuge;
  }
  token_.kind = CssTokenKind::number;
  if (at(position_) == '%') {
    take_kind(CssTokenKind::percentage);
  } else if (starts_ident(position_)) {
    take_name();
    token_.kind = CssTokenKind::dimension;
  }
}

void CssTokenizer::take_ident_like() {
  take_name();
  token_.kind = CssTokenKind::ident;
  if (at(position_) != '(') return;
  ++position_;
  token_.kind = CssTokenKind::function;
  if (!base::equal_ignoring_case(token_.text, "url")) return;
  auto after = position_;
  while (after < source_.size() && is(source_[after], kBlank)) ++after;
  if (at(after) != '"' && at(after) != '\'') take_url();
}

/// A line end ends the string, and spoils it.
void CssTokenizer::take_string(char quote) {
  const auto begin = ++position_;
  auto kept = begin;
  bool is_decoded = false;
  const auto keep = [&](std::size_t end) {
    if (!is_decoded) decoded_.clear();
    is_decoded = true;
    decoded_ += source_.substr(kept, end - kept);
  };
  token_.kind = CssTokenKind::string;
  for (; position_ < source_.size(); ++position_) {
    const char c = source_[position_];
    if (c == quote) break;
    if (is(c, kLineEnd)) {
      token_.kind = CssTokenKind::bad_string;
      return;
    }
    if (c == '\0') {
      keep(position_);
      decoded_ += kReplacementCharacter;
      kept = position_ + 1;
    } else if (c == '\\') {
      keep(position_);
      if (position_ + 1 >= source_.size()) {
        kept = source_.size();
      } else if (is(source_[position_ + 1], kLineEnd)) {
        ++position_;
        if (source_[position_] == '\r' && at(position_ + 1) == '\n') ++position_;
        kept = position_ + 1;
      } else {
        append_escape();
        kept = position_;
        --position_;
      }
    }
  }
  const auto end = position_;
  if (position_ < source_.size()) ++position_;
  if (is_decoded) {
    decoded_ += source_.substr(kept, end - kept);
    token_.text = decoded_;
  } else {
    token_.text = source_.substr(begin, end - begin);
  }
}

/// Takes what follows `url(` where it is no string (§4.3.6).
void CssTokenizer::take_url() {
  token_.kind = CssTokenKind::url;
  token_.text = {};
  skip_blanks();
  decoded_.clear();
  auto kept = position_;
  bool is_decoded = false;
  auto end = source_.size();
  while (true) {
    if (position_ >= source_.size()) break;
    const char c = source_[position_];
    if (c == ')' || is(c, kBlank)) {
      end = position_;
      skip_blanks();
      if (position_ >= source_.size()) break;
      if (source_[position_] != ')') return take_bad_url();
      ++position_;
      break;
    }
    if (c == '"' || c == '\'' || c == '(' || is(c, kUnprintable)) return take_bad_url();
    if (c != '\\' && c != '\0') {
      ++position_;
      continue;
    }
    if (c == '\\' && !starts_escape(position_)) return take_bad_url();
    decoded_ += source_.substr(kept, position_ - kept);
    is_decoded = true;
    if (c == '\\') {
      append_escape();
    } else {
      decoded_ += kReplacementCharacter;
      ++position_;
    }
    kept = position_;
  }
  if (is_decoded) {
    decoded_ += source_.substr(kept, end - kept);
    token_.text = decoded_;
  } else {
    token_.text = source_.substr(kept, end - kept);
  }
}

/// Passes over the rest of it (§4.3.14).
void CssTokenizer::take_bad_url() noexcept {
  token_.kind = CssTokenKind::bad_url;
  token_.text = {};
  while (position_ < source_.size() && source_[position_] != ')') {
    position_ += starts_escape(position_) ? 2 : 1;
  }
  position_ = position_ < source_.size() ? position_ + 1 : source_.size();
}

void CssTokenizer::take_hash() {
  ++position_;
  token_.is_id = starts_ident(position_);
  take_name();
  token_.kind = CssTokenKind::hash;
}

void CssTokenizer::take_name() {
  auto kept = position_;
  bool is_decoded = false;
  while (position_ < source_.size()) {
    const char c = source_[position_];
    if (is(c, kName) && c != '\0') {
      ++position_;
      continue;
    }
    if (c != '\0' && !starts_escape(position_)) break;
    if (!is_decoded) decoded_.clear();
    is_decoded = true;
    decoded_ += source_.substr(kept, position_ - kept);
    if (c == '\0') {
      decoded_ += kReplacementCharacter;
      ++position_;
    } else {
      append_escape();
    }
    kept = position_;
  }
  if (is_decoded) {
    decoded_ += source_.substr(kept, position_ - kept);
    token_.text = decoded_;
  } else {
    token_.text = source_.substr(kept, position_ - kept);
  }
}

/// Takes an escape (§4.3.7).
///
///     escape = "\" (1*6HEXDIG [blank] / any)
void CssTokenizer::append_escape() {
  constexpr std::size_t kMostDigits = 6;
  ++position_;
  if (position_ >= source_.size() || source_[position_] == '\0') {
    decoded_ += kReplacementCharacter;
    if (position_ < source_.size()) ++position_;
    return;
  }
  if (!is(source_[position_], kHexDigit)) {
    decoded_ += source_[position_++];  // of a longer sequence, the rest is taken as what it is
    return;
  }
  char32_t code_point = 0;
  for (std::size_t digits = 0; digits < kMostDigits && is(at(position_), kHexDigit); ++digits) {
    const char c = base::to_lower(source_[position_++]);
    code_point = code_point * 16 + static_cast<char32_t>(c <= '9' ? c - '0' : c - 'a' + 10);
  }
  if (at(position_) == '\r' && at(position_ + 1) == '\n') ++position_;
  if (position_ < source_.size() && is(source_[position_], kBlank)) ++position_;
  base::append_utf8(decoded_, code_point == 0 ? 0xFFFD : code_point);
}

}  // namespace mailspoor::index
