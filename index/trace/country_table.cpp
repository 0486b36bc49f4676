#include "index/trace/country_table.hpp"

#include <charconv>

#include "deliver/base/text.hpp"
#include "index/message/date_time.hpp"

namespace mailspoor::index {
namespace {

constexpr std::string_view kGenerated = "# Generated:";

struct Range {
  IpOctets first{};
  IpOctets last{};
  std::string_view country;
};

/// Takes the next line off the front of `rest`, without its end.
std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  auto line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::optional<IpOctets> parse_end(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return text.find(':') == std::string_view::npos ? std::nullopt : parse_ip_address(text);
  }
  IpOctets address{};
  address[10] = address[11] = 0xFF;
  for (std::size_t index = 0; index < 4; ++index)
    address[12 + index] = static_cast<unsigned char>(number >> (24 - 8 * index));
  return address;
}

std::optional<Range> parse_range(std::string_view line) {
  if (line.starts_with('#')) return std::nullopt;
  const auto first = line.find(',');
  const auto second = first == std::string_view::npos ? first : line.find(',', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto begin = parse_end(line.substr(0, first));
  const auto end = parse_end(line.substr(first + 1, second - first - 1));
  if (!begin || !end) return std::nullopt;
  return Range{*begin, *end, line.substr(second + 1)};
}

}  // namespace

bool is_country(std::string_view code) noexcept {
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (code.size() != 2 || !is_upper(code[0]) || !is_upper(code[1])) return false;
  const bool is_of_users =
      code == "AA" || code == "ZZ" || code[0] == 'X' || (code[0] == 'Q' && code[1] >= 'M');
  return !is_of_users || code == "XK";
}

std::optional<std::int64_t> date_of_country_table(std::string_view table) {
  while (table.starts_with('#')) {
    const auto line = take_line(table);
    if (!line.starts_with(kGenerated)) continue;
    if (const auto date = parse_date_time(line.substr(kGenerated.size()))) return date->unix_seconds;
  }
  return std::nullopt;
}

std::optional<std::string> find_country(std::string_view table, const IpOctets& address) {
  // Lines from `low` to before `high` may hold it; both are beginnings of lines.
  std::size_t low = 0;
  std::size_t high = table.size();
  while (low < high) {
    const auto half = low + (high - low) / 2;
    const auto before = half == low ? std::string_view::npos : table.substr(low, half - low).rfind('\n');
    const auto middle = before == std::string_view::npos ? low : low + before + 1;
    auto rest = table.substr(middle, high - middle);
    std::optional<Range> range;
    while (!range && !rest.empty()) range = parse_range(take_line(rest));
    if (!range || address < range->first) {
      high = middle;
    } else if (address > range->last) {
      low = high - rest.size();
    } else {
      if (!is_country(range->country)) return std::nullopt;
      return std::string{range->country};
    }
  }
  return std::nullopt;
}

}  // namespace mailspoor::index
