#include "deliver/former_messages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

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
                if (const auto key = key_of(file_message_id(directory, name), *size, stored->internal_date))
                  held_.push_back({*key, entry.offset});
                return true;
              });
  });
}

/// Half of a SHA-256, so that nobody can make two messages meet; nullopt where something is unknown.
std::optional<FormerMessages::Key> FormerMessages::key_of(const std::optional<std::string>& id,
                                                          std::uint64_t size,
                                                          std::string_view internal_date) {
  // The moment, not its spelling: a server that moved house may live in another time zone.
  const auto moment = parse_internal_date(internal_date);
  if (!id || !moment) return std::nullopt;
  const auto digest = base::sha256(fmt::format("{} {} {}", moment->time_since_epoch().count(), size, *id));
  Key key{};
  std::copy_n(digest.begin(), key.size(), key.begin());
  return key;
}

void FormerMessages::listed(std::uint32_t uid, std::uint64_t size, std::string_view internal_date,
                            std::string_view header_fields) {
  if (const auto key = key_of(message_id(header_fields), size, internal_date)) listed_.push_back({*key, uid});
}

std::vector<Recognised> FormerMessages::recognised() {
  std::sort(held_.begin(), held_.end());
  std::sort(listed_.begin(), listed_.end());
  std::vector<Recognised> found;
  for (auto first = listed_.begin(); first != listed_.end();) {
    const auto last = std::upper_bound(first, listed_.end(), *first);
    const auto [here, end] =
        std::equal_range(held_.begin(), held_.end(), Entry<std::uint64_t>{first->key, 0});
    if (last - first == 1 && end - here == 1)
      found.push_back({.uid = first->value, .held = {.folder = number_, .offset = here->value}});
    first = last;
  }
  std::sort(found.begin(), found.end(),
            [](const Recognised& left, const Recognised& right) { return left.uid < right.uid; });
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
