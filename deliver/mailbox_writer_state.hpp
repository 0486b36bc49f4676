#pragma once

#include <optional>
#include <string>
#include <vector>

#include "deliver/base/sha256.hpp"
#include "deliver/directory.hpp"
#include "deliver/environment.hpp"
#include "deliver/journal_file.hpp"
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
};

/// A message that has ended and waits for its commit.
struct EndedMessage {
  MessageFile file;
  std::string name;  ///< In cur/, flags included.
  std::uint32_t uid;
};

struct MailboxWriter::State {
  State(const WriterServices& services_of_store, Directory folder_directory, std::string folder_path,
        std::uint32_t epoch, base::UidSet held_uids);

  void require_whole() const;
  void sync_ended();
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
  WriterCounts counts;

  // The message under way.
  std::optional<MessageFile> current;
  std::string unique_base;
  base::Sha256 hash;
  std::string buffer;

  // The batch under way.
  std::vector<EndedMessage> ended;
  std::size_t unsynced = 0;  ///< How many of the last `ended` are open and not synced.
  std::vector<std::string> lines;
  base::UidSet batch;  ///< UIDs of `ended`.
  base::UidSet absent;
  std::uint64_t holes = 0;

  bool is_broken = false;
};

}  // namespace mailspoor::deliver
