#include "index/track/pattern_set.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailspoor::index {
namespace {

bool matches(std::string_view pattern, std::string_view text) {
  const std::vector patterns{pattern};
  return !PatternSet{patterns}.matches(text).empty();
}

struct PatternCase {
  std::string_view name;
  std::string_view pattern;
  std::string_view text;
  bool is_match;
};
class Pattern : public testing::TestWithParam<PatternCase> {};

TEST_P(Pattern, MatchesFromTheStart) {
  ASSERT_TRUE(PatternSet::is_pattern(GetParam().pattern));
  EXPECT_EQ(matches(GetParam().pattern, GetParam().text), GetParam().is_match);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, Pattern,
    testing::Values(
        PatternCase{"prefix", "/open", "/open?x=1", true},
        PatternCase{"not_in_the_midst", "open", "/open", false},
        PatternCase{"case_counts", "/open", "/Open", false},
        PatternCase{"empty_matches_all", "", "anything", true},
        PatternCase{"escaped_dot", R"(/a\.gif)", "/axgif", false},
        PatternCase{"choice", "/(o|op|open)/", "/open/", true},
        PatternCase{"choice_of_none", "/(o|op)/", "/ope/", false},
        PatternCase{"choice_at_the_top", "/x|/y", "/yes", true},
        PatternCase{"optional", "/https?:", "/http:", true},
        PatternCase{"star", "/.*/open", "/a/b/open", true}, PatternCase{"star_of_none", "/a*b", "/b", true},
        PatternCase{"plus_needs_one", "/a+b", "/b", false},
        PatternCase{"class", "/[0-9a-f]+x", "/09afx", true},
        PatternCase{"negated_class", "/[^?]+t", "/a?t", false},
        PatternCase{"class_with_escapes", R"(/[\w.-]+=)", "/a.b-C_9=", true},
        PatternCase{"class_ends_in_minus", "/[0-9_-]+z", "/1-_z", true},
        PatternCase{"exact_count", "/[0-9]{3}/", "/1234/", false},
        PatternCase{"exact_count_met", "/[0-9]{3}/", "/123/", true},
        PatternCase{"open_count", R"(/\w{4,}$)", "/abc", false},
        PatternCase{"open_count_met", R"(/\w{4,}$)", "/abcdefgh", true},
        PatternCase{"count_range", "/a{2,3}b", "/aaab", true},
        PatternCase{"count_range_passed", "/a{2,3}b", "/aaaab", false},
        PatternCase{"digit", R"(/\d+/)", "/12/", true}, PatternCase{"end", "/1$", "/12", false},
        PatternCase{"end_met", "/1$", "/1", true}, PatternCase{"end_in_a_choice", "/1(x|$)", "/1", true},
        PatternCase{"start", "^/a", "/a", true}, PatternCase{"start_in_the_midst", "/^a", "/a", false},
        PatternCase{"word_boundary", R"(/open\b)", "/open.gif", true},
        PatternCase{"word_boundary_at_the_end", R"(/open\b)", "/open", true},
        PatternCase{"no_word_boundary", R"(/open\b)", "/opened", false},
        PatternCase{"nested_stars", "/(a*)*b", "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", true},
        PatternCase{"nested_stars_without_end", "/(a*)*b", "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac", false},
        PatternCase{"other_octets", "/.+/o", "/\xC3\xA9/o", true}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(PatternSet, TellsAllThatMatch) {
  const std::vector<std::string_view> patterns{"/a", "/b", "/.*c", "/ab?c$", "/a.*z"};
  const PatternSet set{patterns};
  EXPECT_EQ(set.matches("/ac"), (std::vector<std::uint32_t>{0, 2, 3}));
  EXPECT_EQ(set.matches("/bz"), (std::vector<std::uint32_t>{1}));
  EXPECT_EQ(set.matches("/az"), (std::vector<std::uint32_t>{0, 4}));
  EXPECT_EQ(set.matches(""), std::vector<std::uint32_t>{});
  // And again, from what was kept of the first time.
  EXPECT_EQ(set.matches("/ac"), (std::vector<std::uint32_t>{0, 2, 3}));
}

TEST(PatternSet, KnowsWhatIsNoPattern) {
  for (const std::string_view pattern :
       {"(", ")", "a)", "[a", "*", "a**b{", "a{", "a{2", "a{3,2}", "{2}", "\\", "[b-a]", "a{2000}",
        "((a{100}){100}){100}", "(((){1000}){1000}){1000}"})
    EXPECT_FALSE(PatternSet::is_pattern(pattern)) << pattern;
  EXPECT_FALSE(PatternSet::is_pattern(std::string(200, '(') + std::string(200, ')')));
  EXPECT_FALSE(PatternSet::is_pattern(std::string(2000, 'a')));
  const std::vector<std::string_view> patterns{"(", "/a"};
  EXPECT_EQ(PatternSet{patterns}.matches("/a"), (std::vector<std::uint32_t>{1}));
}

TEST(PatternSet, StartsAfreshWhenItHasGrownTooLarge) {
  // Whether the 14th octet from the end was an `a` takes 2^14 states.
  const std::vector<std::string_view> patterns{"(a|b)*a(a|b){13}$"};
  const PatternSet set{patterns};
  unsigned seed = 1;
  for (int round = 0; round < 50; ++round) {
    std::string text;
    for (int at = 0; at < 400; ++at) {
      seed = seed * 1103515245U + 12345U;
      text += (seed >> 16U & 1U) != 0 ? 'a' : 'b';
    }
    EXPECT_EQ(!set.matches(text).empty(), text[text.size() - 14] == 'a');
  }
}

}  // namespace
}  // namespace mailspoor::index
