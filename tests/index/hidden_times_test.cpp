// Times that programs leave in Message-IDs, boundaries and fields of their own. The values were worked out
// from the moment 2024-03-05 10:07:03.250 UTC (1709633223 seconds since 1970) and its like by the definition
// of each form, except where a comment names a published one.
#include "index/trace/hidden_times.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "index/trace/shape.hpp"

namespace mailspoor::index {
namespace {

/// `source=time/unit` of each, a blank between them.
std::string times_of(MessageObject& message) {
  const auto section = parse_header_section(message.header_section);
  std::string text;
  for (const auto& time : hidden_times(section.fields, message, message.defects)) {
    if (!text.empty()) text += ' ';
    text += std::string{time.source} + '=' + to_text(time) + '/' + std::string{to_text(time.unit)};
  }
  return text;
}

MessageObject with_message_id(std::string_view id) {
  MessageObject message;
  message.summary.message_id = std::string{id};
  message.header_section = "Subject: x\r\nMessage-ID: <" + std::string{id} + ">\r\n";
  return message;
}

struct TimeCase {
  std::string_view name, value, time;
};
std::string name_of(const testing::TestParamInfo<TimeCase>& test) { return std::string{test.param.name}; }

class MessageIdTime : public testing::TestWithParam<TimeCase> {};

TEST_P(MessageIdTime, IsRead) {
  auto message = with_message_id(GetParam().value);
  const auto wanted = GetParam().time.empty() ? "" : "message-id=" + std::string{GetParam().time};
  EXPECT_EQ(times_of(message), wanted);
}

INSTANTIATE_TEST_SUITE_P(
    Programs, MessageIdTime,
    testing::Values(
        TimeCase{"outlook", "000001da6ee4$deeca320$9cc5e960$@example.org",
                 "2024-03-05T10:07:03.250000Z/microsecond"},
        TimeCase{"outlook_express", "000701c1c42d$7f377d80$0100a8c0@pc",
                 "2002-03-05T10:07:03.000000Z/microsecond"},
        TimeCase{"uuid_1", "1d2f6320-dad8-11ee-a506-0242ac120002@example.org",
                 "2024-03-05T10:07:03.250000Z/microsecond"},
        TimeCase{"uuid_1_and_more", "1D2F6320-DAD8-11EE-A506-0242AC120002.7@example.org",
                 "2024-03-05T10:07:03.250000Z/microsecond"},
        TimeCase{"uuid_4", "1d2f6320-dad8-41ee-a506-0242ac120002@example.org", ""},
        TimeCase{"uuid_7", "018e0e14-ba52-7cde-8f01-0242ac120002@example.org",
                 "2024-03-05T10:07:03.250Z/millisecond"},
        TimeCase{"pine", "Pine.LNX.4.44.0203051007030.1234-100000@shell.example",
                 "2002-03-05T10:07:03/second"},
        TimeCase{"pine_of_a_distribution", "Pine.LNX.4.44L.0203051007030.1234-100000@shell.example",
                 "2002-03-05T10:07:03/second"},
        TimeCase{"pine_3_counts_years_from_1900", "Pine.SUN.3.96.1020305100703.29929B-100000@shell.example",
                 "2002-03-05T10:07:03/second"},
        TimeCase{"pine_3_before_2000", "Pine.SUN.3.96.980305100703.29929B-100000@shell.example",
                 "1998-03-05T10:07:03/second"},
        TimeCase{"pine_3_of_solaris", "Pine.GSO.3.95.iB1.0.1020305100703.21617A-100000@shell.example",
                 "2002-03-05T10:07:03/second"},
        TimeCase{"vm", "15492.39111.157228.229200@pc.example", "2002-03-05T10:07:03Z/second"},
        TimeCase{"eudora", "5.1.0.14.2.20020305100703.00a1b2c0@pop.example", "2002-03-05T10:07:03/second"},
        TimeCase{"alpine", "alpine.DEB.2.22.394.2403051007030.1234@shell.example",
                 "2024-03-05T10:07:03/second"},
        TimeCase{"alpine_of_old", "alpine.OSX.1.00.0803051007030.1234@shell.example",
                 "2008-03-05T10:07:03/second"},
        TimeCase{"exim", "E1rhRhP-0001Ab-2C@mx.example", "2024-03-05T10:07:03Z/second"},
        TimeCase{"exim_4_97", "E1rhRhP-00000000AbC-1dEf@mx.example", "2024-03-05T10:07:03Z/second"},
        TimeCase{"qmail", "20020305100703.12345.qmail@web.example", "2002-03-05T10:07:03Z/second"},
        TimeCase{"mutt", "20020305100703.GA1234@shell.example", "2002-03-05T10:07:03Z/second"},
        TimeCase{"mutt_2", "ZebuxwgJCgsMDQ4P@shell.example", "2024-03-05T10:07:03Z/second"},
        TimeCase{"postfix", "20240305100703.1A2B3C4D5E@mx.example", "2024-03-05T10:07:03Z/second"},
        TimeCase{"sendmail", "200203051007.g25A73x12345@mx.example", "2002-03-05T10:07:00Z/minute"},
        TimeCase{"kmail", "200203051007.03456.alice@example.org", "2002-03-05T10:07:03/second"},
        TimeCase{"the_bat", "1312345678.20020305100703@example.org", "2002-03-05T10:07:03/second"},
        TimeCase{"java_mail", "123456.7.1709633223250.JavaMail.app@host",
                 "2024-03-05T10:07:03.250Z/millisecond"},
        TimeCase{"java_mail_negative", "-12345678.1.1709633223250.JavaMail.root@host",
                 "2024-03-05T10:07:03.250Z/millisecond"},
        TimeCase{"yahoo", "1234567890.234567.1709633223250@mail.yahoo.com",
                 "2024-03-05T10:07:03.250Z/millisecond"},
        TimeCase{"python", "170963322325.1234.5678901234567890123@host",
                 "2024-03-05T10:07:03.250Z/millisecond"},
        TimeCase{"notes", "OF1A2B3C4D.5E6F7081-ON85258AD7.003793D5-85258AD7.003793E0@example.com",
                 "2024-03-05T10:07:03.250Z/millisecond"},
        TimeCase{"notes_short", "OF1A2B3C4D.5E6F7081-ONC1258AD7.003793D5@example.com",
                 "2024-03-05T10:07:03.250Z/millisecond"},
        TimeCase{"mozilla", "3C8498C7.1020708@example.org", "2002-03-05T10:07:03Z/second"},
        TimeCase{"netscape", "3C8498C7.5B8A1B2C@example.org", "2002-03-05T10:07:03Z/second"},
        TimeCase{"amazon", "0100018e0e14ba52-1a2b3c4d-5e6f-7081-92a3-b4c5d6e7f809-000000@email.amazonses.com",
                 "2024-03-05T10:07:03.250Z/millisecond"},
        TimeCase{"some_script", "shop-20240305100703-4711@example.org", "2024-03-05T10:07:03/second"},
        TimeCase{"some_script_with_milliseconds", "20240305100703250.4711@example.org",
                 "2024-03-05T10:07:03.250/millisecond"},
        TimeCase{"seconds_somewhere", "a.1709633223.b@example.org", "2024-03-05T10:07:03Z/second"},
        TimeCase{"microseconds_somewhere", "a-1709633223250123-b@example.org",
                 "2024-03-05T10:07:03.250123Z/microsecond"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    NoTimes, MessageIdTime,
    testing::Values(TimeCase{"gmail", "CAF1a2B3c=x-Y4z+5aBcDeFgHiJkLmNoPqRsTuVw@mail.gmail.com", ""},
                    TimeCase{"month_13", "20241305100703.4711@example.org", ""},
                    TimeCase{"february_30", "20240230100703.4711@example.org", ""},
                    TimeCase{"hour_25", "20240305250703.4711@example.org", ""},
                    TimeCase{"before_1990", "19890305100703.4711@example.org", ""},
                    TimeCase{"after_2100", "21010305100703.4711@example.org", ""},
                    TimeCase{"windows_time_too_early", "0000019a6ee4$deeca320$9cc5e960$@example.org", ""},
                    TimeCase{"number_too_long", "17096332232501234567890@example.org", ""},
                    TimeCase{"number_in_the_host", "x@1709633223.example.org", ""},
                    TimeCase{"huge_uuid", "ffffffff-ffff-1fff-ffff-ffffffffffff@example.org", ""},
                    TimeCase{"nothing", "", ""}),
    name_of);

TEST(HiddenTimes, MustBeNearToADateWhereOtherNumbersLookAlike) {
  for (const std::string_view id : {"1709633223.4711@example.org", "65E6EEC7.1020708@example.org",
                                    "ZebuxwgJCgsMDQ4P@shell.example", "20240305100703-1@example.org"}) {
    auto message = with_message_id(id);
    EXPECT_FALSE(times_of(message).empty()) << id;
    message.summary.date = DateTime{1'015'322'823, 0};  // in 2002
    EXPECT_EQ(times_of(message), "") << id;
    message.hops.emplace_back();
    message.hops.back().date = DateTime{1'709'633'223 + 30 * 86'400, 0};
    EXPECT_FALSE(times_of(message).empty()) << id;
  }
  auto message = with_message_id("000001da6ee4$deeca320$9cc5e960$@example.org");
  message.summary.date = DateTime{1'015'322'823, 0};
  EXPECT_FALSE(times_of(message).empty())
      << "a form that is no accident tells that the date is not the whole";
}

class FieldTime : public testing::TestWithParam<TimeCase> {};

TEST_P(FieldTime, IsRead) {
  MessageObject message;
  message.header_section = std::string{GetParam().value} + "\r\n";
  EXPECT_EQ(times_of(message), GetParam().time);
}

INSTANTIATE_TEST_SUITE_P(
    Boundaries, FieldTime,
    testing::Values(
        // Published: 2020-03-12T20:49:03.864977Z.
        TimeCase{"gmail", "Content-Type: multipart/alternative; boundary=\"000000000000b6809105a0ae7be4\"",
                 "boundary=2020-03-12T20:49:03.864977Z/microsecond"},
        TimeCase{"gmail_unquoted",
                 "Content-Type: multipart/mixed;\r\n\tboundary=000000000000f7d0cb0612e700ab",
                 "boundary=2024-03-05T10:07:03.250123Z/microsecond"},
        TimeCase{"outlook",
                 "Content-Type: multipart/mixed; boundary=\"----=_NextPart_000_00AB_01DA6EE4.DEECA320\"",
                 "boundary=2024-03-05T10:07:03.250000/microsecond"},
        TimeCase{"exchange",
                 "Content-Type: multipart/mixed; BOUNDARY = \"----_=_NextPart_001_01C1C42D.7F377D80\"; x=y",
                 "boundary=2002-03-05T10:07:03.000000Z/microsecond"},
        TimeCase{"java_mail", "Content-Type: multipart/mixed; boundary=\"----=_Part_7_123456.1709633223250\"",
                 "boundary=2024-03-05T10:07:03.250Z/millisecond"},
        TimeCase{"squirrelmail", "Content-Type: multipart/mixed;boundary=\"----=_20020305100703_12345\"",
                 "boundary=2002-03-05T10:07:03/second"},
        TimeCase{"mime_lite", "Content-Type: multipart/mixed; boundary=\"_----------=_17096332231234567\"",
                 "boundary=2024-03-05T10:07:03Z/second"},
        TimeCase{"notes",
                 "Content-Type: multipart/alternative; boundary=\"=_alternative 003793D585258AD7_=\"",
                 "boundary=2024-03-05T10:07:03.250Z/millisecond"},
        TimeCase{"exim_report", "Content-Type: multipart/report; boundary=1709633223-eximdsn-1234567890",
                 "boundary=2024-03-05T10:07:03Z/second"},
        TimeCase{"postfix_report",
                 "Content-Type: multipart/report; boundary=\"1A2B3C4D5E.1709633223/mx.example\"",
                 "boundary=2024-03-05T10:07:03Z/second"},
        TimeCase{"none", "Content-Type: multipart/mixed; boundary=\"=-=-=\"", ""},
        TimeCase{"not_closed", "Content-Type: multipart/mixed; boundary=\"----=_20020305100703_12345",
                 "boundary=2002-03-05T10:07:03/second"},
        TimeCase{"another_parameter",
                 "Content-Type: multipart/mixed; xboundary=\"----=_20020305100703_12345\"", ""}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Fields, FieldTime,
    testing::Values(
        TimeCase{"thread_index", "Thread-Index: Adpu5N7sAAECAwQFBgcICQoLDA0ODw==",
                 "thread-index=2024-03-05T10:07:03.245Z/millisecond"},
        TimeCase{"thread_index_folded", "Thread-Index:\r\n Adpu5N7sAAECAwQFB\r\n gcICQoLDA0ODw==",
                 "thread-index=2024-03-05T10:07:03.245Z/millisecond"},
        // An hour later, and a minute and a half after that.
        TimeCase{"two_answers", "Thread-Index: Adpu5N7sAAECAwQFBgcICQoLDA0ODwACGHFVAAANaVU=",
                 "thread-index=2024-03-05T10:07:03.245Z/millisecond "
                 "thread-index-answer=2024-03-05T11:08:33.237Z/millisecond"},
        TimeCase{"answer_after_three_years", "Thread-Index: Adpu5N7sAAECAwQFBgcICQoLDA0OD4a46NRV",
                 "thread-index=2024-03-05T10:07:03.245Z/millisecond "
                 "thread-index-answer=2027-03-05T10:07:02Z/second"},
        // Published: 07/16/2018 07:40:00.2799616 and 21:43:22.8275712 UTC.
        TimeCase{"published", "Thread-Index: AdQc2DN7rLoS3hgnE/O76rpFzxN/EwAddF4A",
                 "thread-index=2018-07-16T07:40:00.279Z/millisecond "
                 "thread-index-answer=2018-07-16T21:43:22.827Z/millisecond"},
        TimeCase{"of_exchange_2013", "Thread-Index: AQHabuTeAAECAwQFBgcICQoLDA0ODw==",
                 "thread-index=2024-03-05T10:07:01Z/second"},
        // Published: 2020-05-18 12:54:02 and 12:57:39 UTC.
        TimeCase{"published_of_exchange_2013", "Thread-Index: AQHWLRNo4NaOjvXU8EODe0ZotrA8B6itzaxf",
                 "thread-index=2020-05-18T12:54:02Z/second thread-index-answer=2020-05-18T12:57:39Z/second"},
        TimeCase{"too_short", "Thread-Index: Adpu5N7sAAECAwQFBgcICQoLDA0O", ""},
        TimeCase{"no_base64", "Thread-Index: ????", ""},
        TimeCase{"other_first_octet", "Thread-Index: Atpu5N7sAAECAwQFBgcICQoLDA0ODw==", ""},
        TimeCase{"gmail_message", "X-GM-MSGID: 1792680366702604345",
                 "x-gm-msgid=2024-03-05T10:07:03.250Z/millisecond"},
        TimeCase{"gmail_thread_hexadecimal", "X-GM-THRID: 18e0e14ba5203039",
                 "x-gm-thrid=2024-03-05T10:07:03.250Z/millisecond"},
        TimeCase{"gmail_too_large", "X-GM-MSGID: 99999999999999999999", ""},
        TimeCase{"gmail_no_number", "X-GM-MSGID: none", ""},
        TimeCase{"exchange_arrival",
                 "X-OriginalArrivalTime: 05 Mar 2002 10:07:03.0000 (UTC) FILETIME=[7F377D80:01C1C42D]",
                 "x-originalarrivaltime=2002-03-05T10:07:03.000000Z/microsecond"},
        TimeCase{"exchange_arrival_without", "X-OriginalArrivalTime: 05 Mar 2002 10:07:03.0000 (UTC)", ""},
        TimeCase{"cross_tenant_arrival",
                 "X-MS-Exchange-CrossTenant-OriginalArrivalTime: 05 Mar 2024 10:07:03.2504 (UTC)",
                 "x-ms-exchange-crosstenant-originalarrivaltime=2024-03-05T10:07:03.250Z/millisecond"},
        TimeCase{"amazon_day", "X-SES-Outgoing: 2024.03.05-192.0.2.7",
                 "x-ses-outgoing=2024-03-05T00:00:00Z/day"},
        TimeCase{"amazon_no_day", "X-SES-Outgoing: 2024.13.05-192.0.2.7", ""}),
    name_of);

TEST(HiddenTimes, SayWhereTheyStandAndWhatTheyWereReadFrom) {
  auto message = with_message_id("20020305100703.GA1234@shell.example");
  message.header_offset = 100;
  const auto section = parse_header_section(message.header_section);
  const auto times = hidden_times(section.fields, message, message.defects);
  ASSERT_EQ(times.size(), 1U);
  EXPECT_EQ(times[0].offset, 112U);  // behind what precedes the header section, `Subject: x` and its line end
  EXPECT_EQ(times[0].raw, "20020305100703.GA1234@shell.example");
}

TEST(HiddenTimes, AreBounded) {
  MessageObject message;
  for (int count = 0; count < 9'000; ++count) message.header_section += "X-SES-Outgoing: 2024.03.05-x\r\n";
  message.header_section += "Thread-Index: " + std::string(100'000, 'A') + "\r\n";
  const auto section = parse_header_section(message.header_section);
  EXPECT_EQ(hidden_times(section.fields, message, message.defects).size(), 50U);
  EXPECT_EQ(message.defects, (std::vector<std::string>{"more than 50 hidden times: the rest was not kept"}));
}

struct ShapeCase {
  std::string_view name, text, shape, parts;  ///< Parts joined by `|`; `-` for no match.
};
class Shape : public testing::TestWithParam<ShapeCase> {};

TEST_P(Shape, IsMatchedInOnePass) {
  const auto parts = match_shape(GetParam().text, GetParam().shape);
  std::string text = parts ? "" : "-";
  if (parts) {
    for (const auto part : *parts) {
      if (!part.empty()) text += (text.empty() ? "" : "|") + std::string{part};
    }
  }
  EXPECT_EQ(text, GetParam().parts);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Shape,
    testing::Values(ShapeCase{"literal", "abc", "abc", ""}, ShapeCase{"other_literal", "abd", "abc", "-"},
                    ShapeCase{"more_text", "abcd", "abc", "-"}, ShapeCase{"less_text", "ab", "abc", "-"},
                    ShapeCase{"part", "a12b", "a(%d+)b", "12"},
                    ShapeCase{"two_parts", "12-ab", "(%d{2})-(%x{2})", "12|ab"},
                    ShapeCase{"too_few", "1", "%d{2}", "-"}, ShapeCase{"too_many", "123", "%d{2}", "-"},
                    ShapeCase{"range", "123", "%d{2,3}", ""}, ShapeCase{"none_of_any", "x", "%d*x", ""},
                    ShapeCase{"case_of_hexadecimals", "aF", "%x%X", ""},
                    ShapeCase{"wrong_case", "Af", "%x%X", "-"},
                    ShapeCase{"gap", "one.two@host", "%*.two@(%*)", "host"},
                    ShapeCase{"gap_to_the_end", "one", "o%*", ""},
                    ShapeCase{"gap_without_end", "one.three@host", "%*.two@%*", "-"},
                    ShapeCase{"empty", "", "", ""}, ShapeCase{"gap_of_nothing", "", "%*", ""}),
    [](const auto& test) { return std::string{test.param.name}; });

}  // namespace
}  // namespace mailspoor::index
