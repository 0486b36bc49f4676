#include "cli/authentication_json.hpp"

#include <optional>
#include <string>
#include <vector>

#include "index/message/date_time.hpp"

namespace mailspoor::cli {
namespace {

using base::JsonWriter;

std::optional<std::string> utc(const std::optional<std::int64_t>& unix_seconds) {
  if (!unix_seconds) return std::nullopt;
  return index::to_rfc3339(*unix_seconds);
}

void strings(JsonWriter& json, const char* name, const std::vector<std::string>& values) {
  json.key(name).begin_array();
  for (const auto& value : values) json.value(value);
  json.end_array();
}

void signature_object(JsonWriter& json, const index::SignatureFacts& signature) {
  json.begin_object();
  json.member("algorithm", signature.algorithm)
      .member("canonicalization", signature.canonicalization)
      .member("identity", signature.identity)
      .member("timestamp", utc(signature.timestamp))
      .member("expiration", utc(signature.expiration))
      .member("body_length", signature.body_length)
      .member("has_body_hash", signature.has_body_hash);
  strings(json, "signed", signature.signed_fields);
  strings(json, "unsigned", signature.unsigned_fields);
  strings(json, "weaknesses", signature.weaknesses);
  json.member("key_source", signature.key_source).member("key_date", signature.key_date);
  json.end_object();
}

}  // namespace

void authentication_object(JsonWriter& json, const index::Authentication& entry) {
  json.begin_object();
  json.member("method", entry.method)
      .member("result", entry.result)
      .member("domain", entry.domain)
      .member("selector", entry.selector)
      .member("source", entry.source)
      .member("trusted", entry.is_trusted)
      .member("alignment", entry.alignment ? std::optional{index::to_text(*entry.alignment)} : std::nullopt)
      .member("instance", entry.arc_instance)
      .member("ip", entry.ip)
      .member("helo", entry.helo)
      .member("reason", entry.reason)
      .member("comment", entry.comment)
      .member("text", entry.text);
  json.key("properties").begin_array();
  for (const auto& property : entry.properties) {
    json.begin_object();
    json.member("type", property.type).member("name", property.name).member("value", property.value);
    json.end_object();
  }
  json.end_array();
  json.key("signature");
  if (entry.signature) {
    signature_object(json, *entry.signature);
  } else {
    json.null();
  }
  json.end_object();
}

}  // namespace mailspoor::cli
