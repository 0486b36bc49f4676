#include "index/message/header_section.hpp"

#include <gtest/gtest.h>

namespace mailspoor::index {
namespace {

TEST(HeaderField, IsTakenWithItsFolds) {
  std::string_view rest = "Subject: one\r\n two\r\n\tthree\r\nTo: x\r\n";
  const auto field = take_header_field(rest);
  ASSERT_TRUE(field);
  EXPECT_EQ(field->name, "Subject");
  EXPECT_EQ(field->body, " one\r\n two\r\n\tthree");
  EXPECT_EQ(rest, "To: x\r\n");
}

TEST(HeaderField, MayHaveBlanksBeforeTheColonAndEndInLineFeeds) {
  std::string_view rest = "Subject \t: one\n\n";
  const auto field = take_header_field(rest);
  ASSERT_TRUE(field);
  EXPECT_EQ(field->name, "Subject");
  EXPECT_EQ(field->body, " one");
  EXPECT_FALSE(take_header_field(rest));
  EXPECT_EQ(rest, "\n");
}

TEST(HeaderField, IsNotTakenWhereThereIsNone) {
  for (std::string_view line :
       {"", "\r\n", "no colon here\r\n", ": body\r\n", " folded: x\r\n", "na me: x\r\n"}) {
    auto rest = line;
    EXPECT_FALSE(take_header_field(rest)) << line;
    EXPECT_EQ(rest, line);
  }
}

TEST(HeaderSection, EndsAtTheEmptyLineAndPassesOverStrayLines) {
  const auto section = parse_header_section("A: 1\r\nstray line\r\nB: 2\r\n\r\nC: 3\r\n");
  ASSERT_EQ(section.fields.size(), 2U);
  EXPECT_EQ(section.fields[1].name, "B");
  EXPECT_TRUE(section.has_stray_lines);
}

TEST(HeaderSection, StopsAtTooManyFields) {
  std::string octets;
  for (std::size_t count = 0; count <= kMaxHeaderFields; ++count) octets += "A:\n";
  const auto section = parse_header_section(octets);
  EXPECT_EQ(section.fields.size(), kMaxHeaderFields);
  EXPECT_TRUE(section.is_cut);
}

TEST(UnfoldedBody, HasNoLineEndsAndNoBlanksAround) {
  EXPECT_EQ(unfold(" one\r\n two "), "one two");
  EXPECT_EQ(unfold(" \r\n "), "");
}

}  // namespace
}  // namespace mailspoor::index
