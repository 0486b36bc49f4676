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
                                 std::nullopt, "198.51.100.10"}));
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

TEST(Path, TakesXOriginatingIpWhereNoHopHasThePeer) {
  const std::vector<std::string_view> fields{
      "from web.example.com (web.example.com [198.51.100.20]) by mx.example.net (Postfix) with ESMTPS id A; "
      "Tue, 5 Mar 2024 "
      "10:00:00 +0000"};
  const std::pair<std::string, std::string> field{"x-originating-ip", "203.0.113.9"};
  const auto with_hop = trace_path(hops_of({fields[0]}), {}, field);
  EXPECT_EQ(with_hop.origin.ip, "198.51.100.20");
  EXPECT_EQ(codes(with_hop.findings), Codes{"XOIP_MISMATCH"});
  const auto submitted = trace_path(
      hops_of({fields[0], "by web.example.com (Zimbra) with HTTP id B; Tue, 5 Mar 2024 09:59:59 +0000"}), {},
      field);
  EXPECT_EQ(submitted.origin.ip, "203.0.113.9");
  EXPECT_EQ(submitted.origin.evidence, "x-originating-ip");
  EXPECT_EQ(submitted.origin.trust, OriginTrust::claimed);
  EXPECT_EQ(submitted.origin.kind, OriginKind::client);
  // A private one says nothing.
  EXPECT_EQ(trace_path(hops_of({fields[0]}), {},
                       std::pair<std::string, std::string>{"x-originating-ip", "10.0.0.1"})
                .findings,
            std::vector<Finding>{});
}

TEST(Path, TellsWhatIsOddAtTheBoundary) {
  const auto path = trace_path(hops_of({"from [203.0.113.1] (dsl.example.com [198.51.100.66] (may be "
                                        "forged)) by mx.example.net (8.15.2/8.15.2) with "
                                        "ESMTP id A; Tue, 5 Mar 2024 10:00:00 +0000"}),
                               {});
  EXPECT_EQ(codes(path.findings), (Codes{"MAY_BE_FORGED", "HELO_LITERAL_MISMATCH"}));
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
  EXPECT_EQ(codes(path.findings), Codes{"UNPARSEABLE_HOP"});
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
