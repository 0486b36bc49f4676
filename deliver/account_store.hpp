#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "deliver/base/maildrop.hpp"
#include "deliver/base/uid_set.hpp"
#include "deliver/environment.hpp"
#include "deliver/error.hpp"
#include "deliver/folder_identity.hpp"
#include "deliver/former_messages.hpp"
#include "deliver/mailbox_writer.hpp"

namespace mailspoor::deliver {

/// A mailbox as its server names it, in its present epoch.
struct MailboxIdentity {
  std::string raw;                  ///< The octets of the server's LIST response.
  std::string name;                 ///< UTF-8, levels separated by '/', INBOX in upper case: for people.
  std::vector<std::string> levels;  ///< Raw octets of each level.
  std::optional<char> delimiter;    ///< nullopt where the server has none.
  std::uint32_t uid_validity = 0;
  std::optional<std::string> object_id;      ///< MAILBOXID (RFC 8474 §4), where the server has it.
  std::optional<std::string> special_use{};  ///< RFC 6154 §2: `\Sent`
  bool is_maildrop = false;                  ///< Of a POP3 server.
};

/// What is held of the UIDVALIDITYs that a mailbox had before.
struct FormerHoldings {
  std::uint32_t uid_validity = 0;  ///< The one with most messages.
  std::uint64_t messages = 0;      ///< Of all that were not recognised yet.
};

/// What is held of a mailbox in one UIDVALIDITY, and what its server said when that was last compared.
struct MailboxState {
  base::UidSet held;    ///< Must not be asked for: stored, gone, or known to be absent.
  base::UidSet stored;  ///< Those that should be in the mailbox still.
  base::UidSet holes;   ///< Not held, and could not be had the last time.
  std::optional<ServerState> server;
  std::optional<std::chrono::seconds> since_compared;  ///< Since all UIDs and flags were compared.
  base::UidSet accepted;                               ///< Holes that the user took note of.
  std::optional<FormerHoldings> former;
};

/// What is held of a POP3 maildrop, in the account's INBOX.
struct MaildropState {
  std::uint32_t epoch = 0;     ///< Takes the place of a UIDVALIDITY.
  std::uint32_t next_uid = 1;  ///< No message had this UID or a greater one.
  base::UidSet stored{};       ///< Those that should be in the maildrop still, and those that were deleted.
  base::UidSet holes{};
  base::UidSet accepted{};  ///< Holes that the user took note of.
  base::UidSet deleted{};   ///< Of `stored`, those that the server was asked to delete.
  std::vector<base::MaildropEntry>
      entries{};          ///< By hash. All that ever were; see the sets for what they are.
  bool is_known = false;  ///< The folder's mailspoor.json says that it is one.
};

/// What a file of a maildrop holds.
struct HeldContent {
  std::uint32_t uid = 0;
  std::string file;           ///< Its unique name.
  std::string sha256;         ///< Of its octets as they are now, lower-case hex.
  std::string header_digest;  ///< See base::header_digest().
};

/// A mailbox of which there is a folder here.
struct HeldMailbox {
  MailboxIdentity identity;   ///< As it was when it was looked at last.
  bool was_unlisted = false;  ///< An earlier run was told so: see AccountStore::unlisted().
};

struct StoreOptions {
  std::chrono::seconds lock_wait{0};  ///< How long to wait for another run on the same account.
  Environment environment = system_environment();
};

/// The Maildir++ tree `<root>/mail/<account>/`, for one writer at a time.
class AccountStore {
 public:
  /// Creates what is missing of the root (mode 0700), takes the account's lock, removes what a killed run
  /// left in tmp/, settles batches that it left open, and learns which folder holds which mailbox.
  /// @param account  See is_account_name().
  /// Throws LockedError if another run holds the account, else Error.
  AccountStore(const std::filesystem::path& root, const std::string& account, StoreOptions options = {});
  AccountStore(AccountStore&&) noexcept;
  AccountStore& operator=(AccountStore&&) noexcept;
  ~AccountStore();

  /// What is held of the mailbox in this epoch. Creates nothing. Costs nothing where the folder's journal has
  /// not grown since save(), one reading of it and of its directories otherwise. Throws Error.
  MailboxState state(const MailboxIdentity& mailbox);

  /// The same of the maildrop of an account that comes by POP3; an epoch of its own where nothing is held.
  /// Throws Error.
  MaildropState maildrop();
  /// What lies in the files of these messages of the maildrop; those that have none are left out. Throws
  /// Error.
  std::vector<HeldContent> contents(std::uint32_t epoch, const base::UidSet& uids);
  /// Those of these messages that may be deleted from the server: stored `age` ago or earlier, and their
  /// files have the octets that were stored; the oldest, `most` of them. Throws Error.
  std::vector<HeldContent> deletable(std::uint32_t epoch, const base::UidSet& uids, std::chrono::hours age,
                                     std::uint64_t most);
  /// The server is asked to delete them. Durable. Throws Error.
  void deleted(std::uint32_t epoch, const std::vector<HeldContent>& messages);

  /// A message that is held in any mailbox, by what the server calls it: its X-GM-MSGID, else its EMAILID.
  /// Throws Error.
  std::optional<HeldMessage> find(const std::string& email_id, const std::optional<GmailFacts>& gmail);
  /// Whether any is held of which that is known.
  bool has_ids();

  /// Finds the messages of MailboxState::former again. Throws Error.
  FormerMessages former(const MailboxIdentity& mailbox);

  /// The mailbox's folder, created if it is new. A UIDVALIDITY that changed is noted; files and journal lines
  /// of the former one stay until MailboxWriter is told what became of them. Throws Error.
  MailboxWriter open_mailbox(const MailboxIdentity& mailbox);

  /// All that have a name of their own; INBOX is not one of them.
  std::vector<HeldMailbox> mailboxes();
  /// Facts of up to `count` messages that should be in the mailbox still, oldest and newest, as the server
  /// told them. Throws Error.
  std::vector<MessageFacts> sample(const MailboxIdentity& mailbox, std::uint64_t count);
  /// A mailbox has another name now: its folder is renamed, and nothing of what is in it changes. Durable.
  /// Throws Error.
  void rename(const MailboxIdentity& from, const MailboxIdentity& to);
  /// The server's list of mailboxes was whole, and without this one; or with it again. Throws Error.
  void unlisted(const MailboxIdentity& mailbox, bool is_listed);

  /// The server said that the mailbox is as it was when a writer's synced() was committed.
  void seen(const MailboxIdentity& mailbox);
  /// Takes note of all present holes, durably; state() tells them apart from now on.
  /// @return How many had not been noted before. Throws Error.
  std::uint64_t accept_holes();
  /// Keeps what was read of the journals for the next run, in `<root>/state/`. Throws Error; then the next
  /// run reads them again.
  void save();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mailspoor::deliver
