#include "index/track/tracking_reader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailspoor::index {
namespace {

using Reasons = std::vector<PixelReason>;

HtmlResource image(std::string_view url, std::optional<double> width = {},
                   std::optional<double> height = {}) {
  return {std::string{url}, ResourceKind::image, "img", width, height, false, false};
}

HtmlResource hidden(std::string_view url) {
  auto resource = image(url);
  resource.is_hidden = true;
  return resource;
}

HtmlResource background(std::string_view url, std::optional<double> width = {},
                        std::optional<double> height = {}) {
  return {std::string{url}, ResourceKind::background, "td", width, height, false, true};
}

HtmlResource undrawn(std::string_view url) {
  auto resource = background(url);
  resource.is_drawn = false;
  return resource;
}

HtmlResource other(ResourceKind kind, std::string_view url) {
  return {std::string{url}, kind, "link", std::nullopt, std::nullopt, false, false};
}

Tracking tracking_of(std::vector<HtmlResource> resources, std::vector<std::string_view> links = {}) {
  std::vector<HtmlReading> html(1);
  html[0].resources = std::move(resources);
  for (const auto url : links) html[0].links.push_back({std::string{url}});
  const std::vector<std::string> recipients{"anna.x@example.org", "berta@example.org"};
  return read_tracking({{}, html, {}, recipients});
}

struct PixelCase {
  std::string_view name;
  std::vector<HtmlResource> resources;
  Reasons reasons;  ///< Of the only pixel; empty for none.
  std::string_view vendor = {};
};
class PixelVerdict : public testing::TestWithParam<PixelCase> {};

TEST_P(PixelVerdict, RestsOnItsReasons) {
  const auto tracking = tracking_of(GetParam().resources);
  if (GetParam().reasons.empty()) {
    EXPECT_TRUE(tracking.pixels.empty());
    return;
  }
  ASSERT_EQ(tracking.pixels.size(), 1U);
  EXPECT_EQ(tracking.pixels[0].reasons, GetParam().reasons);
  EXPECT_EQ(tracking.pixels[0].vendor.value_or(""), GetParam().vendor);
}

constexpr auto kKnown = PixelReason::known_vendor;
constexpr auto kBackground = PixelReason::css_background;
constexpr auto kHidden = PixelReason::hidden;
constexpr auto kSize = PixelReason::size;
constexpr auto kOther = PixelReason::other;

std::string named(const testing::TestParamInfo<PixelCase>& test) { return std::string{test.param.name}; }

INSTANTIATE_TEST_SUITE_P(
    Images, PixelVerdict,
    testing::Values(
        PixelCase{"one_by_one", {image("https://t.example/a.gif?u=1", 1, 1)}, {kSize}},
        PixelCase{"less_than_one", {image("https://t.example/a.gif?u=1", 0, 0.16)}, {kSize}},
        PixelCase{"one_side_only", {image("https://t.example/a.gif?u=1", 1, 20)}, {}},
        PixelCase{"one_side_unknown", {image("https://t.example/a.gif?u=1", 1)}, {}},
        PixelCase{"visible", {image("https://t.example/a.gif?u=1", 600, 300)}, {}},
        PixelCase{"size_unknown", {image("https://t.example/a.gif?u=1")}, {}},
        PixelCase{"hidden", {hidden("https://t.example/a.gif")}, {kHidden}},
        PixelCase{"small_and_named_where_nothing_is_drawn",
                  {image("https://t.example/a.gif?u=1", 1, 1), undrawn("https://t.example/a.gif?u=1"),
                   other(ResourceKind::css, "https://t.example/a.gif?u=1"),
                   other(ResourceKind::font, "https://t.example/a.gif?u=1"),
                   other(ResourceKind::media, "https://t.example/a.gif?u=1#b"),
                   other(ResourceKind::other, "https://t.example/a.gif?u=1")},
                  {kSize}},
        PixelCase{"hidden_and_named_where_nothing_is_drawn",
                  {undrawn("https://t.example/a.gif"), hidden("https://t.example/a.gif"),
                   other(ResourceKind::media, "https://t.example/a.gif")},
                  {kHidden}},
        PixelCase{"of_a_rule_about_nothing", {undrawn("https://t.example/a.gif?u=1")}, {}},
        PixelCase{"hidden_and_small",
                  {{"https://t.example/a.gif", ResourceKind::image, "img", 1, 1, true, false}},
                  {kHidden, kSize}},
        PixelCase{"not_of_the_web",
                  {image("cid:a", 1, 1), image("data:image/gif;base64,R0", 1, 1), image("", 1, 1)},
                  {}},
        PixelCase{"of_a_host_that_can_be_none",
                  {image("https://[domain]/track/open?id=1", 1, 1), image("https://a%40b/o.gif?id=1", 1, 1),
                   image("https://<host>/o.gif?id=1", 1, 1)},
                  {}},
        PixelCase{"of_an_ipv6_address", {image("https://[2001:DB8::1]/a.gif?u=1", 1, 1)}, {kSize}},
        PixelCase{"strong_vendor_of_any_size",
                  {image("https://u1.ct.sendgrid.net/wf/open?upn=a", 600, 300)},
                  {kKnown},
                  "SendGrid"},
        PixelCase{"strong_vendor_and_small",
                  {image("https://u1.ct.sendgrid.net/wf/open?upn=a", 1, 1)},
                  {kKnown, kSize},
                  "SendGrid"},
        PixelCase{"medium_vendor_visible", {image("https://ib.maileon.com/a/b.png", 600, 300)}, {}},
        PixelCase{"medium_vendor_without_size",
                  {image("https://ib.maileon.com/a/b.png")},
                  {kKnown},
                  "Maileon (XQueue)"},
        PixelCase{"medium_vendor_hidden",
                  {hidden("https://ib.maileon.com/a/b.png")},
                  {kKnown, kHidden},
                  "Maileon (XQueue)"},
        PixelCase{"weak_vendor_without_size", {image("https://www.dropbox.com/l/abc/img.png")}, {}},
        PixelCase{
            "weak_vendor_small", {image("https://www.dropbox.com/l/abc", 1, 1)}, {kKnown, kSize}, "Dropbox"},
        PixelCase{"weak_vendor_with_the_address",
                  {image("https://www.dropbox.com/l/abc?anna.x@example.org")},
                  {kKnown},
                  "Dropbox"},
        PixelCase{"shape_of_many_without_size", {image("https://t.example/track/open?id=1")}, {kKnown}},
        PixelCase{"shape_of_many_small", {image("https://t.example/track/open?id=1", 1, 1)}, {kSize}},
        PixelCase{"shape_of_many_visible", {image("https://t.example/track/open?id=1", 100, 50)}, {}},
        PixelCase{"weak_shape_of_many_without_size", {image("https://t.example/pixel.gif?id=1")}, {}}),
    named);

INSTANTIATE_TEST_SUITE_P(
    Layout, PixelVerdict,
    testing::Values(
        PixelCase{"spacer_used_often",
                  {image("https://s.example/s.gif", 1, 1), image("https://s.example/s.gif", 1, 1),
                   image("https://s.example/s.gif", 1, 1)},
                  {}},
        PixelCase{
            "spacer_beside_pictures",
            {image("https://s.example/hero.jpg", 600, 300), image("https://s.example/spacer.gif?v=2", 1, 1)},
            {}},
        PixelCase{
            "token_beside_pictures",
            {image("https://s.example/hero.jpg", 600, 300), image("https://s.example/s.gif?id=12", 1, 1)},
            {kSize}},
        PixelCase{"token_as_a_file_name",
                  {image("https://s.example/hero.jpg", 600, 300),
                   image("https://s.example/8f3e9c1a2b4d5e6f.gif", 1, 1)},
                  {kSize}},
        PixelCase{
            "token_as_a_short_file_name",
            {image("https://s.example/hero.jpg", 600, 300), image("https://s.example/a8f3c91b7d2", 1, 1)},
            {kSize}},
        PixelCase{
            "size_as_a_file_name",
            {image("https://s.example/hero.jpg", 600, 300), image("https://s.example/spacer600x1.gif", 1, 1)},
            {}},
        PixelCase{"token_as_a_folder",
                  {image("https://s.example/hero.jpg", 600, 300),
                   image("https://s.example/e/8f3ac91b7d22e4a9b1c2/p.gif", 1, 1)},
                  {kSize}},
        PixelCase{"uuid_as_a_folder",
                  {image("https://s.example/hero.jpg", 600, 300),
                   image("https://s.example/550e8400-e29b-41d4-a716-446655440000/blank.gif", 1, 1)},
                  {kSize}},
        PixelCase{"number_as_a_folder",
                  {image("https://s.example/hero.jpg", 600, 300),
                   image("https://s.example/1234567890/p.gif", 1, 1)},
                  {kSize}},
        PixelCase{"folder_of_the_pictures",
                  {image("https://s.example/e/8f3ac91b7d22e4a9b1c2/hero.jpg", 600, 300),
                   image("https://s.example/e/8f3ac91b7d22e4a9b1c2/spacer.gif", 1, 1)},
                  {}},
        PixelCase{"folder_of_a_day_and_a_season",
                  {image("https://s.example/hero.jpg", 600, 300),
                   image("https://s.example/20240305/newsletter_2024_03_spring/spacer.gif", 1, 1)},
                  {}},
        PixelCase{"token_as_a_version",
                  {image("https://s.example/hero.jpg", 600, 300),
                   image("https://s.example/p.gif?v=8f3ac91b7d22e4a9", 1, 1)},
                  {kSize}},
        PixelCase{"moment_as_a_version",
                  {image("https://s.example/hero.jpg", 600, 300),
                   image("https://s.example/p.gif?v=20240305120000", 1, 1)},
                  {}},
        PixelCase{"token_used_often",
                  {image("https://s.example/8f3ac91b7d22e4/p.gif", 1, 1),
                   image("https://s.example/8f3ac91b7d22e4/p.gif", 1, 1),
                   image("https://s.example/8f3ac91b7d22e4/p.gif", 1, 1)},
                  {kSize}},
        PixelCase{"token_of_a_host_used_often",
                  {image("https://8f3ac91b7d22e4a9.example/p.gif", 1, 1),
                   image("https://8f3ac91b7d22e4a9.example/p.gif", 1, 1),
                   image("https://8f3ac91b7d22e4a9.example/p.gif", 1, 1)},
                  {kSize}},
        PixelCase{"address_as_a_folder",
                  {image("https://s.example/hero.jpg", 600, 300),
                   image("https://s.example/u/anna.x%40example.org/p.gif", 1, 1)},
                  {kSize}},
        PixelCase{"counter_by_its_name_beside_pictures",
                  {image("https://s.example/hero.jpg", 600, 300),
                   image("https://s.example/i/Tracker0802.gif", 1, 1)},
                  {kSize}},
        PixelCase{"no_token_and_a_host_of_its_own",
                  {image("https://s.example/hero.jpg", 600, 300), image("https://t.example/s.gif", 1, 1)},
                  {kSize}},
        PixelCase{"stretched_elsewhere",
                  {image("https://s.example/s.gif?a=1", 1, 1), image("https://s.example/s.gif?a=1", 600, 1)},
                  {}},
        PixelCase{"hidden_here_and_shown_there",
                  {hidden("https://s.example/logo.png"), image("https://s.example/logo.png", 90, 40)},
                  {}},
        PixelCase{"hidden_here_and_small_there",
                  {hidden("https://s.example/s.gif?a=1"), image("https://s.example/s.gif?a=1", 1, 1)},
                  {kHidden, kSize}},
        PixelCase{"hidden_spacer",
                  {image("https://s.example/hero.jpg", 600, 300), hidden("https://s.example/spacer.gif")},
                  {kHidden}},
        PixelCase{"one_url_written_in_many_ways",
                  {image("https://T.example/a.gif?u=1#x", 1, 1), image("http://t.example:80/a.gif?u=1", 1, 1),
                   image("//t.example/a.gif?u=1", 1, 1)},
                  {kSize}}),
    named);

INSTANTIATE_TEST_SUITE_P(
    OtherPlaces, PixelVerdict,
    testing::Values(
        PixelCase{"background_of_a_large_element", {background("https://t.example/bg.jpg", 600, 300)}, {}},
        PixelCase{"background_of_unknown_size", {background("https://t.example/bg.jpg?u=12345678")}, {}},
        PixelCase{"background_of_a_small_element",
                  {background("https://t.example/bg.gif?u=1", 1, 1)},
                  {kBackground, kSize}},
        PixelCase{"background_shaped_like_an_open",
                  {background("https://t.example/track/open?u=1", 600, 300)},
                  {kBackground}},
        PixelCase{"background_of_a_vendor",
                  {background("https://u1.ct.sendgrid.net/wf/open?upn=a")},
                  {kKnown, kBackground},
                  "SendGrid"},
        PixelCase{"style_sheet", {other(ResourceKind::css, "https://t.example/a.css")}, {}},
        PixelCase{"style_sheet_with_a_version",
                  {other(ResourceKind::css, "https://t.example/a.css?v=20240305")},
                  {}},
        PixelCase{"style_sheet_with_an_identifier",
                  {other(ResourceKind::css, "https://t.example/a.css?u=8f3e9c1a2b")},
                  {kOther}},
        PixelCase{"style_sheet_with_a_moment",
                  {other(ResourceKind::css, "https://t.example/a.css?t=1709640000")},
                  {}},
        PixelCase{"style_sheet_with_an_identifier_for_a_folder",
                  {other(ResourceKind::css, "https://t.example/8f3ac91b7d22e4a9/s.css")},
                  {kOther}},
        PixelCase{"style_sheet_with_an_identifier_for_a_file",
                  {other(ResourceKind::css, "https://t.example/8f3ac91b7d22e4a9")},
                  {kOther}},
        PixelCase{"style_sheet_of_a_digest",
                  {other(ResourceKind::css, "https://t.example/css/main-8f3ac91b7d22e4a9.css")},
                  {}},
        PixelCase{"frame_with_an_identifier_for_a_file",
                  {other(ResourceKind::frame, "https://t.example/8f3ac91b7d22e4a9b1c2")},
                  {kOther}},
        PixelCase{"style_sheet_with_the_address",
                  {other(ResourceKind::css, "https://t.example/YW5uYS54QGV4YW1wbGUub3Jn/a.css")},
                  {kOther}},
        PixelCase{"style_sheet_shaped_like_an_open",
                  {other(ResourceKind::css, "https://t.example/track/open.css")},
                  {kOther}},
        PixelCase{"font",
                  {other(ResourceKind::font,
                         "https://fonts.gstatic.com/s/roboto/v18/KFOmCnqEu92Fr1Mu72xKOzY.woff2")},
                  {}},
        PixelCase{"font_sheet",
                  {other(ResourceKind::css,
                         "https://fonts.googleapis.com/css2?family=Open+Sans:wght@400;700&display=swap")},
                  {}},
        PixelCase{"font_with_an_identifier",
                  {other(ResourceKind::font, "https://t.example/a.woff?id=4711-123456")},
                  {kOther}},
        PixelCase{"sound_with_an_identifier",
                  {other(ResourceKind::media, "https://t.example/a.wav?id=123456")},
                  {kOther}},
        PixelCase{"small_frame",
                  {{"https://t.example/f", ResourceKind::frame, "iframe", 1, 1, false, false}},
                  {kSize}},
        PixelCase{"style_sheet_in_a_hidden_element",
                  {{"https://t.example/a.css", ResourceKind::css, "link", {}, {}, true, false}},
                  {}}),
    named);

TEST(Tracking, ListsWhatDisplayFetchesOnce) {
  const auto tracking = tracking_of(
      {image("https://s.example/a.png", 10, 10), image("HTTPS://S.example/a.png#x", 20, 20),
       background("https://s.example/b.png"), image("cid:x"), other(ResourceKind::css, "//s.example/a.css")});
  ASSERT_EQ(tracking.remote.size(), 3U);
  EXPECT_EQ(tracking.remote[0].url, "https://s.example/a.png");
  EXPECT_EQ(tracking.remote[0].uses, 2U);
  EXPECT_EQ(tracking.remote[1].kind, ResourceKind::background);
  EXPECT_TRUE(tracking.remote[1].is_background);
  EXPECT_EQ(tracking.remote[2].url, "https://s.example/a.css");
}

TEST(Tracking, ListsNothingOfAHostThatCanBeNone) {
  const auto tracking = tracking_of({image("https://[domain]/a.png", 10, 10)}, {"https://[domain]/"});
  EXPECT_TRUE(tracking.remote.empty());
  EXPECT_EQ(tracking.links.size(), 1U);
}

TEST(Tracking, KeepsSpacersApart) {
  const auto tracking = tracking_of(
      {image("https://s.example/hero.jpg", 600, 300), image("https://s.example/spacer.gif", 1, 1)});
  ASSERT_EQ(tracking.spacers.size(), 1U);
  EXPECT_EQ(tracking.spacers[0].url, "https://s.example/spacer.gif");
  EXPECT_EQ(tracking.remote.size(), 2U);
}

TEST(Tracking, SeesThroughImageProxies) {
  const auto tracking = tracking_of({image(
      "https://ci3.googleusercontent.com/proxy/AbC=s0-d-e1-ft#https://u1.ct.sendgrid.net/wf/open?upn=a", 1,
      1)});
  ASSERT_EQ(tracking.pixels.size(), 1U);
  EXPECT_EQ(tracking.pixels[0].url, "https://u1.ct.sendgrid.net/wf/open?upn=a");
  EXPECT_EQ(tracking.pixels[0].host, "u1.ct.sendgrid.net");
  EXPECT_EQ(tracking.pixels[0].vendor, "SendGrid");
  EXPECT_EQ(tracking.remote[0].wrapped_by, "Gmail image proxy");
  EXPECT_EQ(tracking.wrapped, 1U);
}

TEST(Tracking, ResolvesAgainstTheBase) {
  std::vector<HtmlReading> html(1);
  html[0].base_url = "https://s.example/dir/";
  html[0].resources = {image("a.gif?u=1", 1, 1)};
  html[0].links = {{"b.html"}, {"#top"}, {"mailto:x@y.example"}};
  const auto tracking = read_tracking({{}, html, {}, {}});
  ASSERT_EQ(tracking.pixels.size(), 1U);
  EXPECT_EQ(tracking.pixels[0].url, "https://s.example/dir/a.gif?u=1");
  ASSERT_EQ(tracking.links.size(), 1U);
  EXPECT_EQ(tracking.links[0].url, "https://s.example/dir/b.html");
}

TEST(Tracking, PassesOverABaseThatWouldMultiply) {
  std::vector<HtmlReading> html(1);
  html[0].base_url = "https://s.example/" + std::string(10'000, 'a') + "/";
  html[0].links = {{"b.html"}};
  const auto tracking = read_tracking({{}, html, {}, {}});
  EXPECT_TRUE(tracking.links.empty());
  EXPECT_EQ(tracking.defects,
            std::vector<std::string>{"a base URL of more than 4,000 octets was passed over"});
}

TEST(Tracking, SaysWhatLinksAre) {
  const auto tracking = tracking_of(
      {}, {"https://shop.example/?utm_source=mail",
           "https://abc.awstrack.me/L0/https:%2F%2Fshop.example%2Fa/1/0100/x=1",
           "https://eur01.safelinks.protection.outlook.com/"
           "?url=https%3A%2F%2Fus5.list-manage.com%2Ftrack%2Fclick%3Fu%3D1&data=x",
           "https://url.us.m.mimecastprotect.com/s/AbC", "https://shop.example/go?url=https://other.example/",
           "https://shop.example/?utm_source=mail"});
  ASSERT_EQ(tracking.links.size(), 6U);
  EXPECT_EQ(tracking.links[0],
            (Link{"https://shop.example/?utm_source=mail", {}, "shop.example", {}, false, {}, {}}));
  EXPECT_EQ(tracking.links[1], (Link{"https://abc.awstrack.me/L0/https:%2F%2Fshop.example%2Fa/1/0100/x=1",
                                     {},
                                     "abc.awstrack.me",
                                     "Amazon SES",
                                     true,
                                     {},
                                     "https://shop.example/a",
                                     "shop.example"}));
  EXPECT_EQ(tracking.links[2].unwrapped, "https://us5.list-manage.com/track/click?u=1");
  EXPECT_EQ(tracking.links[2].host, "us5.list-manage.com");
  EXPECT_EQ(tracking.links[2].vendor, "Mailchimp");
  EXPECT_EQ(tracking.links[2].wrapped_by, "Microsoft Defender Safe Links");
  EXPECT_EQ(tracking.links[3].wrapped_by, "Mimecast URL Protect");
  EXPECT_EQ(tracking.links[3].unwrapped, std::nullopt);
  EXPECT_EQ(tracking.links[3].host, "url.us.m.mimecastprotect.com");
  EXPECT_FALSE(tracking.links[4].is_tracked);
  EXPECT_EQ(tracking.links[4].target, "https://other.example/");
  EXPECT_EQ(tracking.tracked_hosts, (std::vector<std::string>{"abc.awstrack.me", "us5.list-manage.com"}));
  EXPECT_EQ(tracking.wrapped, 2U);
}

TEST(Tracking, FindsLinksInTextsWhereThereIsNoHtml) {
  const std::vector<TextPart> texts{
      {"text/plain",
       "See https://shop.example/a, (http://shop.example/b) or <HTTPS://shop.example/c_(d)>.\n"
       "https://shop.example/\"x\" xhttp://shop.example/e ftp://shop.example/ https:// http://",
       false},
      {"text/plain", "no://thing", false},
      {"text/html", "https://shop.example/shown", false}};
  const auto tracking = read_tracking({{}, {}, texts, {}});
  std::vector<std::string> urls;
  for (const auto& link : tracking.links) urls.push_back(link.url);
  EXPECT_EQ(urls, (std::vector<std::string>{"https://shop.example/a", "http://shop.example/b",
                                            "https://shop.example/c_(d)", "https://shop.example/",
                                            "http://shop.example/e"}));
  const std::vector<HtmlReading> html(1);
  EXPECT_TRUE(read_tracking({{}, html, texts, {}}).links.empty());
}

TEST(Tracking, TellsWhoLearnsAnAddressAndWhere) {
  const auto tracking = tracking_of(
      {image("https://t.example/a.gif?e=anna.x@example.org", 1, 1),
       image("https://s.example/a.png?e=anna.x%40example.org", 90, 90)},
      {"https://s.example/a.png?e=anna.x%40example.org", "https://s.example/a.png?e=anna.x%40example.org",
       "https://eur01.safelinks.protection.outlook.com/"
       "?url=https%3A%2F%2Fs.example%2F%3Fe%3Dberta%2540example.org"
       "&data=05%7Canna.x%40example.org"});
  const std::string wrapped =
      "https://eur01.safelinks.protection.outlook.com/"
      "?url=https%3A%2F%2Fs.example%2F%3Fe%3Dberta%2540example.org"
      "&data=05%7Canna.x%40example.org";
  const std::vector<Leak> expected{
      {"https://s.example/a.png?e=anna.x%40example.org", "s.example", "percent", Leak::Where::link,
       "anna.x@example.org"},
      {wrapped, "eur01.safelinks.protection.outlook.com", "percent", Leak::Where::link, "anna.x@example.org"},
      {wrapped, "s.example", "percent", Leak::Where::link, "berta@example.org"},
      {"https://t.example/a.gif?e=anna.x@example.org", "t.example", "plain", Leak::Where::pixel,
       "anna.x@example.org"},
      {"https://s.example/a.png?e=anna.x%40example.org", "s.example", "percent", Leak::Where::remote,
       "anna.x@example.org"}};
  EXPECT_EQ(tracking.leaks, expected);
}

TEST(Tracking, IsCutWhereThereIsTooMuch) {
  std::vector<HtmlReading> html(1);
  for (std::size_t number = 0; number < kMaxTrackedUrls + 5; ++number) {
    html[0].resources.push_back(image("https://s.example/" + std::to_string(number)));
    html[0].links.push_back({"https://s.example/"});
  }
  const auto tracking = read_tracking({{}, html, {}, {}});
  EXPECT_EQ(tracking.remote.size(), kMaxTrackedUrls);
  EXPECT_EQ(tracking.links.size(), kMaxTrackedUrls);
  EXPECT_EQ(tracking.defects.size(), 2U);
}

TEST(Tracking, IsTheSameWhenItIsJudgedAgain) {
  std::vector<HtmlReading> html(1);
  const std::string filler(kMaxUrlOctets - 40, 'a');
  html[0].resources = {image("//h.example../a.gif?u=1", 1, 1),
                       image("//t.example/" + filler + "?e=anna@example.org", 1, 1)};
  html[0].links = {
      {"https://h.example./"}, {"https://h.example../"}, {"//l.example/?" + filler + "&e=anna@example.org"}};
  const std::vector<std::string> recipients{"anna@example.org"};
  const auto tracking = read_tracking({{}, html, {}, recipients});
  ASSERT_EQ(tracking.leaks.size(), 2U);
  EXPECT_EQ(tracking.links[0], tracking.links[1]);
  TrackedContent content{tracking.remote, {}, false};
  for (const auto& link : tracking.links) content.links.push_back(link.url);
  const auto again = judge_tracking(content, {}, recipients);
  EXPECT_EQ(again.remote, tracking.remote);
  EXPECT_EQ(again.links, tracking.links);
  EXPECT_EQ(again.pixels, tracking.pixels);
  EXPECT_EQ(again.leaks, tracking.leaks);
}

TEST(Tracking, TakesTheRecipientsOfTheEnvelope) {
  const auto section = parse_header_section(
      "Delivered-To: anna.x@example.org\r\nX-Original-To: <berta@example.org>\r\nEnvelope-To: a@example.org, "
      "b@example.org\r\n"
      "Delivered-To: x\r\nTo: c@example.org\r\n");
  EXPECT_EQ(envelope_recipients(section.fields),
            (std::vector<std::string>{"anna.x@example.org", "berta@example.org", "a@example.org",
                                      "b@example.org"}));
}

}  // namespace
}  // namespace mailspoor::index
