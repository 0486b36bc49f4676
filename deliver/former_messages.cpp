#include "deliver/former_messages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "deliver/account_store.hpp"
#include "deliver/base/sha256.hpp"
#include "deliver/directory.hpp"
#include "deliver/internal_date.hpp"
#include "deliver/journal_file.hpp"
#include "deliver/maildir_name.hpp"
#include "deliver/message_id.hpp"
#include "deliver/placed_files.hpp"

namespace mailspoor::deliver {

FormerMessages::FormerMessages(const Directory& folder, std::uint32_t number,
                               const std::map<std::uint32_t, base::UidSet>& former)
    : number_{number} {
  const auto journal = folder.find_file(kJournalFile);
  if (!journal) return;
  PlacedFiles files;
  read_journal(journal->get(), folder.path_of(kJournalFile), 0, [&](const JournalEntry& entry) {
    const auto* stored = std::get_if<StoredEvent>(&entry.event);
    if (stored == nullptr) return;
    const auto epoch = former.find(stored->uid_validity);
    if (epoch == former.end() || !epoch->second.contains(stored->uid)) return;
    with_file(folder, files, stored->file, maildir_info(stored->flags),
              [&](const Directory& directory, const std::string& name) {
                const auto size = directory.size_of(name);
                if (!size) return false;
                const auto id = file_message_id(directory, name);
                const bool is_adopted = stored->uid_validity == kAdoptedEpoch;
                if (const auto key = is_adopted ? key_of(id, *size, std::nullopt)
                                                : key_of(id, *size, stored->internal_date))
                  (is_adopted ? adopted_ : held_).push_back({*key, entry.offset});
                return true;
              });
  });
}

/// Half of a SHA-256, so that nobody can make two messages meet; nullopt where something is unknown.
std::optional<FormerMessages::Key> FormerMessages::key_of(const std::optional<std::string>& id,
                                                          std::uint64_t size,
                                                          std::optional<std::string_view> internal_date) {
  // The moment, not its spelling: a server that moved house may live in another time zone.
  const auto moment = internal_date ? parse_internal_date(*internal_date) : std::chrono::sys_seconds{};
  if (!id || !moment) return std::nullopt;
  const auto digest = base::sha256(fmt::format("{} {} {}", moment->time_since_epoch().count(), size, *id));
  Key key{};
  std::copy_n(digest.begin(), key.size(), key.begin());
  return key;
}

void FormerMessages::listed(std::uint32_t uid, std::uint64_t size, std::string_view internal_date,
                            std::string_view header_fields) {
  const auto id = message_id(header_fields);
  if (const auto key = key_of(id, size, internal_date)) listed_.push_back({*key, uid});
  if (adopted_.empty()) return;
  if (const auto key = key_of(id, size, std::nullopt)) listed_without_date_.push_back({*key, uid});
}

/// What is there once and here once.
void FormerMessages::match(Held& held, Listed& listed, std::map<std::uint32_t, HeldMessage>& found) const {
  std::sort(held.begin(), held.end());
  std::sort(listed.begin(), listed.end());
  for (auto first = listed.begin(); first != listed.end();) {
    const auto last = std::upper_bound(first, listed.end(), *first);
    const auto [here, end] = std::equal_range(held.begin(), held.end(), Entry<std::uint64_t>{first->key, 0});
    if (last - first == 1 && end - here == 1)
      found.try_emplace(first->value, HeldMessage{.folder = number_, .offset = here->value});
    first = last;
  }
}

std::vector<Recognised> FormerMessages::recognised() {
  std::map<std::uint32_t, HeldMessage> by_uid;
  match(held_, listed_, by_uid);
  match(adopted_, listed_without_date_, by_uid);
  std::vector<Recognised> found;
  for (const auto& [uid, held] : by_uid) found.push_back({.uid = uid, .held = held});
  return found;
}

ToldFlags::ToldFlags(const Directory& folder, std::uint32_t uid_validity) {
  const auto journal = folder.find_file(kJournalFile);
  if (!journal) return;
  read_journal(journal->get(), folder.path_of(kJournalFile), 0, [&](const JournalEntry& entry) {
    const auto* told = std::get_if<FlagsEvent>(&entry.event);
    if (told == nullptr || told->uid_validity == uid_validity) return;
    auto& epoch = flags_[told->uid_validity];
    for (auto& [flags, uids] : epoch) {
      if (uids.contains(told->uid)) uids.remove({told->uid, told->uid});
    }
    epoch[told->flags].add(told->uid);
  });
}

const std::vector<std::string>& ToldFlags::of(const StoredEvent& stored) const {
  if (const auto epoch = flags_.find(stored.uid_validity); epoch != flags_.end()) {
    const auto told = std::find_if(epoch->second.begin(), epoch->second.end(),
                                   [&](const auto& item) { return item.second.contains(stored.uid); });
    if (told != epoch->second.end()) return told->first;
  }
  return stored.flags;
}

}  // namespace mailspoor::deliver
