#include "index/track/html_tokenizer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <ostream>
#include <string>
#include <vector>

namespace mailspoor::index {
namespace {

/// One token as the tests write it: `b a=[x] c=[]`, `b/`, `/b`, `'text'`, `!comment!`, `?doctype`. Foreign
/// tags begin with `*`.
std::string written(const HtmlToken& token) {
  std::string text;
  switch (token.kind) {
    case HtmlTokenKind::doctype:
      return text.append("?").append(token.name);
    case HtmlTokenKind::text:
      return text.append("'").append(token.text).append("'");
    case HtmlTokenKind::comment:
      return text.append("!").append(token.text).append("!");
    case HtmlTokenKind::end_tag:
      return text.append("/").append(token.name);
    case HtmlTokenKind::start_tag:
      break;
  }
  text.append(token.is_foreign ? "*" : "").append(token.name);
  for (const auto& [name, value] : token.attributes) {
    text.append(" ").append(name).append("=[").append(value).append("]");
  }
  return text.append(token.is_self_closing ? "/" : "");
}

std::vector<std::string> tokens_of(std::string_view html) {
  std::vector<std::string> tokens;
  HtmlTokenizer tokenizer{html};
  while (const auto* token = tokenizer.next()) tokens.push_back(written(*token));
  return tokens;
}

using Tokens = std::vector<std::string>;
struct TokenizerCase {
  std::string_view name, html;
  Tokens tokens;
};
std::ostream& operator<<(std::ostream& out, const TokenizerCase& test) { return out << test.html; }
std::string case_name(const testing::TestParamInfo<TokenizerCase>& test) {
  return std::string{test.param.name};
}

class HtmlTokenizerSplits : public testing::TestWithParam<TokenizerCase> {};
TEST_P(HtmlTokenizerSplits, AsTheStandardSays) { EXPECT_EQ(tokens_of(GetParam().html), GetParam().tokens); }

INSTANTIATE_TEST_SUITE_P(
    Text, HtmlTokenizerSplits,
    testing::Values(TokenizerCase{"nothing", "", {}},                                      //
                    TokenizerCase{"plain", "a b", {"'a b'"}},                              //
                    TokenizerCase{"less_than_before_blank", "a < b", {"'a < b'"}},         //
                    TokenizerCase{"less_than_before_digit", "I <3 you", {"'I <3 you'"}},   //
                    TokenizerCase{"less_than_at_the_end", "a<", {"'a<'"}},                 //
                    TokenizerCase{"end_tag_open_at_the_end", "a</", {"'a</'"}},            //
                    TokenizerCase{"less_than_before_a_tag", "<<<b>", {"'<<'", "b"}},       //
                    TokenizerCase{"empty_tag", "<>", {"'<>'"}},                            //
                    TokenizerCase{"empty_end_tag", "a</>b", {"'a'", "'b'"}},               //
                    TokenizerCase{"cr_lf", "a\r\nb\r\rc\n\rd\r", {"'a\nb\n\nc\n\nd\n'"}},  //
                    TokenizerCase{"bad_utf8", "\xC3(\xFF<b>\xE2\x82", {"'\xC3(\xFF'", "b", "'\xE2\x82'"}},
                    TokenizerCase{"nul", std::string_view{"a\0b", 3}, {std::string{"'a\0b'", 5}}}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Tags, HtmlTokenizerSplits,
    testing::Values(TokenizerCase{"upper_case", "<IMG SRC=A></IMG>", {"img src=[A]", "/img"}},  //
                    TokenizerCase{"no_letter_beyond_ascii_is_lowered", "<xÉ É>", {"xÉ É=[]"}},  //
                    TokenizerCase{"less_than_in_the_name", "<a<b>", {"a<b"}},                   //
                    TokenizerCase{"nul_in_the_name", std::string_view{"<a\0b>", 5}, {"a\uFFFDb"}},
                    TokenizerCase{"self_closing", "<br/><br /><br a/>", {"br/", "br/", "br a=[]/"}},
                    TokenizerCase{"slash_that_closes_nothing", "<br/ ><a/b='c'>", {"br", "a b=[c]"}},
                    TokenizerCase{"cut_in_the_name", "x<ab", {"'x'"}},                           //
                    TokenizerCase{"cut_in_a_quoted_value", "x<a b=\"c>d", {"'x'"}},              //
                    TokenizerCase{"cut_before_the_end", "x<img src=y ", {"'x'"}},                //
                    TokenizerCase{"end_tag_drops_attributes", "</a b='>' c/>x", {"/a", "'x'"}},  //
                    TokenizerCase{"end_tag_before_a_digit", "</1>", {"!1!"}}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Attributes, HtmlTokenizerSplits,
    testing::Values(
        TokenizerCase{"quotes", R"(<a b="c'>d" e='f"g' h=i>)", {R"(a b=[c'>d] e=[f"g] h=[i])"}},
        TokenizerCase{"blanks_around_equals", "<a b \n=\t c d=\r\n'e'>", {"a b=[c] d=[e]"}},
        TokenizerCase{"no_blank_between", "<a b='c'd=\"e\"f>", {"a b=[c] d=[e] f=[]"}},
        TokenizerCase{"first_of_a_name_counts", "<a b=1 B=2 c b=3>", {"a b=[1] c=[]"}},
        TokenizerCase{"slashes_separate", "<img/src=x/alt=y>", {"img src=[x/alt=y]"}},
        TokenizerCase{"slash_between", "<img/src='x'/alt='y'>", {"img src=[x] alt=[y]"}},
        TokenizerCase{"unquoted_keeps_the_slash", "<a href=http://x/>", {"a href=[http://x/]"}},
        TokenizerCase{"unquoted_holds_anything", "<a b=c'd\"e=f<g`>", {"a b=[c'd\"e=f<g`]"}},
        TokenizerCase{"missing_value", "<a b=>c", {"a b=[]", "'c'"}},
        TokenizerCase{"quote_as_a_name", "<a ' \"='b'>", {"a '=[] \"=[b]"}},
        TokenizerCase{"equals_as_a_name", "<a =b><a ==c><a b ==c>", {"a =b=[]", "a ==[c]", "a b=[=c]"}},
        TokenizerCase{"less_than_as_a_name", "<a <b>", {"a <b=[]"}},
        TokenizerCase{"line_ends_in_values", "<a b='c\r\nd\re'>", {"a b=[c\nd\ne]"}},
        TokenizerCase{
            "nul_in_values", std::string_view{"<a b=\0 \0='c\0'>", 14}, {"a b=[\uFFFD] \uFFFD=[c\uFFFD]"}},
        TokenizerCase{"quote_not_closed_takes_the_next", "<a b=\"c><d e=\"f\">", {"a b=[c><d e=] f\"=[]"}}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    References, HtmlTokenizerSplits,
    testing::Values(
        TokenizerCase{"named", "&lt;&amp;&nbsp;&Aacute;&zwnj;", {"'<&\u00A0\u00C1\u200C'"}},
        TokenizerCase{"two_code_points", "&NotEqualTilde;&nGt;", {"'\u2242\u0338\u226B\u20D2'"}},
        TokenizerCase{"beyond_the_bmp", "&Aopf;", {"'\U0001D538'"}},
        TokenizerCase{"longest_name", "&CounterClockwiseContourIntegral;", {"'\u2233'"}},
        TokenizerCase{"legacy_without_semicolon", "&copy 2024 &ampx", {"'\u00A9 2024 &x'"}},
        TokenizerCase{"longest_name_wins", "&notin; &notit; &noti", {"'\u2209 \u00ACit; \u00ACi'"}},
        TokenizerCase{"legacy_ends_with_a_digit", "&frac12&sup2&sup", {"'\u00BD\u00B2&sup'"}},
        TokenizerCase{"not_legacy", "&zwnj &apos", {"'&zwnj &apos'"}},
        TokenizerCase{"case_counts", "&AMP;&Amp;&NBSP;", {"'&&Amp;&NBSP;'"}},
        TokenizerCase{"no_reference", "& &; &x; &&amp;", {"'& &; &x; &&'"}},
        TokenizerCase{"in_an_attribute", "<a b='?x&amp;y&lt;'>", {"a b=[?x&y<]"}},
        TokenizerCase{"legacy_word_in_an_attribute",
                      "<a b='?a&copy=1&copy2&notit;&copy'>",
                      {"a b=[?a&copy=1&copy2&notit;\u00A9]"}},
        TokenizerCase{"legacy_before_others_in_an_attribute",
                      "<a b='&copy-&copy;=' c=&lt>",
                      {"a b=[\u00A9-\u00A9=] c=[<]"}},
        TokenizerCase{"decimal_and_hexadecimal", "&#65;&#x42;&#X43;&#0068", {"'ABCD'"}},
        TokenizerCase{"digits_end_the_reference", "&#97a&#x41g", {"'aaAg'"}},
        TokenizerCase{"no_digits", "&#; &#x; &#X &#", {"'&#; &#x; &#X &#'"}},
        TokenizerCase{"windows_1252", "&#128;&#x92;&#159;", {"'\u20AC\u2019\u0178'"}},
        TokenizerCase{"c1_without_a_character", "&#129;", {"'\xC2\x81'"}},
        TokenizerCase{"carriage_return_stays", "&#13;&#xD;", {"'\r\r'"}},
        TokenizerCase{"no_scalar_values", "&#0;&#xD800;&#x110000;", {"'\uFFFD\uFFFD\uFFFD'"}},
        TokenizerCase{
            "number_beyond_64_bits", "&#18446744073709551681;&#x10000000000000041;", {"'\uFFFD\uFFFD'"}},
        TokenizerCase{"largest_scalar_value", "&#x10FFFF;", {"'\U0010FFFF'"}}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Comments, HtmlTokenizerSplits,
    testing::Values(
        TokenizerCase{"ordinary", "<!--a<b>-->c", {"!a<b>!", "'c'"}},              //
        TokenizerCase{"empty", "<!----><!--><!--->x", {"!!", "!!", "!!", "'x'"}},  //
        TokenizerCase{"dashes", "<!-----><!--a--->", {"!-!", "!a-!"}},             //
        TokenizerCase{"bang_ends_it", "<!--a--!>b", {"!a!", "'b'"}},               //
        TokenizerCase{"what_does_not_end_it", "<!--a-- >--!-->", {"!a-- >--!!"}},  //
        TokenizerCase{"nested", "<!-- <!--x-->y", {"! <!--x!", "'y'"}},            //
        TokenizerCase{"cut", "<!--a>b", {"!a>b!"}},                                //
        TokenizerCase{"cut_in_the_delimiter", "<!--a--!", {"!a!"}},                //
        TokenizerCase{"conditional", "<!--[if mso]><b><![endif]-->", {"![if mso]><b><![endif]!"}},
        TokenizerCase{"revealed_conditional", "<![if !mso]><b><![endif]>", {"![if !mso]!", "b", "![endif]!"}},
        TokenizerCase{"processing_instruction", "<?xml a='>'?>", {"!?xml a='!", "''?>'"}},
        TokenizerCase{"bogus", "<!x>< /a></ a><!->", {"!x!", "'< /a>'", "! a!", "!-!"}},
        TokenizerCase{"cdata_in_html", "<![CDATA[a<b>]]>", {"![CDATA[a<b!", "']]>'"}},
        TokenizerCase{"cr_and_nul", std::string_view{"<!--\r\n\0-->", 10}, {"!\n\uFFFD!"}}),
    case_name);

INSTANTIATE_TEST_SUITE_P(Doctypes, HtmlTokenizerSplits,
                         testing::Values(TokenizerCase{"html", "<!DOCTYPE HTML>", {"?html"}},     //
                                         TokenizerCase{"no_blank", "<!doctypehtml>", {"?html"}},  //
                                         TokenizerCase{"no_name", "<!DOCTYPE>a", {"?", "'a'"}},   //
                                         TokenizerCase{"cut", "<!DOCTYPE html PUBLIC \"", {"?html"}},
                                         TokenizerCase{"ends_within_quotes",
                                                       "<!DOCTYPE html PUBLIC \"a>b\">",
                                                       {"?html", "'b\">'"}}),
                         case_name);

INSTANTIATE_TEST_SUITE_P(
    TextElements, HtmlTokenizerSplits,
    testing::Values(
        TokenizerCase{"title_decodes", "<title>&amp;<b></TITLE >x", {"title", "'&<b>'", "/title", "'x'"}},
        TokenizerCase{
            "textarea_decodes", "<textarea>&lt<!--</textarea>", {"textarea", "'<<!--'", "/textarea"}},
        TokenizerCase{"style_does_not",
                      "<style>&amp;<b></styles></style\n>",
                      {"style", "'&amp;<b></styles>'", "/style"}},
        TokenizerCase{"iframe", "<iframe><img></iframe>", {"iframe", "'<img>'", "/iframe"}},
        TokenizerCase{"noscript_is_content", "<noscript><img></noscript>", {"noscript", "img", "/noscript"}},
        TokenizerCase{"end_tag_at_the_end", "<xmp></xmp", {"xmp", "'</xmp'"}},
        TokenizerCase{"end_tags_into_one_another", "<xmp></xmp</xmp>", {"xmp", "'</xmp'", "/xmp"}},
        TokenizerCase{"empty", "<style></style><b>", {"style", "/style", "b"}},
        TokenizerCase{"self_closing_is_not", "<title/>a<b></title>", {"title/", "'a<b>'", "/title"}},
        TokenizerCase{"nul", std::string_view{"<style>\0\r\n", 10}, {"style", "'\uFFFD\n'"}},
        TokenizerCase{
            "plaintext_never_ends", "<plaintext>a</plaintext>&lt;", {"plaintext", "'a</plaintext>&lt;'"}}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Scripts, HtmlTokenizerSplits,
    testing::Values(
        TokenizerCase{"plain", "<script>a<b>&lt;</SCRIPT>c", {"script", "'a<b>&lt;'", "/script", "'c'"}},
        TokenizerCase{"escaped", "<script><!--</script>-->", {"script", "'<!--'", "/script", "'-->'"}},
        TokenizerCase{"escaped_twice",
                      "<script><!--<script></script></script>x",
                      {"script", "'<!--<script></script>'", "/script", "'x'"}},
        TokenizerCase{"escape_ended",
                      "<script><!--<script>--></script>x",
                      {"script", "'<!--<script>-->'", "/script", "'x'"}},
        TokenizerCase{"escape_ended_at_once",
                      "<script><!--><script></script>x",
                      {"script", "'<!--><script>'", "/script", "'x'"}},
        TokenizerCase{"another_tag_does_not_escape_twice",
                      "<script><!--<scripts></script>x",
                      {"script", "'<!--<scripts>'", "/script", "'x'"}},
        TokenizerCase{"cut", "<script><!--<script></script>", {"script", "'<!--<script></script>'"}}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    SvgAndMathml, HtmlTokenizerSplits,
    testing::Values(TokenizerCase{"cdata",
                                  "<svg><![CDATA[a<b>&lt;]]></svg><![CDATA[c]]>",
                                  {"*svg", "'a<b>&lt;'", "/svg", "![CDATA[c]]!"}},
                    TokenizerCase{"cdata_in_an_integration_point",
                                  "<svg><desc><![CDATA[a]]><p><![CDATA[b]]>",
                                  {"*svg", "*desc", "'a'", "p", "![CDATA[b]]!"}},
                    TokenizerCase{"style_holds_elements",
                                  "<svg><style><img src=x></style>",
                                  {"*svg", "*style", "img src=[x]", "/style"}},
                    TokenizerCase{"html_in_an_integration_point",
                                  "<svg><desc><style><b></style></desc><style><g>",
                                  {"*svg", "*desc", "style", "'<b>'", "/style", "/desc", "*style", "*g"}},
                    TokenizerCase{"self_closing_root", "<svg/><style><b>", {"*svg/", "style", "'<b>'"}},
                    TokenizerCase{"left_by_a_block", "<svg><p><title><b>", {"*svg", "p", "title", "'<b>'"}},
                    TokenizerCase{"left_by_an_end_tag_around",
                                  "<td><svg></td><title><b>",
                                  {"td", "*svg", "/td", "title", "'<b>'"}},
                    TokenizerCase{"font_leaves_with_a_color_only",
                                  "<svg><font><font color=red>",
                                  {"*svg", "*font", "font color=[red]"}},
                    TokenizerCase{"math_text",
                                  "<math><mi><style><b></style>",
                                  {"*math", "*mi", "style", "'<b>'", "/style"}},
                    TokenizerCase{"math_annotation",
                                  "<math><annotation-xml encoding='Text/HTML'><style><b>",
                                  {"*math", "*annotation-xml encoding=[Text/HTML]", "style", "'<b>'"}}),
    case_name);

TEST(HtmlTokenizer, ToldOffsetsAreThoseOfTheSource) {
  HtmlTokenizer tokenizer{"a&amp;b<i c=d></><!--e--></i>"};
  std::vector<std::pair<std::size_t, std::size_t>> places;
  while (const auto* token = tokenizer.next()) places.emplace_back(token->offset, token->end);
  const std::vector<std::pair<std::size_t, std::size_t>> expected{{0, 7}, {7, 14}, {17, 25}, {25, 29}};
  EXPECT_EQ(places, expected);
}

TEST(HtmlTokenizer, ReadsImageAsImgOutsideSvg) {
  HtmlTokenizer tokenizer{"<image src=a><img><svg><image href=b>"};
  std::vector<bool> is_image;
  while (const auto* token = tokenizer.next()) is_image.push_back(is_img(*token));
  EXPECT_EQ(is_image, (std::vector<bool>{true, true, false, false}));
}

TEST(HtmlTokenizer, FindsAttributesByName) {
  HtmlTokenizer tokenizer{"<a href HREF=x id=y>"};
  const auto* token = tokenizer.next();
  ASSERT_NE(token, nullptr);
  EXPECT_EQ(token->attribute("href"), "");
  EXPECT_EQ(token->attribute("id"), "y");
  EXPECT_EQ(token->attribute("name"), std::nullopt);
}

TEST(HtmlTokenizer, KeepsTheFirstAttributesAndTellsTheCut) {
  std::string html = "<a";
  for (std::size_t i = 0; i <= kMaxHtmlAttributes; ++i) html += " x" + std::to_string(i) + " x1";
  HtmlTokenizer tokenizer{html += " href=y>b"};
  const auto* token = tokenizer.next();
  ASSERT_NE(token, nullptr);
  EXPECT_EQ(token->attributes.size(), kMaxHtmlAttributes);
  EXPECT_EQ(token->attributes.back().name, "x9999");
  EXPECT_TRUE(token->is_cut);
  token = tokenizer.next();
  ASSERT_NE(token, nullptr);
  EXPECT_EQ(token->text, "b");
}

TEST(HtmlTokenizer, DropsDuplicatesAmongManyAttributes) {
  std::string html = "<a";
  for (int i = 0; i < 100; ++i) html += " X" + std::to_string(i % 40) + "=" + std::to_string(i);
  HtmlTokenizer tokenizer{html += ">"};
  const auto* token = tokenizer.next();
  ASSERT_NE(token, nullptr);
  ASSERT_EQ(token->attributes.size(), 40U);
  EXPECT_EQ(token->attribute("x39"), "39");
  EXPECT_FALSE(token->is_cut);
}

struct FloodCase {
  std::string_view name, begin, repeated;
};
class HtmlTokenizerFlood : public testing::TestWithParam<FloodCase> {};

/// Quadratic behaviour would take hours here.
TEST_P(HtmlTokenizerFlood, PassesInLinearTime) {
  constexpr std::size_t kOctets = 1'000'000;
  std::string html{GetParam().begin};
  while (html.size() < kOctets) html += GetParam().repeated;
  HtmlTokenizer tokenizer{html};
  std::size_t end = 0;
  while (const auto* token = tokenizer.next()) {
    ASSERT_GE(token->offset, end);
    end = token->end;
  }
  EXPECT_LE(end, html.size());
}
INSTANTIATE_TEST_SUITE_P(
    Floods, HtmlTokenizerFlood,
    testing::Values(FloodCase{"less_than", "", "<"}, FloodCase{"end_tag_open", "", "</"},                 //
                    FloodCase{"comment_open", "", "<!--"}, FloodCase{"comment_dashes", "<!--", "-"},      //
                    FloodCase{"comment_bangs", "<!--", "--!"}, FloodCase{"bogus_comments", "", "<!"},     //
                    FloodCase{"ampersands", "", "&"}, FloodCase{"digits", "&#", "9"},                     //
                    FloodCase{"words", "", "&CounterClockwiseContourIntegra"},                            //
                    FloodCase{"same_attribute", "<a", " B='&lt;'"}, FloodCase{"quotes", "<a b=", "\"'"},  //
                    FloodCase{"tags_not_closed", "", "<a "}, FloodCase{"tags", "", "<a b>"},              //
                    FloodCase{"title_not_closed", "<title>", "</titl"},                                   //
                    FloodCase{"script_escapes", "<script>", "<!--<script>"},                              //
                    FloodCase{"script_dashes", "<script><!--", "--"}, FloodCase{"svg", "", "<svg>"},      //
                    FloodCase{"svg_end_tags", "<svg><g><g><g><g><g><g>", "</x>"},                         //
                    FloodCase{"cdata", "<svg>", "<![CDATA["}, FloodCase{"carriage_returns", "", "\r"}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(HtmlTokenizer, ManyDistinctAttributesPassInLinearTime) {
  std::string html;
  while (html.size() < 1'000'000) {
    html += "<a";
    for (std::size_t i = 0; i < kMaxHtmlAttributes; ++i) html += " " + std::to_string(i);
    html += ">";
  }
  HtmlTokenizer tokenizer{html};
  std::size_t attributes = 0;
  while (const auto* token = tokenizer.next()) attributes += token->attributes.size();
  EXPECT_EQ(attributes % kMaxHtmlAttributes, 0U);
}

}  // namespace
}  // namespace mailspoor::index
