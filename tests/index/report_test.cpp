#include "index/track/report.hpp"

#include <gtest/gtest.h>

#include <string>

#include "index/track/receipts.hpp"

namespace mailspoor::index {
namespace {

TEST(DispositionReport, IsRead) {
  const auto report = read_disposition_report(
      "Reporting-UA: pc.example; Mail 1.0\r\n"
      "Original-Recipient: rfc822; info@example.org\r\n"
      "Final-Recipient: rfc822;Anna.X@example.org\r\n"
      "Original-Message-ID: <1@shop.example>\r\n"
      "Disposition: manual-action/MDN-sent-manually;\r\n"
      " Displayed/error\r\n");
  EXPECT_EQ(report.original_recipient, "info@example.org");
  EXPECT_EQ(report.final_recipient, "Anna.X@example.org");
  EXPECT_EQ(report.original_message_id, "1@shop.example");
  EXPECT_EQ(report.disposition, "displayed");
  EXPECT_EQ(report.disposition_mode, "manual-action/MDN-sent-manually");
}

TEST(DispositionReport, TellsNothingThatIsNotThere) {
  EXPECT_EQ(read_disposition_report(""), DispositionReport{});
  EXPECT_EQ(read_disposition_report("Hello,\n\nyour mail was read.\n"), DispositionReport{});
  const auto report = read_disposition_report(
      "disposition: deleted\nFinal-Recipient:\nFinal-Recipient: anna@example.org (me)");
  EXPECT_EQ(report.disposition, "deleted");
  EXPECT_EQ(report.disposition_mode, std::nullopt);
  EXPECT_EQ(report.final_recipient, "anna@example.org");
}

TEST(DispositionReport, IsReadBehindAnEmptyLine) {
  EXPECT_EQ(read_disposition_report("\n\nDisposition: automatic-action/MDN-sent-automatically; processed\n")
                .disposition,
            "processed");
}

TEST(DeliveryReport, IsReadForEachRecipient) {
  const auto report = read_delivery_report(
      "Reporting-MTA: dns; mx.example.org\r\n"
      "Original-Envelope-Id: QQ314159\r\n"
      "Arrival-Date: Tue, 5 Mar 2024 10:00:00 +0000\r\n"
      "\r\n"
      "Original-Recipient: rfc822;anna@example.org\r\n"
      "Final-Recipient: RFC822; <anna.x@example.org>\r\n"
      "Action: Failed\r\n"
      "Status: 5.1.1 (bad destination mailbox address)\r\n"
      "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n"
      "\r\n"
      "\r\n"
      "Final-Recipient: rfc822; berta@example.org\r\n"
      "Action: delivered (to mailbox)\r\n"
      "Status: 2.0.0\r\n");
  EXPECT_EQ(report.reporting_mta, "mx.example.org");
  EXPECT_EQ(report.original_envelope_id, "QQ314159");
  ASSERT_EQ(report.recipients.size(), 2U);
  EXPECT_EQ(report.recipients[0], (DeliveryReport::Recipient{"anna.x@example.org", "failed", "5.1.1"}));
  EXPECT_EQ(report.recipients[1], (DeliveryReport::Recipient{"berta@example.org", "delivered", "2.0.0"}));
}

TEST(DeliveryReport, IsReadWithoutTheEmptyLine) {
  const auto report = read_delivery_report(
      "Reporting-MTA: dns; mx.example.org\nFinal-Recipient: rfc822; anna@example.org\nAction: delayed\n");
  EXPECT_EQ(report.reporting_mta, "mx.example.org");
  ASSERT_EQ(report.recipients.size(), 1U);
  EXPECT_EQ(report.recipients[0], (DeliveryReport::Recipient{"anna@example.org", "delayed", std::nullopt}));
}

TEST(DeliveryReport, IsCutWhereThereAreTooMany) {
  std::string octets;
  for (int number = 0; number < 20'000; ++number) octets += "Action: failed\n\n";
  EXPECT_EQ(read_delivery_report(octets).recipients.size(), kMaxReportRecipients);
}

std::optional<std::string> receipt(std::string_view header_section) {
  const auto section = parse_header_section(header_section);
  return read_receipt(section.fields);
}

TEST(ReadReceipt, IsTheAddressAlone) {
  EXPECT_EQ(receipt("Disposition-Notification-To: \"Shop, the\" <shop@example.com>\r\n"), "shop@example.com");
  EXPECT_EQ(receipt("disposition-notification-to: shop@example.com (the shop)\r\n"), "shop@example.com");
  EXPECT_EQ(receipt("Disposition-Notification-To: =?utf-8?q?Caf=C3=A9?=\r\n <shop@example.com>\r\n"),
            "shop@example.com");
  EXPECT_EQ(receipt("Return-Receipt-To: <a@example.com>\r\nDisposition-Notification-To: <b@example.com>\r\n"),
            "b@example.com");
  EXPECT_EQ(receipt("X-Confirm-Reading-To: <a@example.com>\r\nReturn-Receipt-To: <b@example.com>\r\n"),
            "b@example.com");
  EXPECT_EQ(receipt("X-Confirm-Reading-To: a@example.com\r\n"), "a@example.com");
  EXPECT_EQ(receipt("Disposition-Notification-To: foo\r\nReturn-Receipt-To: b@example.com\r\n"),
            "b@example.com");
  EXPECT_EQ(receipt("Disposition-Notification-To:\r\nReturn-Receipt-To: b@example.com\r\n"), "b@example.com");
}

TEST(ReadReceipt, IsNoneWhereNobodyIsNamed) {
  EXPECT_EQ(receipt("From: a@example.com\r\n"), std::nullopt);
  EXPECT_EQ(receipt("Disposition-Notification-To: \r\n"), std::nullopt);
  EXPECT_EQ(receipt("Disposition-Notification-To: <>\r\n"), std::nullopt);
}

bool is_one_click(std::string_view header_section) {
  const auto section = parse_header_section(header_section);
  return is_one_click_unsubscribe(section.fields);
}

TEST(OneClickUnsubscribe, NeedsBothFieldsAndHttps) {
  constexpr std::string_view kPost = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n";
  EXPECT_TRUE(is_one_click("List-Unsubscribe: <mailto:x@example.com>,\r\n <https://example.com/u?1>\r\n" +
                           std::string{kPost}));
  EXPECT_TRUE(is_one_click(std::string{kPost} + "list-unsubscribe: <HTTPS://example.com/\r\n u>\r\n"));
  EXPECT_FALSE(is_one_click("List-Unsubscribe: <http://example.com/u>\r\n" + std::string{kPost}));
  EXPECT_FALSE(is_one_click("List-Unsubscribe: (<https://example.com/u> \\) ()) <mailto:u@example.com>\r\n" +
                            std::string{kPost}));
  EXPECT_TRUE(is_one_click("List-Unsubscribe: (a) <https://example.com/u(1>\r\n" + std::string{kPost}));
  EXPECT_FALSE(is_one_click("List-Unsubscribe: <https://example.com/u\r\n" + std::string{kPost}));
  EXPECT_FALSE(is_one_click("List-Unsubscribe: https://example.com/u\r\n" + std::string{kPost}));
  EXPECT_FALSE(is_one_click("List-Unsubscribe: <https://example.com/u>\r\n"));
  EXPECT_FALSE(is_one_click("List-Unsubscribe: <https://example.com/u>\r\nList-Unsubscribe-Post: yes\r\n"));
  EXPECT_FALSE(is_one_click(kPost));
}

}  // namespace
}  // namespace mailspoor::index
