#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "index/message/date_time.hpp"

// The message object: what `inspect` prints of a message and the index stores of it. All text is valid UTF-8.
namespace mailspoor::index {

struct Address {
  std::string display_name;  ///< Decoded; empty if there is none.
  std::string addr_spec;     ///< `local@domain` as written; empty for a name without an address.
  bool operator==(const Address&) const = default;
};

/// One Received field; spec of each: `Hop` of the message object. What the field did not say is nullopt.
struct Hop {
  std::optional<std::string> from_ip;  ///< Canonical text (RFC 5952) of the peer address that `by` saw.
  std::optional<std::string> by;       ///< Host behind `by`, verbatim.
  std::optional<DateTime> date;
  std::string raw;  ///< Field body with its folds.
  bool operator==(const Hop&) const = default;
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
  std::string folder;       ///< Directory of the Maildir folder, relative to `<root>/mail`.
  std::string unique_name;  ///< Of the Maildir file.
  bool operator==(const Placement&) const = default;
};

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
  std::string media_type;  ///< `text/plain` or `text/html`.
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
  std::vector<Attachment> attachments;
  std::vector<std::string> defects;  ///< What is malformed or was cut, in words.
  std::vector<TextPart> texts;
  std::string header_section;  ///< Raw octets, cut at 1 MiB.
};

}  // namespace mailspoor::index
