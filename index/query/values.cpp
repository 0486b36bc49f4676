#include "index/query/values.hpp"

#include <array>
#include <charconv>
#include <vector>

#include "deliver/base/text.hpp"

namespace mailspoor::index {
namespace {

/// Octets with a unit: `10k`; `1.5M` is none.
std::optional<std::int64_t> octets(std::string_view text) {
  std::int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || value < 0) return std::nullopt;
  const std::string_view unit{read.ptr, static_cast<std::size_t>(text.data() + text.size() - read.ptr)};
  if (unit.empty()) return value;
  if (unit.size() > 1 || value > (std::int64_t{1} << 32)) return std::nullopt;
  switch (base::to_lower(unit[0])) {
    case 'b':
      return value;
    case 'k':
      return value << 10;
    case 'm':
      return value << 20;
    case 'g':
      return value << 30;
    default:
      return std::nullopt;
  }
}

std::optional<unsigned> number(std::string_view digits) {
  unsigned value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || read.ec != std::errc{} || read.ptr != digits.data() + digits.size())
    return std::nullopt;
  return value;
}

struct Duration {
  std::int64_t seconds, unit;
};
std::optional<Duration> duration(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  const auto count = number(text.substr(0, text.size() - 1));
  constexpr std::string_view kUnits = "smhdw";
  constexpr std::array<std::int64_t, 5> kSeconds{1, 60, 3'600, 86'400, 604'800};
  const auto unit = kUnits.find(base::to_lower(text.back()));
  if (!count || unit == std::string_view::npos) return std::nullopt;
  return Duration{*count * kSeconds.at(unit), kSeconds.at(unit)};
}

}  // namespace

std::optional<DurationRange> parse_duration_range(std::string_view value) {
  const auto dots = value.find("..");
  const auto from = duration(value.substr(0, dots));
  if (dots == std::string_view::npos) {
    if (!from) return std::nullopt;
    return DurationRange{from->seconds, from->seconds + from->unit - 1};
  }
  const auto to = duration(value.substr(dots + 2));
  const bool is_readable = (from || dots == 0) && (to || value.size() == dots + 2) && (from || to);
  if (!is_readable) return std::nullopt;
  return DurationRange{from ? std::optional{from->seconds} : std::nullopt,
                       to ? std::optional{to->seconds} : std::nullopt};
}

std::optional<SizeRange> parse_size_range(std::string_view value) {
  const auto dots = value.find("..");
  const auto from = value.substr(0, dots);
  const auto to = dots == std::string_view::npos ? from : value.substr(dots + 2);
  if (from.empty() && to.empty()) return std::nullopt;
  SizeRange range;
  if (!from.empty() && !(range.least = octets(from))) return std::nullopt;
  if (!to.empty() && !(range.most = octets(to))) return std::nullopt;
  return range;
}

std::optional<int> parse_zone(std::string_view text) {
  if (base::equal_ignoring_case(text, "Z") || base::equal_ignoring_case(text, "UTC")) return 0;
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const int sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  std::string digits;
  for (const char c : text) {
    if (c != ':' || digits.size() != 2) digits += c;
  }
  if (digits.size() <= 2) digits += "00";
  if (digits.size() == 3) digits.insert(0, "0");
  const auto hours = number(std::string_view{digits}.substr(0, 2));
  const auto minutes = number(std::string_view{digits}.substr(2));
  if (digits.size() != 4 || !hours || !minutes || *hours > 24 || *minutes > 59) return std::nullopt;
  return sign * static_cast<int>(*hours * 60 + *minutes);
}

std::optional<std::string> parse_domain(std::string_view text) {
  while (text.starts_with('.') || text.starts_with('@')) text.remove_prefix(1);
  while (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty() || text.size() > 255 || text.find_first_of("@ */?\\\"<>") != std::string_view::npos)
    return std::nullopt;
  return std::string{text};
}

std::string_view domain_of(std::string_view addr_spec) noexcept {
  const auto at = addr_spec.rfind('@');
  return at == std::string_view::npos ? std::string_view{} : addr_spec.substr(at + 1);
}

std::string_view local_part_of(std::string_view addr_spec) noexcept {
  const auto at = addr_spec.rfind('@');
  return at == std::string_view::npos ? addr_spec : addr_spec.substr(0, at);
}

/// One row of the usual table at a time: `reached[i]` says that the pattern so far covers the first i octets.
bool matches_glob(std::string_view text, std::string_view pattern) {
  if (pattern.ends_with("/**") && matches_glob(text, pattern.substr(0, pattern.size() - 3))) return true;
  std::vector<bool> reached(text.size() + 1, false);
  reached[0] = true;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const char c = base::to_lower(pattern[at]);
    const bool is_star = c == '*';
    const bool crosses = is_star && at + 1 < pattern.size() && pattern[at + 1] == '*';
    if (crosses) ++at;
    std::vector<bool> next(text.size() + 1, false);
    if (is_star) next[0] = reached[0];
    for (std::size_t i = 1; i <= text.size(); ++i) {
      const char here = text[i - 1];
      const bool goes_on =
          (static_cast<unsigned char>(here) & 0xC0U) == 0x80U;  // inside of a UTF-8 character
      if (is_star) {
        next[i] = reached[i] || (next[i - 1] && (crosses || here != '/'));
      } else if (c == '?') {
        next[i] = goes_on ? next[i - 1] : reached[i - 1] && here != '/';
      } else {
        next[i] = reached[i - 1] && base::to_lower(here) == c;
      }
    }
    reached = std::move(next);
  }
  return reached[text.size()];
}

}  // namespace mailspoor::index
