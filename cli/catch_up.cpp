#include "cli/catch_up.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "deliver/account_store.hpp"
#include "deliver/base/text.hpp"
#include "deliver/delivery.hpp"
#include "deliver/environment.hpp"
#include "deliver/journal.hpp"
#include "deliver/maildir_name.hpp"
#include "deliver/pending.hpp"
#include "deliver/placed_files.hpp"
#include "deliver/stored_folder.hpp"

namespace mailspoor::cli {
namespace {

index::IndexedMailbox mailbox_of(const deliver::StoredFolder& folder) {
  return {folder.folder, folder.account, folder.identity.mailbox,
          base::to_valid_utf8(folder.identity.mailbox_raw), folder.identity.special_use};
}

/// A placement whose message has to come from another one: it is gone, and its file is not kept twice. Or how
/// far a journal has been read that tells of such placements.
struct Bodiless {
  index::IndexedMailbox mailbox;
  std::optional<index::Arrival> arrival;
  std::uint64_t journal_octets = 0;
};

std::optional<std::int64_t> unix_seconds(const std::string& time) {
  const auto parsed = deliver::parse_rfc3339(time);
  if (!parsed) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::seconds>(parsed->time_since_epoch()).count();
}

index::Gone gone_of(const deliver::GoneEvent& event) {
  return {unix_seconds(event.last_seen), unix_seconds(event.first_missed).value_or(0)};
}

/// A folder that the index does not know may have had another name: then its placements are there already.
void follow_rename(const deliver::StoredFolder& folder, index::Indexer& indexer) {
  if (indexer.journal_octets(folder.folder) > 0) return;
  std::vector<std::string> former;
  deliver::read_journal(folder.journal, 0, [&](const deliver::JournalEntry& entry) {
    if (const auto* renamed = std::get_if<deliver::RenamedEvent>(&entry.event))
      former.push_back(folder.account + '/' + renamed->from_folder);
  });
  for (auto name = former.rbegin(); name != former.rend(); ++name) {
    if (*name != folder.folder) indexer.rename_folder(*name, mailbox_of(folder));
  }
}

class FolderReader {
 public:
  FolderReader(const deliver::StoredFolder& folder, const std::filesystem::path& root,
               index::Indexer& indexer, std::vector<Bodiless>& bodiless)
      : folder_{folder},
        mailbox_{mailbox_of(folder)},
        indexer_{indexer},
        bodiless_{bodiless},
        gone_{root / "mail" / deliver::gone_folder_of(folder.folder)},
        files_{folder.path},
        gone_files_{gone_} {}

  /// @return Whether a batch is under way at the journal's end.
  bool read_journal(CatchUpReport& report) {
    const auto begin = indexer_.journal_octets(folder_.folder);
    const auto reading =
        deliver::read_journal(folder_.journal, begin, [&](const deliver::JournalEntry& entry) {
          if (const auto* stored = std::get_if<deliver::StoredEvent>(&entry.event)) add(*stored);
          if (const auto* flags = std::get_if<deliver::FlagsEvent>(&entry.event)) set_flags(*flags);
          if (const auto* gone = std::get_if<deliver::GoneEvent>(&entry.event)) set_gone(*gone);
          if (const auto* delivered = std::get_if<deliver::DeliveredEvent>(&entry.event)) add(*delivered);
        });
    report.damaged_lines += reading.unreadable.size();
    if (reading.offset != begin) {
      if (bodiless_.empty()) {
        indexer_.set_journal_octets(mailbox_, reading.offset);
      } else {
        bodiless_.push_back(
            {mailbox_, std::nullopt, reading.offset});  // behind the placements that it tells of
      }
    }
    return reading.open;
  }

  /// Files that a MUA put there, or whose journal is lost.
  void read_directories() {
    const auto names = indexer_.unique_names(folder_.folder);
    const std::unordered_set<std::string> known{names.begin(), names.end()};
    auto files = deliver::maildir_files(folder_.path);
    std::sort(files.begin(), files.end(),
              [](const auto& left, const auto& right) { return left.name < right.name; });
    for (const auto& file : files) {
      const auto name = deliver::parse_maildir_name(file.name);
      if (known.count(std::string{name.unique}) != 0) continue;
      index::Arrival arrival;
      arrival.path = folder_.path / file.directory / file.name;
      arrival.unique_name = name.unique;
      // A file that was moved here bears another folder's UID.
      if (name.uid_validity == folder_.identity.uid_validity && !name.uidl_hash)
        number(arrival, folder_.identity.uid_validity, name.uid);
      arrival.find_again = finding_again(arrival.unique_name);
      arrival.flags = deliver::imap_flags(name.info);
      indexer_.add(mailbox_, std::move(arrival));
    }
  }

 private:
  /// An adopted message has no number that a server gave.
  static void number(index::Arrival& arrival, std::uint32_t uid_validity, std::optional<std::uint32_t> uid) {
    if (uid_validity == deliver::kAdoptedEpoch) return;
    arrival.uid_validity = uid_validity;
    arrival.uid = uid;
  }

  /// For a file that is moved before a parser comes to it: by a MUA, or because it left its mailbox.
  std::function<std::filesystem::path()> finding_again(const std::string& unique_name) const {
    return [folder = folder_.path, gone = gone_, unique_name] {
      auto path = deliver::FolderFiles{folder}.find(unique_name, "");
      return path.empty() ? deliver::FolderFiles{gone}.find(unique_name, "") : path;
    };
  }

