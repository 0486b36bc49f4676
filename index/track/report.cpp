#include "index/track/report.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "deliver/base/text.hpp"
#include "index/message/header_section.hpp"

namespace mailspoor::index {
namespace {

using base::equal_ignoring_case;

constexpr std::size_t kMaxValueOctets = 2'000;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

/// A field body without folds, and without comments at its end: `5.1.1 (bad destination)`.
std::string value_of(std::string_view body) {
  auto text = base::to_valid_utf8(unfold(body.substr(0, kMaxValueOctets)));
  text.resize(std::min(text.find(" ("), text.size()));
  return std::string{trimmed(text)};
}

/// Behind the type: `rfc822; anna@example.org`, `dns; mx.example.org`. Without angle brackets.
std::string untyped(const std::string& value) {
  const auto semicolon = value.find(';');
  auto text = semicolon != std::string::npos ? trimmed(std::string_view{value}.substr(semicolon + 1)) : value;
  if (text.starts_with('<') && text.ends_with('>')) text = trimmed(text.substr(1, text.size() - 2));
  return std::string{text};
}

/// The first of a name counts; an empty one is none.
void set_once(std::optional<std::string>& field, std::string value) {
  if (!field && !value.empty()) field = std::move(value);
}

/// The groups of fields; lines that are no field are passed over.
std::vector<std::vector<HeaderField>> groups_of(std::string_view octets) {
  std::vector<std::vector<HeaderField>> groups(1);
  while (!octets.empty()) {
    if (const auto field = take_header_field(octets)) {
      groups.back().push_back(*field);
      continue;
    }
    const auto end = std::min(octets.find('\n'), octets.size() - 1) + 1;
    const bool is_empty_line = trimmed(octets.substr(0, end)).empty();
    octets.remove_prefix(end);
    if (is_empty_line && !groups.back().empty()) {
      if (groups.size() > kMaxReportRecipients) break;  // one more is that of the message
      groups.emplace_back();
    }
  }
  if (groups.back().empty()) groups.pop_back();
  return groups;
}

///     disposition = mode ";" type [ "/" modifier ]      RFC 8098 §3.2.6
void set_disposition(DispositionReport& report, const std::string& value) {
  const auto semicolon = value.find(';');
  const std::string_view text{value};
  const auto type = semicolon != std::string::npos ? text.substr(semicolon + 1) : text;
  if (semicolon != std::string::npos)
    set_once(report.disposition_mode, std::string{trimmed(text.substr(0, semicolon))});
  set_once(report.disposition, base::to_lower(trimmed(type.substr(0, type.find('/')))));
}

DeliveryReport::Recipient recipient_of(const std::vector<HeaderField>& fields) {
  DeliveryReport::Recipient recipient;
  for (const auto& [name, body] : fields) {
    if (equal_ignoring_case(name, "Final-Recipient")) {
      set_once(recipient.final_recipient, untyped(value_of(body)));
    } else if (equal_ignoring_case(name, "Action")) {
      set_once(recipient.action, base::to_lower(value_of(body)));
    } else if (equal_ignoring_case(name, "Status")) {
      const auto value = value_of(body);
      set_once(recipient.status, value.substr(0, value.find_first_of(" \t")));
    }
  }
  return recipient;
}

bool is_of_recipient(const std::vector<HeaderField>& fields) {
  return std::any_of(fields.begin(), fields.end(), [](const HeaderField& field) {
    return equal_ignoring_case(field.name, "Final-Recipient") || equal_ignoring_case(field.name, "Action");
  });
}

}  // namespace

DispositionReport read_disposition_report(std::string_view octets) {
  DispositionReport report;
  for (const auto& group : groups_of(octets)) {
    for (const auto& [name, body] : group) {
      const auto value = value_of(body);
      if (equal_ignoring_case(name, "Final-Recipient")) {
        set_once(report.final_recipient, untyped(value));
      } else if (equal_ignoring_case(name, "Original-Recipient")) {
        set_once(report.original_recipient, untyped(value));
      } else if (equal_ignoring_case(name, "Disposition")) {
        set_disposition(report, value);
      } else if (equal_ignoring_case(name, "Original-Message-ID")) {
        set_once(report.original_message_id, untyped("id;" + value));
      }
    }
  }
  return report;
}

DeliveryReport read_delivery_report(std::string_view octets) {
  DeliveryReport report;
  for (const auto& group : groups_of(octets)) {
    for (const auto& [name, body] : group) {
      if (equal_ignoring_case(name, "Reporting-MTA")) {
        set_once(report.reporting_mta, untyped(value_of(body)));
      } else if (equal_ignoring_case(name, "Original-Envelope-Id")) {
        set_once(report.original_envelope_id, value_of(body));
      }
    }
    if (is_of_recipient(group) && report.recipients.size() < kMaxReportRecipients)
      report.recipients.push_back(recipient_of(group));
  }
  return report;
}

}  // namespace mailspoor::index
