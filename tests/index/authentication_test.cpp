#include <gtest/gtest.h>

#include "index/trace/authentication_reader.hpp"

namespace mailspoor::index {
namespace {

std::vector<Authentication> read(const std::string& octets, std::string_view author = "example.org") {
  return read_authentication(parse_header_section(octets).fields, author).entries;
}

TEST(AuthorDomain, IsThatOfAllAddressesOrNone) {
  EXPECT_EQ(author_domain({{"", "a@Example.org"}}), "example.org");
  EXPECT_EQ(author_domain({{"", "a@example.org"}, {"", "b@EXAMPLE.org"}}), "example.org");
  EXPECT_EQ(author_domain({{"", "a@example.org"}, {"", "b@example.net"}}), "");
  EXPECT_EQ(author_domain({{"only a name", ""}}), "");
  EXPECT_EQ(author_domain({}), "");
}

TEST(AuthenticationEntries, SayMethodResultDomainSelectorAndSource) {
  const auto entries = read(
      "Authentication-Results: mx.example.net;\r\n\tdkim=pass header.d=News.Example.org "
      "header.s=s1;\r\n\tspf=softfail "
      "(sender IP is 192.0.2.9) smtp.mailfrom=bounce@other.example;\r\n\tdmarc=pass "
      "header.from=example.org\r\n"
      "Received-SPF: pass (x) client-ip=192.0.2.9; envelope-from=\"a@example.org\"; helo=h.example; "
      "receiver=mx.example.net\r\n");
  ASSERT_EQ(entries.size(), 4U);
  EXPECT_EQ(entries[0].method, "dkim");
  EXPECT_EQ(entries[0].result, "pass");
  EXPECT_EQ(entries[0].domain, "news.example.org");
  EXPECT_EQ(entries[0].selector, "s1");
  EXPECT_EQ(entries[0].source, "Authentication-Results: mx.example.net");
  EXPECT_EQ(entries[0].alignment, Alignment::relaxed);
  EXPECT_FALSE(entries[0].is_trusted);
  EXPECT_EQ(entries[1].result, "softfail");
  EXPECT_EQ(entries[1].domain, "other.example");
  EXPECT_EQ(entries[1].ip, "192.0.2.9");
  EXPECT_EQ(entries[1].alignment, Alignment::none);
  EXPECT_EQ(entries[2].domain, "example.org");
  EXPECT_FALSE(entries[2].alignment);
  EXPECT_EQ(entries[3].source, "Received-SPF: mx.example.net");
  EXPECT_EQ(entries[3].domain, "example.org");
  EXPECT_EQ(entries[3].helo, "h.example");
  EXPECT_EQ(entries[3].ip, "192.0.2.9");
  EXPECT_EQ(entries[3].alignment, Alignment::strict);
  EXPECT_EQ(entries[3].position, 1U);
}

TEST(AuthenticationEntries, TakeTheDomainThatAMethodNames) {
  const struct {
    std::string_view result, domain;
  } cases[] = {{"dkim=pass header.i=@a.example", "a.example"},
               {"dkim=pass header.i=user@b.example header.d=c.example", "c.example"},
               {"spf=pass smtp.mail=x@d.example", "d.example"},
               {"spf=none smtp.mailfrom=\"\" smtp.helo=h.example", "h.example"},
               {"dmarc=fail header.from=e.example", "e.example"},
               {"dkim=none (message not signed) header.d=none", "unknown"},
               {"iprev=pass policy.iprev=192.0.2.1", "unknown"},
               {"auth=pass smtp.auth=user@f.example", "unknown"}};
  for (const auto& test : cases) {
    const auto entries = read("Authentication-Results: mx; " + std::string{test.result} + "\r\n");
    ASSERT_EQ(entries.size(), 1U) << test.result;
    EXPECT_EQ(entries[0].domain.value_or("unknown"), test.domain) << test.result;
  }
}

TEST(AuthenticationEntries, TakeNoNameInHeloForTheDomainThatSpfAsked) {
  const auto domain = [](const std::string& body) {
    return read("Received-SPF: " + body + "\n").at(0).domain.value_or("?");
  };
  EXPECT_EQ(domain("pass (mx.example: domain of c.example designates 192.0.2.9) helo=b.example"),
            "c.example");
  EXPECT_EQ(domain("pass client-ip=192.0.2.9; helo=b.example"), "?");
  EXPECT_EQ(domain("pass identity=mailfrom; helo=b.example; envelope-from=a@c.example"), "c.example");
  EXPECT_EQ(domain("pass identity=helo; helo=b.example; envelope-from=a@c.example"), "b.example");
  EXPECT_EQ(domain("pass helo=b.example; envelope-from=<>"), "b.example");  // RFC 7208 §2.4
}

TEST(AuthenticationEntries, HaveNoAlignmentWithoutOneAuthorDomain) {
  const auto entries = read("Authentication-Results: mx; dkim=pass header.d=a.example\r\n", "");
  EXPECT_FALSE(entries.at(0).alignment);
}

TEST(AuthenticationEntries, SayWhatASignatureCovers) {
  const auto entries = read(
      "DKIM-Signature: v=1; a=rsa-sha1; c=relaxed; d=example.org; s=s1; i=@mail.example.org; t=1700000000; "
      "x=1700600000;\r\n"
      " l=120; h=from:subject:date:message-id; bh=AAAA; b=AAAA\r\nFrom: a@example.org\r\nTo: "
      "b@example.net\r\n"
      "Subject: one\r\nSubject: two\r\nDate: x\r\n");
  ASSERT_EQ(entries.size(), 1U);
  const auto& entry = entries[0];
  EXPECT_EQ(entry.source, "DKIM-Signature");
  EXPECT_FALSE(entry.result);
  EXPECT_FALSE(entry.is_trusted);
  ASSERT_TRUE(entry.signature);
  EXPECT_EQ(entry.signature->algorithm, "rsa-sha1");
  EXPECT_EQ(entry.signature->canonicalization, "relaxed/simple");
  EXPECT_EQ(entry.signature->identity, "@mail.example.org");
  EXPECT_EQ(entry.signature->timestamp, 1'700'000'000);
  EXPECT_EQ(entry.signature->expiration, 1'700'600'000);
  EXPECT_EQ(entry.signature->body_length, 120U);
  EXPECT_TRUE(entry.signature->has_body_hash);
  EXPECT_EQ(entry.signature->signed_fields, (std::vector<std::string>{"From", "Date"}));
  EXPECT_EQ(entry.signature->unsigned_fields, (std::vector<std::string>{"To", "Subject"}));
  EXPECT_EQ(entry.signature->weaknesses, std::vector<std::string>{"rsa-sha1"});
}

TEST(AuthenticationEntries, LeaveWordOfWhatCouldNotBeRead) {
  const std::string octets =
      "Authentication-Results: mx; dkim=pass (no end\r\nARC-Seal: a=x\r\nARC-Seal: a=y\r\n";
  EXPECT_EQ(read_authentication(parse_header_section(octets).fields, "").defects,
            (std::vector<std::string>{"Authentication-Results: a comment or quoted string is never closed",
                                      "ARC: an ARC-Seal field without a readable instance"}));
}

TEST(AuthenticationEntries, AreCapped) {
  std::string octets;
  for (int count = 0; count < 1000; ++count) octets += "Authentication-Results: mx; a=b; c=d\r\n";
  const auto section = read_authentication(parse_header_section(octets).fields, "");
  EXPECT_EQ(section.entries.size(), kMaxAuthentications);
  EXPECT_EQ(section.defects,
            std::vector<std::string>{"more than 500 results of authentication: the rest was not read"});
}

}  // namespace
}  // namespace mailspoor::index
