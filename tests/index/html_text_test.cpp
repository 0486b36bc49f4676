#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "index/track/html_reader.hpp"

namespace mailspoor::index {
namespace {

constexpr std::size_t kNoLimit = 1'000'000'000;

struct TextCase {
  std::string_view name, html, text;
};
std::ostream& operator<<(std::ostream& out, const TextCase& test) { return out << test.html; }
std::string case_name(const testing::TestParamInfo<TextCase>& test) { return std::string{test.param.name}; }

class VisibleTextOf : public testing::TestWithParam<TextCase> {};
TEST_P(VisibleTextOf, IsWhatAReaderSees) {
  const auto visible = read_html(GetParam().html, kNoLimit);
  EXPECT_EQ(visible.text, GetParam().text);
  EXPECT_FALSE(visible.is_text_cut);
}

INSTANTIATE_TEST_SUITE_P(
    WhiteSpace, VisibleTextOf,
    testing::Values(TextCase{"nothing", "", ""},                                               //
                    TextCase{"collapses", " a \r\n\t b<b> </b> c ", "a b c"},                  //
                    TextCase{"between_elements", "<b>a</b> <i>b</i><u>c</u>", "a bc"},         //
                    TextCase{"no_break_spaces", "a&nbsp;&nbsp; b&emsp;c&#8239;d", "a b c d"},  //
                    TextCase{"stays_in_pre", "a<pre>\n  b\n\n\n\tc  d \n</pre>e", "a\n\n  b\n\n\tc  d\n\ne"},
                    TextCase{"stays_in_textarea", "<textarea>\n a\n  b</textarea>c", " a\n  b\nc"},
                    TextCase{"of_japanese", "日本　語<br>テキスト", "日本　語\nテキスト"},
                    TextCase{"nul_is_dropped", std::string_view{"a\0b", 3}, "ab"},
                    TextCase{"bad_utf8_stays", "\xE9t\xE9 \xE2\x80", "\xE9t\xE9 \xE2\x80"}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    WidthlessCharacters, VisibleTextOf,
    testing::Values(
        TextCase{"padding", "a&zwnj;&nbsp;&zwnj;&nbsp;&#847; &#8199;&#65279;&shy;&#8203;b", "a b"},
        TextCase{"padding_only", "<div>&#847;&zwnj; &nbsp;&#8199;&shy;&#12644;</div><p>a", "a"},
        TextCase{"within_words", "Pass&shy;word Pay&#8203;Pal Ap&zwnj;ple Mi&zwj;&zwj;cro&lrm;soft",
                 "Password PayPal Apple Microsoft"},
        TextCase{"joiner_in_persian", "\u0645\u06CC\u200C\u0631\u0648\u0645",
                 "\u0645\u06CC\u200C\u0631\u0648\u0645"},
        TextCase{"joiner_in_an_emoji", "\U0001F468\u200D\U0001F469\u200D\U0001F467",
                 "\U0001F468\u200D\U0001F469\u200D\U0001F467"},
        TextCase{"run_of_joiners_between_letters", "\u0645\u200C\u200C\u0631", "\u0645\u0631"}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Lines, VisibleTextOf,
    testing::Values(
        TextCase{"blocks", "a<div>b<div>c</div></div>d", "a\nb\nc\nd"},
        TextCase{"paragraphs", "<p>a<p>b</p><div>c</div>", "a\n\nb\n\nc"},
        TextCase{"line_breaks", "a<br>b<br/><br>c<br><br><br><br>d</br>e", "a\nb\n\nc\n\nd\ne"},
        TextCase{"break_before_a_block_ends", "<div>a<br></div>b", "a\nb"},
        TextCase{"empty_line_of_mail_editors", "<div>a</div><div><br></div><div>b</div>", "a\n\nb"},
        TextCase{"lists", "a<ul><li>b<li>c<ol><li>d</ol></ul>e", "a\nb\nc\nd\ne"},
        TextCase{"definitions", "<dl><dt>a<dd>b<dt>c</dl>", "a\nb\nc"},
        TextCase{"headings", "<h1>a</h1>b<h2>c</h2>", "a\n\nb\n\nc"}, TextCase{"rule", "a<hr>b", "a\nb"},
        TextCase{"options", "<select><option>a<option selected>b</select>c", "a\nb\nc"},
        TextCase{"span_as_a_block", "<a style='display:block'>a</a><a style='Display: Block'>b</a>", "a\nb"},
        TextCase{"inline_blocks",
                 "<a style='display:inline-block'>a</a><a style='display:inline-block'>b</a>", "a b"},
        TextCase{"block_as_a_span", "a<p style='display:inline'>b</p>c", "abc"}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Tables, VisibleTextOf,
    testing::Values(
        TextCase{"rows_and_cells", "<table><tr><th>a</th><th>b</th></tr><tr><td>c<td>d<tr><td>e</table>f",
                 "a\tb\nc\td\ne\nf"},
        TextCase{"blocks_in_cells", "<table><tr><td><p>a</p></td><td><p>b</p></td></tr></table>", "a\tb"},
        TextCase{"empty_cells",
                 "<table><tr><td></td><td>a</td><td> </td><td><p>&nbsp;</p></td><td>b</td></tr></table>c",
                 "a\tb\nc"},
        TextCase{"cell_of_two_lines", "<table><tr><td>a<br>b</td><td>c</td></tr></table>", "a\nb\nc"},
        TextCase{"layout_in_a_cell",
                 "<table><tr><td><table><tr><td>a</td></tr><tr><td>b</td></tr></table></td><td>c</td></tr></"
                 "table>",
                 "a\nb\nc"},
        TextCase{"line_in_an_inner_table",
                 "<table><tr><td>a</td><td><table><tr><td>b</td></tr></table></td></tr></table>c", "a\tb\nc"},
        TextCase{"cells_without_a_table", "<tr><td>a</td><td>b</td></tr><tr><td>c</td></tr>", "a b\nc"}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Included, VisibleTextOf,
    testing::Values(
        TextCase{"alternative_text", "a<img alt=' b  c '>d<img src=x>e<image alt=f>", "a b c de f"},
        TextCase{"buttons", "<input type=Submit value=a><input type=hidden value=b><button>c</button>d",
                 "a c d"},
        TextCase{"text_as_html", "<xmp><b>&lt;</xmp>", "<b>&lt;"},
        TextCase{"noscript", "<noscript>a</noscript>", "a"},
        TextCase{"revealed_conditional", "<!--[if !mso]><!-->a<!--<![endif]--><![if !mso]>b<![endif]>", "ab"},
        TextCase{"mso_hide_is_for_outlook", "<a style='mso-hide:all'>a</a>", "a"},
        TextCase{"text_around_the_page", "a<html>b<body>c</body>d</html>e", "a\nb\nc\nd\ne"}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Unseen, VisibleTextOf,
    testing::Values(
        TextCase{"head", "<head><title>a</title><style>b</style><script>c</script></head><body>d", "d"},
        TextCase{"template_", "a<template>b<div>c</div></template>d", "ad"},
        TextCase{"comments", "a<!--b--><!--[if mso]>c<![endif]-->d", "ad"},
        TextCase{"frames", "<iframe>a</iframe><noframes>b</noframes><noembed>c</noembed>d", "d"},
        TextCase{"svg_title", "<svg><title>a</title><style>b</style><text>c</text></svg>", "c"},
        TextCase{"hidden", "a<div hidden>b<p>c</p></div>d<i hidden=''>e</i>", "ad"},
        TextCase{"hidden_but_displayed", "<div hidden style='display:block'>a</div>", "a"},
        TextCase{"display_none", "a<span style=\"color:red;DISPLAY : None !important\">b<b>c</b></span>d",
                 "ad"},
        TextCase{"display_none_makes_no_line",
                 "a<div style='display:none'>b</div>c<br style='display:none'>d", "acd"},
        TextCase{"last_declaration_counts",
                 "<p style='display:none;display:block'>a<p style='display:block;display:none'>b", "a"},
        TextCase{"important_declaration_counts", "<p style='display:none !important;display:block'>a", ""},
        TextCase{"semicolon_in_a_value",
                 "<p style='background:url(data:a;display:none);content:\";display:none\"'>a", "a"},
        TextCase{"visibility", "<div style='visibility:hidden'>a<b style='visibility:visible'>b</b>c</div>d",
                 "b\nd"},
        TextCase{"font_size", "<p style='font-size:0'>a<span style='font-size:14px'>b</span></p>", "b"},
        TextCase{"font_size_of_a_layout",
                 "<div style='font-size:0px'>a<b style='font-size:2em'>b</b><b "
                 "style='font-size:medium'>c</b></div>",
                 "c"},
        TextCase{"font_shorthand", "<div style='font:0/0 a'>a<b style='font:700 14px/1 Arial'>b</b></div>",
                 "b"},
        TextCase{"last_of_font_and_its_size",
                 "<p style='font:12px a;font-size:0'>a<p style='font-size:0;font:12px a'>b<p "
                 "style='font:12px a!important;font-size:0'>c",
                 "b\n\nc"},
        TextCase{"font_element",
                 "<div style='font-size:0.0em'>a<font color=red>b<font size=2>c</font></font></div>", "c"},
        TextCase{"opacity",
                 "<div style='opacity:0.0'>a<b style='opacity:1'>b</b></div><p style='opacity:0.5'>c", "c"},
        TextCase{"no_height", "<div style='max-height:0px;overflow:hidden'>a</div><p style='max-height:0'>b",
                 "b"},
        TextCase{"image", "<img alt=a style='display:none'><div hidden><img alt=b></div>", ""},
        TextCase{"cell", "<table><tr><td>a</td><td style='display:none'>b</td><td>c</td></tr></table>",
                 "a\tc"}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    WhereTheHiddenEnds, VisibleTextOf,
    testing::Values(
        TextCase{"void_element", "<input hidden>a<br hidden>b", "ab"},
        TextCase{"paragraph_without_end_tag", "<p hidden>a<p>b", "b"},
        TextCase{"item_without_end_tag", "<ul><li hidden>a<ul><li>b</ul><li>c</ul>", "c"},
        TextCase{"cell_without_end_tag", "<table><tr><td hidden>a<td>b<tr hidden><td>c<tr><td>d</table>",
                 "b\nd"},
        TextCase{"option_without_end_tag", "<select><option hidden>a<option>b</select>", "b"},
        TextCase{"end_of_the_parent", "<div><span hidden>a</div>b", "b"},
        TextCase{"end_of_the_cell", "<table><tr><td><div hidden>a</td><td>b</td></tr></table>", "b"},
        TextCase{"not_an_end_tag_inside", "<div hidden>a</span></p></table></i>b</div>c", "c"},
        TextCase{"not_an_end_tag_beyond_the_table",
                 "<div hidden>a<table><tr><td>b</div>c</td></tr></table>d</div>e", "e"},
        TextCase{"span_goes_on_after_a_block", "<div><span hidden><div>a</span>b</div>c</div>d", "d"},
        TextCase{"formatting_ends_across_blocks", "<b hidden><div>a</b>b</div>c", "b\nc"},
        TextCase{"formatting_ends_but_the_block_hides", "<b><div hidden>a</b>b</div>c", "c"},
        TextCase{"link_ends_the_link_before", "<a hidden>a<a>b</a>", "b"},
        TextCase{"self_closing_is_open", "<div><span hidden/>a</div>b", "b"},
        TextCase{"self_closing_in_svg", "<svg><g hidden/><text>a</text></svg>", "a"},
        TextCase{"table_part_without_a_table", "<thead><div hidden>a<tfoot>b</div>c", "c"},
        TextCase{"unknown_elements", "<x-y hidden>a<z>b</x-y>c</z>d", "cd"}),
    case_name);

TEST(VisibleText, IsCutBetweenCharacters) {
  const auto visible = read_html("abc\u00E9 def", 4);
  EXPECT_EQ(visible.text, "abc");
  EXPECT_TRUE(visible.is_text_cut);
}

TEST(VisibleText, IsNotCutIfItJustFits) {
  EXPECT_FALSE(read_html("<p>abc</p> \n<p hidden>d", 3).is_text_cut);
  EXPECT_TRUE(read_html("<p>abc</p><p>d", 3).is_text_cut);
}

TEST(VisibleText, HidesBelowTheDeepestElementToo) {
  std::string html;
  for (std::size_t depth = 0; depth < kMaxHtmlDepth + 10; ++depth) html += "<div>";
  html += "<style>a</style><i>b<b hidden>c<u>d</u></b>e</i>";
  EXPECT_EQ(read_html(html, kNoLimit).text, "be");
}

TEST(VisibleText, ForgetsWhatWasHiddenAboveTheDeepestElement) {
  std::string html = "<div hidden>a";
  for (std::size_t depth = 0; depth < kMaxHtmlDepth + 10; ++depth) html += "<div>";
  html += "b";
  for (std::size_t depth = 0; depth < kMaxHtmlDepth + 10; ++depth) html += "</div>";
  EXPECT_EQ(read_html(html + "c</div>d", kNoLimit).text, "d");
}

struct FloodCase {
  std::string_view name, begin, repeated;
};
class VisibleTextFlood : public testing::TestWithParam<FloodCase> {};

/// Quadratic behaviour would take hours here.
TEST_P(VisibleTextFlood, PassesInLinearTime) {
  constexpr std::size_t kOctets = 1'000'000;
  std::string html{GetParam().begin};
  while (html.size() < kOctets) html += GetParam().repeated;
  const auto visible = read_html(html, kNoLimit);
  EXPECT_LE(visible.text.size(), 2 * html.size());
  EXPECT_FALSE(visible.is_text_cut);
}
INSTANTIATE_TEST_SUITE_P(
    Floods, VisibleTextFlood,
    testing::Values(FloodCase{"spans", "", "<x>"}, FloodCase{"paragraphs", "", "<p>"},  //
                    FloodCase{"lists", "", "<li><ul>"}, FloodCase{"links", "", "<a><b>"},
                    FloodCase{"cells", "", "<table><td>"},
                    FloodCase{"formatting_across_blocks", "", "<b><div></b>"},
                    FloodCase{"end_tags_of_nothing", "<table><p><i><u>", "</b></div></td></q>"},
                    FloodCase{"declarations", "<p style='", ";"}, FloodCase{"parentheses", "<p style='", "("},
                    FloodCase{"fonts", "<p style='font:", "1/ "}, FloodCase{"joiners", "\u0645", "\u200C"},
                    FloodCase{"blanks", "<pre>", " "}, FloodCase{"letters", "<p>", "\u3042 "},
                    FloodCase{"lines", "<pre>", "a\n\n"}),
    [](const auto& test) { return std::string{test.param.name}; });

}  // namespace
}  // namespace mailspoor::index
