#include "index/message/message_parser.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "deliver/base/sha256.hpp"
#include "index/message_file.hpp"

namespace mailspoor::index {
namespace {

MessageObject parse(std::string_view octets) {
  std::FILE* file = std::tmpfile();
  EXPECT_EQ(std::fwrite(octets.data(), 1, octets.size(), file), octets.size());
  std::fflush(file);
  auto message = parse_message(::fileno(file), "test.eml");
  std::fclose(file);
  return message;
}

bool has_defect(const MessageObject& message, std::string_view text) {
  for (const auto& defect : message.defects) {
    if (defect.find(text) != std::string::npos) return true;
  }
  return false;
}

TEST(MessageParser, ReadsTheHeaderSection) {
  const auto message = parse(
      "Return-Path: <bounce@example.net>\r\n"
      "Received: from a.example (a.example [192.0.2.1]) by mx.example; Tue, 5 Mar 2024 10:00:02 +0100\r\n"
      "From: =?utf-8?q?Ren=C3=A9?= <rene@example.org>, \"B, C\" <bc@example.org>\r\n"
      "Sender: list@example.org\r\n"
      "To: undisclosed-recipients:;\r\n"
      "Cc: Friends: one@example.org, two@example.org;\r\n"
      "Subject: one\r\n two\r\n"
      "Date: Tue, 5 Mar 2024 10:59:59 +0100\r\n"
      "Message-ID: <x@example.org>\r\n"
      "User-Agent: Pen 1.0\r\n\r\nbody\r\n");
  const auto& summary = message.summary;
  EXPECT_EQ(summary.return_path, "bounce@example.net");
  EXPECT_EQ(summary.from, (std::vector<Address>{{"René", "rene@example.org"}, {"B, C", "bc@example.org"}}));
  ASSERT_TRUE(summary.sender);
  EXPECT_EQ(summary.sender->addr_spec, "list@example.org");
  EXPECT_TRUE(summary.to.empty());
  EXPECT_EQ(summary.cc, (std::vector<Address>{{"", "one@example.org"}, {"", "two@example.org"}}));
  EXPECT_EQ(summary.subject, "one two");
  EXPECT_EQ(summary.message_id, "x@example.org");
  EXPECT_EQ(summary.user_agent, "Pen 1.0");
  ASSERT_TRUE(summary.date);
  EXPECT_EQ(to_rfc3339(summary.date->unix_seconds), "2024-03-05T09:59:59Z");
  ASSERT_EQ(message.hops.size(), 1U);
  EXPECT_EQ(message.hops[0].from_ip, "192.0.2.1");
  EXPECT_TRUE(message.defects.empty()) << message.defects.front();
}

TEST(MessageParser, MeasuresTheDelayOfEachHopAgainstTheNextOlderWithADate) {
  const auto message = parse(
      "Received: by d; 5 Mar 2024 10:00:00 +0000\n"
      "Received: by c; 5 Mar 2024 12:00:10 +0100\n"
      "Received: by b; no date\n"
      "Received: by a; 5 Mar 2024 11:00:00 +0000\n\n");
  ASSERT_EQ(message.hops.size(), 4U);
  EXPECT_EQ(message.hops[0].delay_seconds, -3'610);
  EXPECT_EQ(message.hops[1].delay_seconds, 10);
  EXPECT_EQ(message.hops[2].delay_seconds, std::nullopt);
  EXPECT_EQ(message.hops[3].delay_seconds, std::nullopt);
}

TEST(MessageParser, KeepsTheNullReturnPath) {
  EXPECT_EQ(parse("Return-Path: <>\n\n").summary.return_path, "");
}

TEST(MessageParser, JoinsEncodedWordsOfADisplayName) {
  const auto message = parse("From: =?utf-8?B?YQ==?= =?utf-8?B?Yg==?= <a@example.org>\n\n");
  EXPECT_EQ(message.summary.from, (std::vector<Address>{{"ab", "a@example.org"}}));
}

// GMime gives the name that A-labels stand for: of a homograph the one that deceives.
TEST(MessageParser, LeavesDomainsAsTheyWereWritten) {
  const auto message = parse(
      "From: A <a@XN--mnchen-3ya.example>\n"
      "To: b@m\xC3\xBCnchen.example, c@xn--80ak6aa92e.com\n"
      "Authentication-Results: mx.example; dkim=pass header.d=xn--mnchen-3ya.example\n\n");
  EXPECT_EQ(message.summary.from[0].addr_spec, "a@XN--mnchen-3ya.example");
  ASSERT_EQ(message.summary.to.size(), 2U);
  EXPECT_EQ(message.summary.to[0].addr_spec, "b@m\u00FCnchen.example");
  EXPECT_EQ(message.summary.to[1].addr_spec, "c@xn--80ak6aa92e.com");
  EXPECT_EQ(message.authentication[0].alignment, Alignment::strict);
  EXPECT_TRUE(std::any_of(message.findings.begin(), message.findings.end(),
                          [](const Finding& finding) { return finding.code == "NAME_PUNYCODE"; }));
}

TEST(MessageParser, LooksForProbesOnceItKnowsWhatIsLoaded) {
  const std::string received =
      "Received: from out.shop.example (out.shop.example [198.51.100.7]) by mx.example.net with ESMTPS id "
      "1;\n"
      " Tue, 5 Mar 2024 10:00:00 +0000\n";
  const auto is_probe = [](const std::string& fields, const std::string& text) {
    const auto message = parse(fields +
                               "From: news@shop.example\nMessage-ID: <1@shop.example>\n"
                               "Content-Type: text/html\n\n" +
                               text + "<img src='https://t.example/o.gif?id=8f3e9c1a' width=1 height=1>\n");
    return std::any_of(message.findings.begin(), message.findings.end(),
                       [](const Finding& finding) { return finding.code == "RECON_PROBE"; });
  };
  const std::string text =
      "All our wool is now sold at half its price, and so are all our needles and hooks.";
  const std::string pass = "Authentication-Results: mx.example.net; dmarc=pass header.from=shop.example\n";
  EXPECT_TRUE(is_probe(received, text));
  EXPECT_FALSE(is_probe(pass + received, text));
  EXPECT_TRUE(is_probe(received + pass, text)) << "the sender's own word";
  EXPECT_TRUE(is_probe(pass + received, "Hi"));
}

TEST(MessageParser, KnowsNoMessageIdWhereTheFieldIsEmpty) {
  for (const char* body : {"", "<>"}) {
    const auto message = parse(std::string{"Message-ID: "} + body + "\n\n");
    EXPECT_FALSE(message.summary.message_id) << body;
    EXPECT_TRUE(has_defect(message, "no Message-ID")) << body;
  }
}

TEST(MessageParser, KeepsTheAddressBehindAHostileDisplayName) {
  const auto message = parse("From: =?utf-8?q?Eve=1B[2J?= <eve@example.org>\n\n");
  EXPECT_EQ(message.summary.from, (std::vector<Address>{{"Eve\x1b[2J", "eve@example.org"}}));
}

TEST(MessageParser, NamesFieldsWithMoreThanAddresses) {
  const auto message = parse(
      "From: Coupon;<a@example.org>\r\nTo: Bob <bob@example.net>\r\n"
      "Cc: (nobody\r\n\r\n");
  EXPECT_TRUE(has_defect(message, "malformed address list in the From field"));
  EXPECT_FALSE(has_defect(message, "in the To field"));
  EXPECT_TRUE(has_defect(message, "unreadable address in the Cc field"));
  EXPECT_FALSE(has_defect(message, "malformed address list in the Cc field"));
}

// The structure is told by few of the fields, wherever they stand.
TEST(MessageParser, FindsTheStructureAmongManyFields) {
  std::string many;
  for (int count = 0; count < 5'000; ++count) many += "X-Filler: =?utf-8?q?x?= <a@b, \r\n y\r\n";
  const auto message = parse(many + "content-TYPE: text/html;\r\n charset=utf-8\r\n" + many +
                             "Content-Transfer-Encoding: quoted-printable\r\nMIME-Version: 1.0\r\n" + many +
                             "\r\n<p>caf=C3=A9</p>\r\n");
  ASSERT_EQ(message.texts.size(), 1U);
  EXPECT_EQ(message.texts[0].text, "café");
}

TEST(MessageParser, TakesTextsAndAttachmentsOfAMultipart) {
  const auto message = parse(
      "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n"
      "--m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n"
      "--a\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: "
      "quoted-printable\r\n\r\ncaf=E9\r\n"
      "--a\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>caf\xC3\xA9 <b>noir</b></p>\r\n--a--\r\n"
      "--m\r\nContent-Type: Application/PDF; name*=utf-8''r%C3%A9sum%C3%A9.pdf\r\nContent-Transfer-Encoding: "
      "base64\r\n"
      "Content-Disposition: attachment\r\n\r\naGVsbG8=\r\n--m--\r\n");
  ASSERT_EQ(message.texts.size(), 2U);
  EXPECT_EQ(message.texts[0].media_type, "text/plain");
  EXPECT_EQ(message.texts[0].text, "café");
  EXPECT_FALSE(message.texts[0].is_alternative);
  EXPECT_EQ(message.texts[1].text, "café noir");
  EXPECT_TRUE(message.texts[1].is_alternative);
  ASSERT_EQ(message.attachments.size(), 1U);
  const auto& attachment = message.attachments[0];
  EXPECT_EQ(attachment.filename, "résumé.pdf");
  EXPECT_EQ(attachment.media_type, "application/pdf");
  EXPECT_EQ(attachment.size, 5U);
  EXPECT_EQ(attachment.sha256, base::to_hex(base::sha256("hello")));
}

TEST(MessageParser, TakesTheAmpFormOfAMailForAnAlternative) {
  const auto message = parse(
      "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n"
      "--a\r\nContent-Type: text/plain\r\n\r\nplain\r\n"
      "--a\r\nContent-Type: text/x-amp-html\r\n\r\n<html amp4email><body>moving</body></html>\r\n"
      "--a\r\nContent-Type: text/html\r\n\r\n<p>still</p>\r\n--a--\r\n");
  ASSERT_EQ(message.texts.size(), 3U);
  EXPECT_EQ(message.texts[1].media_type, "text/x-amp-html");
  EXPECT_EQ(message.texts[1].text, "moving");
  EXPECT_TRUE(message.texts[1].is_alternative);
  EXPECT_TRUE(message.attachments.empty());
}

TEST(MessageParser, UndoesQuotedPrintableAfterBlanksWereAdded) {
  constexpr std::string_view kFields =
      "Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n";
  const auto text_of = [&](std::string_view body) {
    return parse(std::string{kFields}.append(body)).texts.at(0).text;
  };
  EXPECT_EQ(text_of("t.ev= \r\nil.example wid=\t \t\r\nth=3D1 =20 \r\nx \t\r\ny= "),
            "t.evil.example width=1  \r\nx\r\ny");
  EXPECT_EQ(text_of("t.ev= \nil.example=\t\n= \n!"), "t.evil.example!");
  const std::string blanks(40'000, ' ');  // more than is read at once
  EXPECT_EQ(text_of("a=" + blanks + "\r\nb" + blanks + "\r\n c"), "ab\r\n c");
}

TEST(MessageParser, LoadsNothingThatItHolds) {
  const auto remote_of = [](const std::string& kind) {
    const auto message =
        parse("Content-Type: multipart/" + kind +
              "; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n"
              "<img src=https://t.example/a.gif?u=1 width=1 height=1><img src=//t.example/b.gif>\r\n"
              "--b\r\nContent-Type: image/gif\r\nContent-Location: https://T.example/a.gif?u=1\r\n\r\n"
              "GIF89a\r\n--b--\r\n");
    std::string urls;
    for (const auto& each : message.tracking.remote) urls += each.url + ' ';
    return urls + std::to_string(message.tracking.pixels.size());
  };
  EXPECT_EQ(remote_of("related"), "https://t.example/b.gif 0");
  EXPECT_EQ(remote_of("mixed"), "https://t.example/a.gif?u=1 https://t.example/b.gif 1");
}

TEST(MessageParser, ReadsHtmlThatHasAName) {
  std::string html;
  for (int count = 0; count < 600; ++count) html += "<div>";
  const std::string type = "Content-Type: text/html; name=a.html\r\n";
  const auto displayed = parse(type + "\r\n" + html);
  EXPECT_EQ(displayed.attachments.size(), 1U);
  EXPECT_TRUE(has_defect(displayed, "512 deep"));
  const auto attached = parse(type + "Content-Disposition: Attachment\r\n\r\n" + html);
  EXPECT_EQ(attached.attachments.size(), 1U);
  EXPECT_FALSE(has_defect(attached, "512 deep"));
}

TEST(MessageParser, ReadsTheTextOfMessagesInsideMessages) {
  const auto message = parse(
      "Content-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nSubject: inner\n\ninnermost text\n");
  ASSERT_EQ(message.texts.size(), 1U);
  EXPECT_EQ(message.texts[0].text, "innermost text\n");
}

TEST(MessageParser, ReadsAMessageWithoutHeaderSection) {
  const auto message = parse("\r\njust text\r\n");
  ASSERT_EQ(message.texts.size(), 1U);
  EXPECT_EQ(message.texts[0].text, "just text\r\n");
  EXPECT_TRUE(has_defect(message, "no Message-ID"));
  EXPECT_TRUE(has_defect(message, "no Date"));
}

TEST(MessageParser, ReadsAnEmptyMessage) {
  const auto message = parse("");
  EXPECT_EQ(message.summary.size, 0U);
  EXPECT_EQ(message.summary.id, base::to_hex(base::sha256("\r\n")));
}

TEST(MessageParser, NamesWhatIsMalformed) {
  EXPECT_TRUE(has_defect(parse("A: 1\nstray\nB: 2\n\n"), "no field"));
  EXPECT_TRUE(has_defect(parse("From: a@example.org\nFrom: b@example.org\n\n"), "From field stands twice"));
  EXPECT_TRUE(has_defect(parse("Subject: a\nSubject: b\n\n"), "Subject field stands twice"));
  EXPECT_TRUE(has_defect(parse("Date: 31 Feb 2024 10:00:00 +0000\n\n"), "unreadable Date"));
  EXPECT_TRUE(has_defect(parse("Subject: caf\xE9\n\n"), "8-bit octets"));
  EXPECT_TRUE(has_defect(parse(std::string_view{"Subject: a\0b\n\n", 14}), "NUL"));
  EXPECT_TRUE(
      has_defect(parse("Content-Type: text/plain; charset=x-klingon\n\nx"), "unknown charset x-klingon"));
  EXPECT_TRUE(has_defect(parse("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx"), "last boundary"));
}

TEST(MessageParser, IndexesAPartBehindACutHeaderSection) {
  std::string octets = "Subject: long\n";
  while (octets.size() < (2U << 20U)) octets += "X-Filler: " + std::string(1000, 'x') + "\n";
  const auto message = parse(octets + "\nthe body\n");
  EXPECT_EQ(message.summary.subject, "long");
  ASSERT_EQ(message.texts.size(), 1U);
  EXPECT_EQ(message.texts[0].text, "the body\n");
}

TEST(MessageParser, CutsTextAtSixteenMebibytes) {
  std::string octets = "Subject: big\n\n";
  const std::string line = std::string(99, 'x') + "\n";
  while (octets.size() < kMaxTextOctets + 1000) octets += line;
  const auto message = parse(octets);
  ASSERT_EQ(message.texts.size(), 1U);
  EXPECT_EQ(message.texts[0].text.size(), kMaxTextOctets);
  EXPECT_TRUE(has_defect(message, "16 MiB"));
}

TEST(MessageFile, MustBeARegularFile) { EXPECT_THROW(read_message_file("/dev"), std::runtime_error); }

TEST(MessageParser, TellsWhatTheMessageReports) {
  const auto message = parse(
      "Delivered-To: anna.x@example.org\r\n"
      "From: Shop <news@shop.example>\r\n"
      "To: list@example.net\r\n"
      "Cc: \"Berta\" <berta@example.org>\r\n"
      "Disposition-Notification-To: Shop <receipts@shop.example>\r\n"
      "List-Unsubscribe: <https://shop.example/u/1>\r\n"
      "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
      "MIME-Version: 1.0\r\n"
      "Content-Type: multipart/alternative; boundary=b\r\n\r\n"
      "--b\r\nContent-Type: text/plain\r\n\r\nhttps://shop.example/in-the-text\r\n"
      "--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
      "<base href=3D\"https://shop.example/mail/\"><a href=3D\"sale?e=3Dberta%40example.org\">Sale</a>\r\n"
      "<img src=3D\"hero.jpg\" width=3D600 height=3D200><img src=3D\"https://t.example/o?u=3Danna.x@exam=\r\n"
      "ple.org\" width=3D1 height=3D1>\r\n"
      "--b--\r\n");
  const auto& tracking = message.tracking;
  ASSERT_EQ(tracking.pixels.size(), 1U);
  EXPECT_EQ(tracking.pixels[0].url, "https://t.example/o?u=anna.x@example.org");
  EXPECT_EQ(tracking.pixels[0].reasons, std::vector{PixelReason::size});
  EXPECT_EQ(tracking.remote.size(), 2U);
  ASSERT_EQ(tracking.links.size(), 1U);
  EXPECT_EQ(tracking.links[0].url, "https://shop.example/mail/sale?e=berta%40example.org");
  ASSERT_EQ(tracking.leaks.size(), 2U);
  EXPECT_EQ(tracking.leaks[0].address, "berta@example.org");
  EXPECT_EQ(tracking.leaks[1].address, "anna.x@example.org");
  EXPECT_EQ(tracking.read_receipt, "receipts@shop.example");
  EXPECT_TRUE(tracking.is_one_click_unsubscribe);
  EXPECT_EQ(tracking.report, std::nullopt);
}

TEST(MessageParser, ReadsWhatAReportTellsPrograms) {
  const std::string parts =
      "--r\r\nContent-Type: text/plain\r\n\r\nYour message was read.\r\n"
      "--r\r\nContent-Type: message/disposition-notification\r\n\r\n"
      "Final-Recipient: rfc822; anna.x@example.org\r\nOriginal-Message-ID: <1@shop.example>\r\n"
      "Disposition: manual-action/MDN-sent-manually; displayed\r\n"
      "--r\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: x\r\n--r--\r\n";
  const auto message = parse(
      "From: a@example.org\r\nMIME-Version: 1.0\r\n"
      "Content-Type: multipart/report; report-type=disposition-notification; boundary=r\r\n\r\n" +
      parts);
  const Report expected = DispositionReport{"anna.x@example.org", std::nullopt, "displayed",
                                            "manual-action/MDN-sent-manually", "1@shop.example"};
  EXPECT_EQ(message.tracking.report, expected);
  const auto through_a_list = parse(
      "From: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n"
      "--m\r\nContent-Type: multipart/report; boundary=r\r\n\r\n" +
      parts + "--m\r\nContent-Type: text/plain\r\n\r\nThe list.\r\n--m--\r\n");
  EXPECT_EQ(through_a_list.tracking.report, expected);
  const auto forwarded = parse(
      "From: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\n"
      "From: b@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; boundary=r\r\n\r\n" +
      parts);
  EXPECT_EQ(forwarded.tracking.report, std::nullopt);
}

TEST(MessageParser, ReadsWhatBecameOfAMessage) {
  const auto message = parse(
      "From: mailer-daemon@example.org\r\nMIME-Version: 1.0\r\n"
      "Content-Type: multipart/report; report-type=delivery-status; boundary=r\r\n\r\n"
      "--r\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
      "--r\r\nContent-Type: message/delivery-status\r\nContent-Transfer-Encoding: base64\r\n\r\n"
      // Reporting-MTA: dns; mx.example.org / Final-Recipient: rfc822; anna.x@example.org / Action: failed
      // / 5.1.1
      "UmVwb3J0aW5nLU1UQTogZG5zOyBteC5leGFtcGxlLm9yZw0KDQpGaW5hbC1SZWNpcGllbnQ6IHJm\r\n"
      "YzgyMjsgYW5uYS54QGV4YW1wbGUub3JnDQpBY3Rpb246IGZhaWxlZA0KU3RhdHVzOiA1LjEuMQ0K\r\n"
      "--r--\r\n");
  const Report expected =
      DeliveryReport{"mx.example.org", std::nullopt, {{"anna.x@example.org", "failed", "5.1.1"}}};
  EXPECT_EQ(message.tracking.report, expected);
}

}  // namespace
}  // namespace mailspoor::index