  void add(const deliver::StoredEvent& stored) {
    index::Arrival arrival;
    const auto info = deliver::maildir_info(stored.flags);
    arrival.unique_name = stored.file;
    if (!stored.uidl) {
      number(arrival, stored.uid_validity, stored.uid);
    } else if (!stored.uidl->empty()) {
      arrival.uidl = stored.uidl;
    }
    arrival.flags = stored.flags;
    arrival.internal_date_raw = stored.internal_date;
    arrival.sha256 = stored.sha256;
    if (stored.former) without_file_.erase(stored.former->file);
    if (stored.former && is_indexed(stored.former->file))
      return indexer_.replace(mailbox_, stored.former->file, std::move(arrival));
    arrival.path = files_.find(stored.file, info);
    if (arrival.path.empty()) arrival.path = gone_files_.find(stored.file, info);
    arrival.find_again = finding_again(stored.file);
    if (arrival.path.empty()) {
      // A file that a MUA has deleted is no failure: it is not here any more, and `check` is to tell. Unless
      // the journal goes on to say that the message is gone.
      without_file_.insert_or_assign(stored.file, std::move(arrival));
    } else if (stored.former) {
      indexer_.replace(mailbox_, stored.former->file, std::move(arrival));
    } else {
      indexer_.add(mailbox_, std::move(arrival));
    }
  }

  void add(const deliver::DeliveredEvent& delivered) {
    if (delivered.is_again) return;
    index::Arrival arrival;
    arrival.unique_name = delivered.file;
    arrival.sha256 = delivered.sha256;
    arrival.envelope = {delivered.envelope.sender, delivered.envelope.recipients,
                        unix_seconds(delivered.time).value_or(0)};
    arrival.find_again = finding_again(delivered.file);
    arrival.path = files_.find(delivered.file, "");
    if (arrival.path.empty()) return;  // deleted here: `check` is to tell
    arrival.flags = deliver::imap_flags(deliver::parse_maildir_name(arrival.path.filename().string()).info);
    indexer_.add(mailbox_, std::move(arrival));
  }

  /// Whether the index has read that file, before this reading or in it.
  bool is_indexed(const std::string& unique_name) {
    if (!indexed_) {
      indexed_.emplace();
      for (const auto& name : indexer_.unique_names(folder_.folder)) indexed_->insert(hash_of(name));
    }
    return indexed_->count(hash_of(unique_name)) != 0;
  }
  static std::size_t hash_of(const std::string& name) { return std::hash<std::string>{}(name); }

  void set_flags(const deliver::FlagsEvent& event) {
    const auto arrival = without_file_.find(event.file);
    if (arrival != without_file_.end()) {
      arrival->second.flags = event.flags;
    } else {
      indexer_.set_flags(mailbox_, event.file, event.flags);
    }
  }

  void set_gone(const deliver::GoneEvent& event) {
    const auto arrival = without_file_.find(event.file);
    if (arrival == without_file_.end()) return indexer_.set_gone(mailbox_, event.file, gone_of(event));
    arrival->second.gone = gone_of(event);
    bodiless_.push_back({mailbox_, std::move(arrival->second), 0});
    without_file_.erase(arrival);
  }

  const deliver::StoredFolder& folder_;
  index::IndexedMailbox mailbox_;
  index::Indexer& indexer_;
  std::vector<Bodiless>& bodiless_;
  std::filesystem::path gone_;
  deliver::FolderFiles files_;
  deliver::FolderFiles gone_files_;
  std::unordered_map<std::string, index::Arrival> without_file_;  ///< By unique name.
  std::optional<std::unordered_set<std::size_t>> indexed_;  ///< Hashes: a million of them fit into memory.
};

}  // namespace

CatchUpReport catch_up(const std::filesystem::path& root, index::Indexer& indexer, CatchUp how) {
  CatchUpReport report;
  if (!indexer.is_whole()) how = CatchUp::full;  // a rebuild was broken off, or the database removed
  auto notes = deliver::list_pending(root);      // first: what is noted from now on is for the next time
  std::set<std::string> noted;
  for (const auto& note : notes) noted.insert(note.folder);
  for (auto& folder : deliver::delivered_folders(root)) noted.insert(std::move(folder));
  if (how == CatchUp::pending && noted.empty()) return report;
  std::set<std::string> open;
  std::vector<Bodiless> bodiless;
  const auto read = [&](const deliver::StoredFolder& folder) {
    FolderReader reader{folder, root, indexer, bodiless};
    if (reader.read_journal(report)) open.insert(folder.folder);
    if (how == CatchUp::full) reader.read_directories();
  };
  std::vector<deliver::StoredFolder> folders;
  if (how == CatchUp::full) {
    folders = deliver::stored_folders(root, &report.damaged_folders);
  } else {
    for (const auto& name : noted) {
      if (auto folder = deliver::stored_folder(root, name)) folders.push_back(std::move(*folder));
    }
  }
  // Before another mailbox of the same name is read.
  for (const auto& folder : folders) follow_rename(folder, indexer);
  for (const auto& folder : folders) read(folder);
  for (auto& [mailbox, arrival, journal_octets] : bodiless) {
    if (arrival) {
      indexer.add(mailbox, std::move(*arrival));
    } else {
      indexer.set_journal_octets(mailbox, journal_octets);
    }
  }
  report.index = indexer.finish();
  if (how == CatchUp::full) indexer.set_whole();
  notes.erase(std::remove_if(notes.begin(), notes.end(),
                             [&](const auto& note) { return open.count(note.folder) != 0; }),
              notes.end());
  deliver::remove_pending(root, notes);
  return report;
}

}  // namespace mailspoor::cli
