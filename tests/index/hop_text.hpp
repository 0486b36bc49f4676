#pragma once

#include <string>
#include <string_view>

#include "index/message_object.hpp"

namespace mailspoor::index {

/// Every field of a hop that is known but `raw` and `defects`, in the order of the spec: `helo=a ip=192.0.2.1
/// by=b`. Text with a blank in it stands in single quotation marks.
inline std::string hop_text(const Hop& hop) {
  std::string text;
  const auto put = [&](std::string_view name, std::string_view value) {
    const bool has_blank = value.empty() || value.find(' ') != std::string_view::npos;
    if (!text.empty()) text += ' ';
    text += std::string{name} + '=' + (has_blank ? "'" + std::string{value} + "'" : std::string{value});
  };
  const auto put_text = [&](std::string_view name, const std::optional<std::string>& value) {
    if (value) put(name, *value);
  };
  put_text("helo", hop.from_helo);
  put_text("rdns", hop.from_rdns);
  put_text("ip", hop.from_ip);
  if (hop.from_port) put("port", std::to_string(*hop.from_port));
  put_text("by", hop.by);
  put_text("with", hop.with);
  put_text("id", hop.id);
  put_text("for", hop.for_recipient);
  put_text("from", hop.envelope_from);
  put_text("user", hop.auth_user);
  put_text("tls", hop.tls_version);
  put_text("cipher", hop.tls_cipher);
  if (hop.date) put("date", to_rfc3339(hop.date->unix_seconds));
  put_text("mta", hop.software);
  put_text("via", hop.via);
  put_text("at", hop.by_ip);
  if (hop.name_lookup == NameLookup::not_found) text += " no-name";
  if (hop.is_may_be_forged) text += " may-be-forged";
  return text;
}

}  // namespace mailspoor::index
