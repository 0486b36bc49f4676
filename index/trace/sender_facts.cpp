#include "index/trace/sender_facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "deliver/base/text.hpp"
#include "index/message/encoded_word.hpp"
#include "index/trace/domain.hpp"
#include "index/trace/network.hpp"

namespace mailspoor::index {
namespace {

constexpr std::size_t kMaxFacts = 200;           ///< Of one message; some twenty are usual.
constexpr std::size_t kMaxValueOctets = 1'000;   ///< Of one field; what is longer is cut.
constexpr std::size_t kMaxFieldOctets = 16'384;  ///< Folded and encoded.

struct KnownField {
  std::string_view name;
  std::string_view tells;
};

constexpr std::string_view kClientAddress =
    "address of the client, as the server saw it that took the message in";
constexpr std::string_view kPeerAddress =
    "address of the client or of a server's peer, as some server on the way saw it";
constexpr std::string_view kScript = "script on a web server that sent it";
constexpr std::string_view kHostingAccount = "account on the web host that sent it";
constexpr std::string_view kLogin = "user who logged in to send it";
constexpr std::string_view kTenant = "organisation at Microsoft 365 whose account sent it";
constexpr std::string_view kList = "mailing list";
constexpr std::string_view kBulk = "mailing, by the marks of the service that sent it";
constexpr std::string_view kAutomatic = "sent by a program, or in bulk";
constexpr std::string_view kLogo = "logo that the domain publishes";

/// In the order of trust: those that the big services write first, and what anybody may mean last. Each is
/// written where a client hands a message in; what filters of the receiving side call their peer is not here.
constexpr std::array kAddressFields{
    KnownField{"X-Originating-IP", kClientAddress},        KnownField{"X-Sender-IP", kClientAddress},
    KnownField{"X-Originating-Client-IP", kClientAddress}, KnownField{"X-EN-OrigIP", kClientAddress},
    KnownField{"X-Yahoo-Post-IP", kClientAddress},         KnownField{"X-AOL-IP", kClientAddress},
    KnownField{"X-HTTP-Client-IP", kClientAddress},        KnownField{"X-HTTP-Posting-Host", kClientAddress},
    KnownField{"X-PHP-Remote-Addr", kClientAddress},       KnownField{"X-Web-Client-IP", kClientAddress},
};

constexpr std::array kOtherFields{
    KnownField{"X-Mailer", "program that wrote it"},
    KnownField{"User-Agent", "program that wrote it"},
    KnownField{"X-MimeOLE", "Microsoft's library that built it"},
    KnownField{"X-Newsreader", "program that wrote it"},
    KnownField{"Errors-To", "where failure reports were to go"},
    KnownField{"Organization", "organisation, as the sender wrote it"},
    KnownField{"X-Sender", "address that the program sent for"},
    KnownField{"X-Originating-Email", "account of the web mailer that sent it"},
    KnownField{"X-Google-Original-From", "author before Google put the account's own address there"},
    KnownField{"X-Gm-Message-State", "mark of Google's servers: it went through Gmail"},
    KnownField{"X-Google-Smtp-Source", "mark of Google's servers: it was handed to Gmail"},
    KnownField{"X-Received", "a hop within Google"},
    KnownField{"X-PHP-Originating-Script", kScript},
    KnownField{"X-PHP-Script", kScript},
    KnownField{"X-Source", kScript},
    KnownField{"X-Source-Args", kScript},
    KnownField{"X-Source-Dir", kScript},
    KnownField{"X-AntiAbuse", kHostingAccount},
    KnownField{"X-Get-Message-Sender-Via", kHostingAccount},
    KnownField{"X-Authenticated-Sender", kLogin},
    KnownField{"X-Authenticated-User", kLogin},
    KnownField{"X-Authentication-Warning", "doubt that a sendmail had about the sender"},
    KnownField{"X-Auth-User", kLogin},
    KnownField{"X-Auth-ID", kLogin},
    KnownField{"X-Client-IP", kPeerAddress},
    KnownField{"X-SenderIP", kPeerAddress},
    KnownField{"X-Remote-IP", kPeerAddress},
    KnownField{"X-RemoteIP", kPeerAddress},
    KnownField{"X-MDRemoteIP", "address of the peer, as MDaemon saw it"},
    KnownField{"X-Forefront-Antispam-Report",
               "address, country, language and name of the peer, as Microsoft saw it"},
    KnownField{"X-MS-Exchange-CrossTenant-Id", kTenant},
    KnownField{"X-MS-Exchange-CrossTenant-OriginalArrivalTime", "when Microsoft took it in"},
    KnownField{"X-MS-Exchange-CrossTenant-FromEntityHeader", "whether it began inside Microsoft 365"},
    KnownField{"X-MS-Exchange-CrossTenant-AuthAs", "how far Microsoft knew the sender"},
    KnownField{"X-MS-Exchange-CrossTenant-AuthSource", "server that knew the sender"},
    KnownField{"X-OriginatorOrg", kTenant},
    KnownField{"X-OriginalArrivalTime", "when Exchange took it in"},
    KnownField{"Feedback-ID", kBulk},
    KnownField{"X-SES-Outgoing", "day and address from which Amazon sent it"},
    KnownField{"X-SG-EID", kBulk},
    KnownField{"X-Mailgun-Sid", kBulk},
    KnownField{"X-Mailgun-Sending-Ip", "address from which Mailgun sent it"},
    KnownField{"X-MC-User", kBulk},
    KnownField{"X-Mandrill-User", kBulk},
    KnownField{"X-CSA-Complaints", kBulk},
    KnownField{"X-Campaign", kBulk},
    KnownField{"X-CampaignID", kBulk},
    KnownField{"X-Report-Abuse", "where the sending service takes complaints"},
    KnownField{"X-Report-Abuse-To", "where the sending service takes complaints"},
    KnownField{"List-Id", kList},
    KnownField{"List-Post", kList},
    KnownField{"List-Owner", kList},
    KnownField{"List-Archive", kList},
    KnownField{"List-Help", kList},
    KnownField{"List-Subscribe", kList},
    KnownField{"List-Unsubscribe", kList},
    KnownField{"List-Unsubscribe-Post", kList},
    KnownField{"Mailing-List", kList},
    KnownField{"X-Mailing-List", kList},
    KnownField{"X-BeenThere", kList},
    KnownField{"Precedence", kAutomatic},
    KnownField{"Auto-Submitted", kAutomatic},
    KnownField{"X-Auto-Response-Suppress", kAutomatic},
    KnownField{"BIMI-Selector", kLogo},
    KnownField{"BIMI-Location", kLogo},
    KnownField{"Thread-Topic", "subject of the first message, by Outlook or Exchange"},
    KnownField{"Thread-Index", "when the conversation began, by Outlook or Exchange"},
};

const KnownField* find_known(std::string_view name) {
  const auto is_it = [&](const KnownField& field) { return base::equal_ignoring_case(field.name, name); };
  const auto* other = std::find_if(kOtherFields.begin(), kOtherFields.end(), is_it);
  if (other != kOtherFields.end()) return other;
  const auto* address = std::find_if(kAddressFields.begin(), kAddressFields.end(), is_it);
  return address != kAddressFields.end() ? address : nullptr;
}

std::string cut(std::string text) {
  if (text.size() <= kMaxValueOctets) return text;
  auto end = kMaxValueOctets;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  text.resize(end);
  return text;
}

/// Of Microsoft's report what tells of the peer: `CIP:203.0.113.7;CTRY:DE;LANG:de;PTR:mail.example.org`.
std::string peer_of_report(std::string_view report) {
  std::string peer;
  while (!report.empty()) {
    const auto end = std::min(report.find(';'), report.size());
    auto part = report.substr(0, end);
    part.remove_prefix(std::min(part.find_first_not_of(" \t"), part.size()));
    for (const std::string_view name : {"CIP:", "CTRY:", "LANG:", "PTR:", "H:"}) {
      if (!part.starts_with(name)) continue;
      if (!peer.empty()) peer += ';';
      peer += part;
    }
    report.remove_prefix(std::min(end + 1, report.size()));
  }
  return peer;
}

std::string value_of(const KnownField& known, const HeaderField& field) {
  auto text = decode_encoded_words(unfold(field.body.substr(0, kMaxFieldOctets)));
  if (known.name == "X-Forefront-Antispam-Report") text = peer_of_report(text);
  return cut(std::move(text));
}

/// The first address in `[203.0.113.7]`, `203.0.113.7:1234`, `[2001:db8::7]:25`, `203.0.113.7, 10.0.0.1` ...
/// that is public.
std::optional<IpOctets> public_address_in(std::string_view text) {
  constexpr std::string_view kEnds = " \t\r\n,;()[]<>\"=";
  text = text.substr(0, kMaxValueOctets);
  while (!text.empty()) {
    text.remove_prefix(std::min(text.find_first_not_of(kEnds), text.size()));
    const auto word = text.substr(0, text.find_first_of(kEnds));
    auto address = parse_ip_address(word);
    // An IPv4 address and a port; IPv6 stands in brackets where a port follows.
    if (!address && std::count(word.begin(), word.end(), ':') == 1)
      address = parse_ip_address(word.substr(0, word.find(':')));
    if (address && kind_of(*address) == AddressKind::public_) return address;
    text.remove_prefix(word.size());
  }
  return std::nullopt;
}

void add_domain(std::vector<std::string>& domains, const Address& address) {
  constexpr std::size_t kMaxDomains = 100;
  auto domain = registrable_domain(domain_of_address(address.addr_spec));
  if (!domain || domains.size() == kMaxDomains) return;
  if (std::find(domains.begin(), domains.end(), *domain) == domains.end())
    domains.push_back(std::move(*domain));
}

std::string list_id_of(std::string_view value) {
  const auto open = value.rfind('<');
  const auto close = value.find('>', open);
  if (open == std::string_view::npos || close == std::string_view::npos) return std::string{value};
  return std::string{value.substr(open + 1, close - open - 1)};
}

std::string joined(const std::vector<std::string>& domains) {
  return fmt::format("{}", fmt::join(domains, ", "));
}

}  // namespace

std::vector<ClientAddress> client_addresses(std::span<const HeaderField> fields) {
  std::vector<ClientAddress> found;
  for (const auto& known : kAddressFields) {
    std::size_t hops = 0;
    for (std::size_t position = 0; position < fields.size(); ++position) {
      const auto& field = fields[position];
      if (base::equal_ignoring_case(field.name, "Received")) ++hops;
      if (!base::equal_ignoring_case(field.name, known.name)) continue;
      if (const auto address = public_address_in(field.body))
        found.push_back({base::to_lower(known.name), to_text(*address), position, hops});
    }
  }
  return found;
}

SenderFacts sender_facts(std::span<const HeaderField> fields, const MessageSummary& summary,
                         std::vector<std::string>& defects) {
  SenderFacts facts;
  for (const auto& address : summary.from) add_domain(facts.from_domains, address);
  for (const auto& address : summary.reply_to) add_domain(facts.reply_to_domains, address);
  if (summary.sender) facts.sender_domain = registrable_domain(domain_of_address(summary.sender->addr_spec));
  if (summary.return_path)
    facts.return_path_domain = registrable_domain(domain_of_address(*summary.return_path));
  if (summary.message_id) {
    const auto at = summary.message_id->rfind('@');
    if (at != std::string::npos && at + 1 < summary.message_id->size())
      facts.message_id_host = cut(base::to_lower(std::string_view{*summary.message_id}.substr(at + 1)));
  }
  bool is_cut = false;
  for (const auto& field : fields) {
    const auto* known = find_known(field.name);
    if (known == nullptr) continue;
    const bool is_list_id = known->name == "List-Id" && !facts.list_id;
    is_cut |= facts.fields.size() == kMaxFacts;
    if (is_cut && !is_list_id) continue;
    auto value = value_of(*known, field);
    if (value.empty()) continue;
    if (is_list_id) facts.list_id = list_id_of(value);
    if (!is_cut) facts.fields.push_back({known->name, std::move(value), known->tells});
  }
  if (is_cut) defects.emplace_back("more than 200 fields that tell of the sender: the rest was not read");
  return facts;
}

std::vector<Finding> sender_findings(const SenderFacts& facts) {
  std::vector<Finding> findings;
  const auto& from = facts.from_domains;
  const bool shares_domain = std::any_of(
      facts.reply_to_domains.begin(), facts.reply_to_domains.end(),
      [&](const auto& domain) { return std::find(from.begin(), from.end(), domain) != from.end(); });
  if (!from.empty() && !facts.reply_to_domains.empty() && !shares_domain) {
    findings.push_back(
        {"REPLYTO_MISMATCH", Severity::info, std::nullopt,
         fmt::format("Answers go to {}, while the author's address is at {}. Lists, newsletters "
                     "and services that write on somebody's behalf do this too.",
                     joined(facts.reply_to_domains), joined(from))});
  }
  return findings;
}

}  // namespace mailspoor::index
