#include "deliver/folder_state.hpp"

#include <algorithm>
#include <functional>
#include <variant>

#include "deliver/journal_file.hpp"
#include "deliver/maildir_name.hpp"
#include "deliver/message_files.hpp"

namespace mailspoor::deliver {
namespace {

constexpr std::size_t kBeforeOffset = 64;

std::string octets_before(int fd, std::uint64_t offset, const std::string& path) {
  const auto size = std::min<std::uint64_t>(offset, kBeforeOffset);
  return read_at(fd, offset - size, size, path);
}

}  // namespace

base::UidSet EpochState::held() const {
  auto both = stored;
  both.add(absent);
  return both;
}

std::uint32_t EpochState::greatest() const noexcept {
  std::uint32_t greatest = 0;
  for (const auto* uids : {&stored, &absent, &holes, &accepted})
    if (!uids->empty()) greatest = std::max(greatest, uids->max());
  for (const auto& name : names) greatest = std::max(greatest, name.uid);
  return greatest;
}

void EpochState::add_names(std::vector<base::MaildropEntry> news) {
  if (news.empty()) return;
  // The last that was said of a UID counts: what was a hole is stored, perhaps with another size.
  const auto by_uid = [](const auto& left, const auto& right) { return left.uid < right.uid; };
  news.insert(news.begin(), names.begin(), names.end());
  std::stable_sort(news.begin(), news.end(), by_uid);
  names.clear();
  for (const auto& entry : news) {
    if (!names.empty() && names.back().uid == entry.uid) names.pop_back();
    names.push_back(entry);
  }
  std::stable_sort(names.begin(), names.end(),
                   [](const auto& left, const auto& right) { return left.hash < right.hash; });
}

FormerEpochs FolderState::former(std::uint32_t uid_validity) const {
  FormerEpochs former;
  for (const auto& [other, epoch] : epochs) {
    if (other != uid_validity && !epoch.stored.empty()) former.emplace(other, epoch.stored);
  }
  return former;
}

void FolderState::catch_up(const Directory& folder) {
  const auto journal = folder.find_file(kJournalFile);
  const auto path = folder.path_of(kJournalFile);
  const auto is_same = [&] {
    return journal && file_size(journal->get(), path) >= offset &&
           octets_before(journal->get(), offset, path) == before_offset;
  };
  if (offset > 0 && !is_same()) *this = {};
  if (!journal || file_size(journal->get(), path) == offset) return;
  FormerEpochs replaced;
  NewNames names;
  const auto reading = read_journal(journal->get(), path, offset,
                                    [&](const JournalEntry& entry) { apply(entry.event, replaced, names); });
  for (auto& [uid_validity, news] : names) epochs[uid_validity].add_names(std::move(news));
  for (const auto& [uid_validity, uids] : replaced) epochs[uid_validity].stored.remove(uids);
  offset = reading.offset;
  before_offset = octets_before(journal->get(), offset, path);
}

/// @param replaced  Gathers what is stored no more, to be removed at once: each removal goes through all
/// gaps.
/// @param names  Gathers those of a maildrop.
void FolderState::apply(const JournalEvent& event, FormerEpochs& replaced, NewNames& names) {
  if (const auto* stored = std::get_if<StoredEvent>(&event)) {
    auto& epoch = epochs[stored->uid_validity];
    epoch.stored.add(stored->uid);
    epoch.absent.remove(stored->uid);
    epoch.holes.remove(stored->uid);
    replaced[stored->uid_validity].remove(stored->uid);  // the epoch has come back
    if (stored->former) replaced[stored->former->uid_validity].add(stored->former->uid);
    if (const auto hash = parse_maildir_name(stored->file).uidl_hash)
      names[stored->uid_validity].push_back({*hash, stored->uid, stored->announced_size});
  } else if (const auto* absent = std::get_if<AbsentEvent>(&event)) {
    auto& epoch = epochs[absent->uid_validity];
    epoch.absent.add(absent->uids);
    epoch.holes.remove(absent->uids);
  } else if (const auto* hole = std::get_if<HoleEvent>(&event)) {
    auto& epoch = epochs[hole->uid_validity];
    epoch.holes.add(hole->uid);
    epoch.absent.remove(hole->uid);  // it was thought to be
    if (hole->name) names[hole->uid_validity].push_back({hole->name->hash, hole->uid, {}});
  } else if (const auto* accepted = std::get_if<AcceptedEvent>(&event)) {
    epochs[accepted->uid_validity].accepted.add(accepted->uids);
  } else if (const auto* gone = std::get_if<GoneEvent>(&event)) {
    auto& epoch = epochs[gone->uid_validity];
    epoch.absent.add(gone->uid);
    epoch.stored.remove(gone->uid);
    epoch.deleted.remove(gone->uid);
  } else if (const auto* deleted = std::get_if<DeletedEvent>(&event)) {
    epochs[deleted->uid_validity].deleted.add(deleted->uid);
  } else if (const auto* relisted = std::get_if<RelistedEvent>(&event)) {
    names[relisted->uid_validity].push_back(relisted->entry);
  } else if (const auto* synced = std::get_if<SyncedEvent>(&event)) {
    epochs[synced->uid_validity].synced = *synced;
    seen = synced->time;
    unlisted.clear();
  } else if (const auto* news = std::get_if<UnlistedEvent>(&event)) {
    unlisted = news->is_listed ? std::string{} : news->time;
  } else if (std::holds_alternative<RenamedEvent>(event)) {
    unlisted.clear();
  }
}

UnlistedFiles::UnlistedFiles(const Directory& folder, std::uint32_t uid_validity, const base::UidSet& listed)
    : uid_validity_{uid_validity} {
  for_each_message(folder, [&](const Directory&, const std::string& file) {
    const auto name = parse_maildir_name(file);
    if (name.uid && name.uid_validity == uid_validity && !listed.contains(*name.uid)) {
      const File unlisted{*name.uid, std::hash<std::string_view>{}(name.unique)};
      files_.insert(unlisted);
      if (name.uidl_hash) uidl_hashes_.emplace(unlisted, *name.uidl_hash);
    }
  });
}

void UnlistedFiles::exclude(const Directory& other) {
  const auto journal = other.find_file(kJournalFile);
  if (!journal) return;
  read_journal(journal->get(), other.path_of(kJournalFile), 0, [&](const JournalEntry& entry) {
    const auto* stored = std::get_if<StoredEvent>(&entry.event);
    if (stored != nullptr && stored->uid_validity == uid_validity_) {
      files_.erase({stored->uid, std::hash<std::string_view>{}(stored->file)});
    }
  });
}

base::UidSet UnlistedFiles::uids() const {
  base::UidSet uids;
  for (const auto& [uid, name] : files_) uids.add(uid);
  return uids;
}

std::vector<base::MaildropEntry> UnlistedFiles::names() const {
  std::vector<base::MaildropEntry> names;
  for (const auto& [file, hash] : uidl_hashes_) {
    if (files_.contains(file)) names.push_back({hash, file.first, {}});
  }
  return names;
}

}  // namespace mailspoor::deliver
