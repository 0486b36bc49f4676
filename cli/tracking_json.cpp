#include "cli/tracking_json.hpp"

namespace mailspoor::cli {
namespace {

using base::JsonWriter;

template <typename List, typename Write>
void array(JsonWriter& json, const char* name, const List& list, Write write) {
  json.key(name).begin_array();
  for (const auto& entry : list) write(json, entry);
  json.end_array();
}

void pixel_object(JsonWriter& json, const index::Pixel& pixel) {
  json.begin_object();
  json.member("url", pixel.url).member("host", pixel.host).member("vendor", pixel.vendor);
  json.member("reason", to_text(pixel.reasons.front()));
  array(json, "reasons", pixel.reasons,
        [](JsonWriter& inner, index::PixelReason reason) { inner.value(to_text(reason)); });
  json.member("width", pixel.width).member("height", pixel.height);
  json.end_object();
}

void remote_object(JsonWriter& json, const index::RemoteResource& resource) {
  json.begin_object();
  json.member("url", resource.url).member("host", resource.host).member("kind", to_text(resource.kind));
  json.member("wrapped_by", resource.wrapped_by).member("element", resource.element);
  json.member("uses", resource.uses);
  json.end_object();
}

void link_object(JsonWriter& json, const index::Link& link) {
  json.begin_object();
  json.member("url", link.url).member("unwrapped", link.unwrapped).member("host", link.host);
  json.member("vendor", link.vendor).member("tracked", link.is_tracked).member("wrapped_by", link.wrapped_by);
  json.member("target", link.target);
  json.end_object();
}

void leak_object(JsonWriter& json, const index::Leak& leak) {
  json.begin_object();
  json.member("url", leak.url).member("host", leak.host).member("encoding", leak.encoding);
  json.member("where", to_text(leak.where)).member("address", leak.address);
  json.end_object();
}

void report_object(JsonWriter& json, const index::DispositionReport& report) {
  json.begin_object().member("kind", "mdn");
  json.member("final_recipient", report.final_recipient)
      .member("original_recipient", report.original_recipient);
  json.member("disposition", report.disposition).member("disposition_mode", report.disposition_mode);
  json.member("original_message_id", report.original_message_id);
  json.end_object();
}

void report_object(JsonWriter& json, const index::DeliveryReport& report) {
  json.begin_object().member("kind", "dsn");
  json.member("reporting_mta", report.reporting_mta)
      .member("original_envelope_id", report.original_envelope_id);
  array(json, "recipients", report.recipients,
        [](JsonWriter& inner, const index::DeliveryReport::Recipient& recipient) {
          inner.begin_object();
          inner.member("final_recipient", recipient.final_recipient);
          inner.member("action", recipient.action).member("status", recipient.status);
          inner.end_object();
        });
  json.end_object();
}

}  // namespace

void tracking_object(JsonWriter& json, const index::Tracking& tracking) {
  json.begin_object();
  array(json, "pixels", tracking.pixels, pixel_object);
  array(json, "remote", tracking.remote, remote_object);
  array(json, "links", tracking.links, link_object);
  array(json, "leaks", tracking.leaks, leak_object);
  json.member("read_receipt", tracking.read_receipt);
  json.member("one_click_unsubscribe", tracking.is_one_click_unsubscribe);
  json.key("report");
  if (tracking.report) {
    std::visit([&](const auto& report) { report_object(json, report); }, *tracking.report);
  } else {
    json.null();
  }
  const auto text = [](JsonWriter& inner, const std::string& value) { inner.value(value); };
  array(json, "tracked_hosts", tracking.tracked_hosts, text);
  array(json, "spacers", tracking.spacers,
        [](JsonWriter& inner, const index::RemoteResource& spacer) { inner.value(spacer.url); });
  json.member("wrapped", tracking.wrapped);
  json.end_object();
}

}  // namespace mailspoor::cli
