#include "index/track/recon_probe.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailspoor::index {
namespace {

constexpr auto kText =
    "Dear customer, all our wool is now sold at half its price, and so are all our needles.";

void add_dmarc(MessageObject& message, std::string_view result, bool is_trusted) {
  Authentication dmarc;
  dmarc.method = "dmarc";
  dmarc.result = std::string{result};
  dmarc.is_trusted = is_trusted;
  message.authentication.push_back(dmarc);
}

RemoteResource resource(const std::string& url, const std::string& host) {
  RemoteResource found;
  found.url = url;
  found.host = host;
  found.kind = ResourceKind::image;
  return found;
}

/// A message of shop.example that loads a pixel.
MessageObject message_with(const std::string& url, const std::string& host) {
  MessageObject message;
  message.sender_facts.from_domains = {"shop.example"};
  message.tracking.remote.push_back(resource(url, host));
  message.tracking.pixels.push_back({url, host, {}, {PixelReason::size}, 1, 1});
  return message;
}

TEST(ReconProbe, IsATokenForAStrangerInMailThatNobodyVouchesFor) {
  const auto found = recon_probe(message_with("https://t.example/o.gif?id=8f3e9c1a", "t.example"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->code, "RECON_PROBE");
  EXPECT_EQ(found->severity, Severity::notice);
  EXPECT_NE(found->detail.find("t.example"), std::string::npos);
  EXPECT_TRUE(recon_probe(message_with("https://t.example/8f3e9c1a2b4d5e6f", "t.example")));
}

TEST(ReconProbe, NeedsAToken) {
  EXPECT_FALSE(recon_probe(message_with("https://t.example/o.gif", "t.example")));
}

TEST(ReconProbe, NeedsAStranger) {
  EXPECT_FALSE(recon_probe(message_with("https://stats.shop.example/o.gif?id=1", "stats.shop.example")));
  EXPECT_TRUE(recon_probe(message_with("https://ashop.example/o.gif?id=1", "ashop.example")));
  auto message = message_with("https://u1.ct.sendgrid.net/wf/open?upn=a", "u1.ct.sendgrid.net");
  message.tracking.pixels[0].vendor = "SendGrid";
  EXPECT_FALSE(recon_probe(message));
}

TEST(ReconProbe, IsNoneWhereDmarcPassedAndThereIsText) {
  auto message = message_with("https://t.example/o.gif?id=1", "t.example");
  add_dmarc(message, "fail", true);
  add_dmarc(message, "pass", false);
  EXPECT_TRUE(recon_probe(message));
  add_dmarc(message, "pass", true);
  EXPECT_FALSE(recon_probe(message));
}

TEST(ReconProbe, IsOneWhereThereIsNextToNoTextWhateverDmarcSays) {
  auto message = message_with("https://t.example/o.gif?id=1", "t.example");
  add_dmarc(message, "pass", true);
  EXPECT_FALSE(recon_probe(message));
  message.tracking.has_little_text = true;
  EXPECT_TRUE(recon_probe(message));
}

TEST(ReconProbe, CountsTheCharactersOfTheHtml) {
  // What programs show that load nothing.
  const TextPart plain{"text/plain", kText, false};
  const auto is_little = [&](const std::string& text) {
    return has_little_text(std::vector{TextPart{"text/html", text, false}, plain});
  };
  EXPECT_TRUE(is_little("Hi \n " + std::string(500, ' ')));
  EXPECT_FALSE(is_little(kText));
  std::string greek;
  for (int count = 0; count < 49; ++count) greek += "\xCE\xB1 ";
  EXPECT_TRUE(is_little(greek));
  EXPECT_FALSE(is_little(greek + "\xCE\xB1"));
}

TEST(ReconProbe, IsAPictureThatIsSeenIfItTellsTheAddress) {
  auto message = message_with("https://t.example/o.gif", "t.example");
  const std::string url = "https://p.example/hero.jpg?e=anna.x@example.org";
  message.tracking.remote.push_back(resource(url, "p.example"));
  EXPECT_FALSE(recon_probe(message));
  const auto told = [&](const std::string& host, Leak::Where where) {
    auto copy = message;
    copy.tracking.leaks.push_back({url, host, "plain", where, "anna.x@example.org"});
    return recon_probe(copy);
  };
  ASSERT_TRUE(told("p.example", Leak::Where::remote));
  EXPECT_NE(told("p.example", Leak::Where::remote)->detail.find("address of the reader"), std::string::npos);
  EXPECT_FALSE(told("p.example", Leak::Where::link));
  EXPECT_FALSE(told("rewriter.example", Leak::Where::remote)) << "the receiving side wrote it there";
}

TEST(ReconProbe, IsNoneInMailThatLoadsNothing) { EXPECT_FALSE(recon_probe(MessageObject{})); }

}  // namespace
}  // namespace mailspoor::index
