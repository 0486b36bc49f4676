#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "deliver/base/maildrop.hpp"
#include "deliver/base/uid_set.hpp"

// What `mailspoor.journal` tells, and how it is read. The format stands above journal_line.cpp.
namespace mailspoor::deliver {

/// What a server with X-GM-EXT-1 (Gmail) says of a message.
struct GmailFacts {
  std::uint64_t message = 0;        ///< X-GM-MSGID: the same in every mailbox.
  std::uint64_t thread = 0;         ///< X-GM-THRID
  std::vector<std::string> labels;  ///< X-GM-LABELS, as sent: modified UTF-7, a backslash before Gmail's own.

  bool operator==(const GmailFacts&) const = default;
};

/// A placement in the same mailbox under an earlier UIDVALIDITY.
struct FormerPlacement {
  std::uint32_t uid_validity = 0;
  std::uint32_t uid = 0;
  std::string file;  ///< Its unique name.

  bool operator==(const FormerPlacement&) const = default;
};

/// A message was stored.
struct StoredEvent {
  std::uint32_t uid_validity = 0;
  std::uint32_t uid = 0;
  std::string file;  ///< Its unique name: the file is `cur/<file>:2,FLAGS`, until a MUA renames it.
  std::vector<std::string> flags;               ///< IMAP flags as the server sent them.
  std::string internal_date;                    ///< As the server sent it; empty if it sent none.
  std::optional<std::uint64_t> announced_size;  ///< RFC822.SIZE, which may differ from the size of the file.
  std::string sha256;                           ///< Of the octets as stored, lower-case hex.
  std::string time;                             ///< When it was stored, RFC 3339.
  /// What was replaced by this, since the UIDVALIDITY changed: its file was renamed, so that there is no such
  /// placement any more.
  std::optional<FormerPlacement> former{};
  std::string email_id{};  ///< EMAILID (RFC 8474 §5.1), the same in every mailbox; empty if unknown.
  std::optional<GmailFacts> gmail{};
  /// UIDL (RFC 1939 §7), empty where the server gave none. A message that has one came by POP3: the UID and
  /// the UIDVALIDITY are numbers of ours.
  std::optional<std::string> uidl{};

  bool operator==(const StoredEvent&) const = default;
};

/// The server says that these UIDs do not exist (any more).
struct AbsentEvent {
  std::uint32_t uid_validity = 0;
  base::UidSet uids;

  bool operator==(const AbsentEvent&) const = default;
};

/// A message exists on the server and could not be fetched.
struct HoleEvent {
  std::uint32_t uid_validity = 0;
  std::uint32_t uid = 0;
  std::string reason;
  std::string time;
  std::optional<base::MaildropName> name{};  ///< With POP3.

  bool operator==(const HoleEvent&) const = default;
};

/// The user took note of these holes: they stay holes and are tried again, but need no attention any more.
struct AcceptedEvent {
  std::uint32_t uid_validity = 0;
  base::UidSet uids;
  std::string time;

  bool operator==(const AcceptedEvent&) const = default;
};

/// The server's flags of a message changed.
struct FlagsEvent {
  std::uint32_t uid_validity = 0;
  std::uint32_t uid = 0;
  std::string file;                ///< The message's unique name.
  std::vector<std::string> flags;  ///< All that it has now.
  std::string time;

  bool operator==(const FlagsEvent&) const = default;
};

/// The labels that Gmail shows for a message in this mailbox changed.
struct LabelsEvent {
  std::uint32_t uid_validity = 0;
  std::uint32_t uid = 0;
  std::string file;                 ///< The message's unique name.
  std::vector<std::string> labels;  ///< All that it has now, as in GmailFacts.
  std::string time;

  bool operator==(const LabelsEvent&) const = default;
};

/// A message left its mailbox on the server; nobody knows when, only between which two looks.
struct GoneEvent {
  std::uint32_t uid_validity = 0;
  std::uint32_t uid = 0;
  std::string file;  ///< The message's unique name: the file lies in `.mailspoor-gone` now, unless its octets
                     ///< lie elsewhere in the account.
  std::string sha256;  ///< Of the octets as stored, lower-case hex; empty if unknown.
  std::string last_seen;
  std::string first_missed;

  bool operator==(const GoneEvent&) const = default;
};

/// The server was asked to delete a message that is stored: it will not be missed when it is gone there.
struct DeletedEvent {
  std::uint32_t uid_validity = 0;
  std::uint32_t uid = 0;
  std::string file;    ///< The message's unique name.
  std::string sha256;  ///< Of the octets, read just before.
  std::string time;

