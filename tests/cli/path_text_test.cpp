#include "cli/path_text.hpp"

#include <gtest/gtest.h>

#include "cli/output.hpp"

namespace mailspoor::cli {
namespace {

using index::Hop;
using index::HopStanding;
using index::MessageObject;

/// Three hops: one that nobody links to, one that does, and that of a server of ours.
MessageObject message() {
  Hop ours;
  ours.from_helo = "out.example.com";
  ours.from_rdns = "Out.example.com";
  ours.from_ip = "198.51.100.10";
  ours.by = "mx.example.net";
  ours.with = "ESMTPS";
  ours.tls_version = "TLSv1.3";
  ours.tls_cipher = "TLS_AES_256_GCM_SHA384";
  ours.date = index::DateTime{1'709'632'802, std::nullopt};
  ours.delay_seconds = 3'900;
  ours.software = "postfix";
  ours.standing = HopStanding::ours;
  Hop linked;
  linked.from_helo = "laptop\x1b[31m";
  linked.from_ip = "203.0.113.77";
  linked.from_port = 51'322;
  linked.by = "out.example.com";
  linked.with = "ESMTPSA";
  linked.auth_user = "ada";
  linked.name_lookup = index::NameLookup::not_found;
  linked.date = index::DateTime{1'709'628'902, std::nullopt};
  linked.delay_seconds = -20;
  linked.standing = HopStanding::linked;
  Hop unlinked;
  MessageObject message;
  message.hops = {ours, linked, unlinked};
  message.origin.ip = "203.0.113.77";
  message.origin.hop = 1;
  message.origin.evidence = "received";
  message.origin.trust = index::OriginTrust::claimed;
  message.origin.kind = index::OriginKind::client;
  message.origin.first_untrusted_ip = "198.51.100.10";
  message.origin.first_untrusted_trust = index::OriginTrust::assumed;
  return message;
}

TEST(PathText, GoesFromTheOriginToTheMailbox) {
  EXPECT_EQ(path_text(message(), {}),
            "    2  o  (no address)\n"
            "       |  by a server that does not name itself\n"
            "       v  at an unknown time\n"
            "  --- what is above does not link with what is below ---\n"
            "    1  o  origin: \"laptop\\x1b[31m\" [203.0.113.77] port 51322\n"
            "       |  ESMTPSA, logged in as ada, no name found\n"
            "       |  by out.example.com\n"
            "       v  2024-03-05T08:55:02Z, 20 s before the hop above by its clock\n"
            "  --- trust boundary: servers of ours wrote what is below, as far as we know ---\n"
            "    0  o  Out.example.com [198.51.100.10]\n"
            "       |  ESMTPS, TLSv1.3 TLS_AES_256_GCM_SHA384\n"
            "       |  by mx.example.net (postfix)\n"
            "       v  2024-03-05T10:00:02Z, 1 h 5 min later\n");
  EXPECT_EQ(path_text(MessageObject{}, {}), "");
}

TEST(PathText, SaysHowTheBoundaryIsKnownWhateverTheOriginRestsOn) {
  auto told = message();
  told.origin.first_untrusted_trust = index::OriginTrust::observed;
  EXPECT_NE(path_text(told, {}).find("servers of ours wrote what is below ---"), std::string::npos);
  EXPECT_EQ(handed_over_text(told.origin), "198.51.100.10; seen by servers that we were told of");
  EXPECT_EQ(handed_over_text(message().origin),
            "198.51.100.10; seen by servers that seem to be the receiving side's");
  told.origin.first_untrusted_ip.reset();
  EXPECT_EQ(handed_over_text(told.origin),
            "a peer whose address is not written; seen by servers that we were told of");
  EXPECT_EQ(handed_over_text({}), "");
}

TEST(PathText, FitsTheTerminalAndColoursByTrust) {
  std::size_t lines = 0;
  std::string_view rest;
  const auto text = path_text(message(), {40, true, true});
  for (rest = text; !rest.empty(); ++lines) {
    auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    const bool is_rule = line.starts_with(kBold);
    if (!is_rule) {
      const auto color = lines < 3 ? kRed : lines < 9 ? kYellow : kGreen;
      ASSERT_TRUE(line.starts_with(color)) << lines;
      line.remove_prefix(color.size() - kBold.size());  // both end in the same way
    }
    ASSERT_TRUE(line.ends_with(kPlain)) << lines;
    line.remove_prefix(kBold.size());
    line.remove_suffix(kPlain.size());
    EXPECT_EQ(cut_to(line, 40), line);
  }
  EXPECT_NE(text.find("\u25cf"), std::string::npos);
}

TEST(PathText, LosesNothingThatMattersOnANarrowTerminal) {
  const auto text = path_text(message(), {34, false, false});
  for (const std::string_view lines : {"  --- what is above does not\n"
                                       "      link with what is below ---\n"
                                       "    1  o  origin: \"laptop",
                                       "  --- trust boundary: servers\n"
                                       "      of ours wrote what is\n"
                                       "      below, as far as we know ---\n"
                                       "    0  o  Out.example.com"})
    EXPECT_NE(text.find(lines), std::string::npos) << text;
}

TEST(OriginText, SaysWhatItRestsOn) {
  index::Origin origin;
  EXPECT_EQ(origin_text(origin), "");
  origin.ip = "10.0.0.1";
  origin.evidence = "internal";
  EXPECT_EQ(origin_text(origin), "10.0.0.1; no server outside took part");
  EXPECT_EQ(origin_text(message().origin),
            "203.0.113.77, where the message was submitted; claimed by servers that are not ours");
  origin = {
      "203.0.113.9", 0U,          "x-originating-ip", index::OriginTrust::claimed, index::OriginKind::client,
      std::nullopt,  std::nullopt};
  EXPECT_EQ(origin_text(origin), "203.0.113.9, where the message was submitted; claimed by x-originating-ip");
  origin = {"209.85.128.41",
            0U,
            "received",
            index::OriginTrust::assumed,
            index::OriginKind::provider,
            "Google (Gmail, Workspace)",
            std::nullopt};
  EXPECT_EQ(
      origin_text(origin),
      "209.85.128.41, a relay of Google (Gmail, Workspace), which does not say whose mail it sent; seen by "
      "servers that seem to be the receiving side's");
  origin.trust = index::OriginTrust::claimed;
  origin.is_provider_by_claimed_name = true;
  EXPECT_EQ(
      origin_text(origin),
      "209.85.128.41, by its name alone a relay of Google (Gmail, Workspace), which does not say whose mail "
      "it sent; claimed by servers that are not ours");
}

}  // namespace
}  // namespace mailspoor::cli
