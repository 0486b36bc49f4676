#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailspoor::index {

/// A moment and the zone it was written in.
struct DateTime {
  std::int64_t unix_seconds = 0;
  std::optional<int> offset_minutes;  ///< East of UTC; nullopt where the zone was not stated or not known.
  bool operator==(const DateTime&) const = default;
};

/// Reads the date of a header field.
///
///     date-time = [ day-name [","] ] day month-name year time [ zone ]     RFC 5322 §3.3 and §4.3
///
/// A wrong day name is passed over, as are comments. Years 00-49 are 20xx, 50-99 are 19xx, three digits count
/// from 1900. Known zones: +hhmm, UT, UTC, GMT, Z, EST EDT CST CDT MST MDT PST PDT; -0000 and unknown words
/// are UTC without an offset. Reads also `May  3 10:00:00 2002` (ctime order), which old software writes,
/// and `2023-09-05 11:34:10 +0000` (RFC 3339), which some new software writes.
/// @return nullopt for what is missing or impossible (31 Feb, 25:61).
std::optional<DateTime> parse_date_time(std::string_view text);

/// Reads IMAP's INTERNALDATE, ` 5-Mar-2024 10:00:02 +0100` (RFC 3501 §9, date-time).
std::optional<DateTime> parse_internal_date(std::string_view text);

/// `2024-03-05T10:00:02Z` (RFC 3339), years 0000 to 9999.
std::string to_rfc3339(std::int64_t unix_seconds);

/// `5 s`, `3 min`, `2 h 5 min`, `4 d 1 h`: the two largest units of a time that is not negative.
std::string duration_text(std::int64_t seconds);

/// Days since 1970-01-01 in the proleptic Gregorian calendar; nullopt if there is no such day.
std::optional<std::int64_t> days_from_civil(int year, int month, int day);

}  // namespace mailspoor::index
