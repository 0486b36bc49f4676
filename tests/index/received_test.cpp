// Received fields that are odd, old, damaged or hostile. What each program writes stands in
// received_formats_test.cpp.
#include "index/trace/received.hpp"

#include <gtest/gtest.h>

#include "deliver/base/text.hpp"
#include "index/trace/ip_address.hpp"
#include "index/trace/ports.hpp"
#include "tests/index/hop_text.hpp"

namespace mailspoor::index {
namespace {

struct ReceivedCase {
  std::string_view name, field_body, fields;
};
class Received : public testing::TestWithParam<ReceivedCase> {};

TEST_P(Received, IsReadAsFarAsItGoes) {
  const auto hop = parse_received(GetParam().field_body);
  EXPECT_EQ(hop_text(hop), GetParam().fields);
}

std::string name_of(const testing::TestParamInfo<ReceivedCase>& test) { return std::string{test.param.name}; }

INSTANTIATE_TEST_SUITE_P(
    WhatIsAnnounced, Received,
    testing::Values(
        ReceivedCase{"literal_is_no_peer",
                     "from [198.51.100.1] ([192.0.2.7]) by mx.example; 5 Mar 2024 10:00:00 +0000",
                     "helo=[198.51.100.1] ip=192.0.2.7 by=mx.example date=2024-03-05T10:00:00Z"},
        ReceivedCase{"bare_address_is_no_peer", "from 198.51.100.1 by mx.example with ESMTP id 1",
                     "helo=198.51.100.1 by=mx.example with=ESMTP id=1"},
        ReceivedCase{"literal_of_an_unknown_server_is_no_peer",
                     "from [198.51.100.1] by mx.example with ESMTP id 1",
                     "helo=[198.51.100.1] by=mx.example with=ESMTP id=1"},
        ReceivedCase{"address_before_a_name_alone", "from 198.51.100.1 (a.example) by mx.example",
                     "helo=198.51.100.1 rdns=a.example by=mx.example"},
        ReceivedCase{"literal_in_exim_is_no_peer",
                     "from r.example ([192.0.2.7] helo=[198.51.100.1]) by mx.example with esmtp "
                     "(Exim 4.96)",
                     "helo=[198.51.100.1] rdns=r.example ip=192.0.2.7 by=mx.example with=esmtp mta=exim"},
        ReceivedCase{"literal_in_qmail_is_no_peer",
                     "from unknown (HELO [198.51.100.1]) (192.0.2.7) by mx.example with SMTP",
                     "helo=[198.51.100.1] ip=192.0.2.7 by=mx.example with=SMTP no-name"},
        ReceivedCase{"comment_in_the_name",
                     "from a([198.51.100.1]) (r.example [192.0.2.7]) by mx.example (Postfix)",
                     "helo=a rdns=r.example ip=192.0.2.7 by=mx.example mta=postfix"},
        ReceivedCase{"comment_in_the_name_of_exim",
                     "from [192.0.2.7] (helo=a)([198.51.100.1]) by mx.example with smtp (Exim 4.96)",
                     "helo=a ip=192.0.2.7 by=mx.example with=smtp mta=exim no-name"},
        ReceivedCase{"unclosed_comment_in_the_name",
                     "from a( (r.example [192.0.2.7]) by mx.example (Postfix) with SMTP id 1",
                     "helo=a rdns=r.example ip=192.0.2.7 by=mx.example with=SMTP id=1 mta=postfix"},
        ReceivedCase{"closed_comment_in_the_name",
                     "from a) (r.example [192.0.2.7]) by mx.example (Postfix) with SMTP id 1",
                     "helo=a) rdns=r.example ip=192.0.2.7 by=mx.example with=SMTP id=1 mta=postfix"},
        ReceivedCase{
            "quotation_mark_in_the_name",
            "from \" (r.example [192.0.2.7]) by mx.example with SMTP id 1 for <\"a b\"@example.org>",
            "helo=\" rdns=r.example ip=192.0.2.7 by=mx.example with=SMTP id=1 for='\"a b\"@example.org'"},
        ReceivedCase{"angle_bracket_in_the_name",
                     "from a< (r.example [192.0.2.7]) by mx.example with SMTP id <1@a>",
                     "helo=a< rdns=r.example ip=192.0.2.7 by=mx.example with=SMTP id=1@a"},
        ReceivedCase{"square_bracket_in_the_name", "from [a (r.example [192.0.2.7]) by mx.example with SMTP",
                     "helo=[a rdns=r.example ip=192.0.2.7 by=mx.example with=SMTP"},
        ReceivedCase{"semicolon_in_the_name",
                     "from a;b (r.example [192.0.2.7]) by mx.example; 5 Mar 2024 10:00:00 +0000",
                     "helo=a rdns=r.example ip=192.0.2.7 by=mx.example date=2024-03-05T10:00:00Z"},
        ReceivedCase{"clause_word_as_name", "from by (r.example [192.0.2.7]) by mx.example with SMTP",
                     "helo=by rdns=r.example ip=192.0.2.7 by=mx.example with=SMTP"},
        ReceivedCase{"mark_as_looked_up_name",
                     "from bank.example (squirrelmail [192.0.2.7]) by mx.example with SMTP",
                     "helo=bank.example rdns=squirrelmail ip=192.0.2.7 by=mx.example with=SMTP"},
        ReceivedCase{"mark_in_a_certificate",
                     "from bank.example (r.example [192.0.2.7]) (Client CN \"rhost-flags-OK\", Issuer \"x\") "
                     "by mx.example "
                     "(Postfix) with SMTP",
                     "helo=bank.example rdns=r.example ip=192.0.2.7 by=mx.example with=SMTP mta=postfix"},
        ReceivedCase{"session_word_as_looked_up_name", "from a.example (client [192.0.2.7]) by mx.example",
                     "helo=a.example rdns=client ip=192.0.2.7 by=mx.example"},
        ReceivedCase{"authenticated_as_looked_up_name",
                     "from a.example (authenticated.example [192.0.2.7]) by mx.example",
                     "helo=a.example rdns=authenticated.example ip=192.0.2.7 by=mx.example"},
        ReceivedCase{"address_as_looked_up_name", "from a.example (198.51.100.1 [192.0.2.7]) by mx.example",
                     "helo=a.example ip=192.0.2.7 by=mx.example"},
        ReceivedCase{"certificate_names_an_address",
                     "from a.example (r.example [192.0.2.7]) (Client CN \"[198.51.100.1]\", Issuer \"x\") by "
                     "mx.example",
                     "helo=a.example rdns=r.example ip=192.0.2.7 by=mx.example"},
        ReceivedCase{"id_that_looks_like_an_address",
                     "from a.example by mx.example with SMTP id 192.0.2.7; 5 Mar 2024 10:00:00 "
                     "+0000",
                     "helo=a.example by=mx.example with=SMTP id=192.0.2.7 date=2024-03-05T10:00:00Z"},
        ReceivedCase{"local_user", "from ada@localhost by mx.example; 5 Mar 2024 10:00:00 +0000",
                     "by=mx.example date=2024-03-05T10:00:00Z"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Addresses, Received,
    testing::Values(
        ReceivedCase{"ipv6", "from a (a.example [IPv6:2001:DB8:0::1]) by b",
                     "helo=a rdns=a.example ip=2001:db8::1 by=b"},
        ReceivedCase{"ipv6_without_tag", "from a ([2001:db8::1]) by b", "helo=a ip=2001:db8::1 by=b"},
        ReceivedCase{"ipv6_and_port", "from a ([IPv6:2001:db8::1]:25) by b",
                     "helo=a ip=2001:db8::1 port=25 by=b"},
        ReceivedCase{"mapped", "from a (a.example [::ffff:192.0.2.9]) by b",
                     "helo=a rdns=a.example ip=192.0.2.9 by=b"},
        ReceivedCase{"zone", "from a ([fe80::1%eth0]) by b ([fe80::2%4])",
                     "helo=a ip=fe80::1 by=b at=fe80::2"},
        ReceivedCase{"impossible", "from a (a.example [192.0.2.256]) by b", "helo=a by=b"},
        ReceivedCase{"port_in_brackets_of_old_courier", "from a (a.example [192.0.2.9.1025]) by b",
                     "helo=a by=b"},
        ReceivedCase{"port_too_large", "from a ([192.0.2.9]:70000) by b", "helo=a ip=192.0.2.9 by=b"},
        ReceivedCase{"port_zero", "from a ([192.0.2.9]:0) by b", "helo=a ip=192.0.2.9 by=b"},
        ReceivedCase{"bracketed_before_bare", "from a (192.0.2.1 [192.0.2.9]) by b",
                     "helo=a ip=192.0.2.9 by=b"},
        ReceivedCase{"trailing_dots", "from a. (a.example. [192.0.2.9]) by b.example.",
                     "helo=a rdns=a.example ip=192.0.2.9 "
                     "by=b.example"},
        ReceivedCase{"in_the_second_comment", "from a (a.example) (may be forged) ([192.0.2.9]) by b",
                     "helo=a rdns=a.example ip=192.0.2.9 by=b may-be-forged"},
        ReceivedCase{"no_name_recorded", "from a (no name recorded [192.0.2.9]) by b",
                     "helo=a ip=192.0.2.9 by=b no-name"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Clauses, Received,
    testing::Values(
        ReceivedCase{"nothing", "", ""}, ReceivedCase{"blanks", " \r\n\t ", ""},
        ReceivedCase{"words", "this is no trace field", ""},
        ReceivedCase{"by_first", "by b.example from a.example ([192.0.2.9]) with SMTP",
                     "helo=a.example ip=192.0.2.9 by=b.example with=SMTP"},
        ReceivedCase{"in_capitals",
                     "FROM a.example ([192.0.2.9]) BY b.example WITH SMTP ID x FOR <c@example.org>",
                     "helo=a.example ip=192.0.2.9 by=b.example with=SMTP id=x for=c@example.org"},
        ReceivedCase{"words_in_comments_do_not_count", "from h (by x from y [192.0.2.9]) by b.example",
                     "helo=h ip=192.0.2.9 by=b.example"},
        ReceivedCase{"words_in_quotes_do_not_count", "from h by b.example for <\"x by y\"@example.org>",
                     "helo=h by=b.example for='\"x by y\"@example.org'"},
        ReceivedCase{"id_that_ends_in_a_clause_word",
                     "from h by b.example with SMTP id 12-by; 5 Mar 2024 10:00:00 +0000",
                     "helo=h by=b.example with=SMTP id=12-by date=2024-03-05T10:00:00Z"},
        ReceivedCase{"first_by_and_first_with", "from h by b.example by c.example with SMTP with ESMTP",
                     "helo=h by=b.example with=SMTP"},
        ReceivedCase{"multiple_recipients",
                     "from h by b.example id x for <multiple recipients>; 5 Mar 2024 10:00:00 +0000",
                     "helo=h by=b.example id=x for='multiple recipients' date=2024-03-05T10:00:00Z"},
        ReceivedCase{"recipient_without_brackets",
                     "from h by b.example for c@example.org; 5 Mar 2024 10:00:00 +0000",
                     "helo=h by=b.example for=c@example.org date=2024-03-05T10:00:00Z"},
        ReceivedCase{"semicolon_in_a_recipient",
                     "from h by b.example for <rfc822;c@example.org>; 5 Mar 2024 10:00:00 +0000",
                     "helo=h by=b.example for=rfc822;c@example.org date=2024-03-05T10:00:00Z"},
        ReceivedCase{"parenthesis_in_an_id", "from h by b.example id <a(b@c>; 5 Mar 2024 10:00:00 +0000",
                     "helo=h by=b.example id=a(b@c date=2024-03-05T10:00:00Z"},
        ReceivedCase{"empty_clauses", "from by with id for ;", ""},
        ReceivedCase{"comment_against_a_word", "from a(a.example[192.0.2.9])by b.example(Postfix)with SMTP",
                     "helo=a rdns=a.example ip=192.0.2.9 by=b.example with=SMTP mta=postfix"},
        ReceivedCase{"quoted_pair_in_a_comment", "from a (a.example \\) [192.0.2.9]) by b.example",
                     "helo=a ip=192.0.2.9 by=b.example"},
        ReceivedCase{"unclosed_comment",
                     "from h (h.example [192.0.2.9] by b.example with SMTP; 5 Mar 2024 10:00:00 +0000",
                     "helo=h ip=192.0.2.9 by=b.example with=SMTP date=2024-03-05T10:00:00Z"},
        ReceivedCase{"comment_closed_twice", "from h (h.example [192.0.2.9])) by b.example",
                     "helo=h rdns=h.example ip=192.0.2.9 by=b.example"},
        ReceivedCase{"sender_with_colon", "from h by b.example (envelope-from: c@example.org)",
                     "helo=h by=b.example from=c@example.org"},
        ReceivedCase{"sender_with_sign", "from h by b.example (envelope-from=<c@example.org>)",
                     "helo=h by=b.example from=c@example.org"},
        ReceivedCase{"sender_in_front", "from <c@example.org> by b.example",
                     "by=b.example from=c@example.org"},
        ReceivedCase{"authenticated_as", "from h ([192.0.2.9]) (authenticated as ada) by b.example",
                     "helo=h ip=192.0.2.9 by=b.example user=ada"},
        ReceivedCase{"authenticated_user_key",
                     "from h ([192.0.2.9]) by b.example (authenticated user=ada mech=PLAIN)",
                     "helo=h ip=192.0.2.9 by=b.example user=ada"},
        ReceivedCase{"authenticated_nobody", "from h ([192.0.2.9]) (authenticated (0 bits)) by b.example",
                     "helo=h ip=192.0.2.9 by=b.example"},
        ReceivedCase{"not_authenticated", "from h ([192.0.2.9]) (not authenticated as ada) by b.example",
                     "helo=h ip=192.0.2.9 by=b.example"},
        ReceivedCase{"tls_word_is_a_protocol", "from h by b.example with TLS id x",
                     "helo=h by=b.example with=TLS id=x"},
        ReceivedCase{"unknown_tls_version", "from h (using TLSv9 with cipher X-Y (1/1 bits)) by b.example",
                     "helo=h by=b.example cipher=X-Y"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Dates, Received,
    testing::Values(ReceivedCase{"none", "from h by b.example", "helo=h by=b.example"},
                    ReceivedCase{"impossible", "from h by b.example; Sat, 31 Feb 2024 10:00:00 +0000",
                                 "helo=h by=b.example"},
                    ReceivedCase{"impossible_time", "from h by b.example; 5 Mar 2024 25:61:00 +0000",
                                 "helo=h by=b.example"},
                    ReceivedCase{"last_counts",
                                 "from h by b.example; 5 Mar 2024 10:00:00 +0000; 6 Mar 2024 10:00:00 +0000",
                                 "helo=h by=b.example date=2024-03-06T10:00:00Z"},
                    ReceivedCase{"semicolon_at_the_end", "from h by b.example; 5 Mar 2024 10:00:00 +0000;",
                                 "helo=h by=b.example date=2024-03-05T10:00:00Z"},
                    ReceivedCase{"without_blank", "from h by b.example id x;5 Mar 2024 10:00:00 +0000",
                                 "helo=h by=b.example id=x date=2024-03-05T10:00:00Z"},
                    ReceivedCase{"without_semicolon",
                                 "from h by b.example with SMTP Tue, 5 Mar 2024 10:00:00 +0000",
                                 "helo=h by=b.example with=SMTP date=2024-03-05T10:00:00Z"},
                    ReceivedCase{"in_a_comment_does_not_count",
                                 "from h by b.example (5 Mar 2024 10:00:00 +0000)", "helo=h by=b.example"},
                    ReceivedCase{"comment_inside",
                                 "from h by b.example; Tue (day; of week), 5 Mar (03) 2024 10:00:00 +0000",
                                 "helo=h by=b.example date=2024-03-05T10:00:00Z"},
                    ReceivedCase{"ctime", "from h by b.example; Tue Mar  5 10:00:00 2024",
                                 "helo=h by=b.example date=2024-03-05T10:00:00Z"}),
    name_of);

TEST(ReceivedText, KeepsNoControlCharactersAndNoBadUtf8) {
  constexpr char kOctets[] = "from a\0b\x1b[31m\xE2\x80\xAE (r\xFF.example [192.0.2.9]) by c\x7F";
  const auto hop = parse_received({kOctets, sizeof kOctets - 1});
  EXPECT_EQ(hop.from_helo, "a\uFFFDb\uFFFD[31m\uFFFD");
  EXPECT_EQ(hop.from_rdns, "r\uFFFD.example");
  EXPECT_EQ(hop.from_ip, "192.0.2.9");
  EXPECT_EQ(hop.by, "c\uFFFD");
}

TEST(ReceivedText, IsReadTheSameWithOtherFolds) {
  const std::string plain =
      "from h.example (r.example [192.0.2.9]) (using TLSv1.2 with cipher A-B (1/1 bits)) by b.example (Lotus "
      "Domino Release 8) "
      "with [XMail 1 ESMTP Server] id <x@y> for <multiple recipients>; Tue, 5 Mar 2024 10:00:00 +0000";
  std::string folded;
  for (const char c : plain) folded += c == ' ' ? std::string{"\r\n\t \n "} : std::string{c};
  EXPECT_EQ(hop_text(parse_received(folded)), hop_text(parse_received(plain)));
  EXPECT_EQ(parse_received(folded).from_rdns, "r.example");
}

TEST(ReceivedText, SaysWhatIsMalformed) {
  using Defects = std::vector<std::string>;
  EXPECT_EQ(parse_received("from a by b; 5 Mar 2024 10:00:00 +0000").defects, Defects{});
  EXPECT_EQ(parse_received("hello").defects, (Defects{"no readable date", "no clause"}));
  EXPECT_FALSE(parse_received("hello").has_clause);
  EXPECT_FALSE(parse_received("(qmail 1 invoked by uid 0); 5 Mar 2024 10:00:00 -0000").has_clause);
  EXPECT_EQ(parse_received("from a ( by b; 5 Mar 2024 10:00:00 +0000").defects,
            Defects{"a parenthesis without its partner"});
  EXPECT_EQ(parse_received("from a ) by b; 5 Mar 2024 10:00:00 +0000").defects,
            Defects{"a parenthesis without its partner"});
}

/// Around something long everything else is still read. Were it read in quadratic time, this would not end.
class LongReceived : public testing::TestWithParam<ReceivedCase> {};

TEST_P(LongReceived, IsReadInOnePass) {
  std::string long_part;
  while (long_part.size() < 1'000'000) long_part += GetParam().field_body;
  const auto hop = parse_received("from a (a.example [192.0.2.9]) by b.example " + long_part +
                                  "\r\n ; Tue, 5 Mar 2024 10:00:00 +0000");
  EXPECT_EQ(hop_text(hop).substr(0, GetParam().fields.size()), GetParam().fields);
}

INSTANTIATE_TEST_SUITE_P(
    Hostile, LongReceived,
    testing::Values(
        ReceivedCase{"blanks", " ",
                     "helo=a rdns=a.example ip=192.0.2.9 by=b.example date=2024-03-05T10:00:00Z"},
        ReceivedCase{"folds", "\r\n\t",
                     "helo=a rdns=a.example ip=192.0.2.9 by=b.example date=2024-03-05T10:00:00Z"},
        ReceivedCase{"words", "a ",
                     "helo=a rdns=a.example ip=192.0.2.9 by=b.example date=2024-03-05T10:00:00Z"},
        ReceivedCase{"semicolons", "; ",
                     "helo=a rdns=a.example ip=192.0.2.9 by=b.example date=2024-03-05T10:00:00Z"},
        ReceivedCase{"dates", ";5 Mar 2023 10:00:00 +0000",
                     "helo=a rdns=a.example ip=192.0.2.9 by=b.example "
                     "date=2024-03-05T10:00:00Z"},
        ReceivedCase{"day_names", "Tue, ",
                     "helo=a rdns=a.example ip=192.0.2.9 by=b.example date=2024-03-05T10:00:00Z"},
        ReceivedCase{"comments", "(c) ",
                     "helo=a rdns=a.example ip=192.0.2.9 by=b.example date=2024-03-05T10:00:00Z"},
        ReceivedCase{"opened_parentheses", "(",
                     "helo=a rdns=a.example ip=192.0.2.9 by=b.example date=2024-03-05T10:00:00Z"},
        ReceivedCase{"opened_parentheses_between_words", "a (",
                     "helo=a rdns=a.example ip=192.0.2.9 by=b.example "
                     "date=2024-03-05T10:00:00Z"},
        ReceivedCase{"closed_parentheses", " )",
                     "helo=a rdns=a.example ip=192.0.2.9 by=b.example date=2024-03-05T10:00:00Z"},
        ReceivedCase{"quotation_marks", "\"", "helo=a rdns=a.example ip=192.0.2.9 by=b.example"},
        ReceivedCase{"escaped_quotation_marks", "\\\"", "helo=a rdns=a.example ip=192.0.2.9 by=b.example"},
        ReceivedCase{"angle_brackets", "<", "helo=a rdns=a.example ip=192.0.2.9 by=b.example"},
        ReceivedCase{"quotes_in_angle_brackets", "<\"", "helo=a rdns=a.example ip=192.0.2.9 by=b.example"},
        ReceivedCase{"square_brackets", "[",
                     "helo=a rdns=a.example ip=192.0.2.9 by=b.example date=2024-03-05T10:00:00Z"},
        ReceivedCase{"at_signs", "@",
                     "helo=a rdns=a.example ip=192.0.2.9 by=b.example date=2024-03-05T10:00:00Z"},
        ReceivedCase{"from_clauses", "from [192.0.2.1] (x [192.0.2.2]) ",
                     "helo=a rdns=a.example ip=192.0.2.9 by=b.example "
                     "date=2024-03-05T10:00:00Z"}),
    name_of);

TEST(LongReceivedParts, DoNotHideTheRest) {
  EXPECT_EQ(hop_text(parse_received("from a" + std::string(10'000'000, ' ') + "by b.example")),
            "helo=a by=b.example");
  const std::string nested = std::string(10'000, '(') + "x" + std::string(10'000, ')');
  EXPECT_EQ(hop_text(parse_received("from a " + nested + " (r.example [192.0.2.9]) by b.example")),
            "helo=a rdns=r.example ip=192.0.2.9 by=b.example");
  EXPECT_EQ(hop_text(parse_received("from a (" + std::string(100'000, '[') + " [192.0.2.9]) by b.example")),
            "helo=a ip=192.0.2.9 by=b.example");
  const auto long_name =
      parse_received("from " + std::string(5'000'000, 'a') + " (r.example [192.0.2.9]) by b.example");
  EXPECT_EQ(long_name.from_helo, std::string(1'000, 'a'));
  EXPECT_EQ(long_name.from_ip, "192.0.2.9");
  EXPECT_EQ(long_name.defects.front(), "no readable date");
  EXPECT_EQ(long_name.defects.back(), "a value of more than 1,000 octets was cut");
}

TEST(Ports, AreStatedOfThePeerAndImpliedOfTheService) {
  using Side = Port::Side;
  using How = Port::How;
  const std::vector hops{parse_received("from a ([192.0.2.9]:4711) by b with ESMTPSA"),
                         parse_received("from a ([192.0.2.9]) by b (amavis, port 10024) with esmtp"),
                         parse_received("from [192.0.2.9] by web with HTTP"),
                         parse_received("from [192.0.2.9] by web via HTTP"),
                         parse_received("from a by b via TCP"),
                         parse_received("from a by b")};
  EXPECT_EQ(ports_of(hops), (std::vector<Port>{{0, Side::peer, 4711, How::stated},
                                               {0, Side::service, 587, How::implied},
                                               {0, Side::service, 465, How::implied},
                                               {1, Side::service, 25, How::implied},
                                               {2, Side::service, 443, How::implied},
                                               {3, Side::service, 443, How::implied}}));
}

TEST(Ports, AreImpliedByTheProtocol) {
  struct Implied {
    std::string_view with;
    std::vector<std::uint16_t> ports;
  };
  const std::vector<Implied> all{{"SMTP", {25}},       {"ESMTP", {25}},         {"ESMTPS", {25}},
                                 {"UTF8SMTP", {25}},   {"UTF8SMTPS", {25}},     {"ESMTPA", {587}},
                                 {"UTF8SMTPA", {587}}, {"ESMTPSA", {587, 465}}, {"UTF8SMTPSA", {587, 465}},
                                 {"LMTP", {24}},       {"LMTPSA", {24}},        {"UTF8LMTPS", {24}},
                                 {"HTTP", {443}},      {"HTTPREST", {443}},     {"POP3", {110}},
                                 {"POP3-SSL", {995}},  {"IMAP", {143}},         {"IMAP4-SSL", {993}},
                                 {"mapi", {}},         {"local", {}},           {"Microsoft SMTP Server", {}},
                                 {"local-esmtp", {}},  {"SMTPS", {}},           {"", {}}};
  for (const auto& [with, ports] : all) {
    const auto implied = implied_ports(with);
    EXPECT_EQ((std::vector<std::uint16_t>{implied.begin(), implied.end()}), ports) << with;
  }
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
