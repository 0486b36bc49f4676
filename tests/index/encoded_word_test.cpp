#include "index/message/encoded_word.hpp"

#include <gtest/gtest.h>

namespace mailspoor::index {
namespace {

struct WordCase {
  std::string_view name, written, decoded;
};
class EncodedWords : public testing::TestWithParam<WordCase> {};

TEST_P(EncodedWords, BecomeText) { EXPECT_EQ(decode_encoded_words(GetParam().written), GetParam().decoded); }

INSTANTIATE_TEST_SUITE_P(
    Forms, EncodedWords,
    testing::Values(
        WordCase{"plain", "no words at all", "no words at all"},
        WordCase{"q", "=?utf-8?Q?caf=C3=A9_au_lait?=", "café au lait"},
        WordCase{"b", "=?UTF-8?b?Y2Fmw6k=?=", "café"},
        WordCase{"latin_1", "=?iso-8859-1?q?caf=E9?= tomorrow", "café tomorrow"},
        WordCase{"language", "=?utf-8*fr?q?caf=C3=A9?=", "café"},
        WordCase{"blanks_between_words_vanish", "=?utf-8?q?a?= =?utf-8?q?b?=", "ab"},
        WordCase{"blanks_before_text_stay", "=?utf-8?q?a?= b", "a b"},
        WordCase{"words_behind_padding", "=?utf-8?B?YQ==?= =?utf-8?B?Yg==?=", "ab"},
        WordCase{"character_broken_between_words", "=?utf-8?q?caf=C3?= =?utf-8?q?=A9?=", "café"},
        WordCase{"iso_2022_jp",
                 "=?ISO-2022-JP?B?GyRCNX5FVBsoQg==?= =?ISO-2022-JP?B?GyRCMnE1RBsoQg==?=", "京都会議"},
        WordCase{"raw_utf_8", "caf\xC3\xA9", "café"}, WordCase{"raw_windows_1252", "caf\xE9", "café"},
        WordCase{"unknown_encoding_stays", "=?utf-8?x?abc?=", "=?utf-8?x?abc?="},
        WordCase{"unfinished_stays", "=?utf-8?q?abc", "=?utf-8?q?abc"},
        WordCase{"equals_without_digits_stays", "=?utf-8?q?a=zz?=", "a=zz"}, WordCase{"empty", "", ""}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(JoinedEncodedWords, MakeOneWordOfARunAndLeaveTheRest) {
  EXPECT_EQ(with_joined_encoded_words("=?utf-8?B?YQ==?= =?utf-8?B?Yg==?= <a@example.org>"),
            "=?utf-8?B?YWI=?= <a@example.org>");
  EXPECT_EQ(with_joined_encoded_words("=?utf-8?q?a[?= <a@example.org>"), "=?utf-8?B?YVs=?= <a@example.org>");
  EXPECT_EQ(with_joined_encoded_words("\"A, B\" <a@example.org>"), "\"A, B\" <a@example.org>");
}

TEST(EncodedWordText, MayBeHostileWithoutCost) {
  std::string words;
  while (words.size() < 300'000) words += "=?a?q?x";
  EXPECT_TRUE(decode_encoded_words(words) == words);
}

}  // namespace
}  // namespace mailspoor::index
