// What an HTML part loads, and how that is drawn: one small document for every form that mails use.

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <ostream>
#include <string>

#include "index/track/html_reader.hpp"

namespace mailspoor::index {
namespace {

constexpr std::size_t kNoText = 0;

/// `kind element url`, then `WIDTHxHEIGHT` (`?` for unknown) where anything is known of it, `hidden`, `bg`.
std::string line_of(const HtmlResource& resource) {
  constexpr std::array<const char*, 9> kKinds{"image", "background", "css", "font", "media",
                                              "frame", "svg",        "vml", "other"};
  const auto number = [](const std::optional<double>& side) {
    if (!side) return std::string{"?"};
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.4g", *side);
    return std::string{text.data()};
  };
  std::string line = kKinds[static_cast<std::size_t>(resource.kind)];
  line += ' ' + resource.element + ' ' + resource.url;
  if (resource.width || resource.height) line += ' ' + number(resource.width) + 'x' + number(resource.height);
  if (resource.is_hidden) line += " hidden";
  if (resource.is_background != (resource.kind == ResourceKind::background)) line += " WRONG BACKGROUND";
  return line;
}

std::string resources_of(std::string_view html) {
  std::string lines;
  for (const auto& each : read_html(html, kNoText).resources) lines += line_of(each) + '\n';
  return lines;
}

struct LoadCase {
  std::string_view name, html, resources;
};
std::ostream& operator<<(std::ostream& out, const LoadCase& test) { return out << test.html; }
std::string case_name(const testing::TestParamInfo<LoadCase>& test) { return std::string{test.param.name}; }

class Loads : public testing::TestWithParam<LoadCase> {};
TEST_P(Loads, WhatItNames) { EXPECT_EQ(resources_of(GetParam().html), GetParam().resources); }

INSTANTIATE_TEST_SUITE_P(
    Attributes, Loads,
    testing::Values(
        LoadCase{"image", "<img src='http://h/a.gif'>", "image img http://h/a.gif\n"},
        LoadCase{"pixel_of_amp", "<amp-pixel src=//h/a></amp-pixel>", "image amp-pixel //h/a 1x1\n"},
        LoadCase{"image_by_its_old_name", "<image src=//h/a>", "image img //h/a\n"},
        LoadCase{"entities_once", "<img src='http://h/?a=1&amp;amp;b=2&#38;c&colon;'>",
                 "image img http://h/?a=1&amp;b=2&c:\n"},
        LoadCase{"no_entity_without_semicolon", "<img src='http://h/?a=1&copy=2'>",
                 "image img http://h/?a=1&copy=2\n"},
        LoadCase{"unquoted", "<img src=http://h/a?b=c>", "image img http://h/a?b=c\n"},
        LoadCase{"slash_between", "<img/src='//h/a'/alt=b>", "image img //h/a\n"},
        LoadCase{"no_space_between", "<img alt='b'src='//h/a'>", "image img //h/a\n"},
        LoadCase{"first_of_doubles", "<img src=//h/a src=//h/b>", "image img //h/a\n"},
        LoadCase{"greater_in_quotes", "<img alt='>' src='//h/a>b'>", "image img //h/a>b\n"},
        LoadCase{"upper_case", "<IMG SRC='HTTP://H/A'>", "image img HTTP://H/A\n"},
        LoadCase{"line_end_within", "<img src='http://h/\n a\t'>", "image img http://h/\n a\t\n"},
        LoadCase{"not_closed_at_the_end", "<div><table><img src=//h/a>", "image img //h/a\n"},
        LoadCase{"cut_tag", "<img src=//h/a", ""},
        LoadCase{"behind_the_page", "<html><body></body></html><img src=//h/a>", "image img //h/a\n"},
        LoadCase{"empty_source", "<img src=''><img src><img src=' '>", ""},
        LoadCase{"data_urls_load_nothing", "<img src='data:image/svg+xml,http://h/a'><img src=' DATA:,a'>",
                 ""},
        LoadCase{"cid_is_left_to_others", "<img src='cid:a@h'>", "image img cid:a@h\n"},
        LoadCase{"srcset", "<img src=//h/a srcset='//h/b 1x, //h/c 2x,//h/d'>",
                 "image img //h/a\nimage img //h/b\nimage img //h/c\nimage img //h/d\n"},
        LoadCase{"srcset_with_commas", "<img srcset='//h/b,c 100w , //h/d, , data:a,b 2x'>",
                 "image img //h/b,c\nimage img //h/d\n"},
        LoadCase{"srcset_with_parentheses", "<img srcset='//h/b (1,2) , //h/c'>",
                 "image img //h/b\nimage img //h/c\n"},
        LoadCase{"picture",
                 "<picture><source srcset='//h/a, //h/b 2x'><img src=//h/c width=2 height=3></picture>",
                 "image source //h/a 2x3\nimage source //h/b 2x3\nimage img //h/c 2x3\n"},
        LoadCase{"picture_without_image",
                 "<picture><source srcset=//h/a></picture><img src=//h/c width=2 height=3>",
                 "image source //h/a\nimage img //h/c 2x3\n"},
        LoadCase{"input", "<input type=Image src=//h/a width=1 height=1><input src=//h/b>",
                 "image input //h/a 1x1\n"},
        LoadCase{"video",
                 "<video src=//h/a poster=//h/b width=4 height=3><source src=//h/c><track src=//h/d></video>",
                 "media video //h/a 4x3\nimage video //h/b 4x3\nmedia source //h/c 4x3\nmedia track //h/d\n"},
        LoadCase{"audio", "<audio src=//h/a><source src=//h/b></audio>",
                 "media audio //h/a\nmedia source //h/b\n"},
        LoadCase{"background_sound", "<bgsound src=//h/a>", "media bgsound //h/a\n"},
        LoadCase{"embed", "<embed src=//h/a width=0 height=0>", "media embed //h/a 0x0\n"},
        LoadCase{"object", "<object data=//h/a width=1 height=1></object>", "other object //h/a 1x1\n"},
        LoadCase{"frames", "<iframe src=//h/a width=1 height=1><img src=//h/x></iframe><frame src=//h/b>",
                 "frame iframe //h/a 1x1\nframe frame //h/b\n"},
        LoadCase{"style_sheet", "<p hidden><link rel='alternate StyleSheet' href=//h/a>", "css link //h/a\n"},
        LoadCase{"other_links", "<link rel=icon href=//h/a><link href=//h/b><link rel=canonical href=//h/c>",
                 ""},
        LoadCase{"background_of_a_page", "<body background=//h/a>", "background body //h/a\n"},
        LoadCase{"background_of_a_table",
                 "<table background=//h/a width=1 height=1><tr><td background=//h/b width=9>",
                 "background table //h/a 1x1\nbackground td //h/b 9x?\n"},
        LoadCase{"amp",
                 "<amp-img src=//h/a width=1 height=1></amp-img><amp-anim srcset=//h/b></amp-anim><amp-list "
                 "src=//h/c>",
                 "image amp-img //h/a 1x1\nimage amp-anim //h/b\nother amp-list //h/c\n"},
        LoadCase{"scripts_are_off", "<script src=//h/a></script><noscript><img src=//h/b></noscript>",
                 "image img //h/b\n"},
        LoadCase{"text_is_no_markup",
                 "<title><img src=//h/a></title><textarea><img src=//h/b></textarea><script><img "
                 "src=//h/c></script>"
                 "<xmp><img src=//h/d></xmp><noframes><img src=//h/e></noframes><noembed><img "
                 "src=//h/f></noembed>",
                 ""},
        LoadCase{"template_is_inert",
                 "<template><img src=//h/a><p><img src=//h/b></p></template><img src=//h/c>",
                 "image img //h/c\n"},
        LoadCase{"style_in_a_template", "<template><style>p{background:url(//h/a)}</style></template>", ""},
        LoadCase{"escaped_markup", "&lt;img src=//h/a&gt;<p title='<img src=//h/b>'>", ""},
        LoadCase{"names_that_are_none",
                 "<!DOCTYPE html SYSTEM 'http://h/a'><html xmlns='http://h/b'><form action=//h/c>"
                 "<blockquote cite=//h/d><img usemap=//h/e longdesc=//h/f>",
                 ""},
        LoadCase{"fragment_cell_outside_a_table", "<td background=//h/a>", ""}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Comments, Loads,
    testing::Values(
        LoadCase{"ordinary", "<!-- <img src=//h/a> --><!-- [if mso] --><!--><img src=//h/b>",
                 "image img //h/b\n"},
        LoadCase{"for_outlook", "<!--[if mso]><img src=//h/a width=1 height=1><![endif]-->",
                 "image img //h/a 1x1\n"},
        LoadCase{"of_a_version",
                 "<!--[if gte mso 9]><img src=//h/a><![endif]--><!--[if (lt mso 12)|(IE)]><img "
                 "src=//h/b><![endif]-->",
                 "image img //h/a\nimage img //h/b\n"},
        LoadCase{"not_for_outlook_in_a_comment",
                 "<!--[if !mso]><img src=//h/a><![endif]--><!--[if !(mso)]><img src=//h/b><![endif]-->", ""},
        LoadCase{
            "both_conditions",
            "<!--[if mso & !vml]><img src=//h/a><![endif]--><!--[if (mso)&(vml)]><img src=//h/b><![endif]-->",
            "image img //h/b\n"},
        LoadCase{"never", "<!--[if false]><img src=//h/a><![endif]-->", ""},
        LoadCase{"not_a_condition", "<!--[if mso] <img src=//h/a> -->", ""},
        LoadCase{"revealed", "<!--[if !mso]><!--><img src=//h/a><!--<![endif]-->", "image img //h/a\n"},
        LoadCase{"revealed_with_dashes", "<!--[if !mso]><!-- --><img src=//h/a><!-- <![endif]-->",
                 "image img //h/a\n"},
        LoadCase{"revealed_by_a_bogus_comment", "<![if !mso]><img src=//h/a><![endif]>", "image img //h/a\n"},
        LoadCase{"ghost_table",
                 "<!--[if mso]><table><tr><td background=//h/a width=600><![endif]--><img src=//h/b>"
                 "<!--[if mso]></td></tr></table><![endif]-->",
                 "background td //h/a 600x?\nimage img //h/b\n"},
        LoadCase{
            "end_tags_in_one_close_nothing",
            "<div hidden><!--[if mso]></div><img src=//h/a><![endif]--><img src=//h/b></div><img src=//h/c>",
            "image img //h/a hidden\nimage img //h/b hidden\nimage img //h/c\n"},
        LoadCase{"hidden_within",
                 "<!--[if mso]><div style='display:none'><img src=//h/a><![endif]--><img src=//h/b>",
                 "image img //h/a hidden\nimage img //h/b\n"},
        LoadCase{"style_for_outlook_only",
                 "<!--[if mso]><style>.a{display:none}</style><![endif]--><img class=a src=//h/a>",
                 "image img //h/a\n"},
        LoadCase{"hidden_but_in_outlook",
                 "<style>.a{display:none}</style><!--[if mso]><style>.a{display:block "
                 "!important}</style><![endif]--><img class=a src=//h/a>",
                 "image img //h/a\n"},
        LoadCase{"mso_hide", "<div style='mso-hide:all'><img src=//h/a></div>", "image img //h/a\n"},
        LoadCase{"vml",
                 "<!--[if gte mso 9]><v:rect style='width:600px;height:75pt'><v:fill type=tile src=//h/a "
                 "/><v:textbox>"
                 "<v:image src=//h/b style='width:1px;height:1px'/></v:textbox></v:rect><![endif]-->",
                 "vml v:fill //h/a 600x100\nvml v:image //h/b 1x1\n"},
        LoadCase{
            "vml_picture",
            "<v:shape style='width:2px;height:3px'><v:stroke dashstyle=a /><V:ImageData src=//h/a></v:shape>",
            "vml v:imagedata //h/a 2x3\n"},
        LoadCase{"vml_without_comment", "<v:background fill=t><v:fill src=//h/a></v:background>",
                 "vml v:fill //h/a\n"}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Svg, Loads,
    testing::Values(
        LoadCase{"image", "<svg><image href=//h/a width=1 height=1 /></svg>", "svg image //h/a 1x1\n"},
        LoadCase{"image_by_xlink", "<svg><image xlink:href=//h/a></image></svg>", "svg image //h/a\n"},
        LoadCase{"use", "<svg><use href='//h/a#b'/></svg>", "svg use //h/a#b\n"},
        LoadCase{"filter_image", "<svg><filter><feImage href=//h/a /></filter></svg>", "svg feimage //h/a\n"},
        LoadCase{"animation",
                 "<svg><image width=2 height=3><animate attributeName=href values='//h/a; //h/b'/>"
                 "<set attributeName=xlink:href to=//h/c /></image></svg>",
                 "svg animate //h/a 2x3\nsvg animate //h/b 2x3\nsvg set //h/c 2x3\n"},
        LoadCase{"animation_of_something_else", "<svg><animate attributeName=x from=//h/a to=//h/b></svg>",
                 ""},
        LoadCase{"presentation_attribute",
                 "<svg><rect fill='url(//h/a#b)' filter=\"url('//h/c')\" d='M(0 0)'/></svg>",
                 "svg rect //h/a#b\nsvg rect //h/c\n"},
        LoadCase{"style_attribute", "<svg><rect style='fill:url(//h/a)'/></svg>", "background rect //h/a\n"},
        LoadCase{"style_element", "<svg><style>rect{fill:url(//h/a)}</style></svg>",
                 "background style //h/a\n"},
        LoadCase{"of_no_size", "<svg width=0 height=0><image href=//h/a></svg>",
                 "svg image //h/a 0x0 hidden\n"},
        LoadCase{"html_within", "<svg><foreignObject><img src=//h/a></foreignObject></svg>",
                 "image img //h/a\n"},
        LoadCase{"html_that_ends_it", "<svg><img src=//h/a></svg>", "image img //h/a\n"},
        LoadCase{"names_that_mean_nothing_outside", "<use href=//h/a><set attributename=href to=//h/b>", ""}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Css, Loads,
    testing::Values(
        LoadCase{"background", "<p style='background:#fff url(//h/a) no-repeat'>", "background p //h/a\n"},
        LoadCase{"quoted",
                 "<p style='background-image:url( \"//h/a b\" )'><p style=\"background:URL('//h/c')\">",
                 "background p //h/a b\nbackground p //h/c\n"},
        LoadCase{"entities_and_escapes", "<p style='background:url(//h/a?b&amp;\\63 \\2F d)'>",
                 "background p //h/a?b&c/d\n"},
        LoadCase{"escaped_name", "<p style='background:\\75\\72\\6c(//h/a)'>", "background p //h/a\n"},
        LoadCase{"escaped_property", "<p style='\\64isplay:none;back\\67round:url(//h/a)'>",
                 "background p //h/a hidden\n"},
        LoadCase{"escaped_line_end", "<p style=\"background:url('//h/\\\na')\">", "background p //h/a\n"},
        LoadCase{"several", "<p style='background:url(//h/a),url(//h/b)'>",
                 "background p //h/a\nbackground p //h/b\n"},
        LoadCase{"other_properties",
                 "<p style='content:url(//h/a);list-style:square "
                 "url(//h/b);cursor:url(//h/c),auto;border-image:url(//h/d) 1'>",
                 "background p //h/a\nbackground p //h/b\nbackground p //h/c\nbackground p //h/d\n"},
        LoadCase{"unquoted_with_a_blank", "<p style='background:url(//h/a b)'>", ""},
        LoadCase{"line_end_in_a_string", "<p style='background:url(\"//h/a\nb\");color:red'>", ""},
        LoadCase{"not_closed", "<p style='background:url(//h/a'><p style='background:url(\"//h/b'>",
                 "background p //h/a\nbackground p //h/b\n"},
        LoadCase{"blank_before_the_parenthesis", "<p style='background:url (//h/a)'>", ""},
        LoadCase{"in_a_comment",
                 "<p style='/*background:url(//h/a)*/color:red;/**/background:/**/url(//h/b)'>",
                 "background p //h/b\n"},
        LoadCase{"in_a_string", "<p style='font-family:\"url(//h/a)\"'>", ""},
        LoadCase{"semicolon_in_a_url", "<p style='background:url(//h/a;b)'>", "background p //h/a;b\n"},
        LoadCase{"behind_what_is_broken", "<p style='}color;background:url(//h/a);:b;-x:url(//h/b)'>",
                 "background p //h/a\nbackground p //h/b\n"},
        LoadCase{"fallback_of_a_variable", "<p style='background:var(--a, url(//h/a))'>",
                 "background p //h/a\n"},
        LoadCase{"image_functions",
                 "<p style='background:image(\"//h/a\");--b:cross-fade(url(//h/b),\"//h/c\",50%);"
                 "content:-webkit-image-set(\"//h/d\" 1x,url(//h/e) 2x type(\"image/png\"))'>",
                 "background p //h/a\nbackground p //h/b\nbackground p //h/c\nbackground p //h/d\nbackground "
                 "p //h/e\n"},
        LoadCase{"component_of_old_browsers", "<p style='behavior:url(//h/a)'>", "other p //h/a\n"},
        LoadCase{"drawn_on_a_dot", "<td><div style='width:1px;height:1px;background:url(//h/a)'></div>",
                 "background div //h/a 1x1\n"},
        LoadCase{"data", "<p style='background:url(data:image/png;base64,AAAA)'>", ""}),
    case_name);

INSTANTIATE_TEST_SUITE_P(
    Sheets, Loads,
    testing::Values(
        LoadCase{"rule", "<style>p{background:url(//h/a)}</style>", "background style //h/a\n"},
        LoadCase{
            "imports",
            "<style>@import url(//h/a);@import '//h/b' screen;@IMPORT url(\"//h/c\");@import//h/d;</style>",
            "css style //h/a\ncss style //h/b\ncss style //h/c\n"},
        LoadCase{"escaped_import", "<style>@\\69mport '//h/\\61 ';</style>", "css style //h/a\n"},
        LoadCase{
            "fonts",
            "<style>@font-face{font-family:a;src:local(b),url(//h/a) format('woff2'),url('//h/b')}</style>",
            "font style //h/a\nfont style //h/b\n"},
        LoadCase{"namespace_and_charset",
                 "<style>@charset 'http://h/';@namespace svg url(http://www.w3.org/2000/svg);</style>", ""},
        LoadCase{"html_comment_around", "<style><!--\np{background:url(//h/a)}\n--></style>",
                 "background style //h/a\n"},
        LoadCase{"css_comment", "<style>/* p{background:url(//h/a)} */</style>", ""},
        LoadCase{"in_media",
                 "<style>@media print{p{background:url(//h/a)}} "
                 "@media(max-width:9px){@supports(a:b){p{background:url(//h/b)}}}</style>",
                 "background style //h/a\nbackground style //h/b\n"},
        LoadCase{"keyframes",
                 "<style>@keyframes a{0%{background:url(//h/a)} to{background:url(//h/b)}}</style>",
                 "background style //h/a\nbackground style //h/b\n"},
        LoadCase{"nested_rule",
                 "<style>p{color:red;&:hover{background:url(//h/a)} .b{background:url(//h/b)} "
                 "background:url(//h/c)}</style>",
                 "background style //h/a\nbackground style //h/b\nbackground style //h/c\n"},
        LoadCase{"selector_that_cannot_be_judged", "<style>p:hover{background:url(//h/a)}</style><p>",
                 "background style //h/a\n"},
        LoadCase{"drawn_on_a_dot", "<style>#a{background:url(//h/a);width:1px;height:1px}</style><div id=a>",
                 "background style //h/a 1x1\n"},
        LoadCase{"drawn_on_several",
                 "<style>.a{background:url(//h/a)}</style><p class=a hidden><table class=a width=1 "
                 "height=1><tr><td class=a width=9 height=8>",
                 "background style //h/a 9x8\n"},
        LoadCase{"drawn_on_the_hidden", "<style>.a{background:url(//h/a);display:none}</style><p class=a>",
                 "background style //h/a hidden\n"},
        LoadCase{"of_another_type",
                 "<style type=text/plain>p{background:url(//h/a)}</style><style "
                 "type=TEXT/CSS>p{background:url(//h/b)}</style>",
                 "background style //h/b\n"},
        LoadCase{"not_closed", "<style>p{background:url(//h/a", "background style //h/a\n"},
        LoadCase{"stray_brace", "<style>} p{background:url(//h/a)}</style>", "background style //h/a\n"},
        LoadCase{"in_the_body_and_late",
                 "<p class=a style='width:1px'></p><style>.a{background:url(//h/a);height:1px}</style>",
                 "background style //h/a 1x1\n"}),
    case_name);

struct DrawnCase {
  std::string_view name, html, drawn;
};
std::ostream& operator<<(std::ostream& out, const DrawnCase& test) { return out << test.html; }
std::string drawn_name(const testing::TestParamInfo<DrawnCase>& test) { return std::string{test.param.name}; }

TEST(SheetUrls, AreDrawnWhereTheirRuleMatchesAnElement) {
  const auto resources = read_html(
                             "<style>.a{background:url(//h/a)}.b{background:url(//h/b)}"
                             "@keyframes c{to{background:url(//h/c)}}</style><p class=a>",
                             kNoText)
                             .resources;
  ASSERT_EQ(resources.size(), 3U);
  EXPECT_TRUE(resources[0].is_drawn);
  EXPECT_FALSE(resources[1].is_drawn);
  EXPECT_FALSE(resources[2].is_drawn);
}

/// How the one image of a document is drawn: `1x1`, `?x?`, `1x1 hidden`.
class Drawn : public testing::TestWithParam<DrawnCase> {};
TEST_P(Drawn, AsAttributesAndCssSay) {
  const auto reading = read_html(GetParam().html, kNoText);
  ASSERT_EQ(reading.resources.size(), 1U);
  auto line = line_of(reading.resources[0]);
  const auto prefix = std::string{"image img //h/a"};
  ASSERT_TRUE(line.starts_with(prefix)) << line;
  line.erase(0, std::min(prefix.size() + 1, line.size()));
  EXPECT_EQ(line, GetParam().drawn);
}

INSTANTIATE_TEST_SUITE_P(
    Sizes, Drawn,
    testing::Values(
        DrawnCase{"unknown", "<img src=//h/a>", ""},
        DrawnCase{"attributes", "<img src=//h/a width=1 height=0>", "1x0"},
        DrawnCase{"attributes_with_units", "<img src=//h/a width=' 1px' height=0.01em>", "1x0.01"},
        DrawnCase{"attribute_in_percent", "<img src=//h/a width=1% height=0%>", "?x0"},
        DrawnCase{"attributes_that_are_none", "<img src=//h/a width=auto height=-1>", ""},
        DrawnCase{"style", "<img src=//h/a style='width:1px;height:1PX'>", "1x1"},
        DrawnCase{"style_without_unit", "<img src=//h/a style='width:1;height:0'>", "1x0"},
        DrawnCase{"style_in_em", "<img src=//h/a style='width:0.01em;height:.05rem'>", "0.16x0.8"},
        DrawnCase{"em_of_the_font_around",
                  "<div style='font-size:10px'><img src=//h/a style='width:0.1em;height:1em'>", "1x10"},
        DrawnCase{
            "em_of_the_own_font",
            "<div style='font:bold 20px/1 a'><img src=//h/a style='width:1em;height:1ex;font-size:50%'>",
            "10x5"},
        DrawnCase{"other_units", "<img src=//h/a style='width:.75pt;height:1in'>", "1x96"},
        DrawnCase{"exponent_and_sign", "<img src=//h/a style='width:+1e0px;height:10e-1px'>", "1x1"},
        DrawnCase{"style_beats_attributes",
                  "<img src=//h/a width=300 height=100 style='width:1px;height:1px'>", "1x1"},
        DrawnCase{"style_enlarges", "<img src=//h/a width=1 height=1 style='width:100%;height:12px'>",
                  "?x12"},
        DrawnCase{"rule_beats_attributes",
                  "<style>img{width:1px;height:1px}</style><img src=//h/a width=300 height=100>", "1x1"},
        DrawnCase{"style_beats_rule",
                  "<style>#a{width:9px;height:9px}</style><img id=a src=//h/a style='width:1px;height:1px'>",
                  "1x1"},
        DrawnCase{"important_rule_beats_style",
                  "<style>img{width:1px!important}</style><img src=//h/a style='width:9px;height:9px'>",
                  "1x9"},
        DrawnCase{"important_style_beats_important_rule",
                  "<style>img{width:1px ! IMPORTANT}</style><img src=//h/a style='width:9px!important'>",
                  "9x?"},
        DrawnCase{"last_declaration",
                  "<img src=//h/a style='width:9px;width:1px;height:1px!important;height:9px'>", "1x1"},
        DrawnCase{"most", "<img src=//h/a width=600 height=9 style='max-width:1px;max-height:1px'>", "1x1"},
        DrawnCase{"most_alone", "<img src=//h/a style='max-width:1px;max-height:0'>", "1x0"},
        DrawnCase{"most_that_says_little",
                  "<img src=//h/a width=1 height=1 style='max-width:100%;max-height:50px'>", "1x1"},
        DrawnCase{"largest_of_an_unknown", "<img src=//h/a style='max-width:600px'>", ""},
        DrawnCase{"least", "<img src=//h/a width=1 height=1 style='min-width:20px;min-height:100%'>", "20x?"},
        DrawnCase{"auto_keeps_the_ratio",
                  "<style>img{max-width:100%;height:auto}</style><img src=//h/a width=2 height=1>", "2x1"},
        DrawnCase{"auto_alone", "<img src=//h/a width=1 style='height:auto'>", "1x?"},
        DrawnCase{"both_auto", "<img src=//h/a width=1 height=1 style='width:auto;height:auto'>", ""},
        DrawnCase{"computed_by_the_page",
                  "<img src=//h/a width=1 height=1 style='width:calc(100% - 1px);height:var(--a)'>", ""},
        DrawnCase{
            "computed",
            "<img src=//h/a style='width:calc((1px + 3px)/2 - .5 * 2px);height:CALC( 0px + 1em*0.25 )'>",
            "1x4"},
        DrawnCase{"least_and_most_of_some",
                  "<img src=//h/a style='width:min(100%,max(1px,0px),9px);height:clamp(0px,50%,1px)'>",
                  "1x1"},
        DrawnCase{"computed_below_nothing", "<img src=//h/a style='width:calc(1px - 2px);height:1px'>",
                  "0x1"},
        DrawnCase{
            "not_to_be_computed",
            "<img src=//h/a width=1 height=1 style='width:calc(9);width:calc(9px+9px);width:calc(9px "
            "9px);width:calc(,9px);width:foo(9px);height:min();height:clamp(9px);height:calc(9px + 1)'>",
            "9x1"},
        DrawnCase{"parts_of_the_window", "<img src=//h/a style='width:.05vw;height:.1DVH'>", "0.512x0.768"},
        DrawnCase{"logical_names", "<img src=//h/a style='inline-size:1px;max-block-size:1px'>", "1x1"},
        DrawnCase{"values_that_are_none",
                  "<img src=//h/a width=1 height=1 style='width:foo;height:bar;width:-5px;height:9foo;"
                  "width:9px\\9;height:9px 9px;width:\"9px\";height:9px !x;max-width:-1px;font-size:blue'>",
                  "1x1"},
        DrawnCase{"no_value_behind_a_value",
                  "<img src=//h/a style='width:1px;height:1px;width:x;height:y;width:none'>", "1x1"},
        DrawnCase{"parts_of_a_dot",
                  "<div style='width:1px;height:1px'><img src=//h/a style='width:100%;height:inherit'>",
                  "1x1"},
        DrawnCase{"parts_of_a_line", "<div style='width:1px'><img src=//h/a width=100% height=100%>", ""},
        DrawnCase{"nothing_of_either_side", "<img src=//h/a width=0>", "0x0"},
        DrawnCase{"nothing_of_any_height", "<img src=//h/a style='max-height:0;width:auto'>", "0x0"},
        DrawnCase{"line_of_no_height", "<img src=//h/a width=100% style='max-height:0'>", "?x0"},
        DrawnCase{"nothing_of_a_window", "<img src=//h/a style='width:0vw;height:0q'>", "0x0"},
        DrawnCase{"negative", "<img src=//h/a style='width:-1px;height:1px'>", "?x1"},
        DrawnCase{"border_is_no_width",
                  "<img src=//h/a style='border-width:1px;line-height:1px;border-left-width:1px'>", ""},
        DrawnCase{"property_in_a_string", "<img src=//h/a style='font-family:\";width:1px;height:1px;\"'>",
                  ""},
        DrawnCase{"phone_widens_every_image",
                  "<style>@media(max-width:600px){img{width:100%!important;height:auto!important}}</style>"
                  "<img src=//h/a width=1 height=1>",
                  "1x1"},
        DrawnCase{"phone_widens_this_one",
                  "<style>@media(max-width:600px){.m{width:100%!important;height:auto!important}}</style>"
                  "<img class=m src=//h/a width=1 height=1>",
                  ""}),
    drawn_name);

INSTANTIATE_TEST_SUITE_P(
    Hidden, Drawn,
    testing::Values(
        DrawnCase{"attribute", "<img hidden src=//h/a>", "hidden"},
        DrawnCase{"display", "<img src=//h/a style='DISPLAY : None'>", "hidden"},
        DrawnCase{"visibility", "<img src=//h/a style='visibility:hidden'>", "hidden"},
        DrawnCase{"collapse", "<p style='visibility:collapse'><img src=//h/a>", "hidden"},
        DrawnCase{"opacity", "<img src=//h/a style='opacity:0.0'>", "hidden"},
        DrawnCase{"opacity_in_percent", "<img src=//h/a style='opacity:0%'>", "hidden"},
        DrawnCase{"some_opacity", "<img src=//h/a style='opacity:.01'>", ""},
        DrawnCase{"around", "<div style='display:none'><table><tr><td><img src=//h/a>", "hidden"},
        DrawnCase{"around_and_closed", "<div style='display:none'>b</div><img src=//h/a>", ""},
        DrawnCase{"opacity_around", "<div style='opacity:0'><b style='opacity:1'><img src=//h/a>", "hidden"},
        DrawnCase{"visible_within",
                  "<div style='visibility:hidden'><b style='visibility:visible'><img src=//h/a>", ""},
        DrawnCase{"visible_within_what_is_gone",
                  "<div style='display:none'><b style='visibility:visible;display:block'><img src=//h/a>",
                  "hidden"},
        DrawnCase{"hidden_but_displayed", "<div hidden style='display:block'><img src=//h/a>", ""},
        DrawnCase{"no_height", "<div style='max-height:0;overflow:hidden'><img src=//h/a>", "hidden"},
        DrawnCase{"no_height_either", "<div style='height:0px;overflow-y:hidden'><img src=//h/a>", "hidden"},
        DrawnCase{"no_height_but_overflow", "<div style='max-height:0;height:0'><img src=//h/a>", ""},
        DrawnCase{"some_height", "<div style='max-height:1px;overflow:hidden'><img src=//h/a>", ""},
        DrawnCase{"least_height", "<div style='height:0;min-height:9px;overflow:hidden'><img src=//h/a>", ""},
        DrawnCase{"opacity_computed", "<img src=//h/a style='opacity:calc(0)'>", "hidden"},
        DrawnCase{"opacity_below_none", "<img src=//h/a style='opacity:-1'>", "hidden"},
        DrawnCase{"values_that_are_none",
                  "<img src=//h/a style='display:none;display:x;display:5;display:block none none'>",
                  "hidden"},
        DrawnCase{"visibility_that_is_none", "<img src=//h/a style='visibility:hidden;visibility:q'>",
                  "hidden"},
        DrawnCase{"opacity_that_is_none", "<img src=//h/a style='opacity:0;opacity:x;opacity:1px'>",
                  "hidden"},
        DrawnCase{"no_width", "<div style='width:0;overflow:hidden'><img src=//h/a>", "hidden"},
        DrawnCase{"next_to_no_height", "<div style='max-height:.1px;overflow:hidden'><img src=//h/a>",
                  "hidden"},
        DrawnCase{"cut_to_a_dot", "<div style='width:1px;height:1px;overflow:hidden'><img src=//h/a>",
                  "hidden"},
        DrawnCase{"dot_that_cuts", "<img src=//h/a style='width:1px;height:1px;overflow:hidden'>", "1x1"},
        DrawnCase{"off_by_the_window", "<img src=//h/a style='position:absolute;left:-200vw'>", "hidden"},
        DrawnCase{"off_by_computing", "<img src=//h/a style='position:absolute;left:calc(-9999px)'>",
                  "hidden"},
        DrawnCase{"off_by_inset", "<img src=//h/a style='position:absolute;inset:-9999px auto auto -9999px'>",
                  "hidden"},
        DrawnCase{"off_by_inset_to_the_left", "<img src=//h/a style='position:fixed;inset:0 0 0 -9999px'>",
                  "hidden"},
        DrawnCase{"off_by_translate", "<img src=//h/a style='translate:0 -9999px;transform:none'>", "hidden"},
        DrawnCase{"off_by_transform_in_vw", "<img src=//h/a style='transform:translateX(calc(-100vw))'>",
                  "hidden"},
        DrawnCase{"off_to_the_left", "<img src=//h/a style='position:absolute;left:-9999px'>", "hidden"},
        DrawnCase{"off_to_the_top_around", "<div style='position:fixed;top:-999em'><img src=//h/a>",
                  "hidden"},
        DrawnCase{"off_by_margin", "<img src=//h/a style='margin:0 0 0 -9999px'>", "hidden"},
        DrawnCase{"off_by_percent", "<img src=//h/a style='position:absolute;right:-100%'>", "hidden"},
        DrawnCase{"off_by_transform", "<img src=//h/a style='transform:translate(-9999px,0)'>", "hidden"},
        DrawnCase{"off_to_the_right", "<img src=//h/a style='position:absolute;left:9999px'>", "hidden"},
        DrawnCase{"a_little_off", "<img src=//h/a style='position:absolute;left:-1px;margin-left:-300px'>",
                  ""},
        DrawnCase{"left_without_position", "<img src=//h/a style='left:-9999px'>", ""},
        DrawnCase{"text_is_tiny", "<div style='font-size:0;line-height:0;color:#fff'><img src=//h/a>", ""},
        DrawnCase{"rule", "<style>img{display:none}</style><img src=//h/a>", "hidden"},
        DrawnCase{"rule_behind_it", "<img class=a src=//h/a><style>.a{display:none}</style>", "hidden"},
        DrawnCase{"rule_about_what_is_around",
                  "<style>div.a{display:none}</style><div class='b a'><img src=//h/a>", "hidden"},
        DrawnCase{"rule_about_the_page", "<style>body{visibility:hidden}</style><body><img src=//h/a>",
                  "hidden"},
        DrawnCase{"rule_that_shows",
                  "<style>.a{display:block!important}</style><img class=a style='display:none' src=//h/a>",
                  ""},
        DrawnCase{"swapped_in_on_phones",
                  "<style>.m{display:none}@media only screen and "
                  "(max-width:480px){.m{display:block!important}}</style><div class=m><img src=//h/a>",
                  ""},
        DrawnCase{"swapped_in_by_an_attribute_selector",
                  "<style>@media(max-device-width:480px){div[class=m]{display:block!important;max-height:"
                  "none!important}}</style>"
                  "<div class=m style='display:none;max-height:0;overflow:hidden'><img src=//h/a>",
                  ""},
        DrawnCase{"swapped_in_with_its_size",
                  "<style>@media(max-width:480px){.m{display:block!important;width:320px!important;height:"
                  "auto!important}}</style>"
                  "<img class=m style='display:none;width:0;height:0' src=//h/a>",
                  "320x?"},
        DrawnCase{"swapped_in_in_the_dark",
                  "<style>@media (prefers-color-scheme: dark){.d{display:inline!important}}</style><img "
                  "class=d style='display:none' src=//h/a>",
                  ""},
        DrawnCase{
            "swapped_in_somewhere",
            "<style>@media (-webkit-min-device-pixel-ratio:0){.d{display:inline!important}}</style><img "
            "class=d style='display:none' src=//h/a>",
            ""},
        DrawnCase{"not_swapped_in",
                  "<style>@media(max-width:480px){.m{display:block}}</style><img class=m "
                  "style='display:none' src=//h/a>",
                  "hidden"},
        DrawnCase{"swapped_in_for_print",
                  "<style>@media print{.m{display:block!important}}</style><img class=m style='display:none' "
                  "src=//h/a>",
                  "hidden"},
        DrawnCase{"swapped_in_by_what_cannot_be_judged",
                  "<style>.m:hover,u + .m,[data-x] .m{display:block!important}</style><img class=m "
                  "style='display:none' src=//h/a>",
                  "hidden"},
        DrawnCase{"swapped_out_on_phones",
                  "<style>@media(max-width:480px){.m{display:none!important}}</style><img class=m src=//h/a>",
                  ""},
        DrawnCase{"hidden_on_wide_windows_too",
                  "<style>@media(min-width:481px){.m{display:none}}@media(max-width:480px){.m{display:none}}<"
                  "/style><img class=m src=//h/a>",
                  "hidden"},
        DrawnCase{"hidden_on_every_screen",
                  "<style>@media screen{.m{display:none}}</style><img class=m src=//h/a>", "hidden"},
        DrawnCase{"hidden_by_what_cannot_be_judged",
                  "<style>img:first-child,p + img{display:none}</style><img src=//h/a>", ""},
        DrawnCase{"hidden_by_its_attribute",
                  "<style>[data-x] img[alt=b]{display:none}</style><p DATA-X><img alt=b src=//h/a>",
                  "hidden"},
        DrawnCase{"hidden_by_what_it_has_not", "<style>img:not(.b){display:none}</style><img src=//h/a>",
                  "hidden"},
        DrawnCase{"formatting_that_blocks_outlive", "<b style='display:none'><div>a</b><img src=//h/a>", ""}),
    drawn_name);

TEST(HtmlLinks, AreThoseOfAnchorsAndAreas) {
  const auto reading = read_html(
      "<a href='http://h/?a&amp;b'>c</a><map><area href=//h/d></map><a name=e><a href=//h/d><a href=''>"
      "<link href=//h/f><!--[if mso]><a href=//h/g><![endif]--><!--<a href=//h/x>--><p hidden><a href=//h/i>",
      kNoText);
  std::string urls;
  for (const auto& each : reading.links) urls += each.url + '\n';
  EXPECT_EQ(urls, "http://h/?a&b\n//h/d\n//h/d\n\n//h/g\n//h/i\n");
}

TEST(HtmlBase, IsTheFirstThatHasAnAddress) {
  EXPECT_EQ(read_html("<base target=a><base href='http://h/a/'><base href=//h/b>", kNoText).base_url,
            "http://h/a/");
  EXPECT_EQ(read_html("<!--<base href=//h/a>--><p>", kNoText).base_url, "");
}

TEST(HtmlReader, ReadsOnWhereTheTextIsCut) {
  const auto reading = read_html("<p>abc<p>def<img src=//h/a>", 2);
  EXPECT_TRUE(reading.is_text_cut);
  EXPECT_EQ(reading.resources.size(), 1U);
}

struct FloodCase {
  std::string_view name, repeated;
  std::size_t times;
  std::string_view before, after, defect;
};
class HtmlFlood : public testing::TestWithParam<FloodCase> {};

/// More than the limits, in time that is not quadratic: the tests' time-out would show it.
TEST_P(HtmlFlood, IsReadToItsLimitAndSaidSo) {
  const auto& test = GetParam();
  std::string html{test.before};
  for (std::size_t count = 0; count < test.times; ++count) html += test.repeated;
  html += test.after;
  const auto reading = read_html(html, 1'000);
  EXPECT_LE(reading.resources.size(), 50'000U);
  EXPECT_LE(reading.links.size(), 50'000U);
  if (test.defect.empty()) {
    EXPECT_TRUE(reading.defects.empty()) << reading.defects[0];
  } else {
    ASSERT_FALSE(reading.defects.empty());
    EXPECT_NE(reading.defects[0].find(test.defect), std::string::npos) << reading.defects[0];
  }
}
INSTANTIATE_TEST_SUITE_P(
    All, HtmlFlood,
    testing::Values(
        FloodCase{"nested_tables", "<table background=a><tr><td>", 10'000, "", "", "512 deep"},
        FloodCase{"attributes", " a1=b a2=c src=d", 350'000, "<img", ">", ""},
        FloodCase{"images", "<img src=a>", 60'000, "", "", "50,000 images"},
        FloodCase{"links", "<a href=a>", 60'000, "", "", "50,000 links"},
        FloodCase{"rules", ".a{width:1px}", 60'000, "<style>", "</style><p class=a>", "50,000 rules"},
        FloodCase{"style_sheet", "a{b:c}", 1'000'000, "<style>", "</style>", "more CSS than 4 MiB"},
        FloodCase{"urls_of_one_rule", "url(a),", 30'000, "<style>p{background:", "}</style><p><p><p><p>",
                  "20,000 URLs"},
        FloodCase{"open_blocks", "@media a{(", 300'000, "<style>", "</style>", ""},
        FloodCase{"style_attributes", "<p style='background:url(a);((((((((((((((((((((((((('>", 20'000, "",
                  "", ""},
        FloodCase{"conditional_comments", "<!--[if mso]><p><img src=a><![endif]-->", 20'000, "", "", ""},
        FloodCase{"conditions_in_conditions", "<!--[if mso]>", 200'000, "", "", ""},
        FloodCase{"negations", "!(", 500'000, "<!--[if ", "]>a-->", ""}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(HtmlFlood, StopsApplyingRulesThatTakeTooLong) {
  std::string html = "<style>";
  for (int count = 0; count < 5'000; ++count) html += ".b .a{width:1px}";
  html += "</style>";
  for (int count = 0; count < 5'000; ++count) html += "<p class=a>";
  const auto reading = read_html(html, 1'000);
  ASSERT_EQ(reading.defects.size(), 1U);
  EXPECT_NE(reading.defects[0].find("take too long"), std::string::npos);
}

TEST(HtmlFlood, NamesTagsWithTooManyAttributes) {
  std::string html = "<img src=a";
  for (int count = 0; count < 20'000; ++count) html += " a" + std::to_string(count);
  const auto reading = read_html(html + ">", 1'000);
  ASSERT_EQ(reading.defects.size(), 1U);
  EXPECT_NE(reading.defects[0].find("10,000 attributes"), std::string::npos);
  EXPECT_EQ(reading.resources.size(), 1U);
}

}  // namespace
}  // namespace mailspoor::index
