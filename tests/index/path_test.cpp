#include "index/trace/path.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "index/trace/providers.hpp"
#include "index/trace/received.hpp"

namespace mailspoor::index {
namespace {

std::vector<Hop> hops_of(std::initializer_list<std::string_view> fields) {
  std::vector<Hop> hops;
  for (const auto field : fields) hops.push_back(parse_received(field));
  return hops;
}

TrustedServers told(std::initializer_list<std::string_view> networks,
                    std::vector<std::string> receivers = {}) {
  TrustedServers ours{{}, std::move(receivers)};
  for (const auto network : networks) ours.networks.push_back(parse_network(network).value());
  return ours;
}

std::vector<std::string> codes(const std::vector<Finding>& findings) {
  std::vector<std::string> names;
  for (const auto& finding : findings) {
    names.push_back(finding.code);
    EXPECT_FALSE(finding.detail.empty()) << finding.code;
  }
  return names;
}

using Codes = std::vector<std::string>;

constexpr std::string_view kOurMx =
    "from out.example.com (out.example.com [198.51.100.10]) by mx.example.net (Postfix) with ESMTPS id A1 "
    "for "
    "<ada@example.net>; Tue, 5 Mar 2024 10:00:00 +0000";
constexpr std::string_view kSubmission =
    "from laptop ([203.0.113.77]) by out.example.com (Postfix) with ESMTPSA id B2; Tue, 5 Mar 2024 09:59:58 "
    "+0000";

TEST(Path, EndsAtTheOldestHopThatLinks) {
  const auto path = trace_path(hops_of({kOurMx, kSubmission}), {});
  EXPECT_EQ(path.boundary, 0U);
  EXPECT_EQ(path.followed, (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(path.origin, (Origin{"203.0.113.77", 1U, "received", OriginTrust::claimed, OriginKind::client,
                                 std::nullopt, "198.51.100.10", OriginTrust::assumed}));
  EXPECT_EQ(codes(path.findings), Codes{});
}

TEST(Path, IsObservedWhereWeWereToldOfTheReceivingServer) {
  const auto hops = hops_of({kOurMx});
  EXPECT_EQ(trace_path(hops, {}).origin.trust, OriginTrust::assumed);
  EXPECT_EQ(trace_path(hops, told({"192.0.2.0/24"})).origin.trust, OriginTrust::observed);
  EXPECT_EQ(trace_path(hops, told({}, {"example.net"})).origin.trust, OriginTrust::observed);
  EXPECT_EQ(trace_path(hops, told({}, {"example.org"})).origin.trust, OriginTrust::assumed);
  // Only the newest of two writers is in the account's receivers, and nothing tells whose the other is.
  const auto relayed =
      hops_of({"from gw.example.org (gw.example.org [10.0.0.9]) by mail.example.net (Postfix) with ESMTP "
               "id Z; Tue, 5 Mar 2024 10:00:01 +0000",
               "from x.example.com (x.example.com [198.51.100.9]) by gw.example.org (Postfix) with ESMTP "
               "id Y; Tue, 5 Mar 2024 10:00:00 +0000"});
  EXPECT_EQ(trace_path(relayed, told({}, {"example.net"})).origin.trust, OriginTrust::assumed);
  EXPECT_EQ(trace_path(relayed, told({"10.0.0.0/8"})).origin.trust, OriginTrust::observed);
}

TEST(Path, PassesOverRelaysOfOurs) {
  const auto hops = hops_of(
      {"from localhost (localhost [127.0.0.1]) by mx.example.net (Postfix) with ESMTP id C; Tue, 5 "
       "Mar 2024 10:00:02 +0000",
       "from mx.example.net ([127.0.0.1]) by localhost (mx.example.net [127.0.0.1]) (amavis, port 10024) "
       "with ESMTP id D; Tue, 5 Mar 2024 10:00:01 +0000",
       "from edge.example.net (edge.example.net [192.168.1.2]) by mx.example.net (Postfix) with ESMTP id "
       "E; Tue, 5 Mar 2024 10:00:01 +0000",
       kOurMx});
  const auto path = trace_path(hops, {});
  EXPECT_EQ(path.boundary, 3U);
  EXPECT_EQ(path.origin.first_untrusted_ip, "198.51.100.10");
  // A list of one's own replaces the assumption that private ranges are ours.
  EXPECT_EQ(trace_path(hops, told({"192.0.2.0/24"})).boundary, 2U);
  EXPECT_EQ(trace_path(hops, told({"198.51.100.0/24", "192.168.0.0/16"})).boundary, std::nullopt);
}

TEST(Path, IsInternalWhereNobodyFromOutsideTookPart) {
  const auto path = trace_path(hops_of({"from desk.example.net (desk.example.net [10.1.2.3]) by "
                                        "mail.example.net (Postfix) with ESMTPA id F; Tue, 5 "
                                        "Mar 2024 10:00:02 +0000"}),
                               {});
  EXPECT_EQ(path.boundary, std::nullopt);
  EXPECT_EQ(path.origin,
            (Origin{"10.1.2.3", 0U, "internal", std::nullopt, std::nullopt, std::nullopt, std::nullopt}));
  EXPECT_EQ(trace_path({}, {}).origin, Origin{});
}

TEST(Path, FollowsNothingThatDoesNotLink) {
  const auto path = trace_path(hops_of({kOurMx,
                                        "from bank.example (bank.example [192.0.2.200]) by "
                                        "relay.bank.example (Postfix) with ESMTP id X; Tue, "
                                        "5 Mar 2024 09:00:00 +0000"}),
                               {});
  EXPECT_EQ(path.broken_at, 1U);
  EXPECT_EQ(path.origin.ip, "198.51.100.10");
  EXPECT_EQ(path.origin.trust, OriginTrust::assumed);
  EXPECT_EQ(codes(path.findings), Codes{"CHAIN_BREAK"});
  EXPECT_EQ(path.findings[0].hop, 1U);
}

TEST(Path, LinksByTheAnnouncedNameOnlyWhereNoneIsLookedUp) {
  const auto older = parse_received(
      "from pc ([203.0.113.5]) by mail.example.com (Postfix) with ESMTPA id X; Tue, 5 Mar 2024 09:59:00 "
      "+0000");
  const auto looked_up = parse_received(
      "from mail.example.com (unknown [198.51.100.3]) by mx.example.net (Postfix) with ESMTP id Y; Tue, 5 "
      "Mar 2024 10:00:00 "
      "+0000");
  const auto exchange = parse_received(
      "from mail.example.com (198.51.100.3) by mx.example.net (192.0.2.1) with Microsoft SMTP Server id "
      "15.1.225.42; Tue, 5 "
      "Mar 2024 10:00:00 +0000");
  EXPECT_EQ(trace_path(std::vector{looked_up, older}, {}).origin.ip, "198.51.100.3");
  EXPECT_EQ(trace_path(std::vector{exchange, older}, {}).origin.ip, "203.0.113.5");
}

TEST(Path, LinksByTheAddressThatAServerStatesOfItself) {
  const auto path = trace_path(hops_of({"from unknown (unknown [198.51.100.3]) by mx.example.net (Postfix) "
                                        "with ESMTP id Y; Tue, 5 Mar 2024 10:00:00 "
                                        "+0000",
                                        "from pc ([203.0.113.5]) by ex.local (198.51.100.3) with Microsoft "
                                        "SMTP Server id 15.1.225.42; Tue, 5 Mar 2024 "
                                        "09:59:59 +0000"}),
                               {});
  EXPECT_EQ(path.origin.ip, "203.0.113.5");
  EXPECT_EQ(codes(path.findings), Codes{"NO_RDNS"});
}

TEST(Path, PassesOverWhatAProviderDoesInside) {
  const auto path = trace_path(
      hops_of({"from AM0PR01MB1234.eurprd01.prod.exchangelabs.com (2001:db8:208:aa::1) by "
               "AM9PR01MB5678.eurprd01.prod.exchangelabs.com with HTTPS; Tue, 5 Mar 2024 10:00:03 +0000",
               "from AM0EUR02FT013.eop-EUR02.prod.protection.outlook.com (2603:1000:208:1::2) by "
               "AM0PR01CA0001.outlook.office365.com (2603:1000:208:1::3) with Microsoft SMTP Server "
               "(version=TLS1_2, "
               "cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.1.1 via Frontend Transport; Tue, 5 "
               "Mar 2024 10:00:02 "
               "+0000",
               "from out.example.com (198.51.100.10) by AM0EUR02FT013.mail.protection.outlook.com "
               "(10.13.0.1) with Microsoft "
               "SMTP Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.1.1 via "
               "Frontend "
               "Transport; Tue, 5 Mar 2024 10:00:01 +0000"}),
      {});
  // The first has an address outside the networks of the table: its name alone would not do.
  EXPECT_EQ(path.boundary, 0U);
  const auto inside =
      trace_path(hops_of({"from AM0EUR02FT013.eop-EUR02.prod.protection.outlook.com (2603:1000:0:1::2) by "
                          "AM0PR01CA0001.outlook.office365.com (2603:1000:0:1::3) with Microsoft SMTP Server "
                          "id 15.20.1.1; Tue, 5 Mar 2024 "
                          "10:00:02 +0000",
                          "from out.example.com (198.51.100.10) by AM0EUR02FT013.mail.protection.outlook.com "
                          "(10.13.0.1) with Microsoft "
                          "SMTP Server id 15.20.1.1; Tue, 5 Mar 2024 10:00:01 +0000"}),
                 {});
  EXPECT_EQ(inside.boundary, 1U);
  EXPECT_EQ(inside.origin.trust, OriginTrust::assumed);
}

TEST(Path, NamesTheProviderThatWithholdsTheSender) {
  const auto path = trace_path(
      hops_of({"from mail-wm1-f41.google.com (mail-wm1-f41.google.com [209.85.128.41]) by mx.example.net "
               "(Postfix) with ESMTPS "
               "id A; Tue, 5 Mar 2024 10:00:00 +0000",
               "by mail-wm1-f41.google.com with SMTP id 5b1f17b1804b1so1; Tue, 5 Mar 2024 09:59:59 +0000"}),
      {});
  EXPECT_EQ(path.origin.kind, OriginKind::provider);
  EXPECT_EQ(path.origin.ip, "209.85.128.41");
  EXPECT_TRUE(path.origin.provider && path.origin.provider->starts_with("Google"));
  EXPECT_EQ(codes(path.findings), Codes{"ORIGIN_WITHHELD"});
}

/// Of a field that stands below so many Received.
std::vector<ClientAddress> client_address(std::string field, std::string ip, std::size_t hops_above = 9) {
  return {{std::move(field), std::move(ip), 7, hops_above}};
}

constexpr std::string_view kWebMx =
    "from web.example.com (web.example.com [198.51.100.20]) by mx.example.net (Postfix) with ESMTPS id A; "
    "Tue, 5 Mar 2024 10:00:00 +0000";
constexpr std::string_view kWebMail =
    "by web.example.com (Zimbra) with HTTP id B; Tue, 5 Mar 2024 09:59:59 +0000";

TEST(Path, TakesXOriginatingIpWhereNoHopHasThePeer) {
  const auto field = client_address("x-originating-ip", "203.0.113.9");
  const auto with_hop = trace_path(hops_of({kWebMx}), {}, field);
  EXPECT_EQ(with_hop.origin.ip, "198.51.100.20");
  ASSERT_EQ(codes(with_hop.findings), Codes{"XOIP_MISMATCH"});
  EXPECT_EQ(with_hop.findings[0].field, 7U);
  const auto submitted = trace_path(hops_of({kWebMx, kWebMail}), {}, field);
  EXPECT_EQ(submitted.origin.ip, "203.0.113.9");
  EXPECT_EQ(submitted.origin.evidence, "x-originating-ip");
  EXPECT_EQ(submitted.origin.trust, OriginTrust::claimed);
  EXPECT_EQ(submitted.origin.kind, OriginKind::client);
}

TEST(Path, TakesNoFieldForTheClientsThatSpeaksOfThePeer) {
  // Microsoft 365 notes the peer of its first server in X-Sender-IP.
  const auto of_peer = client_address("x-sender-ip", "198.51.100.20");
  const auto with_peer = trace_path(hops_of({kWebMx, kWebMail}), {}, of_peer);
  EXPECT_EQ(with_peer.origin.ip, "198.51.100.20");
  EXPECT_EQ(with_peer.origin.trust, OriginTrust::assumed);
  EXPECT_EQ(with_peer.client_address, std::nullopt);
  const auto relayed = trace_path(
      hops_of({kWebMx,
               "from pc.example.com (pc.example.com [203.0.113.7]) by web.example.com (Postfix) with ESMTPS "
               "id B; Tue, 5 Mar 2024 09:59:59 +0000"}),
      {}, of_peer);
  EXPECT_EQ(relayed.origin.ip, "203.0.113.7");
  EXPECT_EQ(codes(relayed.findings), Codes{});
  // Nor one that a server of ours wrote above its own Received.
  const auto above = client_address("x-originating-ip", "203.0.113.9", 0);
  EXPECT_EQ(trace_path(hops_of({kWebMx, kWebMail}), {}, above).origin.ip, "198.51.100.20");
  // The next one may be the client's.
  std::vector<ClientAddress> both{{"x-originating-ip", "198.51.100.20", 3, 1},
                                  {"x-sender-ip", "203.0.113.9", 4, 2}};
  EXPECT_EQ(trace_path(hops_of({kWebMx, kWebMail}), {}, both).origin.evidence, "x-sender-ip");
}

TEST(Path, HasNoOriginWhereTheMessageNeverTravelled) {
  const auto draft = trace_path({}, {}, client_address("x-originating-ip", "203.0.113.9", 0));
  EXPECT_EQ(draft.origin, Origin{});
  EXPECT_EQ(draft.client_address->ip, "203.0.113.9");
}

constexpr std::string_view kNamedOnly =
    "from mail.example.com by mx.example.net with ESMTP id 1; Tue, 5 Mar 2024 10:00:05 +0000";
constexpr std::string_view kMadeUp =
    "from bank.example (mail.bank.example [203.0.113.50]) by relay.example.org with ESMTPS id 2; Tue, 5 Mar "
    "2024 10:00:03 +0000";

TEST(Path, EndsTheReceivingSideWhereAServerDoesNotSayWhomItTookTheMessageFrom) {
  for (const auto& ours : {told({}, {"example.net"}), told({}), told({"192.0.2.0/24"})}) {
    const auto path = trace_path(hops_of({kNamedOnly, kMadeUp}), ours);
    EXPECT_EQ(path.boundary, 0U);
    EXPECT_EQ(path.broken_at, 1U);
    EXPECT_EQ(path.origin.ip, std::nullopt);
    EXPECT_EQ(path.origin.trust, std::nullopt);
    EXPECT_EQ(path.origin.first_untrusted_ip, std::nullopt);
    EXPECT_EQ(codes(path.findings), Codes{"CHAIN_BREAK"});
  }
  // The next hop may link: a claim.
  const auto linked = trace_path(
      hops_of({kNamedOnly,
               "from pc (pc.example.org [203.0.113.5]) by mail.example.com with ESMTPSA id 2; Tue, "
               "5 Mar 2024 10:00:03 +0000"}),
      told({}, {"example.net"}));
  EXPECT_EQ(linked.origin.ip, "203.0.113.5");
  EXPECT_EQ(linked.origin.trust, OriginTrust::claimed);
}

TEST(Path, PassesOverHopsThatTakeNothingFromOutside) {
  for (const std::string_view top :
       {"by mx.example.net (Postfix, from userid 500) id 1; Tue, 5 Mar 2024 10:00:05 +0000",
        "from mx.example.net by store.example.net with LMTP id 1; Tue, 5 Mar 2024 10:00:05 +0000",
        "from mx.example.net ([unix socket]) by store.example.net (Cyrus v2.4.17) with LMTPA; Tue, 5 Mar "
        "2024 "
        "10:00:05 +0000",
        "from web by store.example.net with HTTP; Tue, 5 Mar 2024 10:00:05 +0000",
        "by 2002:a05:7300:538f:b0:7c:ab41:dfcf with SMTP id g15csp9; Tue, 5 Mar 2024 10:00:05 +0000",
        "(qmail 16821 invoked by uid 505); 5 Mar 2024 10:00:05 -0000"}) {
    const auto hops = hops_of({top, kOurMx});
    EXPECT_EQ(trace_path(hops, {}).boundary, 1U) << top;
  }
  // Google's inner line names no server; the next one is a receiver's.
  const auto google =
      hops_of({"by 2002:a05:7300:538f:b0:7c:ab41:dfcf with SMTP id g15csp9; Tue, 5 Mar 2024 10:00:05 +0000",
               "from out.example.com (out.example.com. [198.51.100.10]) by mx.google.com with ESMTPS id a1; "
               "Tue, 5 Mar "
               "2024 10:00:00 +0000"});
  EXPECT_EQ(trace_path(google, told({}, {"google.com"})).origin.trust, OriginTrust::observed);
  // Between two servers that we were told of, by all names.
  const auto inner = hops_of(
      {"from mx.example.net by store.example.net with ESMTP id 1; Tue, 5 Mar 2024 10:00:05 +0000", kOurMx});
  EXPECT_EQ(trace_path(inner, told({}, {"example.net"})).boundary, 1U);
  EXPECT_EQ(trace_path(inner, told({}, {"example.net"})).origin.trust, OriginTrust::observed);
  EXPECT_EQ(trace_path(inner, {}).boundary, 0U);
}

TEST(Path, IsNotObservedWhereTheNewestServerIsNoReceiver) {
  const auto hops =
      hops_of({"from mail.example.com (mail.example.com [10.1.1.1]) by whatever.example.com with ESMTP id 1; "
               "Tue, 5 Mar 2024 10:00:05 +0000",
               "from v (v.bank.example [203.0.113.50]) by x.example.com with ESMTPSA id 2; Tue, 5 Mar 2024 "
               "10:00:03 +0000"});
  const auto path = trace_path(hops, told({"10.0.0.0/8"}, {"mx.example.net"}));
  EXPECT_EQ(path.origin.trust, OriginTrust::assumed);
  EXPECT_EQ(path.origin.first_untrusted_trust, OriginTrust::assumed);
  EXPECT_EQ(trace_path(hops, told({"10.0.0.0/8"}, {"whatever.example.com"})).origin.trust,
            OriginTrust::observed);
}

TEST(Path, TellsHowTheBoundaryIsKnownBelowWhichTheOriginIsAClaim) {
  const auto hops = hops_of({kOurMx, kSubmission});
  const auto path = trace_path(hops, told({}, {"example.net"}));
  EXPECT_EQ(path.origin.trust, OriginTrust::claimed);
  EXPECT_EQ(path.origin.first_untrusted_trust, OriginTrust::observed);
}

TEST(Path, TakesAnAddressThatNoHostHasForNone) {
  for (const std::string address :
       {"0.0.0.0", "224.0.0.1", "255.255.255.255", "240.0.0.1", "::", "ff02::1"}) {
    const auto first = "from a.example.com (a.example.com [" + address +
                       "]) by mx.example.net (Postfix) with ESMTPS id 1; Tue, 5 Mar 2024 10:00:05 +0000";
    const auto path = trace_path(hops_of({first, kMadeUp}), told({}, {"example.net"}));
    EXPECT_EQ(path.origin.first_untrusted_ip, std::nullopt) << address;
    EXPECT_EQ(path.origin.ip, std::nullopt) << address;
    EXPECT_EQ(path.boundary, 0U) << address;
  }
}

TEST(Path, BelievesNoNameThatMayBeForged) {
  constexpr std::string_view kForged =
      "from mail-wr1-f41.google.com (mail-wr1-f41.google.com [203.0.113.9] (may be forged)) by "
      "mx.example.net "
      "(8.15.2/8.15.2) with ESMTPS id 1; Tue, 5 Mar 2024 10:00:05 +0000";
  const auto path = trace_path(
      hops_of({kForged,
               "from victim (x.example.org [198.51.100.4]) by mail.google.com with ESMTPS id 3; Tue, 5 "
               "Mar 2024 10:00:03 +0000"}),
      {});
  EXPECT_EQ(path.origin.ip, "203.0.113.9");
  EXPECT_EQ(path.origin.kind, OriginKind::server);
  EXPECT_EQ(codes(path.findings), (Codes{"CHAIN_BREAK", "MAY_BE_FORGED"}));
  const auto us = trace_path(
      hops_of({"from mail.example.net (mail.example.net [198.51.100.66] (may be forged)) by mx.example.net "
               "(8.15.2/8.15.2) with ESMTPS id A; Tue, 5 Mar 2024 10:00:00 +0000"}),
      {});
  EXPECT_EQ(codes(us.findings), (Codes{"MAY_BE_FORGED", "HELO_CLAIMS_US"}));
}

TEST(Path, TellsAProviderThatIsOnlyClaimedFromOneThatWasSeen) {
  const auto path = trace_path(
      hops_of({kOurMx,
               "from x.google.com (x.google.com [203.0.113.4]) by out.example.com with ESMTPS id 2; Tue, "
               "5 Mar 2024 09:59:58 +0000"}),
      {});
  EXPECT_EQ(path.origin.kind, OriginKind::provider);
  EXPECT_TRUE(path.origin.is_provider_by_claimed_name);
  ASSERT_EQ(codes(path.findings), Codes{"ORIGIN_WITHHELD"});
  EXPECT_TRUE(path.findings[0].detail.starts_with("By the name that out.example.com gives it, 203.0.113.4"))
      << path.findings[0].detail;
}

constexpr std::string_view kFromGmail =
    "from mail-wm1-f41.google.com (mail-wm1-f41.google.com [209.85.128.41]) by mx.example.net (Postfix) with "
    "ESMTPS id A; Tue, 5 Mar 2024 10:00:00 +0000";

TEST(Path, LinksTheServersOfAProviderWhateverTheirDomains) {
  const auto gmail = trace_path(
      hops_of({kFromGmail,
               "from laptop (dsl.example.org. [203.0.113.77]) by smtp.gmail.com with ESMTPSA id x; "
               "Tue, 05 Mar 2024 01:59:59 -0800 (PST)"}),
      {});
  EXPECT_EQ(gmail.origin.ip, "203.0.113.77");
  EXPECT_EQ(gmail.origin.kind, OriginKind::client);
  EXPECT_EQ(codes(gmail.findings), Codes{});
  const auto microsoft = trace_path(
      hops_of(
          {"from EUR05-DB8-obe.outbound.protection.outlook.com "
           "(mail-db8eur05on2041.outbound.protection.outlook.com [40.107.20.41]) by mx.example.net (Postfix) "
           "with ESMTPS id A; Tue, 5 Mar 2024 10:00:00 +0000",
           "from AM0PR01MB1.eurprd01.prod.exchangelabs.com (2603:10a6:208:e6::10) by "
           "AM0PR01MB2.eurprd01.prod.exchangelabs.com (2603:10a6:208:e6::11) with Microsoft SMTP Server id "
           "15.20.1.1; Tue, 5 Mar 2024 09:59:59 +0000"}),
      {});
  EXPECT_EQ(microsoft.broken_at, std::nullopt);
  EXPECT_EQ(microsoft.origin.ip, "2603:10a6:208:e6::10");
  EXPECT_EQ(microsoft.origin.kind, OriginKind::provider) << "a machine inside is no client";
  EXPECT_EQ(codes(microsoft.findings), Codes{"ORIGIN_WITHHELD"});
  // So they do where one of them says nothing of its peer, or of itself but a private address.
  const auto silent = trace_path(
      hops_of(
          {kFromGmail, "by mail-wm1-f41.google.com with SMTP id 5b1; Tue, 05 Mar 2024 01:59:59 -0800 (PST)",
           "by 2002:a59:b96f:0:b0:3f7:5ee5:1e91 with SMTP id n1; Tue, 05 Mar 2024 01:59:59 -0800 (PST)",
           "from laptop (dsl.example.org. [203.0.113.77]) by smtp.gmail.com with ESMTPSA id x; Tue, 05 Mar "
           "2024 01:59:58 -0800 (PST)"}),
      {});
  EXPECT_EQ(silent.broken_at, std::nullopt);
  EXPECT_EQ(silent.origin.ip, "203.0.113.77");
  const auto foreign = trace_path(
      hops_of(
          {kOurMx, "by 2002:a59:b96f:0:b0:3f7:5ee5:1e91 with SMTP id n1; Tue, 05 Mar 2024 09:59:59 +0000"}),
      {});
  EXPECT_EQ(foreign.broken_at, 1U) << "nobody's";
  // Another's address does not make it one of theirs.
  const auto other = trace_path(
      hops_of(
          {"from mail-wm1-f41.google.com (mail-wm1-f41.google.com [198.51.100.4]) by mx.example.net "
           "(Postfix) with ESMTPS id A; Tue, 5 Mar 2024 10:00:00 +0000",
           "from laptop (dsl.example.org. [203.0.113.77]) by smtp.gmail.com with ESMTPSA id x; Tue, 05 Mar "
           "2024 01:59:59 -0800 (PST)"}),
      {});
  EXPECT_EQ(other.broken_at, 1U);
}

TEST(Path, DoesNotSayThatAProviderIsSilentWhereOlderHopsSpeak) {
  const auto silent = trace_path(hops_of({kFromGmail}), {});
  ASSERT_EQ(codes(silent.findings), Codes{"ORIGIN_WITHHELD"});
  EXPECT_NE(silent.findings[0].detail.find("does not say from where"), std::string::npos);
  const auto other = trace_path(hops_of({kFromGmail, kMadeUp}), {});
  ASSERT_EQ(codes(other.findings), (Codes{"CHAIN_BREAK", "ORIGIN_WITHHELD"}));
  EXPECT_EQ(other.findings[1].detail.find("does not say from where"), std::string::npos);
  EXPECT_NE(other.findings[1].detail.find("do not link with its relay"), std::string::npos);
}

TEST(Path, DoesNotLinkByTheAnnouncedNameWhereTheServerFoundNone) {
  constexpr std::string_view kClaim =
      "from victim (v.example.org [198.51.100.4]) by mail.bank.example with ESMTPSA id 3; Tue, 5 Mar 2024 "
      "10:00:03 +0000";
  for (const std::string_view top :
       {"from [203.0.113.9] (helo=mail.bank.example) by mx.example.net with esmtps (Exim 4.96) id 1; Tue, 5 "
        "Mar "
        "2024 10:00:05 +0000",
        "from [203.0.113.9] (HELO mail.bank.example) by mx.example.net (CommuniGate Pro SMTP 6.1) with "
        "ESMTPS id "
        "1; Tue, 5 Mar 2024 10:00:05 +0000",
        "from mail.bank.example ([::ffff:203.0.113.9]) (TLS: TLSv1.3,256bits,TLS_AES_256_GCM_SHA384) by "
        "mx.example.net with esmtp; Tue, 5 Mar 2024 10:00:05 +0000"}) {
    const auto path = trace_path(hops_of({top, kClaim}), {});
    EXPECT_EQ(path.origin.ip, "203.0.113.9") << top;
    EXPECT_EQ(codes(path.findings), (Codes{"CHAIN_BREAK", "NO_RDNS"})) << top;
  }
}

TEST(Path, TellsWhatIsOddAtTheBoundary) {
  const auto path = trace_path(hops_of({"from [203.0.113.1] (dsl.example.com [198.51.100.66] (may be "
                                        "forged)) by mx.example.net (8.15.2/8.15.2) with "
                                        "ESMTP id A; Tue, 5 Mar 2024 10:00:00 +0000"}),
                               {});
  EXPECT_EQ(codes(path.findings), (Codes{"MAY_BE_FORGED", "HELO_LITERAL_MISMATCH"}));
  const auto hidden = trace_path(
      hops_of({"from mail.example.net by mx.example.net with ESMTP id A; Tue, 5 Mar 2024 10:00:00 +0000"}),
      {});
  EXPECT_EQ(codes(hidden.findings), Codes{}) << "nothing is known to compare with";
  const auto us = trace_path(hops_of({"from mail.example.net (dsl.example.com [198.51.100.66]) by "
                                      "mx.example.net (Postfix) with ESMTP id A; Tue, 5 Mar "
                                      "2024 10:00:00 +0000"}),
                             {});
  EXPECT_EQ(codes(us.findings), Codes{"HELO_CLAIMS_US"});
  // Not so where the name is looked up too, or one sends by the provider that receives for us.
  const auto neighbour = trace_path(hops_of({"from mail.example.net (mail.example.net [198.51.100.66]) by "
                                             "mx.example.net (Postfix) with ESMTP id A; "
                                             "Tue, 5 Mar 2024 10:00:00 +0000"}),
                                    {});
  EXPECT_EQ(codes(neighbour.findings), Codes{});
  const auto pool =
      trace_path(hops_of({"from NAM12-DM6-obe.outbound.protection.outlook.com (40.95.20.1) by "
                          "AM0EUR02FT013.mail.protection.outlook.com (10.13.0.1) with Microsoft SMTP Server "
                          "id 15.20.1.1; Tue, 5 Mar 2024 10:00:01 +0000"}),
                 {});
  EXPECT_EQ(codes(pool.findings), Codes{"ORIGIN_WITHHELD"});
  const auto tenant =
      trace_path(hops_of({"from EUR05-DB8-obe.outbound.protection.outlook.com (40.107.20.1) by "
                          "AM0EUR02FT013.mail.protection.outlook.com (10.13.0.1) with Microsoft SMTP Server "
                          "id 15.20.1.1; Tue, 5 "
                          "Mar 2024 10:00:01 +0000"}),
                 {});
  EXPECT_EQ(codes(tenant.findings), Codes{"ORIGIN_WITHHELD"});
}

TEST(Path, TellsOfHopsThatSayNothing) {
  const auto path = trace_path(
      hops_of({kOurMx, "hello world", "(qmail 123 invoked by uid 89); 5 Mar 2024 09:00:00 -0000"}), {});
  EXPECT_EQ(path.broken_at, 1U);
  EXPECT_EQ(codes(path.findings), (Codes{"UNPARSEABLE_HOP", "BAD_DATE"}));
  EXPECT_EQ(codes(trace_path(hops_of({kOurMx, "hello world; Tue, 5 Mar 2024 09:00:00 +0000"}), {}).findings),
            Codes{"UNPARSEABLE_HOP"});
  EXPECT_EQ(
      codes(
          trace_path(
              hops_of({"from a.example (a.example [198.51.100.1]) by b.example.net (Postfix) with ESMTPS id "
                       "A; some day"}),
              {})
              .findings),
      Codes{"BAD_DATE"});
}

TEST(Path, SaysWhereTheMessageWentInClearBetweenPublicAddresses) {
  const auto hops = hops_of(
      {kOurMx,
       "from in.example.com (in.example.com [198.51.100.8]) by out.example.com (Postfix) with ESMTP id "
       "B; Tue, 5 Mar 2024 09:59:59 +0000",
       "from pc (pc.example.com [10.0.0.1]) by in.example.com (Postfix) with SMTP id C; Tue, 5 Mar 2024 "
       "09:59:58 +0000"});
  const auto path = trace_path(hops, {});
  ASSERT_EQ(codes(path.findings), Codes{"CLEARTEXT_HOP"});
  EXPECT_EQ(path.findings[0].hop, 1U);
  EXPECT_EQ(path.findings[0].detail,
            "out.example.com wrote that it took the message from 198.51.100.8 with ESMTP, the word for a "
            "connection without TLS");
  for (const std::string comment : {"(using TLS)", "(encrypted)", "(Google Transport Security)", "(SSL)"}) {
    const auto in =
        "from in.example.com (in.example.com [198.51.100.8]) by out.example.com (Postfix) with "
        "ESMTP " +
        comment + " id B; Tue, 5 Mar 2024 09:59:59 +0000";
    EXPECT_EQ(codes(trace_path(hops_of({kOurMx, in}), {}).findings), Codes{}) << comment;
  }
}

TEST(Path, SaysWhichTwoHopsAFindingCompares) {
  // Between the two that do not link stands one that is passed over.
  const auto path = trace_path(
      hops_of(
          {kOurMx,
           "from a (a [127.0.0.1]) by localhost (amavis) with ESMTPS id B; Tue, 5 Mar 2024 09:59:59 +0000",
           kMadeUp}),
      {});
  ASSERT_EQ(codes(path.findings), Codes{"CHAIN_BREAK"});
  EXPECT_EQ(path.findings[0].hop, 2U);
  EXPECT_EQ(path.findings[0].newer_hop, 0U);
}

TEST(Clocks, AreComparedBetweenHopsThatHaveThem) {
  const auto hop = [](std::string_view time) {
    return parse_received(
        "from a.example (a.example [198.51.100.1]) by b.example.net (Postfix) with ESMTPS id A; Tue, 5 Mar "
        "2024 " +
        std::string{time} + " +0000");
  };
  std::vector<Finding> findings;
  judge_clocks(std::vector{hop("10:00:00"), hop("nonsense"), hop("10:05:00")}, std::nullopt, findings);
  EXPECT_EQ(codes(findings), Codes{});  // 300 s are borne
  judge_clocks(std::vector{hop("10:00:00"), hop("nonsense"), hop("10:05:01")}, std::nullopt, findings);
  ASSERT_EQ(codes(findings), Codes{"TIME_REVERSED"});
  EXPECT_EQ(findings[0].hop, 2U);
  EXPECT_EQ(findings[0].newer_hop, 0U);
  findings.clear();
  judge_clocks(std::vector{hop("23:00:00"), hop("10:59:59")}, DateTime{hop("23:05:01").date->unix_seconds, 0},
               findings);
  EXPECT_EQ(codes(findings), (Codes{"DATE_IN_FUTURE", "LONG_DELAY"}));
}

TEST(Providers, AreReadWithoutALoss) {
  EXPECT_GE(providers().size(), 20U);
  for (const auto& provider : providers()) {
    EXPECT_FALSE(provider.names.empty()) << provider.name;
    if (provider.role == Provider::Role::internal) {
      EXPECT_FALSE(provider.networks.empty()) << provider.name;
    }
  }
}

}  // namespace
}  // namespace mailspoor::index
