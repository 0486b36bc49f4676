#include "index/message/date_time.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <utility>

#include "deliver/base/ascii.hpp"
#include "deliver/base/text.hpp"

namespace mailspoor::index {
namespace {

using base::is_digit;
using base::is_letter;

constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                   "jul", "aug", "sep", "oct", "nov", "dec"};
/// RFC 5322 §4.3. The single military letters are as good as unknown (§4.3), but for Z.
constexpr std::array<std::pair<std::string_view, int>, 12> kZones{{{"ut", 0},
                                                                   {"utc", 0},
                                                                   {"gmt", 0},
                                                                   {"z", 0},
                                                                   {"est", -300},
                                                                   {"edt", -240},
                                                                   {"cst", -360},
                                                                   {"cdt", -300},
                                                                   {"mst", -420},
                                                                   {"mdt", -360},
                                                                   {"pst", -480},
                                                                   {"pdt", -420}}};

/// Walks over the words of a date. Commas and comments count as blanks.
class DateWords {
 public:
  explicit DateWords(std::string_view text) : rest_{text} {}

  /// The next run of letters, digits with ':' '.' inside, or a signed number; empty at the end.
  std::string_view next() {
    skip_blanks();
    if (rest_.empty()) return {};
    std::size_t length = 1;
    if (is_letter(rest_[0])) {
      while (length < rest_.size() && is_letter(rest_[length])) ++length;
    } else if (is_digit(rest_[0]) || rest_[0] == '+' || rest_[0] == '-') {
      while (length < rest_.size() &&
             (is_digit(rest_[length]) || rest_[length] == ':' || rest_[length] == '.'))
        ++length;
    }
    const auto word = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return word;
  }

