#include "deliver/internal_date.hpp"

#include <array>

#include "deliver/base/ascii.hpp"
#include "deliver/base/text.hpp"

namespace mailspoor::deliver {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};

/// Takes fixed-width parts off the front; once one does not fit, all that follow do not either.
class Parts {
 public:
  explicit Parts(std::string_view rest) : rest_{rest} {}
  bool is_done() const noexcept { return is_good_ && rest_.empty(); }

  int number(std::size_t digits) {
    int value = 0;
    for (const char c : take(digits)) {
      if (!base::is_digit(c)) is_good_ = false;
      value = value * 10 + (c - '0');
    }
    return value;
  }
  void literal(char expected) {
    if (take(1) != std::string_view{&expected, 1}) is_good_ = false;
  }
  unsigned month() {
    const auto name = take(3);
    for (unsigned index = 0; index < kMonths.size(); ++index) {
      if (base::equal_ignoring_case(name, kMonths[index])) return index + 1;
    }
    is_good_ = false;
    return 1;
  }
  /// Day of one or two digits, the first of which may be a blank.
  int day() {
    if (rest_.starts_with(' ') || (rest_.size() > 1 && rest_[1] == '-')) {
      if (rest_.front() == ' ') rest_.remove_prefix(1);
      return number(1);
    }
    return number(2);
  }
  int sign() {
    const auto text = take(1);
    if (text != "+" && text != "-") is_good_ = false;
    return text == "-" ? -1 : 1;
  }

 private:
  std::string_view take(std::size_t count) {
    if (!is_good_ || rest_.size() < count) {
      is_good_ = false;
      return {};
    }
    const auto taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  std::string_view rest_;
  bool is_good_ = true;
};

}  // namespace

//     date-time = date-day-fixed "-" date-month "-" date-year SP time SP zone      RFC 3501 §9
//     date-day-fixed = (SP DIGIT) / 2DIGIT                     some servers leave the SP out
//     time = 2DIGIT ":" 2DIGIT ":" 2DIGIT;  zone = ("+" / "-") 4DIGIT
std::optional<std::chrono::sys_seconds> parse_internal_date(std::string_view date_time) {
  using namespace std::chrono;
  Parts in{date_time};
  const auto day_number = in.day();
  in.literal('-');
  const auto month_number = in.month();
  in.literal('-');
  const auto year_number = in.number(4);
  in.literal(' ');
  const auto hour = in.number(2);
  in.literal(':');
  const auto minute = in.number(2);
  in.literal(':');
  const auto second = in.number(2);
  in.literal(' ');
  const auto sign = in.sign();
  const auto zone_hours = in.number(2);
  const auto zone_minutes = in.number(2);
  if (!in.is_done() || hour > 23 || minute > 59 || second > 60 || zone_minutes > 59) return std::nullopt;
  const year_month_day date{year{year_number}, month{month_number}, day{static_cast<unsigned>(day_number)}};
  if (!date.ok()) return std::nullopt;
  return sys_days{date} + hours{hour} + minutes{minute} + seconds{second} -
         sign * (hours{zone_hours} + minutes{zone_minutes});
}

}  // namespace mailspoor::deliver
