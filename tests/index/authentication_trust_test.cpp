#include "index/trace/authentication_trust.hpp"

#include <gtest/gtest.h>

#include "index/trace/authentication_reader.hpp"

namespace mailspoor::index {
namespace {

constexpr const char* kPath =
    "Received: from a by mx.example.org\r\n"                                        // 0
    "Authentication-Results: MX.example.org; spf=pass smtp.mailfrom=a.example\r\n"  // 1
    "Authentication-Results: mx.elsewhere.example; spf=pass\r\n"                    // 2
    "Received-SPF: pass (x) receiver=mx.example.org; client-ip=192.0.2.9\r\n"       // 3
    "Authentication-Results: spf=pass smtp.mailfrom=a.example\r\n"                  // 4
    "Received: from peer by gate.example.org\r\n"                                   // 5, the boundary
    "Authentication-Results: mx.example.org; dkim=pass header.d=bank.example\r\n"   // 6
    "Authentication-Results: dkim=pass header.d=bank.example\r\n"                   // 7
    "ARC-Authentication-Results: i=1; mx.example.org; spf=pass\r\n";

std::vector<Authentication> read(const std::string& octets) {
  return read_authentication(parse_header_section(octets).fields, "example.org").entries;
}

std::vector<std::size_t> positions(const std::string& octets, const ReceivingSide& side, Standing wanted) {
  const auto entries = read(octets);
  const auto all = standings(entries, side);
  std::vector<std::size_t> found;
  for (std::size_t index = 0; index < entries.size(); ++index) {
    const auto position = entries[index].position;
    if (all[index] == wanted && (found.empty() || found.back() != position)) found.push_back(position);
  }
  return found;
}

std::vector<std::size_t> trusted_positions(const ReceivingSide& side) {
  auto entries = read(kPath);
  judge_trust(entries, side);
  std::vector<std::size_t> found;
  for (const auto& entry : entries) {
    if (entry.is_trusted) found.push_back(entry.position);
  }
  return found;
}

TEST(TrustRule, TakesOurIdAboveTheBoundaryOnly) {
  EXPECT_EQ(trusted_positions({5, 9, {"mx.example.org"}, false, false}), (std::vector<std::size_t>{1, 3}));
  EXPECT_EQ(trusted_positions({5, 9, {"other.example", "mx.elsewhere.example"}, false, false}),
            (std::vector<std::size_t>{2}));
  EXPECT_EQ(trusted_positions({0, 5, {"mx.example.org"}, false, false}), std::vector<std::size_t>{});
}

TEST(TrustRule, TakesTheServersOfOurDomains) {
  EXPECT_EQ(trusted_positions({5, 9, {"example.org"}, false, false}), (std::vector<std::size_t>{1, 3}));
  EXPECT_EQ(trusted_positions({5, 9, {"x.example.org", "ample.org", ""}, false, false}),
            std::vector<std::size_t>{});
}

TEST(TrustRule, TakesNoIdWhereTheProviderWritesNone) {
  EXPECT_EQ(trusted_positions({5, 9, {}, true, false}), (std::vector<std::size_t>{4}));
  EXPECT_EQ(trusted_positions({5, 9, {}, false, false}), std::vector<std::size_t>{});
}

TEST(TrustRule, TakesNothingWithoutABoundary) {
  EXPECT_EQ(trusted_positions({std::nullopt, 0, {"mx.example.org"}, true, false}),
            std::vector<std::size_t>{});
}

TEST(TrustRule, TellsOurIdBelowTheBoundaryApart) {
  const ReceivingSide side{5, 9, {"mx.example.org"}, true, false};
  EXPECT_EQ(positions(kPath, side, Standing::below_boundary), (std::vector<std::size_t>{6}));
}

constexpr const char* kBeneath =
    "Received: from peer by mx.example.org\r\n"                                         // 0, the boundary
    "Authentication-Results: mx.example.org; dkim=none; dkim=fail\r\n"                  // 1
    "Authentication-Results: mx.example.org; spf=fail\r\n"                              // 2
    "Authentication-Results: mx.example.org; dkim=pass header.d=bank.example\r\n"       // 3
    "Received: from x by y\r\n"                                                         // 4
    "Authentication-Results: mx.example.org; dmarc=pass header.from=bank.example\r\n";  // 5

TEST(TrustRule, CannotTellWhoWroteBeneathTheBoundary) {
  const ReceivingSide side{0, 4, {"mx.example.org"}, false, false};
  EXPECT_EQ(positions(kBeneath, side, Standing::trusted), std::vector<std::size_t>{});
  EXPECT_EQ(positions(kBeneath, side, Standing::foreign), (std::vector<std::size_t>{1, 2, 3}));
  EXPECT_EQ(positions(kBeneath, side, Standing::below_boundary), std::vector<std::size_t>{5});
}

TEST(TrustRule, TakesTheFirstFieldWhereTheProviderWritesBeneath) {
  const ReceivingSide side{0, 4, {"mx.example.org"}, false, true};
  EXPECT_EQ(positions(kBeneath, side, Standing::trusted), std::vector<std::size_t>{1});
  EXPECT_EQ(positions(kBeneath, side, Standing::below_boundary), (std::vector<std::size_t>{2, 3, 5}));
}

TEST(TrustRule, TakesNothingBeneathWhereOurServerWroteAbove) {
  const auto octets = "Authentication-Results: mx.example.org; dkim=none\r\n" + std::string{kBeneath};
  for (const bool writes_beneath : {false, true}) {
    const ReceivingSide side{1, 5, {"mx.example.org"}, false, writes_beneath};
    EXPECT_EQ(positions(octets, side, Standing::trusted), std::vector<std::size_t>{0});
    EXPECT_EQ(positions(octets, side, Standing::below_boundary), (std::vector<std::size_t>{2, 3, 4, 6}));
  }
}

TEST(ForgedResults, AreFoundOnce) {
  const auto finding = forged_results(read(kPath), {5, 9, {"mx.example.org"}, true, false}, 1);
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->code, "FORGED_AUTHRES");
  EXPECT_EQ(finding->hop, 1U);
  EXPECT_NE(finding->detail.find("in the name of mx.example.org"), std::string::npos) << finding->detail;
}

TEST(ForgedResults, NeedOurIdInThatFieldBelowTheBoundary) {
  EXPECT_FALSE(forged_results(read(kPath), {5, 9, {"mx.elsewhere.example"}, true, false}, 1));
  EXPECT_FALSE(forged_results(read(kPath), {std::nullopt, 0, {"mx.example.org"}, true, false}, std::nullopt));
  EXPECT_FALSE(forged_results(read("Received: x\r\nReceived-SPF: pass (x) receiver=mx.example.org\r\n"),
                              {0, 5, {"mx.example.org"}, false, false}, 0));
}

// --- The receiving side ---

Hop hop_by(const char* host) {
  Hop hop;
  if (host != nullptr) hop.by = host;
  return hop;
}

struct Received {
  std::string octets = "Subject: x\r\nReceived: 0\r\nX-Received: y\r\nRECEIVED: 1\r\nReceived: 2\r\n";
  std::vector<HeaderField> fields = parse_header_section(octets).fields;
  std::vector<Hop> hops{hop_by("2001:db8::7"), hop_by("mx.example.org"), hop_by("out.example.net")};
};

TEST(ReceivingSideOfAMessage, HasTheHostsDownToTheBoundary) {
  const Received received;
  const auto side = receiving_side(received.hops, received.fields, 1, {});
  EXPECT_EQ(side.boundary, 3U);
  EXPECT_EQ(side.next_received, 4U);
  EXPECT_EQ(side.hosts, (std::vector<std::string>{"2001:db8::7", "mx.example.org"}));
  EXPECT_FALSE(side.writes_no_id);
}

TEST(ReceivingSideOfAMessage, HasTheReceiversThatWereTold) {
  const Received received;
  const auto side = receiving_side(received.hops, received.fields, 2, {"example.org"});
  EXPECT_EQ(side.boundary, 4U);
  EXPECT_EQ(side.next_received, 5U);
  EXPECT_EQ(side.hosts, std::vector<std::string>{"example.org"});
}

TEST(ReceivingSideOfAMessage, IsNobodyWithoutABoundary) {
  const Received received;
  const auto side = receiving_side(received.hops, received.fields, std::nullopt, {"example.org"});
  EXPECT_FALSE(side.boundary);
  EXPECT_TRUE(side.hosts.empty());
}

TEST(ReceivingSideOfAMessage, WritesBeneathAtGoogle) {
  Received received;
  EXPECT_FALSE(receiving_side(received.hops, received.fields, 1, {}).writes_beneath);
  received.hops[1].by = "mx.google.com";
  EXPECT_TRUE(receiving_side(received.hops, received.fields, 1, {}).writes_beneath);
}

TEST(ReceivingSideOfAMessage, WritesAnywhereAtProton) {
  Received received;
  received.hops[1].by = "mailin022.protonmail.ch";
  EXPECT_EQ(receiving_side(received.hops, received.fields, 1, {}).next_received, received.fields.size());
}

TEST(ReceivingSideOfAMessage, WritesNoIdAtMicrosoft) {
  Received received;
  received.hops[1].by = "BN8NAM12FT010.mail.protection.outlook.com";
  EXPECT_TRUE(receiving_side(received.hops, received.fields, 1, {}).writes_no_id);
  EXPECT_FALSE(receiving_side(received.hops, received.fields, 0, {}).writes_no_id);
  received.hops[1].by.reset();
  EXPECT_FALSE(receiving_side(received.hops, received.fields, 1, {}).writes_no_id);
}

}  // namespace
}  // namespace mailspoor::index
