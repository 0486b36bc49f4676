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
  std::vector<std::string> labels;
  std::string sha256;
  std::string time;
};
using KnownByUid = std::map<std::uint32_t, Known>;

std::vector<std::string> in_order(std::vector<std::string> words) {
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

KnownByUid read_known(const Directory& folder, std::uint32_t uid_validity, const base::UidSet& uids,
                      PlacedFiles& files) {
  KnownByUid known;
  if (const auto journal = folder.find_file(kJournalFile)) {
    const auto is_wanted = [&](const auto& event) {
      return event.uid_validity == uid_validity && uids.contains(event.uid);
    };
    read_journal(journal->get(), folder.path_of(kJournalFile), 0, [&](const JournalEntry& entry) {
      if (const auto* stored = std::get_if<StoredEvent>(&entry.event); stored && is_wanted(*stored)) {
        auto labels = stored->gmail ? in_order(stored->gmail->labels) : std::vector<std::string>{};
        known[stored->uid] = {stored->file, stored->flags, std::move(labels), stored->sha256, stored->time};
      } else if (const auto* flags = std::get_if<FlagsEvent>(&entry.event); flags && is_wanted(*flags)) {
        auto& message = known[flags->uid];
        message.file = flags->file;
        message.flags = flags->flags;
      } else if (const auto* labels = std::get_if<LabelsEvent>(&entry.event); labels && is_wanted(*labels)) {
        auto& message = known[labels->uid];
        message.file = labels->file;
        message.labels = in_order(labels->labels);
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
    known[uid] = {std::move(unique), flags, {}, {}, {}};
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
  labels_.clear();
  gone_ = {};
}

void MailboxChanges::put(UidsByWords& table, const base::UidSet& uids,
                         const std::vector<std::string>& words) {
  for (auto& [other, set] : table) set.remove(uids);
  std::erase_if(table, [](const auto& item) { return item.second.empty(); });
  table[words].add(uids);
}

void MailboxChanges::set_flags(const base::UidSet& uids, const std::vector<std::string>& flags) {
  put(flags_, uids, flags);
}

void MailboxChanges::set_labels(const base::UidSet& uids, const std::vector<std::string>& labels) {
  put(labels_, uids, in_order(labels));
}

MailboxChanges::UidsByWords MailboxChanges::take_first(UidsByWords& table, std::uint64_t& room) {
  UidsByWords some;
  for (auto& [words, uids] : table) {
    if (auto taken = deliver::take_first(uids, room); !taken.empty()) some.emplace(words, std::move(taken));
  }
  std::erase_if(table, [](const auto& item) { return item.second.empty(); });
  return some;
}

/// Takes off what one reading of the journal can serve.
MailboxChanges MailboxChanges::take_some() {
  MailboxChanges some;
  std::uint64_t room = kMaxAtOnce;
  some.gone_ = deliver::take_first(gone_, room);
  some.flags_ = take_first(flags_, room);
  some.labels_ = take_first(labels_, room);
  return some;
}

MailboxChanges::Result MailboxChanges::carry_out_some(const Surroundings& here) {
  return take_some().carry_out(here);
}

MailboxChanges::WordsByUid MailboxChanges::by_uid(const UidsByWords& table) {
  WordsByUid words_by_uid;
  for (const auto& [words, uids] : table) {
    for (const auto& range : uids.ranges()) {
      for (std::uint64_t uid = range.first; uid <= range.last; ++uid)
        words_by_uid.emplace(static_cast<std::uint32_t>(uid), &words);
    }
  }
  return words_by_uid;
}

MailboxChanges::Result MailboxChanges::carry_out(const Surroundings& here) const {
  Result result;
  base::UidSet uids = gone_;
  for (const auto* table : {&flags_, &labels_}) {
    for (const auto& [words, set] : *table) uids.add(set);
  }
  PlacedFiles files;
  auto known = read_known(here.folder, here.uid_validity, uids, files);
  const auto cur = here.folder.make_subdirectory("cur");
  bool has_renamed = false;
  const auto told_flags = by_uid(flags_);
  const auto told_labels = by_uid(labels_);
  for (const auto& [uid, message] : known) {
    if (gone_.contains(uid)) continue;
    if (const auto labels = told_labels.find(uid);
        labels != told_labels.end() && *labels->second != message.labels) {
      result.lines.push_back(to_journal_line(LabelsEvent{.uid_validity = here.uid_validity,
                                                         .uid = uid,
                                                         .file = message.file,
                                                         .labels = *labels->second,
                                                         .time = here.now}));
      ++result.labels_changed;
    }
    const auto told = told_flags.find(uid);
    if (told == told_flags.end() || are_same_flags(message.flags, *told->second)) continue;
    const auto& flags = *told->second;
    with_file(here.folder, files, message.file, maildir_info(message.flags),
              [&, &file = message.file](const Directory& directory, const std::string& name) {
                const auto wanted = file + ":2," + maildir_info(flags, parse_maildir_name(name).info);
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
              [&, &held = message](const Directory& directory, const std::string& name) {
                has_renamed = true;
                const auto twin = here.octets.find(held.sha256, held.file);
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
