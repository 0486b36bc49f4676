#include "cli/message_json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mailspoor::cli {
namespace {

using nlohmann::json;

TEST(MessageJson, HasEveryKeyOfTheContract) {
  const auto object = json::parse(to_json(index::MessageObject{}));
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  EXPECT_EQ(keys, (std::vector<std::string>{"attachments",
                                            "authentication",
                                            "bcc",
                                            "cc",
                                            "client",
                                            "date",
                                            "date_offset_minutes",
                                            "defects",
                                            "findings",
                                            "from",
                                            "hidden_times",
                                            "hops",
                                            "id",
                                            "message_id",
                                            "origin",
                                            "paths",
                                            "placements",
                                            "ports",
                                            "reply_to",
                                            "return_path",
                                            "schema",
                                            "sender",
                                            "sender_facts",
                                            "sha256",
                                            "size",
                                            "subject",
                                            "to",
                                            "tracking",
                                            "user_agent"}));
  EXPECT_EQ(object["schema"], 1);
  EXPECT_TRUE(object["subject"].is_null());
  EXPECT_TRUE(object["from"].is_array());
  EXPECT_TRUE(object["origin"].is_object());
  EXPECT_EQ(object["origin"].size(), 18U);
  EXPECT_EQ(object["tracking"],
            json::parse(R"({"pixels": [], "remote": [], "links": [], "leaks": [], "read_receipt": null,
      "one_click_unsubscribe": false, "report": null, "tracked_hosts": [], "spacers": [], "wrapped": 0})"));
  EXPECT_EQ(object["client"],
            json::parse(R"({"program": null, "version": null, "platform": null, "basis": []})"));
  EXPECT_EQ(object["sender_facts"],
            json::parse(R"({"from_domains": [], "sender_domain": null, "reply_to_domains": [],
      "return_path_domain": null, "message_id_host": null, "originating_ip": null, "list_id": null, "fields": []})"));
}

TEST(MessageJson, SaysWhatTheMessageReports) {
  using index::PixelReason;
  index::MessageObject message;
  auto& tracking = message.tracking;
  tracking.pixels = {{"https://t.example/o?u=1",
                      "t.example",
                      std::nullopt,
                      {PixelReason::css_background, PixelReason::size},
                      1,
                      0.5}};
  index::RemoteResource resource;
  resource.url = "https://t.example/o?u=1";
  resource.host = "t.example";
  resource.kind = index::ResourceKind::background;
  resource.element = "td";
  resource.wrapped_by = "Gmail image proxy";
  tracking.remote = {resource};
  tracking.links = {{"https://w.example/1", "https://c.example/2", "c.example", "Vendor", true, "Wrapper",
                     "https://shop.example/"}};
  tracking.leaks = {
      {"https://t.example/o?u=1", "t.example", "md5", index::Leak::Where::pixel, "anna.x@example.org"}};
  tracking.read_receipt = "a@shop.example";
  tracking.is_one_click_unsubscribe = true;
  tracking.tracked_hosts = {"c.example"};
  tracking.wrapped = 2;
  tracking.report =
      index::DeliveryReport{"mx.example.org", std::nullopt, {{"anna.x@example.org", "failed", "5.1.1"}}};
  const auto object = json::parse(to_json(message))["tracking"];
  EXPECT_EQ(object, json::parse(R"({
    "pixels": [{"url": "https://t.example/o?u=1", "host": "t.example", "vendor": null, "reason": "css-background",
                "reasons": ["css-background", "size"], "width": 1, "height": 0.5}],
    "remote": [{"url": "https://t.example/o?u=1", "host": "t.example", "kind": "background",
                "wrapped_by": "Gmail image proxy", "element": "td", "uses": 1}],
    "links": [{"url": "https://w.example/1", "unwrapped": "https://c.example/2", "host": "c.example", "vendor": "Vendor",
               "tracked": true, "wrapped_by": "Wrapper", "target": "https://shop.example/"}],
    "leaks": [{"url": "https://t.example/o?u=1", "host": "t.example", "encoding": "md5", "where": "pixel",
               "address": "anna.x@example.org"}],
    "read_receipt": "a@shop.example", "one_click_unsubscribe": true,
    "report": {"kind": "dsn", "reporting_mta": "mx.example.org", "original_envelope_id": null,
               "recipients": [{"final_recipient": "anna.x@example.org", "action": "failed", "status": "5.1.1"}]},
    "tracked_hosts": ["c.example"], "spacers": [], "wrapped": 2})"));
  tracking.report = index::DispositionReport{"anna.x@example.org", std::nullopt, "displayed", std::nullopt,
                                             "1@shop.example"};
  EXPECT_EQ(json::parse(to_json(message))["tracking"]["report"], json::parse(R"({"kind": "mdn",
    "final_recipient": "anna.x@example.org", "original_recipient": null, "disposition": "displayed",
    "disposition_mode": null, "original_message_id": "1@shop.example"})"));
}

TEST(MessageJson, SaysWhatIsKnownOfTheSender) {
  index::MessageObject message;
  message.client = {"Thunderbird", "115.6.0", "Windows", {"user-agent", "message-id"}};
  message.sender_facts.from_domains = {"example.org"};
  message.sender_facts.originating_ip = index::OriginatingIp{"x-originating-ip", "192.0.2.7"};
  message.sender_facts.list_id = "news.example.org";
  message.sender_facts.fields = {{"Precedence", "bulk", "sent by a program, or in bulk"}};
  index::HiddenTime utc{
      "thread-index", 1'709'633'223'245'824, index::HiddenTime::Unit::millisecond, true, "Adpu", 7};
  index::HiddenTime local{
      "message-id", 1'015'322'823'000'000, index::HiddenTime::Unit::second, false, "a@b", 90};
  message.hidden_times = {utc, local};
  message.findings = {{"CLIENT_MISMATCH", index::Severity::notice, std::nullopt, "Two programs."}};
  const auto object = json::parse(to_json(message));
  EXPECT_EQ(object["client"],
            json::parse(R"({"program": "Thunderbird", "version": "115.6.0", "platform": "Windows",
      "basis": ["user-agent", "message-id"]})"));
  const auto& facts = object["sender_facts"];
  EXPECT_EQ(facts["from_domains"], json::parse(R"(["example.org"])"));
  EXPECT_EQ(facts["originating_ip"], json::parse(R"({"field": "x-originating-ip", "ip": "192.0.2.7"})"));
  EXPECT_EQ(facts["list_id"], "news.example.org");
  EXPECT_EQ(
      facts["fields"],
      json::parse(R"([{"name": "Precedence", "value": "bulk", "tells": "sent by a program, or in bulk"}])"));
  EXPECT_EQ(object["hidden_times"],
            json::parse(R"([{"source": "thread-index", "time": "2024-03-05T10:07:03.245Z",
      "local_time": null, "precision": "millisecond", "raw": "Adpu", "offset": 7},
      {"source": "message-id", "time": null, "local_time": "2002-03-05T10:07:03", "precision": "second", "raw": "a@b",
      "offset": 90}])"));
  EXPECT_EQ(object["findings"], json::parse(R"([{"code": "CLIENT_MISMATCH", "severity": "notice", "hop": null,
      "detail": "Two programs."}])"));
}

TEST(MessageJson, SaysWhatIsKnown) {
  index::MessageObject message;
  message.summary.subject = "a \"quoted\" \x1b[31m\xFF \u202e line\n";
  message.summary.date = index::DateTime{1'709'632'799, 60};
  message.summary.from = {{"Alice", "alice@example.org"}};
  message.summary.return_path = "";
  index::Hop newest;
  newest.from_helo = "client.example";
  newest.from_ip = "192.0.2.1";
  newest.from_port = 51'322;
  newest.by = "mx.example";
  newest.with = "ESMTPSA";
  newest.for_recipient = "bob@example.net";
  newest.envelope_from = "";
  newest.date = index::DateTime{1'709'632'802, std::nullopt};
  newest.delay_seconds = -3;
  newest.software = "exim";
  newest.raw = "from x\r\n\tby mx.example";
  newest.defects = {"no readable date"};
  newest.standing = index::HopStanding::ours;
  newest.place.country = "DE";
  newest.place.country_basis = "libloc 2022-10-29";
  newest.place.asn = 4'200'000'000;
  newest.place.as_name = "Example \"Net\"";
  newest.place.asn_basis = "libloc 2022-10-28";
  message.hops = {newest, index::Hop{}};
  message.origin.ip = "192.0.2.1";
  message.origin.hop = 0;
  message.origin.evidence = "received";
  message.origin.trust = index::OriginTrust::observed;
  message.origin.kind = index::OriginKind::client;
  message.origin.place.city = "Lyon";
  message.origin.place.latitude = 45.75;
  message.origin.place.longitude = -4.5;
  message.origin.place.accuracy_km = 20;
  message.origin.place.city_basis = "City 2024-01-01";
  message.findings = {{"CHAIN_BREAK", index::Severity::notice, 1U, "no link"},
                      {"NO_MESSAGE_ID", index::Severity::info, std::nullopt, "none"}};
  const auto text = to_json(message);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("\u202e"), std::string::npos);
  const auto object = json::parse(text);
  EXPECT_EQ(object["subject"], "a \"quoted\" \x1b[31m\xEF\xBF\xBD \u202e line\n");
  EXPECT_EQ(object["date"], "2024-03-05T09:59:59Z");
  EXPECT_EQ(object["date_offset_minutes"], 60);
  EXPECT_EQ(object["from"], json::parse(R"([{"name": "Alice", "address": "alice@example.org"}])"));
  EXPECT_EQ(object["return_path"], "");
  EXPECT_EQ(object["origin"]["ip"], "192.0.2.1");
  EXPECT_EQ(object["origin"]["hop"], 0);
  EXPECT_EQ(object["origin"]["trust"], "observed");
  EXPECT_EQ(object["origin"]["kind"], "client");
  EXPECT_TRUE(object["origin"]["first_untrusted_ip"].is_null());
  EXPECT_TRUE(object["origin"]["first_untrusted_trust"].is_null());
  EXPECT_TRUE(object["origin"]["country"].is_null());
  EXPECT_EQ(object["origin"]["city"], "Lyon");
  EXPECT_EQ(object["origin"]["latitude"], 45.75);
  EXPECT_EQ(object["origin"]["longitude"], -4.5);
  EXPECT_EQ(object["origin"]["accuracy_km"], 20);
  EXPECT_EQ(object["origin"]["city_basis"], "City 2024-01-01");
  EXPECT_FALSE(object["hops"][1]["trusted"]);
  EXPECT_EQ(object["findings"],
            json::parse(R"([{"code": "CHAIN_BREAK", "severity": "notice", "hop": 1, "detail": "no link"},
                            {"code": "NO_MESSAGE_ID", "severity": "info", "hop": null, "detail": "none"}])"));
  const auto& hop = object["hops"][0];
  EXPECT_EQ(hop, json::parse(
                     R"({"index": 0, "from_helo": "client.example", "from_rdns": null, "from_ip": "192.0.2.1",
      "from_port": 51322, "by": "mx.example", "with": "ESMTPSA", "id": null, "for": "bob@example.net",
      "envelope_from": "", "auth_user": null, "tls_version": null, "tls_cipher": null,
      "date": "2024-03-05T10:00:02Z", "date_offset_minutes": null, "delay_seconds": -3, "software": "exim",
      "country": "DE", "country_basis": "libloc 2022-10-29", "asn": 4200000000, "as_name": "Example \"Net\"",
      "asn_basis": "libloc 2022-10-28", "trusted": true, "raw": "from x\r\n\tby mx.example", "defects": ["no readable date"]})"));
  EXPECT_EQ(object["hops"][1]["index"], 1);
  EXPECT_TRUE(object["hops"][1]["envelope_from"].is_null());
  EXPECT_EQ(object["ports"], json::parse(R"([{"hop": 0, "side": "peer", "port": 51322, "how": "explicit"},
      {"hop": 0, "side": "service", "port": 587, "how": "implied"},
      {"hop": 0, "side": "service", "port": 465, "how": "implied"}])"));
}

TEST(MessageJson, SaysWhoAuthenticatedWhat) {
  index::MessageObject message;
  index::Authentication entry;
  entry.method = "dkim";
  entry.result = "pass";
  entry.domain = "example.org";
  entry.selector = "s1";
  entry.source = "Authentication-Results: mx.example.org";
  entry.is_trusted = true;
  entry.alignment = index::Alignment::relaxed;
  entry.properties.push_back({"header", "d", "example.org"});
  message.authentication.push_back(entry);
  entry.signature.emplace();
  entry.signature->timestamp = 1'709'632'799;
  entry.signature->signed_fields = {"From"};
  message.authentication.push_back(entry);
  const auto object = json::parse(to_json(message));
  const auto& plain = object["authentication"][0];
  EXPECT_EQ(plain,
            json::parse(R"({"method": "dkim", "result": "pass", "domain": "example.org", "selector": "s1",
      "source": "Authentication-Results: mx.example.org", "trusted": true, "alignment": "relaxed", "instance": null,
      "ip": null, "helo": null, "reason": null, "comment": null, "text": null,
      "properties": [{"type": "header", "name": "d", "value": "example.org"}], "signature": null})"));
  const auto& signature = object["authentication"][1]["signature"];
  EXPECT_EQ(signature.size(), 12U);
  EXPECT_EQ(signature["timestamp"], "2024-03-05T09:59:59Z");
  EXPECT_EQ(signature["signed"], json::parse(R"(["From"])"));
  EXPECT_TRUE(signature["body_length"].is_null());
}

}  // namespace
}  // namespace mailspoor::cli
