#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deliver/base/maildrop.hpp"
#include "deliver/base/uid_set.hpp"
#include "deliver/held_message.hpp"
#include "deliver/journal.hpp"

namespace mailspoor::deliver {

/// What only the server knows about a message.
struct MessageFacts {
  std::uint32_t uid = 0;
  std::vector<std::string> flags;               ///< As sent.
  std::string internal_date;                    ///< As sent, without quotes; empty if unknown.
  std::optional<std::uint64_t> announced_size;  ///< RFC822.SIZE.
  std::string email_id{};                       ///< EMAILID (RFC 8474 §5.1); empty if unknown.
  std::optional<GmailFacts> gmail{};
  std::optional<base::MaildropName> name{};  ///< With POP3.
};

/// What a MailboxWriter has committed.
struct WriterCounts {
  std::uint64_t messages = 0;
  std::uint64_t octets = 0;
  std::uint64_t absent = 0;
  std::uint64_t holes = 0;
  std::uint64_t flags_changed = 0;
  std::uint64_t labels_changed = 0;
  std::uint64_t gone = 0;
  std::uint64_t placed = 0;  ///< Of the messages, those that nobody had to send: place().
  std::uint64_t renumbered =
      0;  ///< Of the messages, those that took the place of one of a former UIDVALIDITY.
};

/// Writes messages into one Maildir folder, byte for byte, and makes them durable batch by batch (P3, P4).
///
/// Per message: begin(), append() any number of times, then end() or abandon(). Nothing is visible before
/// commit(), and nothing that was told is held before commit() has returned. Every function but abandon()
/// throws Error; then the messages since the last commit() are not stored and their files are removed, and
/// the writer takes nothing more: a failed fsync cannot be repeated (the kernel forgets what it could not
/// write). Destruction forgets what was not committed. Its AccountStore must outlive it.
class MailboxWriter {
 public:
  struct State;
  explicit MailboxWriter(std::unique_ptr<State> state);  ///< For AccountStore.
  MailboxWriter(MailboxWriter&&) noexcept;
  MailboxWriter& operator=(MailboxWriter&&) noexcept;
  ~MailboxWriter();

  /// UIDs stored or known to be absent in this UIDVALIDITY, commits of this writer included.
  const base::UidSet& held() const noexcept;
  /// The folder's path below `<root>/mail`: `work` or `work/.Archive.2024`.
  const std::string& folder() const noexcept;

  void begin();
  void append(std::string_view octets);
  void end(const MessageFacts& facts);  ///< The message is whole.
  void abandon() noexcept;              ///< It will not be: forget what was appended since begin().

  /// A message that the account holds already: of a former UIDVALIDITY of this mailbox, and its file gets
  /// another name; or of another mailbox, and it is hard-linked. An INTERNALDATE or size that is not known is
  /// that of the held one.
  /// @return false if its file is not there any more, or was changed, or if what the server calls it now is
  ///         not what it called the held one: then nothing was done.
  bool place(const HeldMessage& held, const MessageFacts& facts);

  /// The server answered completely and these UIDs do not exist.
  void absent(const base::UidSet& uids);
  /// This UID exists and could not be fetched. It is not held: the next run tries again.
  /// @param name  With POP3.
  void hole(std::uint32_t uid, std::string_view reason,
            const std::optional<base::MaildropName>& name = std::nullopt);
  /// A message that is held has another name or size on the server of its maildrop now.
  void relisted(const base::MaildropEntry& entry);

  /// The server's flags of messages that are held: a file is renamed where they have changed since the server
  /// last told them. What a MUA set here stays until then.
  void flags(const base::UidSet& uids, const std::vector<std::string>& flags);
  /// The same of Gmail's labels, which only the journal knows.
  void labels(const base::UidSet& uids, const std::vector<std::string>& labels);
  /// Messages that are held are not in the mailbox any more: their files leave the folder for the account's
  /// `.mailspoor-gone`, or are removed where the account has the same octets elsewhere.
  void gone(const base::UidSet& uids);
  /// All that the mailbox has is held, this batch included: the messages of former UIDVALIDITYs that nothing
  /// took the place of are not in it any more.
  void former_gone();
  /// These UIDs are in the mailbox, though they were thought to be absent or gone: they may be stored again.
  void back(const base::UidSet& uids);
  /// With the batch, all is told that the server has in this state.
  /// @param is_compared  All UIDs and flags were compared, not only those that the server calls news.
  void synced(const ServerState& server, bool is_compared);

  /// What roll_back() goes back to; commit() sets one too.
  void savepoint();
  /// Forgets the messages, holes and all else that became a line of the journal since then. Not flags(),
  /// labels(), gone(), back() and synced().
  void roll_back();
  /// Makes all of the above durable and visible. Cheap if there was nothing. Some 500 to 1,000 messages a
  /// commit are best.
  void commit();

  WriterCounts counts() const noexcept;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace mailspoor::deliver
