#include "index/query/words.hpp"

#include <gtest/gtest.h>

namespace mailspoor::index {
namespace {

TEST(IndexableText, WritesUnspacedScriptsAsPairs) {
  EXPECT_EQ(indexable("plain text"), "plain text");
  EXPECT_EQ(indexable("京都会議"), "京都 都会 会議 議 ");
  EXPECT_EQ(indexable("京"), "京 ");
  EXPECT_EQ(indexable("in京都on"), "in 京都 都 on");
  EXPECT_EQ(indexable("안녕"), "안녕 녕 ");
}

TEST(IndexableText, IsValidUtf8WithoutNul) {
  EXPECT_EQ(indexable("a\xFFz"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(indexable(std::string_view{"a\0b", 3}), "a b");
}

TEST(MatchPhrase, QuotesWhatWasTyped) {
  EXPECT_EQ(match_phrase("invoice", false), "\"invoice\"");
  EXPECT_EQ(match_phrase("invoi", true), "\"invoi\"*");
  EXPECT_EQ(match_phrase("a\" OR b", false), "\"a\"\" OR b\"");
}

TEST(MatchPhrase, FindsPartsOfUnspacedRuns) {
  EXPECT_EQ(match_phrase("京都会", false), "\"京都 都会\"");
  EXPECT_EQ(match_phrase("京", false), "\"京\"*");
  EXPECT_EQ(match_phrase("会議 at", false), "\"会議 議  at\"");
}

TEST(MatchPhrase, IsEmptyWithoutAWord) {
  for (const char* typed : {"", "---", "\"", "*", "(.)", "–", "…"})
    EXPECT_EQ(match_phrase(typed, false), "") << typed;
}

}  // namespace
}  // namespace mailspoor::index
