#include "index/query/date_range.hpp"

#include <charconv>
#include <ctime>

#include "deliver/base/text.hpp"
#include "index/message/date_time.hpp"

namespace mailspoor::index {
namespace {

/// A calendar day; the month and the day may run over, as in mktime.
struct Day {
  int year;
  int month;
  int day;
};

struct Span {
  Day first;
  Day behind;
};

std::int64_t local_midnight(const Day& day) {
  std::tm parts{};
  parts.tm_year = day.year - 1900;
  parts.tm_mon = day.month - 1;
  parts.tm_mday = day.day;
  parts.tm_isdst = -1;
  return std::mktime(&parts);
}

Day local_day(std::int64_t now) {
  const std::time_t time = now;
  std::tm parts{};
  localtime_r(&time, &parts);
  return {parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday};
}

std::optional<int> digits(std::string_view text, std::size_t least, std::size_t most) {
  if (text.size() < least || text.size() > most) return std::nullopt;
  int value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::optional<Span> calendar_span(std::string_view text) {
  const auto first_dash = text.find('-');
  const auto year = digits(text.substr(0, first_dash), 4, 4);
  if (!year) return std::nullopt;
  if (first_dash == std::string_view::npos) return Span{{*year, 1, 1}, {*year + 1, 1, 1}};
  const auto second_dash = text.find('-', first_dash + 1);
  const auto month = digits(text.substr(first_dash + 1, second_dash - first_dash - 1), 1, 2);
  if (!month || *month < 1 || *month > 12) return std::nullopt;
  if (second_dash == std::string_view::npos) return Span{{*year, *month, 1}, {*year, *month + 1, 1}};
  const auto day = digits(text.substr(second_dash + 1), 1, 2);
  if (!day || !days_from_civil(*year, *month, *day)) return std::nullopt;
  return Span{{*year, *month, *day}, {*year, *month, *day + 1}};
}

std::optional<Span> relative_span(std::string_view text, std::int64_t now) {
  auto day = local_day(now);
  if (base::equal_ignoring_case(text, "yesterday")) {
    --day.day;
  } else if (!base::equal_ignoring_case(text, "today")) {
    const auto count = text.empty() ? std::nullopt : digits(text.substr(0, text.size() - 1), 1, 5);
    if (!count) return std::nullopt;
    switch (base::to_lower(text.back())) {
      case 'd':
        day.day -= *count;
        break;
      case 'w':
        day.day -= 7 * *count;
        break;
      case 'm':
        day.month -= *count;
        break;
      case 'y':
        day.year -= *count;
        break;
      default:
        return std::nullopt;
    }
  }
  return Span{day, {day.year, day.month, day.day + 1}};
}

std::optional<Span> span_of(std::string_view text, std::int64_t now) {
  if (const auto span = calendar_span(text)) return span;
  return relative_span(text, now);
}

}  // namespace

std::optional<DateRange> parse_date_range(std::string_view value, std::int64_t now) {
  const auto dots = value.find("..");
  const auto from = value.substr(0, dots);
  const auto to = dots == std::string_view::npos ? from : value.substr(dots + 2);
  if (from.empty() && to.empty()) return std::nullopt;
  DateRange range;
  if (!from.empty()) {
    const auto span = span_of(from, now);
    if (!span) return std::nullopt;
    range.begin = local_midnight(span->first);
  }
  if (!to.empty()) {
    const auto span = span_of(to, now);
    if (!span) return std::nullopt;
    range.end = local_midnight(span->behind);
  }
  return range;
}

}  // namespace mailspoor::index
