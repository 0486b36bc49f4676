#include "index/track/url_wrappers.hpp"

#include <gtest/gtest.h>

#include <string>

#include "index/table_text.hpp"
#include "index/track/url_patterns.hpp"
#include "index/track/url_wrappers_tsv.hpp"

namespace mailspoor::index {
namespace {

std::optional<Wrapping> unwrapped(std::string_view text) {
  const auto url = parse_url(text);
  EXPECT_TRUE(url) << text;
  return url ? unwrap(*url) : std::nullopt;
}

struct WrapperCase {
  std::string_view name;
  std::string_view url;
  std::string_view product;
  std::string_view original;  ///< Empty where it cannot be undone.
};
class Wrapper : public testing::TestWithParam<WrapperCase> {};

TEST_P(Wrapper, IsUndoneOffline) {
  const auto wrapping = unwrapped(GetParam().url);
  ASSERT_TRUE(wrapping);
  EXPECT_EQ(wrapping->product, GetParam().product);
  EXPECT_EQ(wrapping->original ? to_text(*wrapping->original) : "", GetParam().original);
}

INSTANTIATE_TEST_SUITE_P(
    Products, Wrapper,
    testing::Values(
        WrapperCase{"safe_links",
                    "https://eur01.safelinks.protection.outlook.com/"
                    "?url=https%3A%2F%2Fshop.example%2Fa%3Fb%3Dc%26d%3D%2525"
                    "&data=05%7C01%7Canna.x%40example.org%7C0&sdata=x&reserved=0",
                    "Microsoft Defender Safe Links", "https://shop.example/a?b=c&d=%25"},
        WrapperCase{"safe_links_without_slash",
                    "https://nam02.safelinks.protection.outlook.com?url=http%3A%2F%2Fshop.example%2F&data=x",
                    "Microsoft Defender Safe Links", "http://shop.example/"},
        WrapperCase{"safe_links_of_an_application",
                    "https://eur01.safelinks.protection.outlook.com/ap/t-59584e83/"
                    "?url=https%3A%2F%2Fshop.example%2F&data=x",
                    "Microsoft Defender Safe Links", "https://shop.example/"},
        WrapperCase{"proofpoint_v1",
                    "https://urldefense.proofpoint.com/v1/url?u=http://shop.example/a%3Fb%3D1&k=x%0A&r=y&s=z",
                    "Proofpoint URL Defense v1", "http://shop.example/a?b=1"},
        WrapperCase{"proofpoint_v2",
                    "https://urldefense.proofpoint.com/v2/"
                    "url?u=https-3A__shop.example_a-5Fb-2Dc-3Fd-3D1-26e-3D2&d=DwMFaQ&c=x&r=y",
                    "Proofpoint URL Defense v2", "https://shop.example/a_b-c?d=1&e=2"},
        WrapperCase{"proofpoint_v3", "https://urldefense.com/v3/__https://shop.example/a?b=c__;!!Fjc!abc-_$",
                    "Proofpoint URL Defense v3", "https://shop.example/a?b=c"},
        // PyMlJSXDvA is ?#%%% and a u with two dots.
        WrapperCase{"proofpoint_v3_with_characters_taken_out",
                    "https://urldefense.com/v3/__https://shop.example/a*b=c*d**Be/*f__;PyMlJSXDvA!!Fjc!abc$",
                    "Proofpoint URL Defense v3", "https://shop.example/a?b=c#d%%%e/\u00fcf"},
        WrapperCase{"proofpoint_v3_with_more_places_than_characters",
                    "https://urldefense.com/v3/__https://shop.example/**9a*b__;Pw!!Fjc!abc$",
                    "Proofpoint URL Defense v3", "https://shop.example/?ab"},
        WrapperCase{"proofpoint_v3_with_a_slash_lost",
                    "https://urldefense.com/v3/__https:/shop.example/a__;!!F!a$", "Proofpoint URL Defense v3",
                    "https://shop.example/a"},
        WrapperCase{"barracuda",
                    "https://linkprotect.cudasvc.com/url?a=https%3a%2f%2fshop.example%2fa&c=E,1,abc&typo=1",
                    "Barracuda Link Protect", "https://shop.example/a"},
        WrapperCase{"cisco", "https://secure-web.cisco.com/1A2b3C_-d/https%3A%2F%2Fshop.example%2Fa%3Fb",
                    "Cisco Secure Email", "https://shop.example/a?b"},
        WrapperCase{"sophos",
                    "https://eu-central-1.protection.sophos.com/"
                    "?d=shop.example&u=aHR0cHM6Ly9zaG9wLmV4YW1wbGUvYT9iPWM=&i=x&t=y",
                    "Sophos Email", "https://shop.example/a?b=c"},
        WrapperCase{"avanan",
                    "https://url.avanan.click/v2/___https://shop.example/a_b?c=%20d___.YXAzOng6YTpvOjE",
                    "Check Point Harmony (Avanan)", "https://shop.example/a_b?c=%20d"},
        WrapperCase{"check_point",
                    "https://protect.checkpoint.com/v2/r02/___https:/shop.example/a___.YzJ1OnN0",
                    "Check Point Harmony", "https://shop.example/a"},
        WrapperCase{"check_point_escaped",
                    "https://protect.checkpoint.com/v2/r01/___https%3A//shop.example/a___.YzJ1OnN0",
                    "Check Point Harmony", "https://shop.example/a"},
        WrapperCase{"fireeye",
                    "https://protect2.fireeye.com/v1/url?k=0a-1b&q=1&e=2&u=https%3A%2F%2Fshop.example%2F",
                    "FireEye/Trellix URL protect", "https://shop.example/"},
        WrapperCase{
            "trend_micro",
            "https://imsva91-ctp.trendmicro.com/wis/clicktime/v1/query?url=https%3a%2f%2fshop.example&umid=1",
            "Trend Micro ClickTime", "https://shop.example/"},
        WrapperCase{"symantec", "https://clicktime.symantec.com/3AbC?h=1&u=https%3A%2F%2Fshop.example%2F",
                    "Symantec Click-time", "https://shop.example/"},
        WrapperCase{"mimecast", "https://url.us.m.mimecastprotect.com/s/AbCdEf?domain=shop.example",
                    "Mimecast URL Protect", ""},
        WrapperCase{"mimecast_before", "https://protect-eu.mimecast.com/s/AbC?domain=shop.example",
                    "Mimecast URL Protect", ""},
        WrapperCase{
            "gmail",
            "https://ci3.googleusercontent.com/meips/ADKq_x=s0-d-e1-ft#https://shop.example/o.gif?u=1",
            "Gmail image proxy", "https://shop.example/o.gif?u=1"},
        WrapperCase{"gmail_without_the_original", "https://ci5.googleusercontent.com/proxy/AbC=s0-d-e1-ft",
                    "Gmail image proxy", ""},
        WrapperCase{"outlook",
                    "https://imgproxy-prod.services.web.outlook.com/proxy/"
                    "?u=https%3A%2F%2Fshop.example%2Fo.gif%3Fupn%3Dx-2F&h=1",
                    "Outlook image proxy", "https://shop.example/o.gif?upn=x-2F"},
        WrapperCase{
            "yahoo",
            "https://ecp.yusercontent.com/mail?url=https%3A%2F%2Fshop.example%2Fo.gif&t=1&ymreqid=2&sig=3",
            "Yahoo image proxy", "https://shop.example/o.gif"},
        WrapperCase{
            "github",
            "https://camo.githubusercontent.com/0a1b/68747470733a2f2f73686f702e6578616d706c652f612e706e67",
            "GitHub camo", "https://shop.example/a.png"},
        WrapperCase{"google", "https://www.google.com/url?sa=D&q=https%3A%2F%2Fshop.example%2F&ust=1",
                    "Google redirect", "https://shop.example/"},
        WrapperCase{"what_it_hides_is_no_url", "https://secure-web.cisco.com/abc/def", "Cisco Secure Email",
                    ""},
        WrapperCase{"twice",
                    "https://eur01.safelinks.protection.outlook.com/"
                    "?url=https%3A%2F%2Furldefense.com%2Fv3%2F__https%3A%2F%2Fshop."
                    "example%2F__%3B!!F!a%24&data=x",
                    "Microsoft Defender Safe Links", "https://shop.example/"},
        WrapperCase{"an_opaque_one_inside",
                    "https://eur01.safelinks.protection.outlook.com/"
                    "?url=https%3A%2F%2Fprotect-us.mimecast.com%2Fs%2FAbC&data=x",
                    "Microsoft Defender Safe Links", "https://protect-us.mimecast.com/s/AbC"}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(Wrappers, LeaveOtherUrlsAlone) {
  for (const std::string_view text :
       {"https://shop.example/?url=https%3A%2F%2Fother.example", "https://www.google.com/maps",
        "https://urldefense.com/", "https://xurldefense.com/v3/__https://a.example__;!!a$",
        "https://urldefense.com.example/v3/__https://a.example__;!!a$"})
    EXPECT_FALSE(unwrapped(text)) << text;
}

TEST(Wrappers, AreUndoneSoOftenAndNoMore) {
  std::string url = "https://shop.example/";
  for (int depth = 0; depth < kMaxWrappers + 2; ++depth) {
    std::string escaped;
    for (const char c : url)
      escaped += c == '%' ? "%25" : c == '&' ? "%26" : c == '?' ? "%3F" : std::string(1, c);
    url = "https://l.facebook.com/l.php?u=" + escaped;
  }
  const auto wrapping = unwrapped(url);
  ASSERT_TRUE(wrapping);
  EXPECT_EQ(wrapping->layers.size(), static_cast<std::size_t>(kMaxWrappers));
  ASSERT_TRUE(wrapping->original);
  EXPECT_EQ(wrapping->original->host, "l.facebook.com");
}

TEST(Wrappers, TellWhatTheyWroteThemselves) {
  const auto wrapping = unwrapped(
      "https://eur01.safelinks.protection.outlook.com/"
      "?url=https%3A%2F%2Fshop.example%2F&data=05%7Canna.x%40example.org");
  ASSERT_TRUE(wrapping);
  ASSERT_EQ(wrapping->layers.size(), 1U);
  EXPECT_EQ(wrapping->layers[0].host, "eur01.safelinks.protection.outlook.com");
  EXPECT_EQ(wrapping->layers[0].text,
            "https://eur01.safelinks.protection.outlook.com/?url= &data=05%7Canna.x%40example.org");
}

TEST(Wrappers, AreAllRead) {
  const auto rows = table_rows(kUrlWrappersTsv);
  EXPECT_GE(rows.size(), 30U);
  for (const auto& columns : rows) {
    ASSERT_EQ(columns.size(), 7U) << columns[0];
    EXPECT_TRUE(is_url_pattern({columns[2], columns[3]})) << columns[0];
  }
}

}  // namespace
}  // namespace mailspoor::index
