#include "index/query/date_range.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

#include "deliver/base/text.hpp"
#include "index/message/date_time.hpp"

namespace mailspoor::index {
namespace {

/// A moment of the calendar; any part may run over, as in mktime.
struct Moment {
  int year;
  int month;
  int day;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

struct Span {
  std::int64_t begin;
  std::int64_t end;
};

std::tm parts_of(const Moment& moment) {
  std::tm parts{};
  parts.tm_year = moment.year - 1900;
  parts.tm_mon = moment.month - 1;
  parts.tm_mday = moment.day;
  parts.tm_hour = moment.hour;
  parts.tm_min = moment.minute;
  parts.tm_sec = moment.second;
  parts.tm_isdst = -1;
  return parts;
}

std::int64_t local_time(const Moment& moment) {
  auto parts = parts_of(moment);
  return std::mktime(&parts);
}

std::int64_t utc_time(const Moment& moment) {
  auto parts = parts_of(moment);
  return timegm(&parts);
}

Span local_span(const Moment& first, const Moment& behind) { return {local_time(first), local_time(behind)}; }

std::tm local_parts(std::int64_t now) {
  const std::time_t time = now;
  std::tm parts{};
  localtime_r(&time, &parts);
  return parts;
}

std::optional<int> digits(std::string_view text, std::size_t least, std::size_t most) {
  if (text.size() < least || text.size() > most) return std::nullopt;
  int value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

/// Takes what stands before the next of `separators`, and that too.
std::string_view take_until(std::string_view& rest, std::string_view separators) {
  const auto end = std::min(rest.find_first_of(separators), rest.size());
  const auto part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

///     hh ":" mm [":" ss] ["Z"]
std::optional<Span> clock_span(Moment moment, std::string_view text) {
  const bool is_utc = text.ends_with('Z') || text.ends_with('z');
  if (is_utc) text.remove_suffix(1);
  const bool has_seconds = text.size() > 5;
  const auto hour = digits(take_until(text, ":"), 1, 2);
  const auto minute = digits(take_until(text, ":"), 2, 2);
  const auto second = has_seconds ? digits(text, 2, 2) : std::optional{0};
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  moment.hour = *hour;
  moment.minute = *minute;
  moment.second = *second;
  const auto begin = is_utc ? utc_time(moment) : local_time(moment);
  return Span{begin, begin + (has_seconds ? 1 : 60)};
}

std::optional<Span> calendar_span(std::string_view text) {
  auto rest = text;
  const auto year = digits(take_until(rest, "-/"), 4, 4);
  if (!year) return std::nullopt;
  if (text.size() == 4) return local_span({*year, 1, 1}, {*year + 1, 1, 1});
  const bool has_day = rest.find_first_of("-/") != std::string_view::npos;
  const auto month = digits(take_until(rest, "-/"), 1, 2);
  if (!month || *month < 1 || *month > 12) return std::nullopt;
  if (!has_day) return local_span({*year, *month, 1}, {*year, *month + 1, 1});
  const bool has_clock = rest.find_first_of("Tt") != std::string_view::npos;
  const auto day = digits(take_until(rest, "Tt"), 1, 2);
  if (!day || !days_from_civil(*year, *month, *day)) return std::nullopt;
  if (has_clock) return clock_span({*year, *month, *day}, rest);
  return local_span({*year, *month, *day}, {*year, *month, *day + 1});
}

/// `this-week`, `lastyear`.
std::optional<Span> period_span(std::string_view text, const std::tm& today) {
  int back = 0;
  if (base::starts_with_ignoring_case(text, "last")) {
    back = 1;
  } else if (!base::starts_with_ignoring_case(text, "this")) {
    return std::nullopt;
  }
  text.remove_prefix(4);
  if (text.starts_with('-')) text.remove_prefix(1);
  const int year = today.tm_year + 1900;
  const int month = today.tm_mon + 1;
  if (base::equal_ignoring_case(text, "week")) {
    const int monday = today.tm_mday - (today.tm_wday + 6) % 7 - 7 * back;
    return local_span({year, month, monday}, {year, month, monday + 7});
  }
  if (base::equal_ignoring_case(text, "month"))
    return local_span({year, month - back, 1}, {year, month - back + 1, 1});
  if (base::equal_ignoring_case(text, "year"))
    return local_span({year - back, 1, 1}, {year - back + 1, 1, 1});
  return std::nullopt;
}

/// How many days ago the last such weekday was: 1 to 7.
std::optional<int> days_since_weekday(std::string_view text, const std::tm& today) {
  constexpr std::array<std::string_view, 7> kWeekdays{"sunday",   "monday", "tuesday", "wednesday",
                                                      "thursday", "friday", "saturday"};
  for (int number = 0; number < 7; ++number) {
    const auto name = kWeekdays[static_cast<std::size_t>(number)];
    if (base::equal_ignoring_case(text, name) || base::equal_ignoring_case(text, name.substr(0, 3)))
      return (today.tm_wday - number + 6) % 7 + 1;
  }
  return std::nullopt;
}

std::optional<Span> relative_span(std::string_view text, std::int64_t now) {
  if (text.starts_with('@')) {
    const auto seconds = digits(text.substr(1), 1, 10);
    return seconds ? std::optional{Span{*seconds, std::int64_t{*seconds} + 1}} : std::nullopt;
  }
  if (base::equal_ignoring_case(text, "now")) return Span{now, now + 1};
  const auto today = local_parts(now);
  if (const auto period = period_span(text, today)) return period;
  Moment day{today.tm_year + 1900, today.tm_mon + 1, today.tm_mday};
  if (base::equal_ignoring_case(text, "yesterday")) {
    --day.day;
  } else if (const auto days = days_since_weekday(text, today)) {
    day.day -= *days;
  } else if (!base::equal_ignoring_case(text, "today")) {
    const auto count = text.empty() ? std::nullopt : digits(text.substr(0, text.size() - 1), 1, 5);
    if (!count) return std::nullopt;
    switch (base::to_lower(text.back())) {
      case 'h':
        return Span{now - 3600 * std::int64_t{*count}, now - 3600 * std::int64_t{*count} + 1};
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
  return local_span(day, {day.year, day.month, day.day + 1});
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
    range.begin = span->begin;
  }
  if (!to.empty()) {
    const auto span = span_of(to, now);
    if (!span) return std::nullopt;
    range.end = span->end;
  }
  return range;
}

}  // namespace mailspoor::index
