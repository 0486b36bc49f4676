#include "cli/message_json.hpp"

#include <initializer_list>

#include "cli/authentication_json.hpp"
#include "cli/tracking_json.hpp"
#include "deliver/base/json_writer.hpp"
#include "index/trace/hidden_times.hpp"
#include "index/trace/ports.hpp"

namespace mailspoor::cli {
namespace {

using base::JsonWriter;
using index::Address;
using index::DateTime;
using index::Hop;
using index::MessageObject;
using index::MessageSummary;
using index::Placement;

std::optional<std::string> utc(const std::optional<DateTime>& date) {
  if (!date) return std::nullopt;
  return index::to_rfc3339(date->unix_seconds);
}
std::optional<int> offset(const std::optional<DateTime>& date) {
  return date ? date->offset_minutes : std::nullopt;
}

template <typename Strings>
void strings(JsonWriter& json, const char* name, const Strings& values) {
  json.key(name).begin_array();
  for (const auto& value : values) json.value(value);
  json.end_array();
}

void address_object(JsonWriter& json, const Address& address) {
  json.begin_object();
  json.member("name", address.display_name).member("address", address.addr_spec);
  json.end_object();
}

void addresses(JsonWriter& json, const char* name, const std::vector<Address>& list) {
  json.key(name).begin_array();
  for (const auto& address : list) address_object(json, address);
  json.end_array();
}

void placement(JsonWriter& json, const Placement& place) {
  json.begin_object();
  json.member("account", place.account)
      .member("mailbox", place.mailbox)
      .member("mailbox_raw", place.mailbox_raw)
      .member("special_use", place.special_use);
  json.member("uid_validity", place.uid_validity).member("uid", place.uid).member("uidl", place.uidl);
  strings(json, "flags", place.flags);
  json.key("internal_date");
  if (place.internal_date) {
    json.value(index::to_rfc3339(*place.internal_date));
  } else {
    json.null();
  }
  json.member("internal_date_raw", place.internal_date_raw);
  json.key("gone");
  if (place.gone) {
    json.begin_object().key("last_seen");
    if (place.gone->last_seen) {
      json.value(index::to_rfc3339(*place.gone->last_seen));
    } else {
      json.null();
    }
    json.member("first_missed", index::to_rfc3339(place.gone->first_missed)).end_object();
  } else {
    json.null();
  }
  json.key("envelope");
  if (place.envelope) {
    json.begin_object().member("sender", place.envelope->sender);
    strings(json, "recipients", place.envelope->recipients);
    json.member("delivered", index::to_rfc3339(place.envelope->delivered)).end_object();
  } else {
    json.null();
  }
  json.end_object();
}

/// The members of the first block, without the braces.
void summary_members(JsonWriter& json, const MessageSummary& summary) {
  json.member("schema", 1)
      .member("id", summary.id)
      .member("sha256", summary.sha256)
      .member("size", summary.size);
  strings(json, "paths", summary.paths);
  json.member("message_id", summary.message_id).member("subject", summary.subject);
  json.member("date", utc(summary.date)).member("date_offset_minutes", offset(summary.date));
  addresses(json, "from", summary.from);
  json.key("sender");
  if (summary.sender) {
    address_object(json, *summary.sender);
  } else {
    json.null();
  }
  addresses(json, "reply_to", summary.reply_to);
  addresses(json, "to", summary.to);
  addresses(json, "cc", summary.cc);
  addresses(json, "bcc", summary.bcc);
  json.member("return_path", summary.return_path).member("user_agent", summary.user_agent);
  json.key("placements").begin_array();
  for (const auto& place : summary.placements) placement(json, place);
  json.end_array();
}

/// Whose network an address is in.
void network_members(JsonWriter& json, const index::Place& place) {
  json.member("country", place.country).member("country_basis", place.country_basis);
  json.member("asn", place.asn).member("as_name", place.as_name).member("asn_basis", place.asn_basis);
}

void hop_object(JsonWriter& json, std::size_t position, const Hop& hop) {
  json.begin_object();
  json.member("index", position);
  json.member("from_helo", hop.from_helo).member("from_rdns", hop.from_rdns);
  json.member("from_ip", hop.from_ip).member("from_port", hop.from_port);
  json.member("by", hop.by).member("with", hop.with).member("id", hop.id).member("for", hop.for_recipient);
  json.member("envelope_from", hop.envelope_from).member("auth_user", hop.auth_user);
  json.member("tls_version", hop.tls_version).member("tls_cipher", hop.tls_cipher);
  json.member("date", utc(hop.date)).member("date_offset_minutes", offset(hop.date));
  json.member("delay_seconds", hop.delay_seconds).member("software", hop.software);
  network_members(json, hop.place);
  json.member("trusted", hop.standing == index::HopStanding::ours).member("raw", hop.raw);
  strings(json, "defects", hop.defects);
  json.end_object();
}

void ports(JsonWriter& json, const std::vector<Hop>& hops) {
  json.key("ports").begin_array();
  for (const auto& port : index::ports_of(hops)) {
    json.begin_object();
    json.member("hop", port.hop);
    json.member("side", port.side == index::Port::Side::peer ? "peer" : "service");
    json.member("port", port.port);
    json.member("how", port.how == index::Port::How::stated ? "explicit" : "implied");
    json.end_object();
  }
  json.end_array();
}

template <typename Enum>
std::optional<std::string_view> name_of(const std::optional<Enum>& value) {
  return value ? std::optional{index::to_text(*value)} : std::nullopt;
}

void origin_object(JsonWriter& json, const index::Origin& origin) {
  json.key("origin").begin_object();
  json.member("ip", origin.ip).member("hop", origin.hop).member("evidence", origin.evidence);
  json.member("trust", name_of(origin.trust)).member("kind", name_of(origin.kind));
  json.member("provider", origin.provider).member("first_untrusted_ip", origin.first_untrusted_ip);
  json.member("first_untrusted_trust", name_of(origin.first_untrusted_trust));
  const auto& place = origin.place;
  network_members(json, place);
  json.member("city", place.city).member("latitude", place.latitude).member("longitude", place.longitude);
  json.member("accuracy_km", place.accuracy_km).member("city_basis", place.city_basis);
  json.end_object();
}

void client_object(JsonWriter& json, const index::Client& client) {
  json.key("client").begin_object();
  json.member("program", client.program).member("version", client.version);
  json.member("platform", client.platform);
  strings(json, "basis", client.basis);
  json.end_object();
}

void sender_facts_object(JsonWriter& json, const index::SenderFacts& facts) {
  json.key("sender_facts").begin_object();
  strings(json, "from_domains", facts.from_domains);
  json.member("sender_domain", facts.sender_domain);
  strings(json, "reply_to_domains", facts.reply_to_domains);
  json.member("return_path_domain", facts.return_path_domain);
  json.member("message_id_host", facts.message_id_host);
  json.key("originating_ip");
  if (facts.originating_ip) {
    json.begin_object();
    json.member("field", facts.originating_ip->field).member("ip", facts.originating_ip->ip);
    json.end_object();
  } else {
    json.null();
  }
  json.member("list_id", facts.list_id);
  json.key("fields").begin_array();
  for (const auto& fact : facts.fields) {
    json.begin_object();
    json.member("name", fact.name).member("value", fact.value).member("tells", fact.tells);
    json.end_object();
  }
  json.end_array().end_object();
}

void hidden_times(JsonWriter& json, const std::vector<index::HiddenTime>& times) {
  json.key("hidden_times").begin_array();
  for (const auto& time : times) {
    const auto text = to_text(time);
    json.begin_object();
    json.member("source", time.source);
    json.member("time", time.is_utc ? std::optional{text} : std::nullopt);
    json.member("local_time", time.is_utc ? std::nullopt : std::optional{text});
    json.member("precision", to_text(time.unit)).member("raw", time.raw).member("offset", time.offset);
    json.end_object();
  }
  json.end_array();
}

void findings(JsonWriter& json, const std::vector<index::Finding>& list) {
  json.key("findings").begin_array();
  for (const auto& finding : list) {
    json.begin_object();
    json.member("code", finding.code).member("severity", index::to_text(finding.severity));
    json.member("hop", finding.hop).member("detail", finding.detail);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

std::string to_json(const MessageSummary& summary) {
  JsonWriter json;
  json.begin_object();
  summary_members(json, summary);
  json.end_object();
  return json.take();
}

std::string to_json(const MessageObject& message) {
  JsonWriter json;
  json.begin_object();
  summary_members(json, message.summary);
  json.key("hops").begin_array();
  for (std::size_t position = 0; position < message.hops.size(); ++position)
    hop_object(json, position, message.hops[position]);
  json.end_array();
  origin_object(json, message.origin);
  ports(json, message.hops);
  client_object(json, message.client);
  sender_facts_object(json, message.sender_facts);
  hidden_times(json, message.hidden_times);
  json.key("authentication").begin_array();
  for (const auto& entry : message.authentication) authentication_object(json, entry);
  json.end_array();
  json.key("tracking");
  tracking_object(json, message.tracking);
  json.key("attachments").begin_array();
  for (const auto& attachment : message.attachments) {
    json.begin_object();
    json.member("filename", attachment.filename).member("type", attachment.media_type);
    json.member("size", attachment.size).member("sha256", attachment.sha256);
    json.end_object();
  }
  json.end_array();
  findings(json, message.findings);
  strings(json, "defects", message.defects);
  json.end_object();
  return json.take();
}

}  // namespace mailspoor::cli
