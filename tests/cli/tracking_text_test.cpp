#include "cli/tracking_text.hpp"

#include <gtest/gtest.h>

namespace mailspoor::cli {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

TEST(TrackingText, IsEmptyWhereNothingIsReported) { EXPECT_TRUE(tracking_lines({}).empty()); }

TEST(TrackingText, SaysWhatIsReportedAndToWhom) {
  using index::PixelReason;
  index::Tracking tracking;
  tracking.read_receipt = "a@shop.example";
  tracking.pixels = {{"https://t.example/" + std::string(200, 'x'),
                      "t.example",
                      "Vendor",
                      {PixelReason::known_vendor, PixelReason::size},
                      1,
                      1}};
  tracking.remote.resize(3);
  tracking.remote[0].host = "t.example";
  tracking.remote[1].host = tracking.remote[2].host = "s.example";
  tracking.remote[2].wrapped_by = "Proxy";
  tracking.links = {{"https://c.example/1", {}, "c.example", "Vendor", true, "Wrapper", {}},
                    {"https://c.example/2", {}, "c.example", "Vendor", true, "Wrapper", {}},
                    {"https://s.example/", {}, "s.example", {}, false, {}, {}}};
  tracking.leaks = {
      {"https://t.example/1", "t.example", "md5", index::Leak::Where::pixel, "anna.x@example.org"},
      {"https://t.example/2", "t.example", "md5", index::Leak::Where::link, "anna.x@example.org"}};
  tracking.is_one_click_unsubscribe = true;
  EXPECT_EQ(tracking_lines(tracking),
            (Lines{{"receipt", "a@shop.example asks to be told that it was read"},
                   {"pixel", "t.example, Vendor (known-vendor, size)"},
                   {"", "https://t.example/" + std::string(82, 'x') + "..."},
                   {"address", "anna.x@example.org is told to t.example as md5, in 2 URLs"},
                   {"remote", "3 resources from s.example, t.example"},
                   {"clicks", "2 of 3 links are counted by c.example (Vendor)"},
                   {"rewritten", "3 URLs by Wrapper, Proxy"},
                   {"unsubscribe", "by one request that nobody sees (RFC 8058)"}}));
}

TEST(TrackingText, TellsOfReports) {
  index::Tracking tracking;
  tracking.report = index::DispositionReport{
      "anna.x@example.org", {}, "displayed", "manual-action/MDN-sent-manually", "1@shop.example"};
  EXPECT_EQ(tracking_lines(tracking),
            (Lines{{"report", "displayed by anna.x@example.org (manual-action/MDN-sent-manually)"},
                   {"", "of <1@shop.example>"}}));
  index::DeliveryReport delivery{"mx.example.org", {}, {}};
  delivery.recipients.assign(22, {"anna.x@example.org", "failed", "5.1.1"});
  tracking.report = delivery;
  const auto lines = tracking_lines(tracking);
  ASSERT_EQ(lines.size(), 22U);
  EXPECT_EQ(lines[0].second, "of mx.example.org, about 22 recipients");
  EXPECT_EQ(lines[1].second, "anna.x@example.org: failed 5.1.1");
  EXPECT_EQ(lines[21].second, "and 2 more");
}

TEST(TrackingText, ShowsNoControlCharacters) {
  index::Tracking tracking;
  tracking.read_receipt = "\x1b[31m@x";
  tracking.remote.resize(1);
  tracking.remote[0].host =
      "a\x1b"
      "b";
  tracking.pixels = {{"https://x/\x1b", "\xe2\x80\xae", "v\n", {index::PixelReason::size}, 1, 1}};
  for (const auto& [name, text] : tracking_lines(tracking)) {
    EXPECT_EQ(text.find('\x1b'), std::string::npos) << name;
    EXPECT_EQ(text.find('\n'), std::string::npos) << name;
    EXPECT_EQ(text.find("\xe2\x80\xae"), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace mailspoor::cli
