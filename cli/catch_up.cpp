#include "cli/catch_up.hpp"

#include <algorithm>
#include <set>
#include <unordered_set>
#include <utility>
#include <variant>

#include "cli/file_finder.hpp"
#include "deliver/base/text.hpp"
#include "deliver/journal.hpp"
#include "deliver/maildir_name.hpp"
#include "deliver/pending.hpp"
#include "deliver/stored_folder.hpp"

namespace mailspoor::cli {
namespace {

index::IndexedMailbox mailbox_of(const deliver::StoredFolder& folder) {
  return {folder.folder, folder.account, folder.identity.mailbox,
          base::to_valid_utf8(folder.identity.mailbox_raw)};
}

class FolderReader {
 public:
  FolderReader(const deliver::StoredFolder& folder, index::Indexer& indexer)
      : folder_{folder}, mailbox_{mailbox_of(folder)}, indexer_{indexer}, files_{folder.path} {}

  /// @return Whether a batch is under way at the journal's end.
  bool read_journal(CatchUpReport& report) {
    const auto begin = indexer_.journal_octets(folder_.folder);
    const auto reading =
        deliver::read_journal(folder_.journal, begin, [&](const deliver::JournalEntry& entry) {
          if (const auto* stored = std::get_if<deliver::StoredEvent>(&entry.event)) add(*stored);
        });
    report.damaged_lines += reading.unreadable.size();
    if (reading.offset != begin) indexer_.set_journal_octets(mailbox_, reading.offset);
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
      if (name.uid_validity == folder_.identity.uid_validity) {
        arrival.uid_validity = name.uid_validity;
        arrival.uid = name.uid;
      }
      arrival.flags = deliver::imap_flags(name.info);
      indexer_.add(mailbox_, std::move(arrival));
    }
  }

 private:
  void add(const deliver::StoredEvent& stored) {
    index::Arrival arrival;
    arrival.path = files_.find(stored.file, deliver::maildir_info(stored.flags));
    arrival.unique_name = stored.file;
    arrival.uid_validity = stored.uid_validity;
    arrival.uid = stored.uid;
    arrival.flags = stored.flags;
    arrival.internal_date_raw = stored.internal_date;
    // A file that a MUA has deleted is no failure: it is not here any more, and `check` is to tell.
    if (!arrival.path.empty()) indexer_.add(mailbox_, std::move(arrival));
  }

  const deliver::StoredFolder& folder_;
  index::IndexedMailbox mailbox_;
  index::Indexer& indexer_;
  FileFinder files_;
};

}  // namespace

std::filesystem::path database_of(const std::filesystem::path& root) { return root / "index.db"; }

CatchUpReport catch_up(const std::filesystem::path& root, index::Indexer& indexer, CatchUp how) {
  CatchUpReport report;
  if (!indexer.is_whole()) how = CatchUp::full;  // a rebuild was broken off, or the database removed
  auto notes = deliver::list_pending(root);      // first: what is noted from now on is for the next time
  std::set<std::string> noted;
  for (const auto& note : notes) noted.insert(note.folder);
  if (how == CatchUp::pending && notes.empty()) return report;
  std::set<std::string> open;
  const auto read = [&](const deliver::StoredFolder& folder) {
    FolderReader reader{folder, indexer};
    if (reader.read_journal(report)) open.insert(folder.folder);
    if (how == CatchUp::full) reader.read_directories();
  };
  if (how == CatchUp::full) {
    for (const auto& folder : deliver::stored_folders(root)) read(folder);
  } else {
    for (const auto& name : noted) {
      if (const auto folder = deliver::stored_folder(root, name)) read(*folder);
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