 private:
  void skip_blanks() {
    std::size_t depth = 0;
    std::size_t at = 0;
    for (; at < rest_.size(); ++at) {
      const char c = rest_[at];
      if (c == '(') {
        ++depth;
      } else if (c == ')' && depth > 0) {
        --depth;
      } else if (depth == 0 && !base::is_blank(c) && c != ',') {
        break;
      }
    }
    rest_.remove_prefix(at);
  }
  std::string_view rest_;
};

std::optional<int> to_number(std::string_view digits) {
  if (digits.empty() || digits.size() > 4) return std::nullopt;
  int value = 0;
  for (const char c : digits) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::optional<int> month_number(std::string_view word) {
  if (word.size() < 3) return std::nullopt;
  for (std::size_t index = 0; index < kMonths.size(); ++index) {
    if (base::equal_ignoring_case(word.substr(0, 3), kMonths[index])) return static_cast<int>(index) + 1;
  }
  return std::nullopt;
}

std::optional<int> year_number(std::string_view word) {
  const auto value = to_number(word);
  if (!value || word.size() < 2) return std::nullopt;
  if (word.size() == 2) return *value < 50 ? 2000 + *value : 1900 + *value;
  return word.size() == 3 ? 1900 + *value : *value;
}

/// Seconds of the day from `hh:mm[:ss[.fraction]]`; a leap second counts as the 59th.
std::optional<int> seconds_of_day(std::string_view word) {
  std::array<int, 3> parts{0, 0, 0};
  std::size_t count = 0;
  for (; count < parts.size() && !word.empty(); ++count) {
    const auto end = word.find_first_of(count == 2 ? "." : ":.");
    const auto digits = word.substr(0, end);
    const auto value = to_number(digits);
    if (!value || digits.size() > 2) return std::nullopt;
    parts[count] = *value;
    word.remove_prefix(end == std::string_view::npos ? word.size() : end + 1);
  }
  if (count < 2 || parts[0] > 23 || parts[1] > 59 || parts[2] > 60) return std::nullopt;
  return parts[0] * 3600 + parts[1] * 60 + (parts[2] == 60 ? 59 : parts[2]);
}

/// Minutes east of UTC; nullopt for `-0000`, nothing, words that name no zone we know, and a day or more: RFC
/// 5322 §3.3 can write four.
std::optional<int> zone_minutes(std::string_view word) {
  if (word.size() == 6 && word[3] == ':') {
    const std::string packed = fmt::format("{}{}", word.substr(0, 3), word.substr(4));
    return zone_minutes(packed);
  }
  if (word.size() == 5 && (word[0] == '+' || word[0] == '-')) {
    const auto hours = to_number(word.substr(1, 2));
    const auto minutes = to_number(word.substr(3, 2));
    if (!hours || !minutes || word == "-0000" || *hours > 23 || *minutes > 59) return std::nullopt;
    const int total = *hours * 60 + *minutes;
    return word[0] == '-' ? -total : total;
  }
  for (const auto& [name, minutes] : kZones) {
    if (base::equal_ignoring_case(word, name)) return minutes;
  }
  return std::nullopt;
}

std::optional<DateTime> assemble(std::optional<int> year, std::optional<int> month, std::optional<int> day,
                                 std::optional<int> seconds, std::optional<int> offset) {
  if (!year || !month || !day || !seconds) return std::nullopt;
  const auto days = days_from_civil(*year, *month, *day);
  if (!days) return std::nullopt;
  return DateTime{*days * 86'400 + *seconds - std::int64_t{offset.value_or(0)} * 60, offset};
}

/// What follows the year of `2023-09-05 11:34:10.18 +0000` or `2023-09-05T11:34:10Z` (RFC 3339 §5.6).
std::optional<DateTime> parse_behind_year(std::string_view year, DateWords words) {
  const auto number_behind_hyphen = [&]() -> std::optional<int> {
    const auto word = words.next();
    return word.size() == 3 && word[0] == '-' ? to_number(word.substr(1)) : std::nullopt;
  };
  const auto month = number_behind_hyphen();
  const auto day = number_behind_hyphen();
  auto time = words.next();
  if (base::equal_ignoring_case(time, "T")) time = words.next();
  const auto seconds = seconds_of_day(time);
  return assemble(year_number(year), month, day, seconds, zone_minutes(words.next()));
}

}  // namespace

std::optional<std::int64_t> days_from_civil(int year, int month, int day) {
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (year < 0 || year > 9999 || month < 1 || day < 1 || !date.ok()) return std::nullopt;
  return std::chrono::sys_days{date}.time_since_epoch().count();
}

std::optional<DateTime> parse_date_time(std::string_view text) {
  DateWords words{text};
  auto word = words.next();
  if (!word.empty() && is_letter(word[0]) && !month_number(word)) word = words.next();  // the day's name

  if (!word.empty() && is_letter(word[0])) {
    const auto month = month_number(word);
    const auto day = to_number(words.next());
    const auto time = seconds_of_day(words.next());
    auto year_word = words.next();
    std::optional<int> offset;
    if (!year_word.empty() && is_letter(year_word[0])) {
      offset = zone_minutes(year_word);
      year_word = words.next();
    }
    const auto year = year_number(year_word);
    if (const auto zone = words.next(); !zone.empty()) offset = zone_minutes(zone);
    return assemble(year, month, day, time, offset);
  }
  if (word.size() == 4) return parse_behind_year(word, words);
  const auto day = to_number(word);
  auto month_word = words.next();
  if (month_word == "-") month_word = words.next();
  const auto month = month_number(month_word);
  auto year_word = words.next();
  if (year_word.size() > 1 && year_word[0] == '-') year_word.remove_prefix(1);  // 05-Mar-2024, as some write
  const auto year = year_number(year_word);
  const auto time = seconds_of_day(words.next());
  return assemble(year, month, day, time, zone_minutes(words.next()));
}

std::optional<DateTime> parse_internal_date(std::string_view text) { return parse_date_time(text); }

std::string to_rfc3339(std::int64_t unix_seconds) {
  const std::chrono::sys_seconds moment{std::chrono::seconds{unix_seconds}};
  const auto days = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date{days};
  const std::chrono::hh_mm_ss time{moment - days};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

std::string duration_text(std::int64_t seconds) {
  constexpr std::int64_t kMinute = 60, kHour = 3'600, kDay = 86'400;
  const auto two = [](std::int64_t large, std::string_view unit, std::int64_t small,
                      std::string_view small_unit) {
    return small == 0 ? fmt::format("{} {}", large, unit)
                      : fmt::format("{} {} {} {}", large, unit, small, small_unit);
  };
  if (seconds < 2 * kMinute) return fmt::format("{} s", seconds);
  if (seconds < kHour) return two(seconds / kMinute, "min", seconds % kMinute, "s");
  if (seconds < kDay) return two(seconds / kHour, "h", seconds % kHour / kMinute, "min");
  return two(seconds / kDay, "d", seconds % kDay / kHour, "h");
}

}  // namespace mailspoor::index
