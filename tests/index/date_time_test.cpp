#include "index/message/date_time.hpp"

#include <gtest/gtest.h>

namespace mailspoor::index {
namespace {

struct DateCase {
  std::string_view name;
  std::string_view text;
  std::string_view utc;  ///< Empty: unreadable.
  std::optional<int> offset_minutes;
};

class DateTimes : public testing::TestWithParam<DateCase> {};

TEST_P(DateTimes, AreReadAsRfc5322Says) {
  const auto date = parse_date_time(GetParam().text);
  ASSERT_EQ(date.has_value(), !GetParam().utc.empty());
  if (!date) return;
  EXPECT_EQ(to_rfc3339(date->unix_seconds), GetParam().utc);
  EXPECT_EQ(date->offset_minutes, GetParam().offset_minutes);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, DateTimes,
    testing::Values(
        DateCase{"ordinary", "Tue, 05 Mar 2024 10:59:59 +0100", "2024-03-05T09:59:59Z", 60},
        DateCase{"without_day_name", "5 Mar 2024 10:59:59 -0500", "2024-03-05T15:59:59Z", -300},
        DateCase{"wrong_day_name", "Mon, 5 Mar 2024 10:59:59 +0000", "2024-03-05T10:59:59Z", 0},
        DateCase{"comment_behind", "Tue, 05 Mar 2024 10:59:59 +0100 (CET)", "2024-03-05T09:59:59Z", 60},
        DateCase{"folded", "Tue, 05 Mar\r\n 2024 10:59:59\r\n +0100", "2024-03-05T09:59:59Z", 60},
        DateCase{"without_seconds", "Tue, 05 Mar 2024 10:59 +0100", "2024-03-05T09:59:00Z", 60},
        DateCase{"two_digit_year_of_2000", "Tue, 05 Mar 24 10:59:59 GMT", "2024-03-05T10:59:59Z", 0},
        DateCase{"two_digit_year_of_1900", "Fri, 05 Mar 99 10:59:59 GMT", "1999-03-05T10:59:59Z", 0},
        DateCase{"three_digit_year", "Sun, 05 Mar 100 10:59:59 GMT", "2000-03-05T10:59:59Z", 0},
        DateCase{"american_zone", "Tue, 05 Mar 2024 10:59:59 PST", "2024-03-05T18:59:59Z", -480},
        DateCase{"unstated_zone", "Tue, 05 Mar 2024 10:59:59 -0000", "2024-03-05T10:59:59Z", std::nullopt},
        DateCase{"unknown_zone", "Tue, 05 Mar 2024 10:59:59 XYZ", "2024-03-05T10:59:59Z", std::nullopt},
        DateCase{"zone_of_four_days", "Tue, 05 Mar 2024 10:59:59 +9900", "2024-03-05T10:59:59Z",
                 std::nullopt},
        DateCase{"no_zone", "Tue, 05 Mar 2024 10:59:59", "2024-03-05T10:59:59Z", std::nullopt},
        DateCase{"half_hour_zone", "Tue, 05 Mar 2024 10:59:59 +0530", "2024-03-05T05:29:59Z", 330},
        DateCase{"colon_in_zone", "Tue, 05 Mar 2024 10:59:59 +05:30", "2024-03-05T05:29:59Z", 330},
        DateCase{"ctime_order", "Tue Mar  5 10:59:59 2024", "2024-03-05T10:59:59Z", std::nullopt},
        DateCase{"ctime_with_zone", "Tue Mar  5 10:59:59 EST 2024", "2024-03-05T15:59:59Z", -300},
        DateCase{"year_first", "2023-09-05 11:34:10.18 +0200 CEST m=+12.5", "2023-09-05T09:34:10Z", 120},
        DateCase{"rfc_3339", "2023-09-05T11:34:10Z", "2023-09-05T11:34:10Z", 0},
        DateCase{"rfc_3339_with_zone", "2023-09-05T11:34:10-05:00", "2023-09-05T16:34:10Z", -300},
        DateCase{"impossible_year_first", "2023-02-30 11:34:10 +0000", "", {}},
        DateCase{"year_without_hyphens", "2023 09 05 11:34:10 +0000", "", {}},
        DateCase{"leap_second", "Sat, 31 Dec 2016 23:59:60 +0000", "2016-12-31T23:59:59Z", 0},
        DateCase{"leap_day", "Thu, 29 Feb 2024 00:00:00 +0000", "2024-02-29T00:00:00Z", 0},
        DateCase{"before_1970", "Wed, 31 Dec 1969 23:00:00 +0000", "1969-12-31T23:00:00Z", 0},
        DateCase{"no_leap_day", "Wed, 29 Feb 2023 00:00:00 +0000", "", {}},
        DateCase{"impossible_day", "Sat, 31 Feb 2024 10:00:00 +0000", "", {}},
        DateCase{"impossible_time", "Tue, 05 Mar 2024 25:61:00 +0000", "", {}}, DateCase{"empty", "", "", {}},
        DateCase{"words", "some time last week", "", {}},
        DateCase{"digits_without_end", "99999999999999999999 Mar 2024 10:00:00", "", {}}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(InternalDates, AreReadAsRfc3501WritesThem) {
  const auto date = parse_internal_date(" 5-Mar-2024 10:00:02 +0100");
  ASSERT_TRUE(date);
  EXPECT_EQ(to_rfc3339(date->unix_seconds), "2024-03-05T09:00:02Z");
  EXPECT_EQ(date->offset_minutes, 60);
  EXPECT_FALSE(parse_internal_date("NIL"));
}

TEST(Durations, AreShownInTheirTwoLargestUnits) {
  EXPECT_EQ(duration_text(0), "0 s");
  EXPECT_EQ(duration_text(119), "119 s");
  EXPECT_EQ(duration_text(180), "3 min");
  EXPECT_EQ(duration_text(3'599), "59 min 59 s");
  EXPECT_EQ(duration_text(3'900), "1 h 5 min");
  EXPECT_EQ(duration_text(86'400), "1 d");
  EXPECT_EQ(duration_text(4 * 86'400 + 3'601), "4 d 1 h");
}

}  // namespace
}  // namespace mailspoor::index
