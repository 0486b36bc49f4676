#include "index/trace/shape.hpp"

#include <limits>

#include "deliver/base/ascii.hpp"

namespace mailspoor::index {
namespace {

using base::is_alphanumeric;
using base::is_digit;

bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }

bool is_of_class(char c, char name) noexcept {
  switch (name) {
    case 'd':
      return is_digit(c);
    case 'x':
      return is_digit(c) || (c >= 'a' && c <= 'f');
    case 'X':
      return is_digit(c) || (c >= 'A' && c <= 'F');
    case 'h':
      return base::hex_value(c) >= 0;
    case 'u':
      return is_upper(c);
    case 'l':
      return is_lower(c);
    case 'w':
      return is_alphanumeric(c);
    case 'b':
      return is_alphanumeric(c) || c == '-' || c == '_' || c == '+' || c == '/' || c == '=';
    case 'n':
      return c != '@';
    default:
      return false;
  }
}

/// What of the shape is to be taken as it stands, up to the next class or mark.
std::string_view literal_at_front(std::string_view shape) noexcept {
  return shape.substr(0, shape.find_first_of("%()"));
}

struct Count {
  std::size_t least = 1;
  std::size_t most = 1;
};

std::size_t take_number(std::string_view& shape) noexcept {
  std::size_t number = 0;
  for (; !shape.empty() && is_digit(shape.front()); shape.remove_prefix(1))
    number = number * 10 + static_cast<std::size_t>(shape.front() - '0');
  return number;
}

Count take_count(std::string_view& shape) noexcept {
  constexpr auto kAny = std::numeric_limits<std::size_t>::max();
  if (shape.empty()) return {};
  const char sign = shape.front();
  if (sign != '{' && sign != '+' && sign != '*') return {};
  shape.remove_prefix(1);
  if (sign == '+') return {1, kAny};
  if (sign == '*') return {0, kAny};
  Count count;
  count.least = count.most = take_number(shape);
  if (shape.starts_with(',')) {
    shape.remove_prefix(1);
    count.most = take_number(shape);
  }
  shape.remove_prefix(shape.empty() ? 0 : 1);
  return count;
}

}  // namespace

std::optional<ShapeParts> match_shape(std::string_view text, std::string_view shape) noexcept {
  ShapeParts parts;
  std::size_t open = 0;
  std::size_t at = 0;
  std::size_t part = 0;
  while (!shape.empty()) {
    const char sign = shape.front();
    shape.remove_prefix(1);
    if (sign == '(') {
      open = at;
    } else if (sign == ')') {
      if (part < parts.size()) parts[part++] = text.substr(open, at - open);
    } else if (sign == '%' && shape.starts_with('*')) {
      shape.remove_prefix(1);
      const auto behind = literal_at_front(shape);
      at = behind.empty() ? text.size() : text.find(behind, at);
      if (at == std::string_view::npos) return std::nullopt;
    } else if (sign == '%' && !shape.empty()) {
      const char name = shape.front();
      shape.remove_prefix(1);
      const auto count = take_count(shape);
      std::size_t taken = 0;
      while (taken < count.most && at < text.size() && is_of_class(text[at], name)) {
        ++taken;
        ++at;
      }
      if (taken < count.least) return std::nullopt;
    } else {
      if (at == text.size() || text[at] != sign) return std::nullopt;
      ++at;
    }
  }
  if (at != text.size()) return std::nullopt;
  return parts;
}

}  // namespace mailspoor::index
