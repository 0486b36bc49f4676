// What the header section says of the sender besides names and path.
#include "index/trace/sender_facts.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "deliver/base/text.hpp"
#include "index/trace/sender.hpp"

namespace mailspoor::index {
namespace {

SenderFacts facts_of(const std::string& section, const MessageSummary& summary = {}) {
  std::vector<std::string> defects;
  return sender_facts(parse_header_section(section).fields, summary, defects);
}

std::string codes_of(const MessageSummary& summary) {
  std::string codes;
  for (const auto& finding : sender_findings(facts_of("", summary)))
    codes += (codes.empty() ? "" : " ") + finding.code;
  return codes;
}

TEST(SenderFacts, KnowTheRegistrableDomains) {
  MessageSummary summary;
  summary.message_id = "1@Mail.Example.ORG";
  summary.from = {
      {"", "a@mail.example.co.uk"}, {"", "b@example.co.uk"}, {"", "c@example.net"}, {"", "broken"}};
  summary.sender = Address{"", "list@lists.example.org"};
  summary.reply_to = {{"", "d@[192.0.2.7]"}, {"", "e@www.example.com"}};
  summary.return_path = "bounce@mx.example.net";
  const auto facts = facts_of("", summary);
  EXPECT_EQ(facts.from_domains, (std::vector<std::string>{"example.co.uk", "example.net"}));
  EXPECT_EQ(facts.sender_domain, "example.org");
  EXPECT_EQ(facts.reply_to_domains, (std::vector<std::string>{"example.com"}));
  EXPECT_EQ(facts.return_path_domain, "example.net");
  EXPECT_EQ(facts.message_id_host, "mail.example.org");
}

TEST(SenderFacts, KnowNothingOfAnEmptyMessage) { EXPECT_EQ(facts_of(""), SenderFacts{}); }

TEST(SenderFacts, SayWhatAFieldTells) {
  const auto facts = facts_of(
      "Subject: no fact\r\n"
      "x-php-originating-script: 1000:mailer.php\r\n"
      "X-AntiAbuse: This header was added to track abuse\r\n"
      "X-AntiAbuse: Primary Hostname -\r\n web1.example.net\r\n"
      "List-Id: =?utf-8?q?B=C3=BCcher?= <books.lists.example.org>\r\n"
      "Precedence:\r\n");
  ASSERT_EQ(facts.fields.size(), 4U);
  EXPECT_EQ(facts.fields[0].name, "X-PHP-Originating-Script");
  EXPECT_EQ(facts.fields[0].value, "1000:mailer.php");
  EXPECT_EQ(facts.fields[0].tells, "script on a web server that sent it");
  EXPECT_EQ(facts.fields[2].value, "Primary Hostname - web1.example.net");
  EXPECT_EQ(facts.fields[3].value, "Bücher <books.lists.example.org>");
  EXPECT_EQ(facts.list_id, "books.lists.example.org");
}

TEST(SenderFacts, TakeOfMicrosoftsReportWhatTellsOfThePeer) {
  const auto facts = facts_of(
      "X-Forefront-Antispam-Report:\r\n "
      "CIP:203.0.113.7;CTRY:DE;LANG:de;SCL:5;SRV:;IPV:NLI;SFV:SPM;H:mail.example.org;"
      "PTR:mail.example.org;CAT:SPM;\r\n");
  ASSERT_EQ(facts.fields.size(), 1U);
  EXPECT_EQ(facts.fields[0].value, "CIP:203.0.113.7;CTRY:DE;LANG:de;H:mail.example.org;PTR:mail.example.org");
}

TEST(SenderFacts, AreBounded) {
  std::string section = "Feedback-ID: a" + std::string(2'000, '\xC3') + "\r\nX-Mailer: ";
  for (int count = 0; count < 600; ++count) section += "é";
  section += "\r\n";
  for (int count = 0; count < 5'000; ++count) section += "X-AntiAbuse: x\r\n";
  const auto facts = facts_of(section);
  EXPECT_EQ(facts.fields.size(), 200U);
  for (const auto& fact : facts.fields) {
    EXPECT_LE(fact.value.size(), 1'000U);
    EXPECT_TRUE(base::is_utf8(fact.value));
  }
}

struct IpCase {
  std::string_view name, section, found;
};
class OriginatingIpField : public testing::TestWithParam<IpCase> {};

TEST_P(OriginatingIpField, GivesThePublicAddress) {
  const auto section = parse_header_section(GetParam().section);
  const auto found = client_addresses(section.fields);
  EXPECT_EQ(!found.empty() ? found.front().field + ' ' + found.front().ip : "", GetParam().found);
}

INSTANTIATE_TEST_SUITE_P(
    Table, OriginatingIpField,
    testing::Values(
        IpCase{"bracketed", "X-Originating-IP: [203.0.113.7]\r\n", "x-originating-ip 203.0.113.7"},
        IpCase{"bare", "x-originating-ip: 203.0.113.7\r\n", "x-originating-ip 203.0.113.7"},
        IpCase{"with_a_port", "X-Originating-IP: 203.0.113.7:51322\r\n", "x-originating-ip 203.0.113.7"},
        IpCase{"ipv6", "X-Originating-IP: [2001:DB8:0:0::7]\r\n", "x-originating-ip 2001:db8::7"},
        IpCase{"ipv6_and_port", "X-Originating-IP: [2001:db8::7]:51322\r\n", "x-originating-ip 2001:db8::7"},
        IpCase{"mapped", "X-Originating-IP: ::ffff:203.0.113.7\r\n", "x-originating-ip 203.0.113.7"},
        IpCase{"folded", "X-Originating-IP:\r\n\t[203.0.113.7]\r\n", "x-originating-ip 203.0.113.7"},
        IpCase{"first_public_of_a_list", "X-Originating-IP: 10.1.2.3, 203.0.113.7, 198.51.100.1\r\n",
               "x-originating-ip 203.0.113.7"},
        IpCase{"second_field", "X-Originating-IP: [192.168.0.1]\r\nX-Originating-IP: [203.0.113.7]\r\n",
               "x-originating-ip 203.0.113.7"},
        IpCase{"better_known_field_first",
               "X-Web-Client-IP: 198.51.100.1\r\nX-Originating-IP: 203.0.113.7\r\n",
               "x-originating-ip 203.0.113.7"},
        IpCase{"other_field_if_the_first_is_private",
               "X-Originating-IP: 10.0.0.1\r\nX-Sender-IP: 203.0.113.7\r\n", "x-sender-ip 203.0.113.7"},
        IpCase{"private", "X-Originating-IP: 172.16.0.1\r\nX-Sender-IP: 100.64.0.1\r\n", ""},
        IpCase{"loopback_and_link_local", "X-Originating-IP: 127.0.0.1, 169.254.1.1, ::1, fe80::1\r\n", ""},
        IpCase{"unique_local", "X-Originating-IP: fd00::7\r\n", ""},
        IpCase{"no_address", "X-Originating-IP: unknown\r\n", ""},
        IpCase{"version_number", "X-Originating-IP: 15.1.225.42.7\r\n", ""},
        IpCase{"of_the_peer_at_a_receiver", "X-MDRemoteIP: 203.0.113.7\r\n", ""},
        IpCase{"of_filters_that_mean_the_peer",
               "X-Remote-IP: 203.0.113.7\r\nX-RemoteIP: 203.0.113.7\r\nX-Client-IP: 203.0.113.7\r\n"
               "X-SenderIP: 203.0.113.7\r\n",
               ""},
        IpCase{"none", "", ""}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(ClientAddresses, KnowWhereTheyStand) {
  const auto section = parse_header_section(
      "Received: by b\r\nX-Sender-IP: 203.0.113.7\r\nReceived: by a\r\nX-Originating-IP: 203.0.113.9\r\n");
  const auto found = client_addresses(section.fields);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].ip, "203.0.113.9");
  EXPECT_EQ(found[0].position, 3U);
  EXPECT_EQ(found[0].hops_above, 2U);
  EXPECT_EQ(found[1].ip, "203.0.113.7");
  EXPECT_EQ(found[1].position, 1U);
  EXPECT_EQ(found[1].hops_above, 1U);
}

TEST(SenderFindings, SayThatAnswersGoElsewhere) {
  MessageSummary summary;
  summary.from = {{"", "a@mail.example.org"}};
  EXPECT_EQ(codes_of(summary), "");
  summary.reply_to = {{"", "b@www.example.org"}};
  EXPECT_EQ(codes_of(summary), "") << "the same registrable domain";
  summary.reply_to = {{"", "b@example.net"}};
  EXPECT_EQ(codes_of(summary), "REPLYTO_MISMATCH");
  summary.reply_to.push_back({"", "a@example.org"});
  EXPECT_EQ(codes_of(summary), "") << "one of several is the author's";
  summary.reply_to = {{"nobody", ""}};
  EXPECT_EQ(codes_of(summary), "") << "no domain to compare";
  summary.from = {};
  summary.reply_to = {{"", "b@example.net"}};
  EXPECT_EQ(codes_of(summary), "");
}

/// The codes of the findings of a message whose header section is that.
std::string codes_in(const std::string& section) {
  MessageObject message;
  message.header_section = section;
  read_sender(parse_header_section(message.header_section).fields, message);
  std::string codes;
  for (const auto& finding : message.findings) codes += (codes.empty() ? "" : " ") + finding.code;
  return codes;
}

TEST(SenderFindings, SayThatThereIsNoMessageId) {
  EXPECT_EQ(codes_in("Subject: x\r\n"), "NO_MESSAGE_ID");
  EXPECT_EQ(codes_in("Subject: " + std::string(1U << 20U, 'x')), "") << "it may stand behind the cut";
}

TEST(SenderFindings, SayThatThereAreSeveralFromFields) {
  const std::string from = "From: a@example.org\r\n";
  EXPECT_EQ(codes_in(from), "NO_MESSAGE_ID");
  EXPECT_EQ(codes_in(from + "FROM: b@example.org\r\n"), "NO_MESSAGE_ID MULTIPLE_FROM");
}

TEST(SenderFacts, SayThatTheyAreCutButFindTheList) {
  std::string section;
  for (int count = 0; count < 201; ++count) section += "Precedence: bulk\r\n";
  section += "List-Id: <books.lists.example.org>\r\n";
  std::vector<std::string> defects;
  const auto facts = sender_facts(parse_header_section(section).fields, {}, defects);
  EXPECT_EQ(facts.fields.size(), 200U);
  EXPECT_EQ(facts.list_id, "books.lists.example.org");
  EXPECT_EQ(defects.size(), 1U);
}

}  // namespace
}  // namespace mailspoor::index
