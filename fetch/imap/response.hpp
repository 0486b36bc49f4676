#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "deliver/base/uid_set.hpp"
#include "fetch/imap/lexer.hpp"
#include "fetch/message_sink.hpp"

namespace mailspoor::fetch::imap {

/// `OK [CODE arguments] text` and its like (RFC 3501 §7.1).
struct Status {
  enum class Kind { ok, no, bad, bye, preauth };
  Kind kind = Kind::ok;
  std::string code;  ///< What stood between the brackets, without them; empty if there were none.
  std::string text;  ///< The rest, as sent.

  /// Whether the code's first word is `name`, in any case.
  bool has_code(std::string_view name) const noexcept;
  /// The number that follows the code's first word; nullopt if there is none.
  std::optional<std::uint64_t> code_number() const noexcept;
  /// The object id in parentheses that follows it (RFC 8474 §4.1); nullopt if there is none.
  std::optional<std::string> code_object_id() const;
};

/// The server's own words, fit for a terminal: `NO [UNAVAILABLE] Try later`.
std::string describe(const Status& status);

struct Tagged {
  std::string tag;
  Status status;
};
struct Continuation {
  std::string text;
};
struct Capabilities {
  std::vector<std::string> names;
};
struct Listed {
  std::vector<std::string> attributes;
  std::optional<char> delimiter;
  std::string name;  ///< As sent.
};
/// What the names of mailboxes begin with (RFC 2342 §5).
struct Namespaces {
  struct One {
    std::string prefix;  ///< As sent; may be empty.
    std::optional<char> delimiter;
  };
  std::vector<One> personal, others, shared;
};
struct MailboxStatus {
  std::string name;  ///< As sent.
  std::optional<std::uint64_t> messages, uid_next, uid_validity, unseen, highest_modseq, size;
  std::optional<std::string> object_id;  ///< MAILBOXID (RFC 8474 §4.2).
};
struct ServerId {
  std::vector<std::pair<std::string, std::string>> fields;  ///< As sent (RFC 2971 §3.2).
};
struct QuotaTold {
  struct Resource {
    std::string name;  ///< As sent: `STORAGE`, in units of 1024 octets, `MESSAGE` (RFC 9208 §5).
    std::uint64_t usage = 0;
    std::uint64_t limit = 0;
  };
  std::string root;
  std::vector<Resource> resources;
};
struct SearchResult {
  base::UidSet numbers;
};  ///< SEARCH, or ALL of an ESEARCH.
struct Exists {
  std::uint64_t messages = 0;
};
struct Expunged {
  std::uint64_t sequence_number = 0;
};
struct Vanished {
  base::UidSet uids;
};  ///< Expunged, now or earlier (RFC 7162 §3.2.10).
struct Fetched {
  enum class Body { none, nil, dropped, taken };
  std::uint32_t sequence_number = 0;  ///< 0 from servers that have none to tell (Courier).
  std::optional<std::uint32_t> uid;
  std::optional<std::vector<std::string>> flags;  ///< Without `\Recent`.
  std::optional<std::string> internal_date;
  std::optional<std::uint64_t> size;
  std::optional<std::string> email_id;                       ///< RFC 8474 §5.1.
  std::optional<std::uint64_t> gmail_message, gmail_thread;  ///< X-GM-MSGID, X-GM-THRID
  std::optional<std::vector<std::string>> gmail_labels;      ///< X-GM-LABELS
  std::optional<std::string>
      header_fields;  ///< BODY[HEADER.FIELDS (...)]; empty for NIL or more than 64 KiB.
  Body body = Body::none;
  std::uint64_t body_octets = 0;
};
struct Skipped {
  std::string words;
};  ///< Something else, read to its end.

using Response =
    std::variant<Tagged, Status, Continuation, Capabilities, Listed, Namespaces, MailboxStatus, ServerId,
                 QuotaTold, SearchResult, Exists, Expunged, Vanished, Fetched, Skipped>;

/// The facts of a message as far as the response has them.
ServerFacts facts_of(std::uint32_t uid, const Fetched& fetched);

/// Octets that flags or labels take. Of many short ones, most is not their text.
std::size_t memory_of(const std::vector<std::string>& words) noexcept;
std::size_t memory_of(const Fetched& fetched) noexcept;

/// What becomes of a body: taken; dropped though it was asked for; dropped, since it was not.
enum class BodyUse { take, refuse, ignore };

/// Octets of a body that may be refused and still be received, to be dropped: RFC822.SIZE cannot tell more
/// (RFC 3501 §9).
inline constexpr std::uint64_t kMaxRefused = 0xFFFF'FFFF;

/// Takes the octets of `BODY[]` while a FETCH response is read.
class BodyReceiver {
 public:
  virtual ~BodyReceiver() = default;
  /// @param so_far  What the response said before the body: perhaps not even the UID.
  virtual BodyUse begin_body(const Fetched& so_far, std::uint64_t octets) = 0;
  virtual void append_body(std::string_view octets) = 0;
};

/// `OK [ALERT] text` in words of its own.
Status parse_status(Status::Kind kind, std::string_view text);

/// Reads responses (RFC 3501 §7), leniently: what is not understood is a Skipped and never ends the session,
/// except where it makes doubtful which octets belong to a message (LostTrack).
class ResponseReader {
 public:
  ResponseReader(Lexer& lexer, std::string tag_prefix) : lexer_{lexer}, tag_prefix_{std::move(tag_prefix)} {}

  /// @param receiver  Where bodies go; without one they are dropped.
  Response read(BodyReceiver* receiver);

 private:
  Response read_untagged(BodyReceiver* receiver);
  Response read_numbered(std::uint64_t number, BodyReceiver* receiver);
  Response read_capabilities();
  Response read_list();
  Response read_namespaces();
  std::optional<Namespaces::One> read_namespace();
  Response read_mailbox_status();
  Response read_id();
  Response read_quota();
  Response read_search();
  Response read_esearch();
  Response read_vanished();
  Response read_fetch(std::uint64_t number, BodyReceiver* receiver);
  void read_item(const std::string& name, Fetched& fetched, BodyReceiver* receiver);
  void read_body(Fetched& fetched, BodyReceiver* receiver);
  std::string read_text();
  std::optional<std::vector<std::string>> read_flags();
  std::string read_object_id();
  std::vector<std::string> read_labels();
  Response skip(std::string words);
  void skip_value();
  void skip_group();

  Lexer& lexer_;
  std::string tag_prefix_;
};

}  // namespace mailspoor::fetch::imap