  bool operator==(const DeletedEvent&) const = default;
};

/// The server describes a message of a maildrop in other words than when it was stored; it is the same by its
/// header section or its octets.
struct RelistedEvent {
  std::uint32_t uid_validity = 0;
  base::MaildropEntry entry;
  std::string time;

  bool operator==(const RelistedEvent&) const = default;
};

/// What a server says of a mailbox: while it says the same, nothing that we ask for has changed.
struct ServerState {
  std::uint64_t uid_next = 0;
  std::uint64_t messages = 0;
  std::optional<std::uint64_t> unseen;
  std::optional<std::uint64_t> highest_modseq;  ///< RFC 7162 §3.1.2; nullopt where there are none.

  bool operator==(const ServerState&) const = default;
};

/// All that was true of the mailbox in this state of its server is in the journal.
struct SyncedEvent {
  std::uint32_t uid_validity = 0;
  ServerState server;
  std::string time;
  std::string compared;  ///< When all UIDs and flags were last compared, not only what the server calls news.

  bool operator==(const SyncedEvent&) const = default;
};

/// The mailbox has another name on the server, and its folder followed.
struct RenamedEvent {
  std::string from;         ///< UTF-8, levels separated by '/'.
  std::string from_folder;  ///< Its folder in the account's directory before.
  std::string to;
  std::string time;

  bool operator==(const RenamedEvent&) const = default;
};

/// The server's list of mailboxes was whole, and without this one; or, where `is_listed`, with it again.
struct UnlistedEvent {
  bool is_listed = false;
  std::string time;

  bool operator==(const UnlistedEvent&) const = default;
};

/// Who a message came from and for whom it was, by SMTP (RFC 5321 §2.3.1): an MTA said so, not the message.
struct Envelope {
  std::optional<std::string> sender;  ///< Empty for the null reverse-path `<>`; nullopt if nobody told.
  std::vector<std::string> recipients;

  bool operator==(const Envelope&) const = default;
};

/// A delivery agent was handed a message. The one event that needs no `commit`: deliveries write beside a
/// sync, and beside each other.
struct DeliveredEvent {
  std::string file;    ///< The message's unique name.
  std::string sha256;  ///< Of the octets as stored, lower-case hex.
  Envelope envelope;
  std::string time;
  /// It came before with the same octets and envelope, as MTAs do that heard no answer: `file` is the one of
  /// then.
  bool is_again = false;

  bool operator==(const DeliveredEvent&) const = default;
};

/// The `lines` lines before this one count from now on.
struct CommitEvent {
  std::uint64_t lines = 0;

  bool operator==(const CommitEvent&) const = default;
};

/// An event that this version does not know. `name` is its `event` member.
struct OtherEvent {
  std::string name;

  bool operator==(const OtherEvent&) const = default;
};

using JournalEvent = std::variant<StoredEvent, AbsentEvent, HoleEvent, AcceptedEvent, FlagsEvent, LabelsEvent,
                                  GoneEvent, DeletedEvent, RelistedEvent, SyncedEvent, RenamedEvent,
                                  UnlistedEvent, DeliveredEvent, CommitEvent, OtherEvent>;

/// One line of a journal that counts.
struct JournalEntry {
  JournalEvent event;  ///< Never a CommitEvent.
  std::uint64_t offset = 0;
  std::uint64_t end = 0;  ///< Just behind its new-line.
};

/// How far a reading came.
struct JournalReading {
  /// Where to go on next time: behind the last `commit`. Everything before it has been handed over or is dead
  /// for ever.
  std::uint64_t offset = 0;
  /// Lines lie behind `offset` for which no `commit` has been written: a batch is under way or was cut short.
  bool open = false;
  /// Where the lines before `offset` start that are no JSON object with an `event`: damage, or the rest of an
  /// append that was cut short. They were skipped.
  std::vector<std::uint64_t> unreadable;
};

/// Reads the journal at `path` from the byte `offset`, which must be 0 or a JournalReading::offset, and hands
/// over every entry that counts, in order, once the `commit` that covers it has been read. A DeliveredEvent
/// counts at once; one that lies within an open batch is handed over again by the next reading. Memory: one
/// batch.
/// A journal that does not exist is empty; one shorter than `offset` has been replaced, and is read from its
/// start (JournalReading::offset tells). Needs no lock: another process may be appending. What the callback
/// throws passes through. Throws Error.
JournalReading read_journal(const std::filesystem::path& path, std::uint64_t offset,
                            const std::function<void(const JournalEntry&)>& on_entry);

}  // namespace mailspoor::deliver
