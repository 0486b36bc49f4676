#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deliver/base/maildrop.hpp"
#include "deliver/base/uid_set.hpp"

// The whole border between fetch/ and the rest: fetch/ asks what is held and hands over octets, and cli/ lets
// deliver/ answer.
namespace mailspoor::fetch {

using base::MaildropName;
using base::UidSet;

/// A mailbox as its server names it.
struct MailboxName {
  std::string raw;   ///< The octets of the server's LIST response.
  std::string name;  ///< Valid UTF-8, levels separated by '/', INBOX in upper case: for people.
  std::vector<std::string> levels;         ///< Raw octets of each level.
  std::optional<char> delimiter;           ///< nullopt where the server has none (NIL).
  std::optional<std::string> object_id{};  ///< MAILBOXID (RFC 8474 §4), where the server has it.
  /// What the server uses it for (RFC 6154 §2), as it is written there: `\Sent`; the first of several.
  std::optional<std::string> special_use{};
  bool is_maildrop = false;  ///< All that a POP3 server has, which calls it nothing.
};

/// What EXAMINE told of a mailbox. The UIDVALIDITY and a UID name one message for ever (RFC 3501 §2.3.1.1).
struct MailboxEpoch {
  std::uint32_t uid_validity = 0;
};

/// What a server with X-GM-EXT-1 (Gmail) says of a message.
struct GmailFacts {
  std::uint64_t message = 0;        ///< X-GM-MSGID: the same in every mailbox.
  std::uint64_t thread = 0;         ///< X-GM-THRID
  std::vector<std::string> labels;  ///< X-GM-LABELS, as sent: modified UTF-7, a backslash before Gmail's own.
};

/// What only the server knows about a message.
struct ServerFacts {
  std::uint32_t uid = 0;
  std::vector<std::string> flags;               ///< As sent, `\Recent` left out.
  std::string internal_date;                    ///< As sent, without quotes; empty if the server sent none.
  std::optional<std::uint64_t> announced_size;  ///< RFC822.SIZE: a hint, servers lie (RFC 3501 §6.4.5).
  std::string email_id{};  ///< EMAILID (RFC 8474 §5.1): the same in every mailbox; empty if unknown.
  std::optional<GmailFacts> gmail{};
  std::optional<MaildropName> name{};  ///< With POP3, whose UIDs are numbers of ours.
};

/// What a server says of a mailbox: while it says the same, nothing that is asked for has changed.
struct ServerState {
  std::uint64_t uid_next = 0;
  std::uint64_t messages = 0;
  std::optional<std::uint64_t> unseen;
  std::optional<std::uint64_t> highest_modseq;  ///< RFC 7162 §3.1.2.

  bool operator==(const ServerState&) const = default;
};

/// A message that is held, in words that only the AccountSink understands which gave it.
struct HeldMessage {
  std::uint32_t folder = 0;
  std::uint64_t offset = 0;
};

/// A UID, and the message that it is.
struct Recognised {
  std::uint32_t uid = 0;
  HeldMessage held;
};

/// Finds messages of a mailbox again whose UIDVALIDITY has changed.
class FormerMessages {
 public:
  virtual ~FormerMessages() = default;
  /// One that the server has now.
  /// @param header_fields  At least its Message-ID field, as sent.
  virtual void listed(std::uint32_t uid, std::uint64_t size, std::string_view internal_date,
                      std::string_view header_fields) = 0;
  /// Those of them that are surely held, ascending. Call it last.
  virtual std::vector<Recognised> recognised() = 0;
};

/// What is held of epochs before, and was neither recognised nor said to be gone.
struct FormerEpochs {
  std::uint32_t uid_validity = 0;  ///< One of them, for people.
  std::uint64_t messages = 0;
};

/// What is held of a mailbox in one epoch.
struct MailboxState {
  UidSet held;    ///< Must not be asked for: stored, gone, known to be absent, or forgotten on purpose.
  UidSet stored;  ///< Those of them that were in the mailbox when it was looked at last.
  UidSet holes;   ///< Not held, and could not be had the last time.
  std::optional<ServerState> server;                   ///< What it said then.
  std::optional<std::chrono::seconds> since_compared;  ///< Since all UIDs and flags were compared.
  UidSet accepted{};  ///< UIDs that a person knows not to be had: worth a try, but no word.
  std::optional<FormerEpochs> former{};
};

/// What is held of a POP3 maildrop.
struct MaildropState {
  MailboxEpoch epoch;          ///< Chosen here: POP3 has none.
  std::uint32_t next_uid = 1;  ///< The first that no message had.
  UidSet stored;               ///< Those that were listed the last time, and those of `deleted`.
  UidSet holes;
  UidSet accepted;                           ///< Holes that a person knows of.
  UidSet deleted;                            ///< Of `stored`, those that the server was asked to delete.
  bool is_known = false;                     ///< There is a place for it here, which says what it is.
  std::vector<base::MaildropEntry> entries;  ///< By hash; those that are not in `stored` or `holes` are gone.
};

/// What a file holds that was stored from a maildrop.
struct HeldContent {
  std::uint32_t uid = 0;
  std::string file;           ///< Its name here; empty if it is not there any more.
  std::string sha256;         ///< Of its octets, lower-case hex.
  std::string header_digest;  ///< See base::header_digest(); empty without a file.
};

/// What a commit changed of messages that were held before.
struct ChangeCounts {
  std::uint64_t flags_changed = 0;
  std::uint64_t gone = 0;
  std::uint64_t placed = 0;      ///< By MailboxSink::place().
  std::uint64_t renumbered = 0;  ///< Messages of former epochs that were found again, place() or not.
  std::uint64_t labels_changed = 0;
};

/// Takes the messages of one mailbox as the server sends them, byte for byte, in pieces: one of 2 GB needs no
/// memory. Its UIDs and facts come at the end, since a server may send them behind the octets. What is thrown
/// here ends the account's run.
class MailboxSink {
 public:
  virtual ~MailboxSink() = default;
  /// UIDs that must not be asked for: stored, known to be absent, or forgotten on purpose.
  virtual const UidSet& held() const = 0;

