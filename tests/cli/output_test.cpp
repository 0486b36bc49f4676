#include "cli/output.hpp"

#include <gtest/gtest.h>

namespace mailspoor::cli {
namespace {

TEST(Numbers, AreShownForPeople) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1'234'567), "1,234,567");
  EXPECT_EQ(shown_size(999), "999 B");
  EXPECT_EQ(shown_size(1'234), "1.2 kB");
  EXPECT_EQ(shown_size(999'960), "1.0 MB");
}

TEST(Columns, FitByWhatATerminalShows) {
  EXPECT_EQ(fitted("abc", 5), "abc  ");
  EXPECT_EQ(fitted("abcdef", 3), "abc");
  EXPECT_EQ(fitted("京都会", 5), "京都 ");
  EXPECT_EQ(fitted("é", 2), "é ");
}

TEST(CsvCells, AreQuotedWhereTheyMustBe) {
  EXPECT_EQ(csv_cell("plain"), "plain");
  EXPECT_EQ(csv_cell("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_cell("say \"x\"\n"), "\"say \"\"x\"\"\\x0a\"");
}

}  // namespace
}  // namespace mailspoor::cli
