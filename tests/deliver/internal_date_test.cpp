#include "deliver/internal_date.hpp"

#include <gtest/gtest.h>

namespace mailspoor::deliver {
namespace {

struct DateCase {
  std::string_view text;
  std::int64_t seconds;
};
class InternalDate : public testing::TestWithParam<DateCase> {};
TEST_P(InternalDate, NamesAMoment) {
  const auto moment = parse_internal_date(GetParam().text);
  ASSERT_TRUE(moment) << GetParam().text;
  EXPECT_EQ(moment->time_since_epoch().count(), GetParam().seconds);
}
INSTANTIATE_TEST_SUITE_P(
    Dates, InternalDate,
    testing::Values(DateCase{"17-Jul-1996 02:44:25 -0700", 837596665},  // RFC 3501 §6.4.4
                    DateCase{"01-Jan-1970 00:00:00 +0000", 0}, DateCase{" 1-JAN-1970 00:00:00 +0100", -3600},
                    DateCase{"1-jan-1970 00:00:00 +0000", 0},
                    DateCase{"29-Feb-2024 23:59:60 +0545", 1709230500},
                    DateCase{"31-Dec-9999 23:59:59 +0000", 253402300799}));

TEST(InternalDate, IsNothingElse) {
  for (const auto* text :
       {"", "05-Mar-2024", "32-Jan-2024 00:00:00 +0000", "29-Feb-2023 00:00:00 +0000",
        "05-Mrz-2024 00:00:00 +0000", "05-Mar-2024 24:00:00 +0000", "05-Mar-2024 00:60:00 +0000",
        "05-Mar-2024 00:00:00 0000", "05-Mar-2024 00:00:00 +0060", "05-Mar-2024 00:00:00 +0000 ",
        "00-Mar-2024 00:00:00 +0000", " ", "5", "5-", "-1-Mar-2024 00:00:00 +0000",
        "05-Mar-24 00:00:00 +0000"}) {
    EXPECT_FALSE(parse_internal_date(text)) << text;
  }
}

}  // namespace
}  // namespace mailspoor::deliver
