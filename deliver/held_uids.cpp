#include "deliver/held_uids.hpp"

#include <functional>

#include "deliver/journal_file.hpp"
#include "deliver/maildir_name.hpp"
#include "deliver/message_files.hpp"

namespace mailspoor::deliver {
namespace {

void read_entries(const Directory& folder, const std::function<void(const JournalEntry&)>& on_entry) {
  const auto journal = folder.find_file(kJournalFile);
  if (journal) read_journal(journal->get(), folder.path_of(kJournalFile), 0, on_entry);
}

}  // namespace

HeldUids::HeldUids(const Directory& folder, std::uint32_t uid_validity) : uid_validity_{uid_validity} {
  read_entries(folder, [&](const JournalEntry& entry) {
    if (const auto* stored = std::get_if<StoredEvent>(&entry.event);
        stored && stored->uid_validity == uid_validity) {
      held_.add(stored->uid);
    } else if (const auto* absent = std::get_if<AbsentEvent>(&entry.event);
               absent && absent->uid_validity == uid_validity) {
      held_.add(absent->uids);
    }
  });
  for_each_message(folder, [&](const Directory&, const std::string& file) {
    const auto name = parse_maildir_name(file);
    if (name.uid && name.uid_validity == uid_validity && !held_.contains(*name.uid)) {
      unlisted_.emplace(*name.uid, std::hash<std::string_view>{}(name.unique));
    }
  });
}

void HeldUids::exclude(const Directory& other) {
  read_entries(other, [&](const JournalEntry& entry) {
    const auto* stored = std::get_if<StoredEvent>(&entry.event);
    if (stored != nullptr && stored->uid_validity == uid_validity_) {
      unlisted_.erase({stored->uid, std::hash<std::string_view>{}(stored->file)});
    }
  });
}

base::UidSet HeldUids::take() {
  for (const auto& [uid, name] : unlisted_) held_.add(uid);
  unlisted_.clear();
  return std::move(held_);
}

}  // namespace mailspoor::deliver
