#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "index/message/date_time.hpp"
#include "index/trace/authentication.hpp"
#include "index/trace/finding.hpp"
#include "index/trace/origin.hpp"
#include "index/trace/place.hpp"
#include "index/track/tracking.hpp"

// The message object: what `inspect` prints of a message and the index stores of it. All text is valid UTF-8.
namespace mailspoor::index {

struct Address {
  std::string display_name;  ///< Decoded; empty if there is none.
  std::string addr_spec;     ///< `local@domain` as written; empty for a name without an address.
  bool operator==(const Address&) const = default;
};

/// Whether a server says what name it found for its peer's address.
enum class NameLookup {
  not_stated,  ///< It writes none: Exchange never looks it up, and some leave it out.
  found,
  not_found,  ///< `unknown` and its like.
};

/// Who answers for a hop: see path.hpp.
enum class HopStanding {
  ours,      ///< A server of ours wrote it: the boundary hop and all above.
  linked,    ///< Another did, and the hops between ours and it link.
  unlinked,  ///< Nobody but itself.
};

/// One Received field. What it did not say is nullopt. Texts hold no control characters: U+FFFD stands for
/// each.
struct Hop {
  std::optional<std::string> from_helo;      ///< What the client announced, brackets of a literal kept.
  std::optional<std::string> from_rdns;      ///< The name that the server looked up.
  std::optional<std::string> from_ip;        ///< Canonical text (RFC 5952) of the peer address that `by` saw.
  std::optional<std::uint16_t> from_port;    ///< Of the peer.
  std::optional<std::string> by;             ///< Host behind `by`, verbatim.
  std::optional<std::string> with;           ///< `ESMTPS`, `Microsoft SMTP Server`, `mapi` ...
  std::optional<std::string> id;             ///< Without angle brackets.
  std::optional<std::string> for_recipient;  ///< The `for` clause, without angle brackets.
  std::optional<std::string> envelope_from;  ///< Without angle brackets; "" is the null sender.
  std::optional<std::string> auth_user;      ///< Whom the client logged in as.
  std::optional<std::string> tls_version;    ///< SSLv3, TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3.
  std::optional<std::string> tls_cipher;     ///< Verbatim.
  std::optional<DateTime> date;
  std::optional<std::int64_t> delay_seconds;  ///< Since the next older hop that has a date; may be negative.
  std::optional<std::string> software;        ///< Lower case: `postfix`, `exim` ...
  std::optional<std::string> via;             ///< The `via` clause, or a comment in its place.
  std::optional<std::string> by_ip;           ///< Canonical text of the address that `by` states of itself.
  NameLookup name_lookup = NameLookup::not_stated;
  bool is_may_be_forged = false;  ///< Sendmail's mark.
  bool mentions_tls = false;      ///< A comment, or a word behind `with`, speaks of encryption.
  HopStanding standing = HopStanding::unlinked;
  Place place{};            ///< Of `from_ip`.
  bool has_clause = false;  ///< Without any it is no hop that can be read; qmail's local lines have none.
  std::string raw;          ///< Field body with its folds.
  std::vector<std::string> defects;  ///< What is malformed or was cut, in words.
  bool operator==(const Hop&) const = default;
};

/// The program that wrote a message, as far as it can be told.
struct Client {
  std::optional<std::string> program;   ///< `Thunderbird`
  std::optional<std::string> version;   ///< `115.6.0`
  std::optional<std::string> platform;  ///< `Windows`, `Linux`, `Android` ...
  std::vector<std::string> basis;       ///< What it was told by: `user-agent`, `message-id`, `boundary` ...
  bool operator==(const Client&) const = default;
};

/// A time that a program left in a header field besides the dates that it wrote there.
struct HiddenTime {
  enum class Unit { day, minute, second, millisecond, microsecond };
  std::string_view source;        ///< A constant: `message-id`, `thread-index` ...
  std::int64_t microseconds = 0;  ///< Since 1970-01-01; in an unknown zone as if that were UTC.
  Unit unit = Unit::second;       ///< What is smaller is not known.
  bool is_utc = true;             ///< Else it is a local time in a zone that is not known.
  std::string raw;                ///< What it was read from.
  std::uint64_t offset = 0;       ///< Of the field's first octet in the file.
  bool operator==(const HiddenTime&) const = default;
};

/// A header field that says something of the sender.
struct SenderFact {
  std::string_view name;   ///< A constant, as the field is usually written: `X-Originating-IP`.
  std::string value;       ///< Decoded, without folds.
  std::string_view tells;  ///< A constant, for people: what the field is about.
  bool operator==(const SenderFact&) const = default;
};

/// An address that a server wrote into a field of its own: of the client that handed a message in.
struct OriginatingIp {
  std::string field;  ///< In lower case: `x-originating-ip`.
  std::string ip;     ///< Canonical text.
  bool operator==(const OriginatingIp&) const = default;
};

/// What the header section says of the sender. Domains are the registrable ones.
struct SenderFacts {
  std::vector<std::string> from_domains;  ///< Each once.
  std::optional<std::string> sender_domain;
  std::vector<std::string> reply_to_domains;  ///< Each once.
  std::optional<std::string> return_path_domain;
  std::optional<std::string> message_id_host;  ///< Behind the `@`, lower case.
  std::optional<OriginatingIp> originating_ip;
  std::optional<std::string> list_id;  ///< Without the angle brackets.
  std::vector<SenderFact> fields;      ///< In the order of the message.
  bool operator==(const SenderFacts&) const = default;
};

struct Attachment {
  std::optional<std::string> filename;  ///< Decoded, as the sender wrote it: never a path to trust.
  std::string media_type;               ///< Lower case, `application/pdf`.
  std::uint64_t size = 0;               ///< Of the decoded octets.
  std::string sha256;                   ///< Lower-case hex, of the decoded octets.
  bool operator==(const Attachment&) const = default;
};

/// That a message left its mailbox on the server: nobody knows when, only between which two looks. Unix
/// seconds.
struct Gone {
  std::optional<std::int64_t> last_seen;
  std::int64_t first_missed = 0;
  bool operator==(const Gone&) const = default;
};

/// What an MTA said with a delivery (RFC 5321 §2.3.1).
struct Envelope {
  std::optional<std::string> sender;  ///< Empty for `<>`; nullopt if nobody told.
  std::vector<std::string> recipients;
  std::int64_t delivered = 0;  ///< When it was delivered here, Unix seconds.
  bool operator==(const Envelope&) const = default;
};

/// Where a message lies: in a mailbox of an account, or among files indexed in place.
struct Placement {
  std::optional<std::string> account;
  std::string mailbox;  ///< UTF-8, '/' between the levels.
  std::string mailbox_raw;
  std::optional<std::uint32_t> uid_validity;
  std::optional<std::uint32_t> uid;
  std::optional<std::string> uidl;
  std::vector<std::string> flags;             ///< IMAP flags.
  std::optional<std::int64_t> internal_date;  ///< Unix seconds.
  std::optional<std::string> internal_date_raw;
  std::optional<Gone> gone;
  std::string folder;                        ///< Directory of the Maildir folder, relative to `<root>/mail`.
  std::string unique_name;                   ///< Of the Maildir file.
  std::optional<std::string> special_use{};  ///< Of the mailbox (RFC 6154 §2): `\Sent`
  std::optional<Envelope> envelope{};        ///< Of what came by the delivery agent.
  bool operator==(const Placement&) const = default;
};

/// Whether it lies among what the account's owner sent or drafts, and nowhere else: then no server received
/// it for him, and what its Received fields say is no matter of trust.
inline bool is_own_mail(const std::vector<Placement>& placements) {
  return !placements.empty() && std::all_of(placements.begin(), placements.end(), [](const auto& placement) {
    return placement.special_use == "\\Sent" || placement.special_use == "\\Drafts";
  });
}

/// The first block of the message object, what `search` prints.
struct MessageSummary {
  std::string id;      ///< 64 hex digits, the same however the message came: see OctetFacts.
  std::string sha256;  ///< 64 hex digits of the octets as stored.
  std::uint64_t size = 0;
  std::vector<std::string> paths;
  std::optional<std::string> message_id;  ///< Without the angle brackets.
  std::optional<std::string> subject;
  std::optional<DateTime> date;  ///< Of the Date field.
  std::vector<Address> from;
  std::optional<Address> sender;
  std::vector<Address> reply_to;
  std::vector<Address> to;
  std::vector<Address> cc;
  std::vector<Address> bcc;
  std::optional<std::string> return_path;  ///< Without the angle brackets; "" for `<>`.
  std::optional<std::string> user_agent;
  std::vector<Placement> placements;
};

/// A body part that a person reads.
struct TextPart {
  std::string media_type;  ///< `text/plain`, `text/html`, `text/x-amp-html`, `text/enriched`.
  std::string text;        ///< UTF-8; of HTML its visible text.
  bool is_alternative =
      false;  ///< Another form of the same text stands before it in a multipart/alternative.
};

/// A message, parsed.
struct MessageObject {
  MessageSummary summary;
  /// Message-IDs that it names, without brackets, each once: its own, those of In-Reply-To and References.
  std::vector<std::string> references;
  std::vector<Hop> hops;  ///< Newest first, as in the file.
  Origin origin;
  std::vector<Authentication> authentication;
  Client client;
  SenderFacts sender_facts;
  std::vector<HiddenTime> hidden_times;
  Tracking tracking;
  std::vector<Attachment> attachments;
  std::vector<Finding> findings;
  std::vector<std::string> defects;  ///< What is malformed or was cut, in words.
  std::vector<TextPart> texts;
  std::string header_section;       ///< Raw octets, cut at 1 MiB.
  std::uint64_t header_offset = 0;  ///< Where they begin in the file.

  /// Notes a defect once; no more than 50 of them.
  void add_defect(std::string text) {
    constexpr std::size_t kMaxDefects = 50;
    if (defects.size() >= kMaxDefects) return;
    if (std::find(defects.begin(), defects.end(), text) == defects.end()) defects.push_back(std::move(text));
  }
};

}  // namespace mailspoor::index
