#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

#include "index/track/css_declarations.hpp"
#include "index/track/css_media.hpp"
#include "index/track/css_selector.hpp"
#include "index/track/css_tokenizer.hpp"

namespace mailspoor::index {
namespace {

/// Tokens as words: `ident:a`, `number:1`, `px:1` for a dimension, `_` for blanks, themselves for
/// punctuation.
std::string word_of(const CssToken& token) {
  const std::string text{token.text};
  const auto number = [&] {
    std::array<char, 40> written{};
    std::snprintf(written.data(), written.size(), "%.10g", token.number);
    return std::string{written.data()};
  };
  switch (token.kind) {
    case CssTokenKind::ident:
      return "ident:" + text;
    case CssTokenKind::function:
      return "function:" + text;
    case CssTokenKind::at_keyword:
      return "at:" + text;
    case CssTokenKind::hash:
      return (token.is_id ? "id:" : "hash:") + text;
    case CssTokenKind::string:
      return "string:" + text;
    case CssTokenKind::bad_string:
      return "bad-string";
    case CssTokenKind::url:
      return "url:" + text;
    case CssTokenKind::bad_url:
      return "bad-url";
    case CssTokenKind::delim:
      return std::string{"delim:"} + token.delim;
    case CssTokenKind::number:
      return "number:" + number();
    case CssTokenKind::percentage:
      return "percentage:" + number();
    case CssTokenKind::dimension:
      return "dimension:" + number() + text;
    case CssTokenKind::blank:
      return "_";
    case CssTokenKind::cdo:
      return "cdo";
    case CssTokenKind::cdc:
      return "cdc";
    case CssTokenKind::colon:
      return ":";
    case CssTokenKind::semicolon:
      return ";";
    case CssTokenKind::comma:
      return ",";
    case CssTokenKind::open_square:
      return "[";
    case CssTokenKind::close_square:
      return "]";
    case CssTokenKind::open_paren:
      return "(";
    case CssTokenKind::close_paren:
      return ")";
    case CssTokenKind::open_curly:
      return "{";
    case CssTokenKind::close_curly:
      return "}";
    case CssTokenKind::end:
      break;
  }
  return "end";
}

struct CssCase {
  std::string_view name, css, expected;
};
std::ostream& operator<<(std::ostream& out, const CssCase& test) { return out << test.css; }
std::string case_name(const testing::TestParamInfo<CssCase>& test) { return std::string{test.param.name}; }

class CssTokens : public testing::TestWithParam<CssCase> {};
TEST_P(CssTokens, AreThoseOfTheStandard) {
  CssTokenizer css{GetParam().css};
  std::string words;
  while (true) {
    const auto& token = css.next();
    if (token.kind == CssTokenKind::end) break;
    words += (words.empty() ? "" : " ") + word_of(token);
  }
  EXPECT_EQ(words, GetParam().expected);
  EXPECT_EQ(css.next().kind, CssTokenKind::end);
}

INSTANTIATE_TEST_SUITE_P(
    All, CssTokens,
    testing::Values(
        CssCase{"nothing", "", ""}, CssCase{"blanks", " \t\r\n\f a", "_ ident:a"},
        CssCase{"names", "a -b --c _d \xC3\xA9 e-1",
                "ident:a _ ident:-b _ ident:--c _ ident:_d _ ident:\xC3\xA9 _ ident:e-1"},
        CssCase{"dash_alone", "- -1 -.5 -", "delim:- _ number:-1 _ number:-0.5 _ delim:-"},
        CssCase{"numbers", "1 +2 -3 .5 1.5 1. 1e3 1E-2 1e",
                "number:1 _ number:2 _ number:-3 _ number:0.5 _ number:1.5 _ number:1 delim:. _ number:1000 "
                "_ number:0.01 _ dimension:1e"},
        CssCase{"huge_numbers", "1e999 -1e999 1e-999", "number:1e+30 _ number:-1e+30 _ number:0"},
        CssCase{"dimensions", "1px 1.5em 1e3px 50% 1-a 2\\70x",
                "dimension:1px _ dimension:1.5em _ dimension:1000px _ percentage:50 _ dimension:1-a _ "
                "dimension:2px"},
        CssCase{"plus_and_dot", "+ . +a .a", "delim:+ _ delim:. _ delim:+ ident:a _ delim:. ident:a"},
        CssCase{"strings", "'a\"b' \"c'd\" 'e", "string:a\"b _ string:c'd _ string:e"},
        CssCase{"string_with_escapes", "'a\\'b\\\nc\\\r\nd\\41 e\\000042f\\g'", "string:a'bcdAeBfg"},
        CssCase{"string_ended_by_a_line", "'a\nb", "bad-string _ ident:b"},
        CssCase{"string_ended_by_a_backslash", "'a\\", "string:a"},
        CssCase{"hashes", "#a #1 #-a #- #", "id:a _ hash:1 _ id:-a _ hash:- _ delim:#"},
        CssCase{"at_words", "@media @-a @ @1", "at:media _ at:-a _ delim:@ _ delim:@ number:1"},
        CssCase{"function_and_block", "a(b) (c)[d]{e}",
                "function:a ident:b ) _ ( ident:c ) [ ident:d ] { ident:e }"},
        CssCase{"urls", "url(a) URL( b ) url() url(c", "url:a _ url:b _ url: _ url:c"},
        CssCase{"url_with_escapes", "url(a\\)\\62 c\\\\)", "url:a)bc\\"},
        CssCase{"escaped_url", "\\75\\000072 l(a)", "url:a"},
        CssCase{"url_of_a_string", "url('a') url( \"b\")",
                "function:url string:a ) _ function:url _ string:b )"},
        CssCase{"bad_urls", "url(a b) url(a'b) url(a(b) url(a\\\n) c",
                "bad-url _ bad-url _ bad-url _ bad-url _ ident:c"},
        CssCase{"bad_url_with_an_escape", "url(a b\\)c)d", "bad-url ident:d"},
        CssCase{"comments", "a/**/b/* c */ d/*e", "ident:a ident:b _ ident:d"},
        CssCase{"comment_that_is_none", "a/b", "ident:a delim:/ ident:b"},
        CssCase{"html_comments", "<!-- --> <! -->", "cdo _ cdc _ delim:< delim:! _ cdc"},
        CssCase{"punctuation", ":;,", ": ; ,"},
        CssCase{"escapes_in_names", "\\61 b\\63\td \\.e \\1F600", "ident:abcd _ ident:.e _ ident:\U0001F600"},
        CssCase{"escapes_of_no_character", "\\0 a\\D800 b\\110000 c", "ident:\uFFFDa\uFFFDb\uFFFDc"},
        CssCase{"escape_before_a_line", "\\\na", "delim:\\ _ ident:a"},
        CssCase{"escape_at_the_end", "a\\", "ident:a\uFFFD"},
        CssCase{"nul", std::string_view{"a\0b", 3}, "ident:a\uFFFDb"}),
    case_name);

struct SelectorCase {
  std::string_view name, selectors;
  bool is_match;
};
std::ostream& operator<<(std::ostream& out, const SelectorCase& test) { return out << test.selectors; }

/// About `html > body > div#top.a.b > table.a > td.c > img#x.pixel.small`.
class CssSelectors : public testing::TestWithParam<SelectorCase> {};
TEST_P(CssSelectors, MatchAsInBrowsers) {
  const std::vector<StyledElement> ancestors{
      {"html", "", ""}, {"body", "", ""}, {"div", "top", "a b"}, {"table", "", "a"}, {"td", "", " c "}};
  const StyledElement element{"img", "x", "pixel\tsmall", {{"alt", "A b"}, {"src", ""}}};
  CssTokenizer css{GetParam().selectors};
  const auto list = read_selectors(css, css.next(), CssLevel::top);
  std::size_t work = 1'000;
  bool is_match = false;
  for (const auto& each : list.selectors) is_match = is_match || matches(each, element, ancestors, work);
  EXPECT_EQ(is_match, GetParam().is_match);
}
INSTANTIATE_TEST_SUITE_P(
    All, CssSelectors,
    testing::Values(
        SelectorCase{"type", "img", true}, SelectorCase{"type_upper_case", "IMG", true},
        SelectorCase{"any", "*", true}, SelectorCase{"other_type", "p", false},
        SelectorCase{"class_", ".pixel", true}, SelectorCase{"second_class", ".small", true},
        SelectorCase{"class_in_other_case", ".Pixel", false}, SelectorCase{"part_of_a_class", ".pix", false},
        SelectorCase{"id", "#x", true}, SelectorCase{"other_id", "#y", false},
        SelectorCase{"compound", "img.small.pixel#x", true},
        SelectorCase{"compound_that_fails", "p.small", false}, SelectorCase{"escaped", ".\\70 ixel", true},
        SelectorCase{"descendant", "div img", true}, SelectorCase{"descendants", "body .a td\n.pixel", true},
        SelectorCase{"wrong_order", "td div img", false}, SelectorCase{"child", "td > img", true},
        SelectorCase{"child_without_blanks", "td>img", true}, SelectorCase{"no_child", "table > img", false},
        SelectorCase{"children", "div>table>td>img", true}, SelectorCase{"mixed", "div > .a .pixel", true},
        SelectorCase{"mixed_with_retry", ".b > .a > .c img", true},
        SelectorCase{"mixed_that_fails", ".b > td img", false},
        SelectorCase{"itself_is_no_ancestor", "img img", false}, SelectorCase{"list", "p, img", true},
        SelectorCase{"list_that_fails", "p, b", false},
        SelectorCase{"list_with_one_that_cannot_be_judged", "a:hover, img", true},
        SelectorCase{"pseudo_class", "img:hover", false}, SelectorCase{"not_", "img:not(.b, .c)", true},
        SelectorCase{"not_that_fails", "img:not(.b, .small)", false},
        SelectorCase{"not_of_what_cannot_be_judged", "img:not(:hover)", false},
        SelectorCase{"is_", ":is(p, td > img)", true}, SelectorCase{"is_that_fails", "img:is(p, b)", false},
        SelectorCase{"is_around", ":IS(table, p) :where(.c) img", true},
        SelectorCase{"is_of_what_cannot_be_judged", "img:is(img, p:hover)", false},
        SelectorCase{"is_of_nothing", "img:is()", false},
        SelectorCase{"not_within_is", ":is(:not(:where(:not(img))))", true},
        SelectorCase{"nested_too_deep", ":is(:is(:is(:is(:is(img)))))", false},
        SelectorCase{"element_of_a_line", "img::before", false},
        SelectorCase{"is_not_closed", "img:is(img", true},
        SelectorCase{"pseudo_of_an_ancestor", "body:lang(a) img", false},
        SelectorCase{"sibling", "p + img", false}, SelectorCase{"later_sibling", "p ~ img", false},
        SelectorCase{"attribute_class", "img[class='pixel\tsmall']", true},
        SelectorCase{"attribute_class_of_an_ancestor", "*[class~=b] img", true},
        SelectorCase{"attribute_prefix", "[class^=pix]", true},
        SelectorCase{"attribute_suffix", "[class$=small]", true},
        SelectorCase{"attribute_part", "[CLASS*=\"l\ts\"]", true},
        SelectorCase{"attribute_presence", "[id]", true}, SelectorCase{"attribute_dash", "[id|=x]", true},
        SelectorCase{"attribute_that_fails", "[id=y]", false},
        SelectorCase{"attribute_of_nothing", "[class*='']", false},
        SelectorCase{"other_attribute", "img[src][alt='A b']", true},
        SelectorCase{"other_attribute_that_fails", "img[alt=a]", false},
        SelectorCase{"attribute_that_is_not_there", "[title]", false},
        SelectorCase{"attribute_in_any_case", "[alt='a B' i][class^=PIX I]", true},
        SelectorCase{"attribute_in_this_case", "[alt='a B' s]", false},
        SelectorCase{"attribute_without_a_value", "[alt=]", false},
        SelectorCase{"namespace_", "a|img", false}, SelectorCase{"nothing", "", false},
        SelectorCase{"combinator_first", "> img", false}, SelectorCase{"combinator_last", "img >", false},
        SelectorCase{"number", "1", false}, SelectorCase{"stray_brace", "} img", false}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(CssSelectors, EndAtTheirBlock) {
  CssTokenizer css{"a, b { c"};
  const auto list = read_selectors(css, css.next(), CssLevel::top);
  EXPECT_EQ(list.end, CssTokenKind::open_curly);
  EXPECT_EQ(list.selectors.size(), 2U);
}

TEST(CssSelectors, AreWeighedByIdsClassesAndTypes) {
  CssTokenizer css{"#a.b[class=c] p > i"};
  const auto list = read_selectors(css, css.next(), CssLevel::top);
  ASSERT_EQ(list.selectors.size(), 1U);
  EXPECT_EQ(list.selectors[0].specificity, (1U << 20U) | (2U << 10U) | 2U);
}

TEST(CssSelectors, AreWeighedByTheHeaviestOfAlternatives) {
  CssTokenizer css{"a:is(.b, #c):not(d):where(#e)"};
  const auto list = read_selectors(css, css.next(), CssLevel::top);
  ASSERT_EQ(list.selectors.size(), 1U);
  EXPECT_EQ(list.selectors[0].specificity, (1U << 20U) | 2U);
}

TEST(CssSelectors, MatchNothingWhenTheWorkIsDone) {
  CssTokenizer css{"img"};
  const auto list = read_selectors(css, css.next(), CssLevel::top);
  std::size_t work = 0;
  EXPECT_FALSE(matches(list.selectors[0], {"img", "", ""}, {}, work));
}

struct MediaCase {
  std::string_view name, queries;
  CssWindows windows;
};
std::ostream& operator<<(std::ostream& out, const MediaCase& test) { return out << test.queries; }
constexpr CssWindows kOnlyPhone = kPhone | kElsewhere;
constexpr CssWindows kNoPhone = kAllWindows & ~kPhone & kAllWindows;
class CssMedia : public testing::TestWithParam<MediaCase> {};
TEST_P(CssMedia, HoldInTheseWindows) { EXPECT_EQ(windows_of_media(GetParam().queries), GetParam().windows); }
INSTANTIATE_TEST_SUITE_P(
    All, CssMedia,
    testing::Values(MediaCase{"nothing", "", kAllWindows}, MediaCase{"screen", "Screen", kAllWindows},
                    MediaCase{"print", "print", 0}, MediaCase{"either", "print, screen", kAllWindows},
                    MediaCase{"not_print", "not print", kAllWindows},
                    MediaCase{"phone", "only screen and (max-width: 480px)", kOnlyPhone},
                    MediaCase{"phone_by_device", "screen and (max-device-width:600px)", kOnlyPhone},
                    MediaCase{"phone_in_em", "(max-width:37.5em)", kOnlyPhone},
                    MediaCase{"wide", "(min-width:481px)", kNoPhone},
                    MediaCase{"wide_or_narrow", "(min-width:320px)", kAllWindows},
                    MediaCase{"between", "(min-width:320px) and (max-width:480px)", kOnlyPhone},
                    MediaCase{"range", "(width <= 600px)", kOnlyPhone},
                    MediaCase{"range_turned", "(600px>=width)", kOnlyPhone},
                    MediaCase{"range_of_two", "(100px < width < 600px)", kOnlyPhone},
                    MediaCase{"wider_than_anything", "(min-width:3000px)", kElsewhere},
                    MediaCase{"negated", "not all and (max-width:480px)", kNoPhone | kElsewhere},
                    MediaCase{"either_feature", "(max-width:480px) or (min-width:481px)", kAllWindows},
                    MediaCase{"dark", "(prefers-color-scheme:dark)", kDark | kElsewhere},
                    MediaCase{"light", "( prefers-color-scheme : light )", kAllWindows & ~kDark& kAllWindows},
                    MediaCase{"portrait", "screen and (orientation:portrait)", kOnlyPhone},
                    MediaCase{"high_resolution", "(-webkit-min-device-pixel-ratio:2)", kElsewhere},
                    MediaCase{"print_in_the_dark", "print and (prefers-color-scheme:dark)", 0},
                    MediaCase{"unknown_type", "yahoo", 0},
                    MediaCase{"unknown_function", "foo(bar)", kElsewhere},
                    MediaCase{"not_closed", "(max-width:480px", kOnlyPhone}),
    [](const auto& test) { return std::string{test.param.name}; });

std::string declared(std::string_view style) {
  CssDeclarations declarations;
  read_style_attribute(style, declarations);
  std::string text;
  for (const auto& each : declarations.list) {
    std::array<char, 60> line{};
    std::snprintf(line.data(), line.size(), "%d=%d/%d/%.4g%s ", static_cast<int>(each.property),
                  static_cast<int>(each.value.keyword), static_cast<int>(each.value.unit), each.value.number,
                  each.is_important ? "!" : "");
    text += line.data();
  }
  return text;
}

TEST(CssDeclarations, AreReadWhateverStandsBetween) {
  const auto hidden = declared("display:none");
  EXPECT_FALSE(hidden.empty());
  for (const std::string_view style :
       {"display: none ;", " ;; DISPLAY/**/:/**/NONE", "color:red;display:none", "a;display:none",
        "a{b:c}display:none", "@x y;display:none", ":a;display:none", "x:(;);display:none",
        "x:';';display:none", "x:url(;);display:none", "x:{;};display:none", "} display:none",
        "d\\69splay:n\\6Fne", "x:\\;;display:none"}) {
    EXPECT_EQ(declared(style), hidden) << style;
  }
  for (const std::string_view style :
       {"display", "display none", "x(display:none)", "'display:none'", "display:"}) {
    EXPECT_EQ(declared(style), "") << style;
  }
}

TEST(CssDeclarations, KeepWhatIsImportant) {
  EXPECT_EQ(declared("width:1px!important"), declared("width : 1px ! Important ;"));
  EXPECT_NE(declared("width:1px!important"), declared("width:1px"));
  EXPECT_EQ(declared("width:1px !importan"), "");
}

TEST(HtmlDimension, IsReadAsAttributesAre) {
  EXPECT_FALSE(html_dimension(""));
  EXPECT_FALSE(html_dimension("auto"));
  EXPECT_FALSE(html_dimension("-1"));
  EXPECT_FALSE(html_dimension("."));
  EXPECT_EQ(html_dimension(" 12.5px")->number, 12.5);
  EXPECT_EQ(html_dimension("50%")->unit, CssUnit::percent);
  EXPECT_TRUE(html_dimension("0")->is_zero());
  EXPECT_EQ(html_dimension("99999999999999999999")->number, 1e20);
}

}  // namespace
}  // namespace mailspoor::index
