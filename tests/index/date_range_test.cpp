#include "index/query/date_range.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "index/message/date_time.hpp"

namespace mailspoor::index {
namespace {

// 2024-03-05T12:00:00Z, a Tuesday.
constexpr std::int64_t kNow = 1'709'640'000;

struct RangeCase {
  const char* name;
  const char* value;
  const char* begin;  ///< Empty: open.
  const char* end;
};

class DateRanges : public testing::TestWithParam<RangeCase> {
 protected:
  void SetUp() override {
    setenv("TZ", "UTC", 1);
    tzset();
  }
};

std::string shown(const std::optional<std::int64_t>& moment) { return moment ? to_rfc3339(*moment) : ""; }

TEST_P(DateRanges, CoverWholeDays) {
  const auto range = parse_date_range(GetParam().value, kNow);
  ASSERT_TRUE(range);
  EXPECT_EQ(shown(range->begin), GetParam().begin);
  EXPECT_EQ(shown(range->end), GetParam().end);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, DateRanges,
    testing::Values(
        RangeCase{"day", "2024-03-05", "2024-03-05T00:00:00Z", "2024-03-06T00:00:00Z"},
        RangeCase{"month", "2024-02", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"},
        RangeCase{"december", "2023-12", "2023-12-01T00:00:00Z", "2024-01-01T00:00:00Z"},
        RangeCase{"year", "2023", "2023-01-01T00:00:00Z", "2024-01-01T00:00:00Z"},
        RangeCase{"months", "2024-01..2024-03", "2024-01-01T00:00:00Z", "2024-04-01T00:00:00Z"},
        RangeCase{"from", "2024-01-02..", "2024-01-02T00:00:00Z", ""},
        RangeCase{"until", "..2023", "", "2024-01-01T00:00:00Z"},
        RangeCase{"today", "today", "2024-03-05T00:00:00Z", "2024-03-06T00:00:00Z"},
        RangeCase{"yesterday", "yesterday", "2024-03-04T00:00:00Z", "2024-03-05T00:00:00Z"},
        RangeCase{"last_week", "7d..", "2024-02-27T00:00:00Z", ""},
        RangeCase{"weeks", "2w..1w", "2024-02-20T00:00:00Z", "2024-02-28T00:00:00Z"},
        RangeCase{"a_year_ago", "1y", "2023-03-05T00:00:00Z", "2023-03-06T00:00:00Z"},
        RangeCase{"slashes", "2024/03/05", "2024-03-05T00:00:00Z", "2024-03-06T00:00:00Z"},
        RangeCase{"minute", "2024-03-05T10:07", "2024-03-05T10:07:00Z", "2024-03-05T10:08:00Z"},
        RangeCase{"second", "2024-03-05T10:07:09Z", "2024-03-05T10:07:09Z", "2024-03-05T10:07:10Z"},
        RangeCase{"epoch", "@1709640000..", "2024-03-05T12:00:00Z", ""},
        RangeCase{"now", "now", "2024-03-05T12:00:00Z", "2024-03-05T12:00:01Z"},
        RangeCase{"hours", "3h..", "2024-03-05T09:00:00Z", ""},
        RangeCase{"weekday", "monday", "2024-03-04T00:00:00Z", "2024-03-05T00:00:00Z"},
        RangeCase{"same_weekday_is_a_week_ago", "tue", "2024-02-27T00:00:00Z", "2024-02-28T00:00:00Z"},
        RangeCase{"this_week", "this-week", "2024-03-04T00:00:00Z", "2024-03-11T00:00:00Z"},
        RangeCase{"last_week_whole", "lastweek", "2024-02-26T00:00:00Z", "2024-03-04T00:00:00Z"},
        RangeCase{"last_month", "last-month", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"},
        RangeCase{"last_year", "last-year..", "2023-01-01T00:00:00Z", ""}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(DateRangeText, ThatIsNoDateIsRefused) {
  for (const char* value : {"",
                            "..",
                            "2024-13",
                            "2024-02-30",
                            "24",
                            "soon",
                            "d",
                            "1x",
                            "2024-03-05T25:00",
                            "2024-03-05T10",
                            "2024-03-05T",
                            "2024-03-05T10:00:00:00",
                            "-5d",
                            "999999d",
                            "@",
                            "@x",
                            "last",
                            "last-day",
                            "thisyears",
                            "2024-03-05-06"}) {
    EXPECT_FALSE(parse_date_range(value, kNow)) << value;
  }
}

}  // namespace
}  // namespace mailspoor::index
