#include "cli/why.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <optional>

#include "cli/error.hpp"
#include "deliver/base/json_writer.hpp"
#include "deliver/base/text.hpp"
#include "index/message/header_section.hpp"

namespace mailspoor::cli {
namespace {

using base::equal_ignoring_case;
using index::HeaderField;
using index::MessageObject;

struct Ground {
  std::string_view fact;
  std::string_view fields;  ///< A blank between them.
};
constexpr std::string_view kClientFields = "User-Agent X-Mailer X-Newsreader Message-ID Content-Type";

/// Keys of the message object, and the header fields that they are read from.
constexpr std::array kGrounds{
    Ground{"message_id", "Message-ID"},
    Ground{"subject", "Subject"},
    Ground{"date", "Date"},
    Ground{"date_offset_minutes", "Date"},
    Ground{"from", "From"},
    Ground{"sender", "Sender"},
    Ground{"reply_to", "Reply-To"},
    Ground{"to", "To"},
    Ground{"cc", "Cc"},
    Ground{"bcc", "Bcc"},
    Ground{"return_path", "Return-Path"},
    Ground{"user_agent", "User-Agent X-Mailer"},
    Ground{"client", kClientFields},
    Ground{"hidden_times",
           "Message-ID Content-Type Thread-Index X-GM-MSGID X-GM-THRID X-OriginalArrivalTime "
           "X-MS-Exchange-CrossTenant-OriginalArrivalTime X-SES-Outgoing"},
    Ground{"authentication",
           "Authentication-Results Received-SPF ARC-Authentication-Results ARC-Message-Signature "
           "ARC-Seal DKIM-Signature"},
    Ground{"hops", "Received"},
    Ground{"ports", "Received"},
    Ground{"tracking",
           "Disposition-Notification-To Return-Receipt-To X-Confirm-Reading-To List-Unsubscribe "
           "List-Unsubscribe-Post To Cc Delivered-To X-Original-To Envelope-To"},
};

/// What is told of the origin rests on what it rests on itself.
constexpr std::string_view kOfOrigin =
    "origin country asn as_name city latitude longitude trust kind provider";

/// Codes of findings, and the fields that each rests on besides the hops and the field that it names itself.
constexpr std::array kFindingGrounds{
    Ground{"BAD_DATE", ""},
    Ground{"CHAIN_BREAK", ""},
    Ground{"CLEARTEXT_HOP", ""},
    Ground{"CLIENT_MISMATCH", kClientFields},
    Ground{"DATE_IN_FUTURE", "Date"},
    Ground{"DISPLAY_NAME_ADDR", "From"},
    Ground{"FORGED_AUTHRES", ""},
    Ground{"HELO_CLAIMS_US", ""},
    Ground{"HELO_LITERAL_MISMATCH", ""},
    Ground{"LONG_DELAY", ""},
    Ground{"MAY_BE_FORGED", ""},
    Ground{"MULTIPLE_FROM", "From"},
    Ground{"NAME_BIDI", "From"},
    Ground{"NAME_INVISIBLE", "From"},
    Ground{"NAME_LOOKALIKE", "From"},
    Ground{"NAME_MIXED_SCRIPTS", "From"},
    Ground{"NAME_PUNYCODE", "From"},
    Ground{"NO_MESSAGE_ID", "Message-ID"},
    Ground{"NO_RDNS", ""},
    Ground{"ORIGIN_WITHHELD", "Message-ID"},
    Ground{"RECON_PROBE", "From Authentication-Results"},
    Ground{"REPLYTO_MISMATCH", "From Reply-To"},
    Ground{"TIME_REVERSED", ""},
    Ground{"UNPARSEABLE_HOP", ""},
    Ground{"XOIP_MISMATCH", ""},
};

const Ground* finding_ground(std::string_view code) {
  const auto* found = std::find_if(kFindingGrounds.begin(), kFindingGrounds.end(), [&](const Ground& ground) {
    return equal_ignoring_case(ground.fact, code);
  });
  return found == kFindingGrounds.end() ? nullptr : found;
}

bool has_finding(const MessageObject& message, std::string_view code) {
  return std::any_of(message.findings.begin(), message.findings.end(),
                     [&](const index::Finding& finding) { return equal_ignoring_case(finding.code, code); });
}

bool is_one_of(std::string_view name, std::string_view words) {
  while (!words.empty()) {
    const auto end = std::min(words.find(' '), words.size());
    if (equal_ignoring_case(name, words.substr(0, end))) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

/// The N of `hops[N]` and what stands behind it.
std::optional<std::size_t> hop_number(std::string_view fact) {
  constexpr std::string_view kHop = "hops[";
  if (!fact.starts_with(kHop)) return std::nullopt;
  std::size_t number = 0;
  const auto* const begin = fact.data() + kHop.size();
  const auto read = std::from_chars(begin, fact.data() + fact.size(), number);
  if (read.ec != std::errc{} || read.ptr == fact.data() + fact.size() || *read.ptr != ']')
    return std::nullopt;
  return number;
}

class Grounds {
 public:
  explicit Grounds(const MessageObject& message)
      : message_{message}, section_{index::parse_header_section(message.header_section)} {}

  std::vector<Evidence> of(std::string_view fact) const {
    if (const auto hop = hop_number(fact)) {
      if (*hop >= message_.hops.size())
        throw UsageError{fmt::format("there is no hop {}: the message has {}", *hop, message_.hops.size())};
      return take([&](const Place& place) { return place.hop == hop; });
    }
    const auto key = fact.substr(0, fact.find_first_of(".["));
    if (is_one_of(key, kOfOrigin)) return of_origin();
    if (equal_ignoring_case(key, "sender_facts")) return of_sender();
    for (const auto& ground : kGrounds) {
      if (!equal_ignoring_case(key, ground.fact)) continue;
      return take([&](const Place& place) { return is_one_of(place.field.name, ground.fields); });
    }
    if (finding_ground(key) == nullptr && !has_finding(message_, key)) unknown(key);
    return of_finding(key);
  }

 private:
  /// A header field, its position among them, and of a Received its number from 0.
  struct Place {
    const HeaderField& field;
    std::size_t position;
    std::optional<std::size_t> hop;
  };

  /// All hops from the mailbox down to the origin, since each rests on the newer ones, and the field that
  /// names the address where it is no hop.
  std::vector<Evidence> of_origin() const {
    const auto& origin = message_.origin;
    if (!origin.hop) return {};
    return take([&](const Place& place) {
      if (place.hop) return *place.hop <= *origin.hop;
      return origin.evidence && equal_ignoring_case(place.field.name, *origin.evidence);
    });
  }

  std::vector<Evidence> of_sender() const {
    const auto& facts = message_.sender_facts;
    return take([&](const Place& place) {
      const auto is = [&](std::string_view name) { return equal_ignoring_case(place.field.name, name); };
      return is_one_of(place.field.name, "From Sender Reply-To Return-Path Message-ID List-Id") ||
             (facts.originating_ip && is(facts.originating_ip->field)) ||
             std::any_of(facts.fields.begin(), facts.fields.end(),
                         [&](const index::SenderFact& fact) { return is(fact.name); });
    });
  }

  std::vector<Evidence> of_finding(std::string_view code) const {
    const auto* ground = finding_ground(code);
    return take([&](const Place& place) {
      return std::any_of(
          message_.findings.begin(), message_.findings.end(), [&](const index::Finding& finding) {
            if (!equal_ignoring_case(finding.code, code)) return false;
            return (place.hop && (place.hop == finding.hop || place.hop == finding.newer_hop)) ||
                   finding.field == place.position ||
                   (ground != nullptr && is_one_of(place.field.name, ground->fields));
          });
    });
  }

  [[noreturn]] void unknown(std::string_view fact) const {
    std::vector<std::string_view> known{"origin", "country", "asn", "city", "sender_facts", "hops[0]"};
    for (const auto& ground : kGrounds) {
      if (base::to_lower(ground.fact) == ground.fact) known.push_back(ground.fact);
    }
    for (const auto& finding : message_.findings) known.push_back(finding.code);
    throw UsageError{fmt::format("`{}` is no fact of this message; there are {}", base::printable(fact),
                                 fmt::join(known, ", "))};
  }

  std::vector<Evidence> take(const std::function<bool(const Place&)>& is_taken) const {
    const std::string_view octets = message_.header_section;
    std::vector<Evidence> found;
    std::size_t hops = 0;
    for (std::size_t position = 0; position < section_.fields.size(); ++position) {
      const auto& field = section_.fields[position];
      std::optional<std::size_t> hop;
      if (equal_ignoring_case(field.name, "Received")) hop = hops++;
      if (!is_taken({field, position, hop})) continue;
      const auto begin = static_cast<std::size_t>(field.name.data() - octets.data());
      const auto end = static_cast<std::size_t>(field.body.data() + field.body.size() - octets.data());
      found.push_back({std::string{field.name}, message_.header_offset + begin,
                       std::string{octets.substr(begin, end - begin)}});
    }
    return found;
  }

  const MessageObject& message_;
  index::HeaderSection section_;
};

}  // namespace

std::vector<Evidence> evidence_of(const MessageObject& message, std::string_view fact) {
  return Grounds{message}.of(fact);
}

bool lacks_finding(const MessageObject& message, std::string_view fact) {
  return finding_ground(fact) != nullptr && !has_finding(message, fact);
}

std::string no_finding_text(std::string_view code) {
  return fmt::format("The message has no finding {}.\n", finding_ground(code)->fact);
}

std::string why_text(const std::vector<Evidence>& evidence) {
  if (evidence.empty()) return "No header field says anything of it.\n";
  std::string text;
  for (const auto& field : evidence) {
    text += fmt::format("octets {} to {}:\n", field.offset, field.offset + field.raw.size());
    std::string_view rest = field.raw;
    while (!rest.empty()) {
      auto line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      if (line.ends_with('\r')) line.remove_suffix(1);
      text += fmt::format("  {}\n", base::printable(line));
    }
  }
  return text;
}

std::string to_json(const Evidence& evidence) {
  base::JsonWriter json;
  json.begin_object();
  json.member("name", base::to_valid_utf8(evidence.name)).member("offset", evidence.offset);
  json.member("length", evidence.raw.size()).member("raw", base::to_valid_utf8(evidence.raw));
  json.end_object();
  return json.take();
}

}  // namespace mailspoor::cli
