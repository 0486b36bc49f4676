#include "deliver/stored_folder.hpp"

#include <algorithm>
#include <map>

#include "deliver/directory.hpp"
#include "deliver/journal_file.hpp"
#include "deliver/maildir_name.hpp"
#include "deliver/message_files.hpp"

namespace mailspoor::deliver {
namespace {

std::optional<StoredFolder> read_stored_folder(const Directory& directory, std::string account,
                                               std::string folder) {
  auto identity = read_folder_identity(directory);
  if (!identity) return std::nullopt;
  StoredFolder stored{.account = std::move(account),
                      .folder = std::move(folder),
                      .path = directory.path(),
                      .identity = std::move(*identity),
                      .journal = directory.path_of(kJournalFile)};
  if (const auto journal = directory.find_file(kJournalFile)) {
    stored.journal_size = file_size(journal->get(), stored.journal.string());
  }
  return stored;
}

}  // namespace

std::vector<StoredFolder> stored_folders(const std::filesystem::path& root,
                                         std::vector<std::string>* damaged) {
  std::vector<StoredFolder> folders;
  const auto mail = Directory::find(root / "mail");
  if (!mail) return folders;
  const auto take = [&](const Directory& directory, const std::string& account, const std::string& folder) {
    if (auto stored = read_stored_folder(directory, account, folder)) {
      folders.push_back(std::move(*stored));
    } else if (damaged != nullptr && has_folder_identity(directory)) {
      damaged->push_back(folder);
    }
  };
  mail->for_each_name([&](const std::string& account) {
    const auto top = mail->find_subdirectory_if_any(account);
    if (!top) return;
    take(*top, account, account);
    top->for_each_name([&](const std::string& name) {
      if (!name.starts_with('.')) return;
      if (const auto directory = top->find_subdirectory_if_any(name))
        take(*directory, account, account + '/' + name);
    });
  });
  std::sort(folders.begin(), folders.end(), [](const auto& a, const auto& b) { return a.folder < b.folder; });
  return folders;
}

std::optional<StoredFolder> stored_folder(const std::filesystem::path& root, const std::string& folder) {
  const auto slash = folder.find('/');
  const auto account = folder.substr(0, slash);
  const auto name = slash == std::string::npos ? std::string{} : folder.substr(slash + 1);
  const bool is_one_of_ours =
      !account.empty() && account.front() != '.' &&
      (slash == std::string::npos ||
       (name.starts_with('.') && name.find('/') == std::string::npos && name != "." && name != ".."));
  if (!is_one_of_ours) return std::nullopt;
  const auto directory = Directory::find(root / "mail" / folder);
  if (!directory) return std::nullopt;
  return read_stored_folder(*directory, account, folder);
}

std::vector<MaildirFile> maildir_files(const std::filesystem::path& folder) {
  std::vector<MaildirFile> files;
  const auto directory = Directory::find(folder);
  if (!directory) return files;
  for_each_message(*directory, [&](const Directory& messages, const std::string& name) {
    files.push_back({.directory = std::filesystem::path{messages.path()}.filename(), .name = name});
  });
  return files;
}

std::map<std::uint32_t, std::string> folder_uidls(const std::filesystem::path& folder,
                                                  const base::UidSet& uids) {
  std::map<std::uint32_t, std::string> uidls;
  read_journal(folder / kJournalFile, 0, [&](const JournalEntry& entry) {
    if (const auto* stored = std::get_if<StoredEvent>(&entry.event);
        stored && stored->uidl && uids.contains(stored->uid))
      uidls[stored->uid] = *stored->uidl;
  });
  return uidls;
}

std::vector<Hole> folder_holes(const std::filesystem::path& folder) {
  const auto directory = Directory::find(folder);
  if (!directory) return {};
  const auto identity = read_folder_identity(*directory);
  if (!identity) return {};
  std::map<std::uint32_t, Hole> open;
  base::UidSet accepted;
  read_journal(folder / kJournalFile, 0, [&](const JournalEntry& entry) {
    if (const auto* hole = std::get_if<HoleEvent>(&entry.event);
        hole && hole->uid_validity == identity->uid_validity) {
      auto& known = open[hole->uid];
      if (known.tries++ == 0) known.first = hole->time;
      known.uid_validity = hole->uid_validity;
      known.uid = hole->uid;
      known.reason = hole->reason;
      if (hole->name) known.uidl = hole->name->uidl;
    } else if (const auto* stored = std::get_if<StoredEvent>(&entry.event);
               stored && stored->uid_validity == identity->uid_validity) {
      open.erase(stored->uid);
    } else if (const auto* absent = std::get_if<AbsentEvent>(&entry.event);
               absent && absent->uid_validity == identity->uid_validity) {
      std::erase_if(open, [&](const auto& item) { return absent->uids.contains(item.first); });
    } else if (const auto* noted = std::get_if<AcceptedEvent>(&entry.event);
               noted && noted->uid_validity == identity->uid_validity) {
      accepted.add(noted->uids);
    }
  });
  std::vector<Hole> holes;
  holes.reserve(open.size());
  for (auto& [uid, hole] : open) {
    hole.is_accepted = accepted.contains(uid);
    holes.push_back(std::move(hole));
  }
  return holes;
}

}  // namespace mailspoor::deliver
