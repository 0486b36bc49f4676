#include "index/message/header_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <utility>

#include "deliver/base/ascii.hpp"
#include "deliver/base/text.hpp"
#include "index/message/address_list.hpp"
#include "index/message/encoded_word.hpp"
#include "index/trace/authentication_reader.hpp"
#include "index/trace/received.hpp"
#include "index/trace/sender.hpp"
#include "index/trace/trail.hpp"

namespace mailspoor::index {
namespace {

using base::equal_ignoring_case;

constexpr std::size_t kMaxHops = 1'000;

/// Microsoft's filter writes up to 10 KB of its own notes, enciphered, into each message.
bool is_opaque(const HeaderField& field) {
  return base::starts_with_ignoring_case(field.name, "X-Microsoft-Antispam") ||
         base::starts_with_ignoring_case(field.name, "X-MS-Exchange-AntiSpam-");
}

/// Of a section that was cut all is kept, so that it can be seen of the rest, too, that it was.
void leave_out_opaque(std::vector<HeaderField>& fields, std::string_view header_section) {
  if (!may_hold_more(header_section, fields)) std::erase_if(fields, is_opaque);
}

class HeaderReader {
 public:
  explicit HeaderReader(MessageObject& message) : message_{message} {}

  void read(const std::vector<HeaderField>& fields) {
    for (const auto& field : fields) take(field);
    set_delays();
    auto authentication = read_authentication(fields, author_domain(message_.summary.from));
    message_.authentication = std::move(authentication.entries);
    for (auto& text : authentication.defects) defect(std::move(text));
    if (!message_.summary.message_id && !may_hold_more(message_.header_section, fields))
      defect("no Message-ID");
    if (!has_date_ && !may_hold_more(message_.header_section, fields)) defect("no Date");
  }

 private:
  void defect(std::string text) { message_.add_defect(std::move(text)); }

  /// From the oldest hop to the newest, those without a date passed over.
  void set_delays() {
    std::optional<std::int64_t> older;
    for (auto hop = message_.hops.rbegin(); hop != message_.hops.rend(); ++hop) {
      if (!hop->date) continue;
      if (older) hop->delay_seconds = hop->date->unix_seconds - *older;
      older = hop->date->unix_seconds;
    }
  }

  void take(const HeaderField& field) {
    auto& summary = message_.summary;
    if (field.body.find('\0') != std::string_view::npos) defect("NUL in a header field");
    if (!base::is_ascii(field.body) && !base::is_utf8(field.body))
      defect("8-bit octets in a header field without encoding");
    const auto is = [&](std::string_view name) { return equal_ignoring_case(field.name, name); };
    if (is("Received")) {
      if (message_.hops.size() < kMaxHops) {
        message_.hops.push_back(parse_received(field.body));
      } else {
        defect("more than 1,000 Received fields: the rest was not read");
      }
    } else if (is("Message-ID")) {
      once(summary.message_id, "Message-ID", [&] { return message_id(field.body); });
      if (summary.message_id && summary.message_id->empty()) summary.message_id.reset();
      if (summary.message_id) add_reference(*summary.message_id);
    } else if (is("In-Reply-To") || is("References")) {
      add_references(field.body);
    } else if (is("Subject")) {
      once(summary.subject, "Subject", [&] { return decode_encoded_words(unfold(field.body)); });
    } else if (is("Date")) {
      if (has_date_) defect("the Date field stands twice");
      if (!has_date_) summary.date = parse_date_time(field.body);
      if (!has_date_ && !summary.date) defect("unreadable Date");
      has_date_ = true;
    } else if (is("From")) {
      if (has_from_) defect("the From field stands twice");
      has_from_ = true;
      append_addresses(summary.from, field);
    } else if (is("Sender")) {
      std::vector<Address> addresses;
      append_addresses(addresses, field);
      if (!summary.sender && !addresses.empty()) summary.sender = std::move(addresses.front());
    } else if (is("Reply-To")) {
      append_addresses(summary.reply_to, field);
    } else if (is("To")) {
      append_addresses(summary.to, field);
    } else if (is("Cc")) {
      append_addresses(summary.cc, field);
    } else if (is("Bcc")) {
      append_addresses(summary.bcc, field);
    } else if (is("Return-Path")) {
      if (!summary.return_path) summary.return_path = envelope_sender(field.body);
    } else if (is("User-Agent") || is("X-Mailer")) {
      if (!summary.user_agent) summary.user_agent = decode_encoded_words(unfold(field.body));
    }
  }

