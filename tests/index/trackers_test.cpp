#include "index/track/trackers.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "index/track/table_version.hpp"
#include "index/track/tracker_files.hpp"
#include "index/track/trackers_tsv.hpp"
#include "index/track/url_patterns.hpp"
#include "tests/deliver/test_tree.hpp"

namespace mailspoor::index {
namespace {

Url url(std::string_view text) {
  auto parsed = parse_url(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(Url{});
}

struct HostCase {
  std::string_view name;
  std::string_view pattern;
  std::string_view host;
  bool is_match;
};
class HostPattern : public testing::TestWithParam<HostCase> {};

TEST_P(HostPattern, MatchesATailOfLabels) {
  const std::vector<UrlPattern> patterns{{GetParam().pattern, ""}};
  ASSERT_TRUE(is_url_pattern(patterns[0]));
  const auto found = UrlPatterns{patterns}.matches(url("https://" + std::string{GetParam().host} + "/x"));
  EXPECT_EQ(!found.empty(), GetParam().is_match);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, HostPattern,
    testing::Values(HostCase{"itself", "t.yesware.com", "t.yesware.com", true},
                    HostCase{"below", "t.yesware.com", "x.t.yesware.com", true},
                    HostCase{"inside_a_label", "t.yesware.com", "xt.yesware.com", false},
                    HostCase{"in_front_of_another_domain", "t.yesware.com", "t.yesware.com.example", false},
                    HostCase{"above", "t.yesware.com", "yesware.com", false},
                    HostCase{"question_mark", "cmail?.com", "cmail7.com", true},
                    HostCase{"question_mark_is_one", "cmail?.com", "cmail77.com", false},
                    HostCase{"question_mark_is_no_dot", "cmail?.com", "cmail..com", false},
                    HostCase{"star", "createsend*.com", "createsend12.com", true},
                    HostCase{"star_of_nothing", "createsend*.com", "a.createsend.com", true},
                    HostCase{"star_is_no_dot", "createsend*.com", "createsend.evil.com", false},
                    HostCase{"digit", "mkt[0-9]*.com", "open.mkt51.com", true},
                    HostCase{"no_digit", "mkt[0-9]*.com", "mktx.com", false},
                    HostCase{"two_stars", "click.**", "click.mail.shop.example", true},
                    HostCase{"two_stars_below", "click.**", "a.click.shop.example", true},
                    HostCase{"two_stars_inside_a_label", "click.**", "aclick.shop.example", false},
                    HostCase{"two_stars_in_front", "**.fortimailcloud.com", "a.b.fortimailcloud.com", true},
                    HostCase{"labels_of_stars", "gog-email-tracker-*.*.workers.dev",
                             "gog-email-tracker-x.anna.workers.dev", true},
                    HostCase{"any", "*", "anything.example", true},
                    HostCase{"none_is_any", "", "a.example", true},
                    HostCase{"port_does_not_count", "t.yesware.com", "t.yesware.com:8080", true},
                    HostCase{"user_part_does_not_count", "t.yesware.com", "a@T.Yesware.com", true}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(UrlPatterns, PutThoseThatNameTheHostFirst) {
  const std::vector<UrlPattern> patterns{{"*", "/a"},        {"x.example", "/a"}, {"*", "/ab"},
                                         {"x.example", ""},  {"y.example", "/a"}, {"", ""},
                                         {"x.example", "/b"}};
  EXPECT_EQ(UrlPatterns{patterns}.matches(url("https://x.example/abc")),
            (std::vector<std::size_t>{1, 3, 0, 2, 5}));
  EXPECT_EQ(UrlPatterns{patterns}.matches(url("https://z.example/")), (std::vector<std::size_t>{5}));
}

TEST(UrlPatterns, RefuseWhatCannotBeRead) {
  EXPECT_FALSE(is_url_pattern({"x.example", "("}));
  EXPECT_FALSE(is_url_pattern({"x example", ""}));
  EXPECT_FALSE(is_url_pattern({"X.example", ""}));
  EXPECT_FALSE(is_url_pattern({"x[0.example", ""}));
}

struct EndpointCase {
  std::string_view name;
  std::string_view url;
  std::string_view vendor;  ///< Empty for none.
};
std::string named(const testing::TestParamInfo<EndpointCase>& test) { return std::string{test.param.name}; }

class OpenEndpoint : public testing::TestWithParam<EndpointCase> {};
TEST_P(OpenEndpoint, IsKnown) {
  const auto* row = built_in_trackers().open_endpoint(url(GetParam().url));
  EXPECT_EQ(row != nullptr ? row->vendor : "", GetParam().vendor);
}

INSTANTIATE_TEST_SUITE_P(
    Vendors, OpenEndpoint,
    testing::Values(
        EndpointCase{"mailchimp", "https://us5.list-manage.com/track/open.php?u=0a1b&id=2c3d&e=4e5f",
                     "Mailchimp"},
        EndpointCase{"sendgrid_of_its_own", "https://u123.ct.sendgrid.net/wf/open?upn=abc", "SendGrid"},
        EndpointCase{"sendgrid_branded", "https://mail.shop.example/wf/open?upn=abc", "SendGrid"},
        EndpointCase{"mailgun_branded", "https://email.shop.example/o/eJwNyEsOgCAMBcDb9CkJhKbl-A", "Mailgun"},
        EndpointCase{"host_goes_before_shape", "https://link.mail.beehiiv.com/ss/o/u001.abc/4ab/xyz/ho.gif",
                     "beehiiv"},
        EndpointCase{"ses", "https://abc.r.us-east-1.awstrack.me/I0/0100/x=1", "Amazon SES"},
        EndpointCase{"shape_of_many", "https://shop.example/mail/track/open?id=1", "(generic)"},
        EndpointCase{"click_is_no_open", "https://us5.list-manage.com/track/click?u=1", ""},
        EndpointCase{"picture_of_a_vendor", "https://mcusercontent.com/0a1b/images/logo.png", ""},
        EndpointCase{"vendor_named_in_the_query", "https://shop.example/?x=u1.ct.sendgrid.net/wf/open", ""},
        EndpointCase{"hubspot", "https://t.hubspotemail.net/e2t/to/abc", "HubSpot"},
        EndpointCase{"picture_beside_an_open_of_hubspot",
                     "https://hs-1.f.hubspotemail.net/hub/1/hubfs/logo.png?width=200", ""},
        EndpointCase{"liveintent", "https://li.shop.example/imp?s=128186400&sz=2x1&m=cf57", "LiveIntent"},
        EndpointCase{"zoho_in_india", "https://a1-zgp4.maillist-manage.in/click/143208126011bb2d/open.gif",
                     "Zoho Campaigns"},
        EndpointCase{"ordinary_picture", "https://shop.example/images/hero.jpg?v=3", ""}),
    named);

class ClickEndpoint : public testing::TestWithParam<EndpointCase> {};
TEST_P(ClickEndpoint, IsKnown) {
  const auto* row = built_in_trackers().click_endpoint(url(GetParam().url));
  EXPECT_EQ(row != nullptr ? row->vendor : "", GetParam().vendor);
}

INSTANTIATE_TEST_SUITE_P(
    Vendors, ClickEndpoint,
    testing::Values(
        EndpointCase{"mailchimp", "https://shop.us5.list-manage.com/track/click?u=1&id=2", "Mailchimp"},
        EndpointCase{"mandrill", "https://mandrillapp.com/track/click/1/shop.example?p=ey",
                     "Mailchimp Transactional (Mandrill)"},
        EndpointCase{"ses_branded", "https://links.shop.example/CL0/https:%2F%2Fshop.example/1/0/x=1",
                     "Amazon SES"},
        EndpointCase{"zoho", "https://a1-zgp4.maillist-manage.com/click/143208126011bb2d/143208126010f100",
                     "Zoho Campaigns"},
        EndpointCase{"activecampaign",
                     "https://shop.lt.acemlnc.com/Prod/link-tracker?redirectUrl=aHR0cHM=&a=1",
                     "ActiveCampaign"},
        EndpointCase{"activecampaign_of_an_account", "https://shop.emlnk9.com/lt.php?x=abc",
                     "ActiveCampaign"},
        EndpointCase{"locaweb", "https://mail.example.br/accounts/1/messages/2/clicks/3/4?envelope_id=5",
                     "RD Station (Locaweb)"},
        EndpointCase{"unsubscribe_page", "https://shop.us5.list-manage.com/unsubscribe?u=1", ""},
        EndpointCase{"campaign_parameters", "https://shop.example/?utm_source=mail&utm_medium=x", ""}),
    named);

TEST(Trackers, AreAllRead) {
  const auto table = read_tracker_rows(kTrackersTsv);
  EXPECT_EQ(table.defects, std::vector<std::string>{});
  EXPECT_GE(table.rows.size(), 405U);
  std::set<std::string> vendors;
  for (const auto& row : table.rows) {
    vendors.insert(row.vendor);
    EXPECT_FALSE(row.sources.empty()) << row.vendor;
    EXPECT_FALSE(row.example_shape.empty()) << row.vendor;
    EXPECT_FALSE(row.host_pattern == "*" && row.path_pattern.empty()) << row.vendor;
  }
  EXPECT_GE(vendors.size(), 230U);
}

TEST(Trackers, TellTheirVersion) {
  const auto version = tracker_table_version();
  ASSERT_EQ(version.size(), 10U);
  EXPECT_GE(version, "2026-11-22");
}

TEST(Trackers, TakeRowsOfAUser) {
  auto more = read_tracker_rows(
      "vendor\tkind\thost_pattern\tpath_pattern\texample_shape\tsource\tstrength\n"
      "# a comment\n"
      "Our own\topen\tpixel.example\t/p/\tpixel.example/p/ID\tus\tstrong\n"
      "Our own\tboth\tlist-manage.com\t\tall of it\tus\tweak\r\n");
  EXPECT_EQ(more.defects, std::vector<std::string>{});
  const TrackerTable table{std::move(more.rows)};
  ASSERT_NE(table.open_endpoint(url("https://a.pixel.example/p/1")), nullptr);
  EXPECT_EQ(table.open_endpoint(url("https://a.pixel.example/p/1"))->vendor, "Our own");
  EXPECT_EQ(table.click_endpoint(url("https://a.pixel.example/p/1")), nullptr);
  const auto* before_ours = table.click_endpoint(url("https://x.list-manage.com/track/click?u=1"));
  ASSERT_NE(before_ours, nullptr);
  EXPECT_EQ(before_ours->strength, Tracker::Strength::weak);
  EXPECT_EQ(built_in_trackers().open_endpoint(url("https://a.pixel.example/p/1")), nullptr);
}

TEST(Trackers, SayThatTheFirstLineShouldNameTheColumns) {
  const auto table =
      read_tracker_rows("# my own\nA\topen\ta.example\t\t\t\tstrong\r\nB\topen\tb.example\t\t\t\tstrong\n");
  EXPECT_EQ(table.rows.size(), 1U);
  EXPECT_EQ(table.defects, std::vector<std::string>{
                               "the first line is passed over: it should name the columns, vendor, kind, "
                               "host_pattern, path_pattern, example_shape, source, strength"});
  EXPECT_EQ(read_tracker_rows("").defects, std::vector<std::string>{});
}

TEST(TrackerFiles, AreReadInTheirOrderAndBehindWhatCannotBe) {
  const std::string head = "vendor\tkind\thost_pattern\tpath_pattern\texample_shape\tsource\tstrength\n";
  const deliver::TemporaryDirectory folder;
  const auto first = folder.path() / "first.tsv";
  const auto second = folder.path() / "second.tsv";
  const auto missing = folder.path() / "missing.tsv";
  std::ofstream{first} << head
                       << "First\topen\ta.example\t\t\t\tstrong\nBroken\topened\tb.example\t\t\t\tstrong\n";
  std::ofstream{second} << head
                        << "Second\topen\ta.example\t\t\t\tstrong\nSecond\topen\tc.example\t\t\t\tstrong\n";
  const TrackerFiles files{std::vector{first, missing, folder.path(), second}};
  ASSERT_NE(files.table(), nullptr);
  EXPECT_EQ(files.table()->open_endpoint(url("https://a.example/"))->vendor, "First");
  EXPECT_EQ(files.table()->open_endpoint(url("https://c.example/"))->vendor, "Second");
  ASSERT_EQ(files.failures().size(), 3U);
  EXPECT_EQ(files.failures()[0], first.string() + ": row 2 (Broken): the kind is none of open, click, both");
  EXPECT_NE(files.failures()[1].find(missing.string() + ": No such file"), std::string::npos);
  EXPECT_NE(files.failures()[2].find(folder.path().string()), std::string::npos);
  EXPECT_EQ(TrackerFiles{{}}.table(), nullptr);
  EXPECT_EQ(TrackerFiles{std::vector{missing}}.table(), nullptr);
}

TEST(Trackers, SayWhatIsWrongWithARow) {
  const auto table = read_tracker_rows(
      "vendor\tkind\thost_pattern\tpath_pattern\texample_shape\tsource\tstrength\n"
      "A\topen\ta.example\t\t\t\n"
      "B\topened\tb.example\t\t\t\tstrong\n"
      "C\topen\tc.example\t(\t\t\tstrong\n"
      "D\topen\td.example\t\t\t\tsure\n"
      "\topen\te.example\t\t\t\tstrong\n");
  EXPECT_TRUE(table.rows.empty());
  EXPECT_EQ(table.defects,
            (std::vector<std::string>{
                "row 1 (A): there are not 7 columns", "row 2 (B): the kind is none of open, click, both",
                "row 4 (D): the strength is none of strong, medium, weak", "row 5 (): there is no vendor",
                "C: the patterns `c.example` `(` cannot be read"}));
}

}  // namespace
}  // namespace mailspoor::index
