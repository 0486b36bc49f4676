#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mailspoor::index {

/// A half-open span of Unix seconds; an open side is nullopt.
struct DateRange {
  std::optional<std::int64_t> begin;
  std::optional<std::int64_t> end;
};

/// Reads the value of a date field.
///
///     range = day / day ".." / ".." day / day ".." day
///     day   = YYYY ["-" MM ["-" DD ["T" hh ":" mm [":" ss] ["Z"]]]] / "@" 1*DIGIT / "now" / "today" /
///             "yesterday" / weekday / ("this" / "last") ["-"] ("week" / "month" / "year") /
///             1*DIGIT ("h" / "d" / "w" / "m" / "y")
///
/// Each means all of what it names: a year, a month, a day, a minute. `7d` is the day seven days before
/// `now`, `3h` the second three hours before; a weekday is the last such day before today; weeks begin on
/// Monday. `/` and `-` part a date alike. Times are local but for `Z` and `@`, which is Unix seconds.
/// @return nullopt if it cannot be read.
std::optional<DateRange> parse_date_range(std::string_view value, std::int64_t now);

}  // namespace mailspoor::index