  virtual void begin() = 0;
  virtual void append(std::string_view octets) = 0;
  virtual void end(const ServerFacts& facts) = 0;  ///< The message is whole.
  virtual void abandon() noexcept = 0;  ///< It will not be: forget what was appended since begin().
  /// A message that the account holds already. @return false if it does not any more: it has to be fetched.
  virtual bool place(const HeldMessage& held, const ServerFacts& facts) = 0;

  /// The server answered completely and these UIDs do not exist.
  virtual void absent(const UidSet& uids) = 0;
  /// This UID exists and could not be fetched: remembered, reported, tried again by the next run.
  /// @param name  With POP3.
  virtual void hole(std::uint32_t uid, std::string_view reason, const std::optional<MaildropName>& name) = 0;
  /// A message of a maildrop that is held, as UIDL and LIST describe it now.
  virtual void relisted(const base::MaildropEntry& entry) = 0;
  /// What the server says the flags of these messages are, all of them; they are held, and may be known to
  /// have them.
  virtual void flags(const UidSet& uids, const std::vector<std::string>& flags) = 0;
  /// The same of the labels that Gmail shows for them in this mailbox.
  virtual void labels(const UidSet& uids, const std::vector<std::string>& labels) = 0;
  /// These are held and not in the mailbox any more.
  virtual void gone(const UidSet& uids) = 0;
  /// All that the mailbox has is held: what is left of former epochs is not in it any more.
  virtual void former_gone() = 0;
  /// These are held and thought not to be in the mailbox, but they are: they will come.
  virtual void back(const UidSet& uids) = 0;
  /// With this, everything is told that the server has in this state.
  /// @param is_compared  All UIDs and flags were compared, not only those that the server calls news.
  virtual void synced(const ServerState& server, bool is_compared) = 0;
  /// What roll_back() goes back to; commit() sets one too.
  virtual void savepoint() = 0;
  /// Forgets the messages, holes and UIDs that were told since then.
  virtual void roll_back() = 0;
  /// Makes every ended message and all else that was told durable. Only when it has returned are they held.
  virtual void commit() = 0;
  /// Of all commits.
  virtual ChangeCounts changes() const = 0;
};

/// A mailbox of which something is held.
struct HeldMailbox {
  MailboxName name;  ///< As it was when it was looked at last.
  MailboxEpoch epoch;
  bool was_unlisted = false;  ///< An earlier run was told so: see AccountSink::unlisted().
};

/// Takes the messages of one account: what a connection needs that fetches what is missing.
class MessageSink {
 public:
  virtual ~MessageSink() = default;
  /// The mailbox, created here if it is new. A connection has at most one open: it
  /// destroys it before the next.
  virtual std::unique_ptr<MailboxSink> open(const MailboxName& name, MailboxEpoch epoch) = 0;
  /// A message that is held in any mailbox under the EMAILID or X-GM-MSGID of these facts.
  virtual std::optional<HeldMessage> find(const ServerFacts& /*facts*/) { return std::nullopt; }
  /// Whether any is held of which that is known.
  virtual bool has_ids() { return false; }
};

/// Takes the mailboxes of one account as well, and tells what is held.
class AccountSink : public MessageSink {
 public:
  /// What is held of a mailbox in this epoch, without creating anything for it here.
  virtual MailboxState state(const MailboxName& name, MailboxEpoch epoch) = 0;
  /// The mailbox is as it was when it was told to be synced.
  virtual void unchanged(const MailboxName& name) = 0;

  // With POP3.

  virtual MaildropState maildrop() { return {}; }
  /// What was stored as these messages, and lies here unless a MUA has taken it away or it is gone.
  virtual std::vector<HeldContent> contents(MailboxEpoch /*epoch*/, const UidSet& /*uids*/) { return {}; }
  /// Those of these messages that the server may be asked to delete: stored `age` ago or earlier, and here as
  /// they were stored; the oldest `most`.
  virtual std::vector<HeldContent> deletable(MailboxEpoch /*epoch*/, const UidSet& /*uids*/,
                                             std::chrono::hours /*age*/, std::uint64_t /*most*/) {
    return {};
  }
  /// The server is asked to delete them. Durable when it returns.
  virtual void deleted(MailboxEpoch /*epoch*/, const std::vector<HeldContent>& /*messages*/) {}

  // What a sink for a run that only looks need not know.

  /// All but INBOX, whether the run is about them or not.
  virtual std::vector<HeldMailbox> mailboxes() { return {}; }
  /// What the server said of up to `count` of its stored messages, when they were stored.
  virtual std::vector<ServerFacts> sample(const HeldMailbox& /*mailbox*/, std::uint64_t /*count*/) {
    return {};
  }
  /// It has another name now, and is the same.
  virtual void rename(const HeldMailbox& /*mailbox*/, const MailboxName& /*name*/) {}
  /// The server's list was whole and without it; or it is there again.
  virtual void unlisted(const HeldMailbox& /*mailbox*/, bool /*is_listed*/) {}
  /// Knows the messages of MailboxState::former; none where nothing is to be recognised.
  virtual std::unique_ptr<FormerMessages> former(const MailboxName& /*name*/, MailboxEpoch /*epoch*/) {
    return nullptr;
  }
};

}  // namespace mailspoor::fetch
