#include "index/message/charset.hpp"

#include <gtest/gtest.h>

namespace mailspoor::index {
namespace {

TEST(Charset, IsReadByItsLabel) {
  EXPECT_EQ(decode_charset("caf\xC3\xA9", "UTF-8").utf8, "café");
  EXPECT_EQ(decode_charset("\xEF\xF0\xE8\xE2\xE5\xF2", "windows-1251").utf8, "привет");
  EXPECT_EQ(decode_charset("\xC4\xE3\xBA\xC3", "GB18030").utf8, "你好");
  EXPECT_EQ(decode_charset("\x1B$B5~ET\x1B(B", "ISO-2022-JP").utf8, "京都");
}

TEST(Charset, IsWiderThanItsLabelAsInBrowsers) {
  EXPECT_EQ(decode_charset("\x93quoted\x94", "iso-8859-1").utf8, "“quoted”");
  EXPECT_EQ(decode_charset("\xC4\xE3", "gb2312").utf8, "你");
}

TEST(Charset, OfUtf16IsReadInEitherOrder) {
  using namespace std::string_view_literals;
  EXPECT_EQ(decode_charset("\xFF\xFE<\0a\0"sv, "utf-16").utf8, "<a");
  EXPECT_EQ(decode_charset("\xFE\xFF\0<\0a"sv, "utf-16").utf8, "<a");
  EXPECT_EQ(decode_charset("\0<\0a"sv, "UTF-16").utf8, "<a");
  EXPECT_EQ(decode_charset("<\0a\0"sv, "UTF-16").utf8, "<a");
  EXPECT_EQ(decode_charset("\xFF\xFE<\0a\0"sv, "").utf8, "<a");
  EXPECT_EQ(decode_charset("\xFE\xFF\0<\0a"sv, "utf-8").utf8, "<a");
}

TEST(Charset, OfUtf7HidesBrackets) { EXPECT_EQ(decode_charset("+ADw-a+AD4-", "utf-7").utf8, "<a>"); }

TEST(Charset, WithoutALabelIsUtf8OrWindows1252) {
  EXPECT_EQ(decode_charset("caf\xC3\xA9", "").utf8, "café");
  EXPECT_EQ(decode_charset("caf\xE9", "us-ascii").utf8, "café");
  EXPECT_TRUE(decode_charset("caf\xE9", "").has_bad_octets);
}

TEST(Charset, ThatNobodyKnowsIsSaidSo) {
  for (const char* label : {"x-klingon", "utf-8//TRANSLIT", "", "a b"}) {
    const auto decoded = decode_charset("plain", label);
    EXPECT_EQ(decoded.utf8, "plain");
    EXPECT_EQ(decoded.is_charset_unknown, *label != '\0') << label;
  }
}

TEST(Charset, GivesValidUtf8ForAnyOctets) {
  EXPECT_EQ(decode_charset("a\xFFz", "utf-8").utf8, "a\xEF\xBF\xBDz");
  const auto cut = decode_charset("\x1B$B5", "iso-2022-jp");
  EXPECT_TRUE(cut.has_bad_octets);
}

}  // namespace
}  // namespace mailspoor::index
