#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "deliver/base/sha256.hpp"
#include "deliver/directory.hpp"
#include "deliver/environment.hpp"
#include "deliver/file_syncer.hpp"
#include "deliver/folder_state.hpp"
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
  MessageFile file;
  std::string name;  ///< In cur/, flags included.
  std::uint32_t uid;
  std::string sha256;
};

struct MailboxWriter::State {
  State(WriterServices services_of_store, Directory folder_directory, std::string folder_path,
        std::uint32_t epoch, EpochState known, std::string last_seen);

  void require_whole() const;
  void sync_ended();
  void link(MessageFile& file, const std::string& sha256) const;
  void commit_messages();
  void commit_changes();
  void note_pending() const;
  void place();
  void remove_placed() noexcept;
  void forget() noexcept;

  WriterServices services;
  Directory folder;
  Directory tmp;
  Directory cur;
  JournalAppender journal;
  std::string path;  ///< Below `<root>/mail`.
  std::uint32_t uid_validity;
  base::UidSet held;
  std::string seen;      ///< When what is held was last seen on the server; empty if unknown.
  std::string compared;  ///< When all of it was last compared.
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
  base::UidSet absent;
  std::uint64_t holes = 0;
  MailboxChanges changes;
  std::optional<SyncedEvent> synced;

  bool is_broken = false;
};

}  // namespace mailspoor::deliver
