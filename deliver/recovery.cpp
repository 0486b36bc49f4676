#include "deliver/recovery.hpp"

#include <fcntl.h>

#include <optional>
#include <unordered_set>
#include <vector>

#include "deliver/folder_identity.hpp"
#include "deliver/journal_file.hpp"
#include "deliver/journal_line.hpp"
#include "deliver/maildir_name.hpp"
#include "deliver/message_file.hpp"
#include "deliver/message_files.hpp"
#include "deliver/pending.hpp"

namespace mailspoor::deliver {
namespace {

/// What a batch without `commit` tells of, as far as the disk can show it.
struct OpenBatch {
  std::vector<StoredEvent> messages;
  std::optional<RenamedEvent> renamed;
};

OpenBatch open_batch(const Directory& folder) {
  std::vector<JournalEntry> entries;
  const auto journal = folder.open_file(kJournalFile, O_RDONLY);
  read_journal(
      journal.get(), folder.path_of(kJournalFile), 0, [](const JournalEntry&) {}, &entries);
  OpenBatch batch;
  for (auto& entry : entries) {
    if (auto* stored = std::get_if<StoredEvent>(&entry.event)) batch.messages.push_back(std::move(*stored));
    if (auto* renamed = std::get_if<RenamedEvent>(&entry.event)) batch.renamed = std::move(*renamed);
  }
  return batch;
}

}  // namespace

void remove_litter(const Directory& folder) {
  const auto tmp = folder.find_subdirectory("tmp");
  if (!tmp) return;
  std::vector<std::string> litter;
  tmp->for_each_name([&](const std::string& name) {
    if (name.starts_with(kTmpPrefix)) litter.push_back(name);
  });
  for (const auto& name : litter) tmp->remove(name);
}

void settle(const Directory& folder, const std::string& path, const Directory& pending,
            const std::string& account, UniqueNames& names) {
  if (is_settled(folder)) return;
  const auto [messages, renamed] = open_batch(folder);
  std::unordered_set<std::string> wanted;
  for (const auto& message : messages) wanted.insert(message.file);
  std::unordered_set<std::string> present;
  if (!wanted.empty()) {
    for_each_message(folder, [&](const Directory&, const std::string& file) {
      if (auto unique = std::string{parse_maildir_name(file).unique}; wanted.contains(unique)) {
        present.insert(std::move(unique));
      }
    });
  }
  std::vector<std::string> lines;
  for (const auto& message : messages) {
    if (present.contains(message.file)) lines.push_back(to_journal_line(message));
  }
  if (renamed) {
    const auto identity = read_folder_identity(folder);
    if (identity && identity->mailbox == renamed->to) lines.push_back(to_journal_line(*renamed));
  }
  JournalAppender journal{folder};
  if (!lines.empty()) {
    // Their contents were synced before their lines were written, but perhaps not yet their names in cur/.
    for (const auto* const name : {"cur", "new"}) {
      if (const auto directory = folder.find_subdirectory(name)) directory->sync();
    }
    journal.append(lines);
    journal.sync();
    add_pending(pending, account + '~' + names.next(), path);
  }
  journal.append_commit(lines.size());
  journal.sync();
}

}  // namespace mailspoor::deliver
