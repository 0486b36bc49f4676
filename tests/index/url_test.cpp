#include "index/track/url.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mailspoor::index {
namespace {

using namespace std::string_literals;

std::string text_of(std::string_view written, std::string_view base = {}) {
  const auto base_url = parse_url(base);
  const auto url = parse_url(written, base_url ? &*base_url : nullptr);
  return url ? to_text(*url) : "none";
}

struct UrlCase {
  std::string_view name;
  std::string written;
  std::string text;
};
class UrlText : public testing::TestWithParam<UrlCase> {};

TEST_P(UrlText, IsReadAsBrowsersDo) { EXPECT_EQ(text_of(GetParam().written), GetParam().text); }

std::string named(const testing::TestParamInfo<UrlCase>& test) { return std::string{test.param.name}; }

INSTANTIATE_TEST_SUITE_P(
    Forms, UrlText,
    testing::Values(
        UrlCase{"plain", "https://example.com/a?b=c#d", "https://example.com/a?b=c#d"},
        UrlCase{"no_path", "http://example.com", "http://example.com/"},
        UrlCase{"no_path_but_a_query", "https://example.com?x=1", "https://example.com/?x=1"},
        UrlCase{"upper_case", "HTTPS://Example.COM/Path", "https://example.com/Path"},
        UrlCase{"protocol_relative", "//example.com/a", "https://example.com/a"},
        UrlCase{"tabs_and_line_breaks", "ht\ttps://exam\r\nple.com/a\nb", "https://example.com/ab"},
        UrlCase{"blanks_around", " \t https://example.com/a b \r\n", "https://example.com/a b"},
        UrlCase{"controls_around", "\x01https://example.com/\x1f", "https://example.com/"},
        UrlCase{"backslashes", R"(https:\\example.com\a\b)", "https://example.com/a/b"},
        UrlCase{"backslash_of_a_query_stays", R"(https://example.com/a?b\c)", R"(https://example.com/a?b\c)"},
        UrlCase{"mixed_slashes", R"(\/example.com/a)", "https://example.com/a"},
        UrlCase{"one_slash", "https:/example.com/a", "https://example.com/a"},
        UrlCase{"no_slash", "https:example.com/a", "https://example.com/a"},
        UrlCase{"four_slashes", "https:////example.com/a", "https://example.com/a"},
        UrlCase{"usual_port", "https://example.com:443/a", "https://example.com/a"},
        UrlCase{"other_port", "https://example.com:8443/a", "https://example.com:8443/a"},
        UrlCase{"port_of_the_other_scheme", "http://example.com:443/a", "http://example.com:443/a"},
        UrlCase{"no_digits_behind_the_colon", "http://example.com:/a", "http://example.com/a"},
        UrlCase{"wrong_port", "http://example.com:99999/a", "http://example.com/a"},
        UrlCase{"user_part", "https://bank.example@203.0.113.7/a", "https://bank.example@203.0.113.7/a"},
        UrlCase{"last_at_counts", "https://a@b@example.com/", "https://a@b@example.com/"},
        UrlCase{"at_in_the_path", "https://example.com/a@b", "https://example.com/a@b"},
        UrlCase{"trailing_dot", "https://example.com./a", "https://example.com/a"},
        UrlCase{"trailing_dots", "https://example.com../a", "https://example.com/a"},
        UrlCase{"percent_in_the_host", "https://ex%61mple%2Ecom/a", "https://example.com/a"},
        UrlCase{"idn", "https://b\u00fccher.example/", "https://xn--bcher-kva.example/"},
        UrlCase{"idn_in_upper_case", "https://B\u00dcCHER.example/", "https://xn--bcher-kva.example/"},
        UrlCase{"idn_as_escapes", "https://b%C3%BCcher.example/", "https://xn--bcher-kva.example/"},
        UrlCase{"idn_sharp_s_is_kept", "https://stra\u00dfe.example/", "https://xn--strae-oqa.example/"},
        UrlCase{"full_width_letters_and_dot", "https://\uff45xample\u3002com/", "https://example.com/"},
        UrlCase{"dot_segments", "https://example.com/a/./b/../c", "https://example.com/a/c"},
        UrlCase{"dot_segments_at_the_end", "https://example.com/a/b/..", "https://example.com/a/"},
        UrlCase{"dot_segments_beyond_the_root", "https://example.com/../../a", "https://example.com/a"},
        UrlCase{"dot_segments_as_escapes", "https://example.com/a/%2e%2E/b", "https://example.com/b"},
        UrlCase{"three_dots_are_a_name", "https://example.com/.../a", "https://example.com/.../a"},
        UrlCase{"escapes_stay", "https://example.com/%41?%42", "https://example.com/%41?%42"},
        UrlCase{"octets_that_are_no_utf8", "https://example.com/\xE9", "https://example.com/\uFFFD"},
        UrlCase{"host_that_can_be_none", "http://{{host}}/a", "http://{{host}}/a"},
        UrlCase{"host_in_brackets_that_is_no_address", "http://[URL]/a", "http://[url]/a"},
        UrlCase{"brackets_around_octets_that_are_no_utf8", "http://[\xC1]/", "http://[\uFFFD]/"},
        UrlCase{"escapes_that_no_host_may_have", "http://A%40b%2Fc/", "http://a%40b%2fc/"},
        UrlCase{"bracket_without_end", "http://[::1/a", "http://[::1/a"}),
    named);

INSTANTIATE_TEST_SUITE_P(
    Addresses, UrlText,
    testing::Values(UrlCase{"decimal", "http://3405803783/", "http://203.0.113.7/"},
                    UrlCase{"hexadecimal", "http://0xCB007107/", "http://203.0.113.7/"},
                    UrlCase{"octal_parts", "http://0313.0.0161.07/", "http://203.0.113.7/"},
                    UrlCase{"mixed_parts", "http://0xcb.0.28935/", "http://203.0.113.7/"},
                    UrlCase{"two_parts", "http://127.1/", "http://127.0.0.1/"},
                    UrlCase{"trailing_dot", "http://203.0.113.7./", "http://203.0.113.7/"},
                    UrlCase{"full_width_digits", "http://\uff11\uff12\uff17.1/", "http://127.0.0.1/"},
                    UrlCase{"empty_hexadecimal_is_0", "http://0x.1/", "http://0.0.0.1/"},
                    UrlCase{"too_large_a_part", "http://256.1.1.1/", "http://256.1.1.1/"},
                    UrlCase{"too_large", "http://4294967296/", "http://4294967296/"},
                    UrlCase{"five_parts", "http://1.2.3.4.5/", "http://1.2.3.4.5/"},
                    UrlCase{"no_octal", "http://1.2.3.08/", "http://1.2.3.08/"},
                    UrlCase{"ipv6", "http://[2001:DB8:0:0::1]:8080/", "http://[2001:db8::1]:8080/"},
                    UrlCase{"ipv6_with_ipv4", "http://[::ffff:203.0.113.7]/",
                            "http://[::ffff:203.0.113.7]/"}),
    named);

INSTANTIATE_TEST_SUITE_P(Nothing, UrlText,
                         testing::Values(UrlCase{"empty", "", "none"}, UrlCase{"blank", "  ", "none"},
                                         UrlCase{"fragment", "#top", "none"},
                                         UrlCase{"mailto", "mailto:anna@example.com", "none"},
                                         UrlCase{"cid", "cid:1@x", "none"},
                                         UrlCase{"data", "data:image/gif;base64,R0lGOD", "none"},
                                         UrlCase{"javascript", "javascript:alert(1)", "none"},
                                         UrlCase{"ftp", "ftp://example.com/", "none"},
                                         UrlCase{"about", "about:blank", "none"},
                                         UrlCase{"relative_without_base", "a/b.gif", "none"},
                                         UrlCase{"no_host", "http://", "none"},
                                         UrlCase{"no_host_but_a_query", "http://?x", "none"},
                                         UrlCase{"only_slashes", "////", "none"}),
                         named);

struct ResolvedCase {
  std::string_view name;
  std::string_view reference;
  std::string_view text;
};
class UrlReference : public testing::TestWithParam<ResolvedCase> {};

TEST_P(UrlReference, IsResolved) {
  EXPECT_EQ(text_of(GetParam().reference, "http://u@example.com:81/a/b/c?q#f"), GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, UrlReference,
    testing::Values(ResolvedCase{"file", "d.gif", "http://u@example.com:81/a/b/d.gif"},
                    ResolvedCase{"above", "../d.gif", "http://u@example.com:81/a/d.gif"},
                    ResolvedCase{"root", "/d.gif", "http://u@example.com:81/d.gif"},
                    ResolvedCase{"backslash_root", "\\d.gif", "http://u@example.com:81/d.gif"},
                    ResolvedCase{"query", "?x=1", "http://u@example.com:81/a/b/c?x=1"},
                    ResolvedCase{"scheme_of_the_base", "http:d.gif", "http://u@example.com:81/a/b/d.gif"},
                    ResolvedCase{"other_scheme", "https:d.gif", "https://d.gif/"},
                    ResolvedCase{"protocol_relative", "//other.example/d", "https://other.example/d"},
                    ResolvedCase{"absolute", "https://other.example/d", "https://other.example/d"},
                    ResolvedCase{"fragment", "#x", "none"}, ResolvedCase{"empty", "", "none"},
                    ResolvedCase{"other_protocol", "cid:d", "none"}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(Url, TellsItsParts) {
  const auto url = parse_url(" https://Anna:Secret@Example.com:8443/a/b?c=d#e ");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->user_part, "Anna:Secret");
  EXPECT_EQ(url->host, "example.com");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->path, "/a/b");
  EXPECT_EQ(url->query, "c=d");
  EXPECT_EQ(url->fragment, "e");
}

TEST(Url, IsComparedWithoutSchemeAndFragment) {
  const auto key = [](std::string_view text) { return comparison_key(*parse_url(text)); };
  EXPECT_EQ(key("http://EXAMPLE.com/a#b"), key("https://example.com./a"));
  EXPECT_EQ(key("http://example.com:80/a"), key("https://example.com:443/a"));
  EXPECT_NE(key("https://example.com/a"), key("https://example.com/A"));
  EXPECT_NE(key("https://example.com/a"), key("https://example.com/a?"));
  EXPECT_NE(key("https://example.com/a"), key("https://x@example.com/a"));
}

TEST(Url, IsCutWhereItIsLongerThanAnyBrowserTakes) {
  const auto url = parse_url("https://example.com/" + std::string(10'000'000, 'a'));
  ASSERT_TRUE(url);
  EXPECT_EQ(to_text(*url).size(), kMaxUrlOctets);
  EXPECT_TRUE(parse_url("https://" + std::string(100'000, '%') + "/"));
  EXPECT_TRUE(parse_url("https://" + std::string(100'000, '.') + "/"));
}

TEST(Url, TellsWhetherItsHostCanBeOne) {
  for (const std::string_view url :
       {"http://a.example/", "http://b\u00fccher.example/", "http://1.2.3.4/", "http://1a/",
        "http://a_b.example/", "http://[::1]/", "http://127.1/", "http://a.example./"}) {
    EXPECT_TRUE(has_possible_host(*parse_url(url))) << url;
  }
  for (const std::string_view url :
       {"http://t.ev\u202eil.example/", "http://1.2.3.4.5/", "http://99999999999/", "http://a.256/",
        "http://a.0x/", "http://[a]/", "http://a%00b/", "http://<a>/", "http://t.\xff.example/",
        "http://a.example:99999/", "http://a.example:8o/"}) {
    EXPECT_FALSE(has_possible_host(*parse_url(url))) << url;
  }
}

TEST(Url, IsReadAgainAsItWasShown) {
  const auto base = parse_url("https://example.com/" + std::string(3'000, 'b') + "/");
  for (const auto& written : {"//example.com/" + std::string(kMaxUrlOctets, 'a') + "?e",
                              std::string(kMaxUrlOctets - 9, 'a') + "?e=anna.x@example.org"}) {
    const auto shown = to_text(*parse_url(written, &*base));
    EXPECT_GT(shown.size(), kMaxUrlOctets);
    EXPECT_EQ(to_text(*parse_whole_url(shown)), shown);
  }
  EXPECT_EQ(text_of(std::string(kMaxUrlOctets, ' ') + "https://example.com/"), "https://example.com/");
}

TEST(Url, GivesTheValuesOfItsQuery) {
  EXPECT_EQ(query_value("a=1&url=https%3A%2F%2Fexample.com%2F&url=2", "URL"), "https://example.com/");
  EXPECT_EQ(query_value("a=1+2", "a"), "1+2");
  EXPECT_EQ(query_value("a=%zz%4", "a"), "%zz%4");
  EXPECT_EQ(query_value("ab=1&a", "a"), std::nullopt);
}

}  // namespace
}  // namespace mailspoor::index
