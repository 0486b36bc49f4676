#include "index/trace/received.hpp"

#include <gtest/gtest.h>

#include "index/trace/ip_address.hpp"

namespace mailspoor::index {
namespace {

struct ReceivedCase {
  std::string_view name, field_body, from_ip, by, date;
};
class Received : public testing::TestWithParam<ReceivedCase> {};

TEST_P(Received, GivesPeerAddressServerAndDate) {
  const auto& test = GetParam();
  const auto hop = parse_received(test.field_body);
  EXPECT_EQ(hop.from_ip.value_or(""), test.from_ip);
  EXPECT_EQ(hop.by.value_or(""), test.by);
  EXPECT_EQ(hop.date ? to_rfc3339(hop.date->unix_seconds) : "", test.date);
  EXPECT_EQ(hop.raw, test.field_body);
}

INSTANTIATE_TEST_SUITE_P(
    Mtas, Received,
    testing::Values(
        ReceivedCase{"postfix",
                     " from out.example.net (out.example.net [203.0.113.5])\r\n\tby mx.example.org (Postfix) "
                     "with ESMTPS id 4T\r\n"
                     "\tfor <a@example.org>; Tue,  5 Mar 2024 10:00:02 +0100 (CET)",
                     "203.0.113.5", "mx.example.org", "2024-03-05T09:00:02Z"},
        ReceivedCase{"forged_greeting",
                     "from [198.51.100.1] ([192.0.2.7]) by mx.example; 5 Mar 2024 10:00:00 +0000",
                     "192.0.2.7", "mx.example", "2024-03-05T10:00:00Z"},
        ReceivedCase{"announced_address_is_no_peer",
                     "from 198.51.100.1 by mx.example; 5 Mar 2024 10:00:00 +0000", "", "mx.example",
                     "2024-03-05T10:00:00Z"},
        ReceivedCase{
            "ipv6",
            "from a.example (a.example [IPv6:2001:DB8:0::1]) by mx.example; 5 Mar 2024 10:00:00 +0000",
            "2001:db8::1", "mx.example", "2024-03-05T10:00:00Z"},
        ReceivedCase{
            "exim_port",
            "from a.example ([192.0.2.9]:51322 helo=b) by mx.example with esmtps (TLS1.3) (Exim 4.96); "
            "5 Mar 2024 10:00:00 +0000",
            "192.0.2.9", "mx.example", "2024-03-05T10:00:00Z"},
        ReceivedCase{"exim_literal_outside",
                     "from [192.0.2.9] (helo=b.example) by mx.example with smtp; 5 Mar 2024 10:00:00 +0000",
                     "192.0.2.9", "mx.example", "2024-03-05T10:00:00Z"},
        ReceivedCase{
            "qmail",
            "from unknown (HELO b.example) (192.0.2.9) by mx.example with SMTP; 5 Mar 2024 10:00:00 -0000",
            "192.0.2.9", "mx.example", "2024-03-05T10:00:00Z"},
        ReceivedCase{
            "exchange",
            "from A.EXAMPLE (2001:db8:1::5) by B.EXAMPLE\r\n (2001:db8:2::6) with Microsoft SMTP Server "
            "(version=TLS1_2) id 15.20.1; Tue, 5 Mar 2024 10:00:00 +0000",
            "2001:db8:1::5", "B.EXAMPLE", "2024-03-05T10:00:00Z"},
        ReceivedCase{
            "sendmail_ident",
            "from h.example (IDENT:u@r.example [192.0.2.9] (may be forged)) by mx.example (8.17/8.17); "
            "5 Mar 2024 10:00:00 GMT",
            "192.0.2.9", "mx.example", "2024-03-05T10:00:00Z"},
        ReceivedCase{
            "semicolon_in_comment",
            "from h (h [192.0.2.9]:25 \"EHLO a;b\") by mx.example id X (a;b); 5 Mar 2024 10:00:00 +0000",
            "192.0.2.9", "mx.example", "2024-03-05T10:00:00Z"},
        ReceivedCase{"local", "by mx.example (Postfix, from userid 1000) id X; 5 Mar 2024 10:00:00 +0000", "",
                     "mx.example", "2024-03-05T10:00:00Z"},
        ReceivedCase{"clause_words_in_comments_do_not_count",
                     "from h (by x from y [192.0.2.9]) by mx.example", "192.0.2.9", "mx.example", ""},
        ReceivedCase{"unclosed_comment", "from h (h [192.0.2.9] by mx.example; 5 Mar 2024 10:00:00 +0000",
                     "192.0.2.9", "", ""},
        ReceivedCase{"mapped_ipv4", "from h (h [::ffff:192.0.2.9]) by mx.example", "192.0.2.9", "mx.example",
                     ""},
        ReceivedCase{"nothing", "", "", "", ""}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(ReceivedText, MayBeHostileWithoutCost) {
  const std::string parentheses(100'000, '(');
  EXPECT_FALSE(parse_received("from x " + parentheses).from_ip);
  EXPECT_FALSE(parse_received("from x (" + std::string(100'000, '[') + ") by y").from_ip);
}

TEST(IpAddress, IsReadAsMailWritesItAndWrittenCanonically) {
  const auto canonical = [](std::string_view text) {
    const auto address = parse_ip_address(text);
    return address ? to_text(*address) : std::string{"none"};
  };
  EXPECT_EQ(canonical("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(canonical("IPv6:2001:DB8::0001"), "2001:db8::1");
  EXPECT_EQ(canonical("fe80::1%eth0"), "fe80::1");
  EXPECT_EQ(canonical("::ffff:192.0.2.1"), "192.0.2.1");
  for (const char* text : {"", "192.0.2", "192.0.2.256", "1.2.3.4.5", "example.org", ":::", "12"})
    EXPECT_EQ(canonical(text), "none") << text;
}

}  // namespace
}  // namespace mailspoor::index
