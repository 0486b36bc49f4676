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
///     day   = YYYY ["-" MM ["-" DD]] / "today" / "yesterday" / 1*DIGIT ("d" / "w" / "m" / "y")
///
/// A day, month or year means all of it; `7d` is the day seven days before `now`. Days are local.
/// @return nullopt if it cannot be read.
std::optional<DateRange> parse_date_range(std::string_view value, std::int64_t now);

}  // namespace mailspoor::index
