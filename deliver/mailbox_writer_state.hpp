#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "deliver/base/sha256.hpp"
#include "deliver/directory.hpp"
#include "deliver/environment.hpp"
#include "deliver/file_syncer.hpp"
#include "deliver/folder_state.hpp"
#include "deliver/former_messages.hpp"
#include "deliver/held_octets.hpp"
#include "deliver/journal_file.hpp"
#include "deliver/mailbox_changes.hpp"
#include "deliver/mailbox_writer.hpp"
#include "deliver/message_file.hpp"
#include "deliver/unique_name.hpp"

namespace mailspoor::deliver {

/// What a writer uses of its AccountStore.
struct WriterServices {
  const Environment& environment;
  UniqueNames& names;
  const Directory& pending;
  const std::string& account;
  HeldOctets& octets;
  std::function<Directory()> open_gone;  ///< The account's `.mailspoor-gone`, made if it is missing.
};

/// A message that has ended and waits for its commit.
struct EndedMessage {
  std::variant<MessageFile, RenamedFile> file;
  std::string name;  ///< In cur/, flags included.
  std::uint32_t uid;
  std::string sha256;
};

struct MailboxWriter::State {
  State(WriterServices services_of_store, Directory folder_directory, std::string folder_path,
        std::uint32_t epoch, EpochState known, FormerEpochs former_epochs, std::string last_seen,
        std::string first_missed);

  void require_whole() const;
  std::string folder_name() const;
  bool has(std::uint32_t uid) const { return held.contains(uid) || batch.contains(uid); }
  StoredEvent stored_event(const MessageFacts& facts, std::uint64_t size, std::string sha256);
  void add(std::variant<MessageFile, RenamedFile> file, const std::string& info, const StoredEvent& stored);
  bool place(const HeldOctets::Hit& hit, const MessageFacts& facts);
  bool rename(const HeldOctets::Hit& hit, const MessageFacts& facts);
  bool is_former(const MessageFile& file, const std::string& sha256, const MessageFacts& facts);
  void sync_ended();
  void link(MessageFile& file, const std::string& sha256) const;
  void commit_messages();
  void commit_changes();
  void carry_out(MailboxChanges& of_epoch, std::uint32_t epoch);
  void note_pending() const;
  void place();
  void remove_placed() noexcept;
  void roll_back();
  void forget() noexcept;

  WriterServices services;
  Directory folder;
  Directory tmp;
  Directory cur;
  Directory fresh;  ///< new/
  JournalAppender journal;
  std::string path;  ///< Below `<root>/mail`.
  std::uint32_t uid_validity;
  base::UidSet held;
  FormerEpochs former;
  std::optional<ToldFlags> told_flags;  ///< Read when it is needed.
  std::string seen;                     ///< When what is held was last seen on the server; empty if unknown.
  std::string missed;                   ///< Since when the whole mailbox is not listed; empty if it is.
  std::string compared;                 ///< When all of it was last compared.
  WriterCounts counts;

  // The message under way.
  std::optional<MessageFile> current;
  std::string unique_base;
  base::Sha256 hash;
  std::string buffer;

  // The batch under way.
  std::vector<EndedMessage> ended;
  FileSyncer syncer;
  std::size_t unsynced = 0;  ///< How many of the last `ended` the syncer does not have yet.
  std::vector<std::string> lines;
  base::UidSet batch;  ///< UIDs of `ended`.
  std::vector<FormerPlacement> replaced;
  std::set<std::string> renamed;  ///< The files of `replaced`.
  base::UidSet absent;
  std::uint64_t holes = 0;
  std::uint64_t placed = 0;
  MailboxChanges changes;
  bool is_former_gone = false;
  std::optional<SyncedEvent> synced;

  /// How far the messages of the batch had come; what is made of changes() is not in it.
  struct Savepoint {
    std::size_t ended = 0;
    std::size_t lines = 0;
    std::size_t replaced = 0;
    base::UidSet batch;
    base::UidSet absent;
    std::uint64_t holes = 0;
    std::uint64_t placed = 0;
  };
  Savepoint savepoint;

  bool is_broken = false;
};

}  // namespace mailspoor::deliver