  /// Every `<...>` of the field; other words in it are no Message-IDs (RFC 5322 §3.6.4).
  void add_references(std::string_view body) {
    const std::string text = base::to_valid_utf8(unfold(body));
    std::string_view rest{text};
    while (true) {
      const auto open = rest.find('<');
      const auto close = rest.find('>', open);
      if (open == std::string_view::npos || close == std::string_view::npos) return;
      add_reference(std::string{rest.substr(open + 1, close - open - 1)});
      rest.remove_prefix(close + 1);
    }
  }

  void add_reference(std::string id) {
    constexpr std::size_t kMaxReferences = 200;  // longer conversations are found by their later messages
    constexpr std::size_t kMaxIdOctets = 998;    // a line, RFC 5322 §2.1.1
    auto& known = message_.references;
    if (id.empty() || id.size() > kMaxIdOctets || known.size() == kMaxReferences) return;
    if (std::find(known.begin(), known.end(), id) == known.end()) known.push_back(std::move(id));
  }

  template <typename Read>
  void once(std::optional<std::string>& value, const char* name, Read read) {
    if (value) {
      defect(std::string{"the "} + name + " field stands twice");
    } else {
      value = read();
    }
  }

  /// What stands between the angle brackets, else the first word (RFC 5322 §3.6.4).
  static std::string message_id(std::string_view body) {
    const std::string text = base::to_valid_utf8(unfold(body));
    const auto open = text.find('<');
    const auto close = text.find('>', open);
    if (open != std::string::npos && close != std::string::npos)
      return text.substr(open + 1, close - open - 1);
    return text.substr(0, text.find_first_of(" \t"));
  }

  static std::string envelope_sender(std::string_view body) {
    auto text = base::to_valid_utf8(unfold(body));
    const auto open = text.find('<');
    const auto close = text.rfind('>');
    if (open != std::string::npos && close != std::string::npos && close > open)
      return text.substr(open + 1, close - open - 1);
    return text;
  }

  void append_addresses(std::vector<Address>& addresses, const HeaderField& field) {
    auto list = parse_address_list(field.body, kMaxAddresses - addresses.size());
    if (list.is_body_cut) defect("an address field of more than 512 KiB was cut");
    if (list.is_cut) defect("more than 5,000 addresses: the rest was not read");
    if (list.is_unreadable || list.is_malformed) {
      defect(fmt::format("{} in the {} field",
                         list.is_unreadable ? "unreadable address" : "malformed address list",
                         base::printable(field.name)));
    }
    std::move(list.addresses.begin(), list.addresses.end(), std::back_inserter(addresses));
  }

  MessageObject& message_;
  bool has_date_ = false;
  bool has_from_ = false;
};

}  // namespace

HeaderSection read_header(MessageObject& message, const TraceContext& context) {
  auto section = parse_header_section(message.header_section);
  if (section.has_stray_lines) message.add_defect("a line of the header section is no field");
  if (section.is_cut) message.add_defect("more than 10,000 header fields: the rest was not read");
  leave_out_opaque(section.fields, message.header_section);
  HeaderReader{message}.read(section.fields);
  trace(message, section.fields, context);
  return section;
}

std::string readable_section(std::string_view header_section) {
  auto fields = parse_header_section(header_section).fields;
  if (may_hold_more(header_section, fields)) return std::string{header_section};
  leave_out_opaque(fields, header_section);
  std::string readable;
  for (const auto& field : fields) {
    readable.append(field.name.data(), field.body.data() + field.body.size());
    readable += "\r\n";
  }
  return readable;
}

}  // namespace mailspoor::index
