#include "deliver/mailbox_changes.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "deliver/account_store.hpp"
#include "deliver/journal_file.hpp"
#include "deliver/journal_line.hpp"
#include "deliver/maildir_name.hpp"
#include "deliver/placed_files.hpp"

namespace mailspoor::deliver {
namespace {

constexpr std::uint64_t kMaxAtOnce = 20'000;

/// What is known of a message that is held.
struct Known {
  std::string file;
  std::vector<std::string> flags;
  std::string sha256;
  std::string time;
};
using KnownByUid = std::map<std::uint32_t, Known>;

KnownByUid read_known(const Directory& folder, std::uint32_t uid_validity, const base::UidSet& uids,
                      PlacedFiles& files) {
  KnownByUid known;
  if (const auto journal = folder.find_file(kJournalFile)) {
    const auto is_wanted = [&](const auto& event) {
      return event.uid_validity == uid_validity && uids.contains(event.uid);
    };
    read_journal(journal->get(), folder.path_of(kJournalFile), 0, [&](const JournalEntry& entry) {
      if (const auto* stored = std::get_if<StoredEvent>(&entry.event); stored && is_wanted(*stored)) {
        known[stored->uid] = {stored->file, stored->flags, stored->sha256, stored->time};
      } else if (const auto* flags = std::get_if<FlagsEvent>(&entry.event); flags && is_wanted(*flags)) {
        auto& message = known[flags->uid];
        message.file = flags->file;
        message.flags = flags->flags;
      } else if (const auto* gone = std::get_if<GoneEvent>(&entry.event); gone && is_wanted(*gone)) {
        known.erase(gone->uid);
      }
    });
  }
  auto unlisted = uids;
  for (const auto& [uid, message] : known) unlisted.remove(uid);
  if (unlisted.empty()) return known;
  for (auto& [uid, unique] : files.find_uids(folder, uid_validity, unlisted)) {
    const auto place = files.find(folder, unique, "");
    const auto flags = place ? imap_flags(parse_maildir_name(place->name).info) : std::vector<std::string>{};
    known[uid] = {std::move(unique), flags, {}, {}};
  }
  return known;
}

/// Takes up to `room` off the front of `uids`, and what it takes off `room`.
base::UidSet take_first(base::UidSet& uids, std::uint64_t& room) {
  auto taken = uids.smallest(room);
  uids.remove(taken);
  room -= taken.size();
  return taken;
}

}  // namespace

void MailboxChanges::clear() {
  flags_.clear();
  gone_ = {};
}

void MailboxChanges::set_flags(const base::UidSet& uids, const std::vector<std::string>& flags) {
  for (auto& [other, set] : flags_) set.remove(uids);
  std::erase_if(flags_, [](const auto& item) { return item.second.empty(); });
  flags_[flags].add(uids);
}

/// Takes off what one reading of the journal can serve.
MailboxChanges MailboxChanges::take_some() {
  MailboxChanges some;
  std::uint64_t room = kMaxAtOnce;
  some.gone_ = take_first(gone_, room);
  for (auto& [flags, uids] : flags_) {
    if (auto taken = take_first(uids, room); !taken.empty()) some.flags_.emplace(flags, std::move(taken));
  }
  std::erase_if(flags_, [](const auto& item) { return item.second.empty(); });
  return some;
}

MailboxChanges::Result MailboxChanges::carry_out_some(const Surroundings& here) {
  return take_some().carry_out(here);
}

MailboxChanges::Result MailboxChanges::carry_out(const Surroundings& here) const {
  Result result;
  base::UidSet uids = gone_;
  for (const auto& [flags, set] : flags_) uids.add(set);
  PlacedFiles files;
  auto known = read_known(here.folder, here.uid_validity, uids, files);
  const auto cur = here.folder.make_subdirectory("cur");
  bool has_renamed = false;
  for (const auto& [uid, message] : known) {
    const auto told = std::find_if(flags_.begin(), flags_.end(),
                                   [uid = uid](const auto& item) { return item.second.contains(uid); });
    if (told == flags_.end() || gone_.contains(uid)) continue;
    const auto& flags = told->first;
    if (are_same_flags(message.flags, flags)) continue;
    with_file(here.folder, files, message.file, maildir_info(message.flags),
              [&](const Directory& directory, const std::string& name) {
                const auto wanted = message.file + ":2," + maildir_info(flags, parse_maildir_name(name).info);
                if (directory.path() == cur.path() && name == wanted) return true;
                has_renamed = true;
                return directory.try_move(name, cur, wanted);
              });
    result.lines.push_back(to_journal_line(FlagsEvent{.uid_validity = here.uid_validity,
                                                      .uid = uid,
                                                      .file = message.file,
                                                      .flags = flags,
                                                      .time = here.now}));
    ++result.flags_changed;
  }

  const bool is_adopted = here.uid_validity == kAdoptedEpoch;  // no server ever showed it
  std::optional<Directory> gone_cur;
  for (const auto& [uid, message] : known) {
    if (!gone_.contains(uid)) continue;
    with_file(here.folder, files, message.file, maildir_info(message.flags),
              [&](const Directory& directory, const std::string& name) {
                has_renamed = true;
                const auto twin = here.octets.find(message.sha256, message.file);
                if (twin && has_same_octets(directory, name, twin->directory, twin->name))
                  return directory.remove(name);
                if (!gone_cur) gone_cur = here.open_gone().make_subdirectory("cur");
                return directory.try_move(name, *gone_cur, name);
              });
    result.lines.push_back(
        to_journal_line(GoneEvent{.uid_validity = here.uid_validity,
                                  .uid = uid,
                                  .file = message.file,
                                  .sha256 = message.sha256,
                                  .last_seen = is_adopted ? "" : std::max(here.seen, message.time),
                                  .first_missed = here.now}));
    result.gone.add(uid);
  }
  if (gone_cur) gone_cur->sync();
  if (has_renamed) cur.sync();
  return result;
}

}  // namespace mailspoor::deliver
