#include "index/query/fields.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "deliver/base/text.hpp"

namespace mailspoor::index {
namespace {

using Type = FieldType;

// Where a regex looks. `m` is the message.
constexpr std::string_view kSubjectText = "matches({}, m.subject)";
constexpr std::string_view kBodyText =
    "EXISTS (SELECT 1 FROM document WHERE document.document = m.message AND matches({}, body))";
constexpr std::string_view kFileNames =
    "EXISTS (SELECT 1 FROM attachment WHERE attachment.message = m.message AND matches({}, filename))";
constexpr std::string_view kMailboxNames =
    "EXISTS (SELECT 1 FROM placement JOIN mailbox USING (mailbox) WHERE placement.message = m.message AND "
    "matches({}, name))";
constexpr std::string_view kServers =
    "EXISTS (SELECT 1 FROM (SELECT by AS name FROM hop WHERE hop.message = m.message UNION ALL "
    "SELECT from_rdns FROM hop WHERE hop.message = m.message UNION ALL "
    "SELECT from_helo FROM hop WHERE hop.message = m.message) WHERE matches({}, name))";
constexpr std::string_view kAnnounced =
    "EXISTS (SELECT 1 FROM hop WHERE hop.message = m.message AND matches({}, from_helo))";
constexpr std::string_view kProtocols =
    "EXISTS (SELECT 1 FROM hop WHERE hop.message = m.message AND matches({}, \"with\"))";
constexpr std::string_view kUsers =
    "EXISTS (SELECT 1 FROM hop WHERE hop.message = m.message AND matches({}, auth_user))";
constexpr std::string_view kAnyAddress =
    "EXISTS (SELECT 1 FROM address WHERE address.message = m.message AND "
    "matches({}, display_name || ' <' || addr_spec || '>'))";
constexpr std::string_view kEnvelopeSenders =
    "EXISTS (SELECT 1 FROM (SELECT m.return_path AS name UNION ALL "
    "SELECT envelope_sender FROM placement WHERE placement.message = m.message) WHERE matches({}, name))";
constexpr std::string_view kEnvelopeRecipients =
    "EXISTS (SELECT 1 FROM (SELECT for_recipient AS name FROM hop WHERE hop.message = m.message UNION ALL "
    "SELECT addr_spec FROM envelope_recipient JOIN placement USING (placement) WHERE "
    "placement.message = m.message) WHERE matches({}, name))";
constexpr std::string_view kClient =
    "m.client_program || coalesce(' ' || m.client_version, '') || coalesce(' ' || m.client_platform, '')";
constexpr std::string_view kPixels =
    "EXISTS (SELECT 1 FROM remote WHERE remote.message = m.message AND reasons IS NOT NULL AND "
    "matches({}, url))";
constexpr std::string_view kVendors =
    "EXISTS (SELECT 1 FROM (SELECT vendor FROM remote WHERE remote.message = m.message UNION "
    "SELECT vendor FROM link WHERE link.message = m.message) JOIN vendor USING (vendor) WHERE "
    "matches({}, name))";
constexpr std::string_view kLinks =
    "EXISTS (SELECT 1 FROM link WHERE link.message = m.message AND matches({}, coalesce(unwrapped, url)))";
constexpr std::string_view kTargets =
    "EXISTS (SELECT 1 FROM link WHERE link.message = m.message AND matches({}, target))";
#define ADDRESSES(fields)                                                                 \
  "EXISTS (SELECT 1 FROM address WHERE address.message = m.message AND field IN (" fields \
  ") AND matches({}, display_name || ' <' || addr_spec || '>'))"

constexpr std::array kFields{
    Field{"from", "", Type::text, "author", ADDRESSES("'from'"), "author: name or address",
          "from:alice@example.org"},
    Field{"to", "", Type::text, "recipient", ADDRESSES("'to'"), "recipient in To", "to:bob"},
    Field{"cc", "", Type::text, "cc", ADDRESSES("'cc'"), "recipient in Cc", "cc:carol"},
    Field{"bcc", "", Type::text, "bcc", ADDRESSES("'bcc'"), "recipient in Bcc", "bcc:dave"},
    Field{"sender", "", Type::text, "sender", ADDRESSES("'sender'"), "the Sender field", "sender:list"},
    Field{"replyto", "reply-to", Type::text, "reply_to", ADDRESSES("'reply_to'"), "the Reply-To field",
          "replyto:noreply"},
    Field{"recip", "recipient", Type::text, "recipient cc bcc", ADDRESSES("'to', 'cc', 'bcc'"),
          "any recipient", "recip:bob"},
    Field{"contact", "", Type::text, "author sender recipient cc bcc reply_to", kAnyAddress,
          "any address field", "contact:example.org"},
    Field{"subject", "", Type::text, "subject", kSubjectText, "the Subject field",
          "subject:\"final reminder\""},
    Field{"body", "", Type::text, "body", kBodyText, "text of the message", "body:invoice"},
    Field{"attachment", "filename file", Type::file_name, "attachment", kFileNames,
          "name of an attached file, with globs", "attachment:*.pdf"},
    Field{"type", "mimetype mime", Type::media_type, "", "", "media type of a part with a name or a file",
          "type:image/*"},
    Field{"domain", "", Type::domain, "", "", "domain of any address, and those below it",
          "domain:example.org"},
    Field{"local", "", Type::local_part, "", "", "local part of any address", "local:newsletter"},
    Field{"returnpath", "return-path envelope", Type::envelope, "", kEnvelopeSenders,
          "envelope sender, of Return-Path or a delivery: address or domain, <> if empty",
          "returnpath:bounce.example.org"},
    Field{"rcpt", "envelope-to", Type::rcpt, "", kEnvelopeRecipients,
          "envelope recipient, of a Received field or a delivery: address or domain",
          "rcpt:alice@example.org"},
    Field{"mailer", "useragent user-agent x-mailer", Type::part, "m.user_agent", "matches({}, m.user_agent)",
          "program that wrote it, as it calls itself: any part of that", "mailer:thunderbird"},
    Field{"client", "", Type::part, kClient, "",
          "program that wrote it, as recognised: any part of program, version and platform",
          "client:outlook"},
    Field{"list", "", Type::part, "m.list_id", "matches({}, m.list_id)",
          "mailing list: any part of its List-Id", "list:debian-devel"},
    Field{"finding", "", Type::finding, "", "", "a finding by its code, with globs", "finding:CHAIN_BREAK"},
    Field{"hop", "via", Type::host, "", kServers,
          "server on the way, as any side names it, and those below it", "hop:mail.example.org"},
    Field{"ip", "", Type::ip, "", "", "peer address of any hop: address or CIDR", "ip:192.0.2.0/24"},
    Field{"origin", "", Type::origin, "", "", "address that it came from first: address or CIDR",
          "origin:203.0.113.0/24"},
    Field{"trust", "", Type::trust, "", "", "what the origin rests on: observed, assumed, claimed or none",
          "trust:observed"},
    Field{"kind", "", Type::kind, "", "", "what the origin is: client, server, provider or none",
          "kind:provider"},
    Field{"country", "", Type::country, "", "", "country of the origin's network, two letters", "country:DE"},
    Field{"via-country", "", Type::via_country, "", "", "the same of any hop", "via-country:US"},
    Field{"asn", "", Type::asn, "", "", "number of the origin's network (autonomous system)", "asn:64500"},
    Field{"city", "", Type::city, "", "",
          "city of the origin, whole, where a database of cities is configured", "city:Lyon"},
    Field{"helo", "ehlo", Type::helo, "", kAnnounced, "name that a peer announced, and those below it",
          "helo:laptop.local"},
    Field{"with", "protocol", Type::protocol, "", kProtocols, "protocol of a hop, with globs",
          "with:esmtpsa"},
    Field{"tls", "", Type::tls, "", "", "TLS version of a hop, or any", "tls:1.3"},
    Field{"port", "", Type::port, "", "",
          "port of a hop: the peer's, or that of the service its protocol implies", "port:587"},
    Field{"auth", "", Type::login, "", kUsers,
          "authenticated user of a hop: the whole name, or what stands on one "
          "side of its @",
          "auth:alice"},
    Field{"mta", "software", Type::software, "", "", "software of a hop, with globs", "mta:exim"},
    Field{"dkim", "", Type::result, "", "", "what our own server says of a DKIM signature, or any",
          "dkim:fail"},
    Field{"spf", "", Type::result, "", "", "the same of SPF", "spf:pass"},
    Field{"dmarc", "", Type::result, "", "", "the same of DMARC", "dmarc:none"},
    Field{"arc", "", Type::result, "", "", "the same of ARC", "arc:pass"},
    Field{"delay", "", Type::delay, "", "",
          "time that the longest hop took: a range of s, m (minutes), h, d, w", "delay:1h.."},
    Field{"tz", "zone", Type::zone, "", "", "the Date field's offset from UTC", "tz:+0530"},
    Field{"msgid", "rfc822msgid message-id mid", Type::message_id, "", "matches({}, m.message_id)",
          "the whole Message-ID", "msgid:x@example.org"},
    Field{"id", "", Type::id, "", "", "Mailspoor's id or its first digits", "id:3fa9c1"},
    Field{"thread", "", Type::thread, "", "", "conversations of what a query or id finds",
          "thread:{from:alice}"},
    Field{"date", "", Type::date, "", "", "the Date field: day, month, year or range",
          "date:2024-01..2024-03"},
    Field{"arrived", "received server-date", Type::arrived, "", "",
          "when the server took it in (INTERNALDATE)", "arrived:yesterday"},
    Field{"after", "since", Type::after, "", "", "date from then on", "after:2024-03-05"},
    Field{"before", "", Type::before, "", "", "date before then", "before:2024"},
    Field{"newer_than", "newer", Type::newer, "", "", "date at most so long ago", "newer_than:2w"},
    Field{"older_than", "older", Type::older, "", "", "date longer ago than that", "older_than:1y"},
    Field{"size", "", Type::size, "", "", "size in octets, or a range", "size:1M.."},
    Field{"larger", "bigger", Type::larger, "", "", "at least so large", "larger:10M"},
    Field{"smaller", "", Type::smaller, "", "", "at most so large", "smaller:100k"},
    Field{"mailbox", "in folder path maildir", Type::mailbox, "", kMailboxNames,
          "mailbox: * for any part of a level, ** for any levels", "mailbox:Archive/**"},
    Field{"account", "", Type::account, "", "", "account", "account:work"},
    Field{"flag", "keyword", Type::flag, "", "", "IMAP flag without its backslash", "flag:flagged"},
    Field{"is", "tag label", Type::is, "", "",
          "unread, read, flagged, answered, draft, here (in a mailbox), gone (from a mailbox)", "is:unread"},
    Field{"has", "", Type::has, "", "", "attachment, defect, finding, pixel, tracker, receipt", "has:pixel"},
    Field{"pixel", "", Type::pixel, "", kPixels, "host of a tracking pixel, and those below it",
          "pixel:track.example"},
    Field{"tracker", "vendor", Type::tracker, "", kVendors,
          "vendor of a pixel or tracked link: any part of the name", "tracker:mailchimp"},
    Field{"link", "", Type::link, "", kLinks, "host of a link, and those below it", "link:example.org"},
    Field{"target", "", Type::target, "", kTargets,
          "host that a tracked link leads to, where its URL says so, and those below it",
          "target:shop.example"},
    Field{"leak", "", Type::leak, "", "",
          "URLs that hold an address of the recipient: any, plain, percent, base64, base64url, hex, rot13, "
          "reversed, md5, sha1, sha256, sha512",
          "leak:any"},
};
#undef ADDRESSES

constexpr std::array<std::string_view, 11> kStates{"unread",  "read",     "seen",    "flagged",
                                                   "starred", "answered", "replied", "draft",
                                                   "deleted", "here",     "gone"};
constexpr std::array<std::string_view, 6> kPossessions{"attachment", "defect",  "finding",
                                                       "pixel",      "tracker", "receipt"};
/// RFC 8601 §2.7, and what was written before it and beside it (RFC 5451, Microsoft).
constexpr std::array<std::string_view, 14> kResults{
    "any",       "pass",      "fail",     "softfail", "neutral", "none",    "policy",
    "temperror", "permerror", "hardfail", "error",    "unknown", "discard", "bestguesspass"};

/// LeakEncoding in words.
constexpr std::array<std::string_view, 12> kEncodings{"any",       "plain", "percent", "base64",
                                                      "base64url", "hex",   "rot13",   "reversed",
                                                      "md5",       "sha1",  "sha256",  "sha512"};

template <typename Visit>
void for_each_word(std::string_view words, Visit visit) {
  while (!words.empty()) {
    const auto end = std::min(words.find(' '), words.size());
    visit(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
}

}  // namespace

std::span<const Field> fields() { return kFields; }
std::span<const std::string_view> states() { return kStates; }
std::span<const std::string_view> possessions() { return kPossessions; }
std::span<const std::string_view> results() { return kResults; }
std::span<const std::string_view> encodings() { return kEncodings; }

const Field* find_field(std::string_view name) {
  for (const auto& field : kFields) {
    if (base::equal_ignoring_case(name, field.name)) return &field;
    bool is_alias = false;
    for_each_word(field.aliases,
                  [&](std::string_view alias) { is_alias |= base::equal_ignoring_case(name, alias); });
    if (is_alias) return &field;
  }
  return nullptr;
}

std::size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < left.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < right.size(); ++j) {
      const auto above = row[j + 1];
      row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + (left[i] == right[j] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row.back();
}

std::string_view nearest_word(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.size() > 40) return {};
  const auto lower = base::to_lower(word);
  std::string_view nearest;
  std::size_t least = std::max<std::size_t>(2, word.size() / 2) + 1;
  for (const auto candidate : candidates) {
    const auto distance = edit_distance(lower, candidate);
    if (distance >= least) continue;
    least = distance;
    nearest = candidate;
  }
  return nearest;
}

std::string_view nearest_field(std::string_view name) {
  std::vector<std::string_view> known;
  for (const auto& field : kFields) {
    known.push_back(field.name);
    for_each_word(field.aliases, [&](std::string_view alias) { known.push_back(alias); });
  }
  return nearest_word(name, known);
}

}  // namespace mailspoor::index
