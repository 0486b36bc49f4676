#include "cli/store_check.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>

#include "cli/config.hpp"
#include "deliver/account_store.hpp"
#include "deliver/base/sha256.hpp"
#include "deliver/journal.hpp"
#include "deliver/maildir_name.hpp"
#include "deliver/placed_files.hpp"
#include "deliver/stored_folder.hpp"
#include "index/error.hpp"
#include "index/search.hpp"

namespace mailspoor::cli {
namespace {

/// Of unique names: a million of them fit into memory as hashes.
using Key = std::size_t;
using Keys = std::unordered_set<Key>;
Key key_of(std::string_view unique) { return std::hash<std::string_view>{}(unique); }

std::string sha256_of(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) throw std::runtime_error{std::strerror(errno)};
  base::Sha256 hash;
  std::array<char, 1U << 16U> buffer{};
  while (file.read(buffer.data(), buffer.size()) || file.gcount() > 0)
    hash.update({buffer.data(), static_cast<std::size_t>(file.gcount())});
  if (file.bad()) throw std::runtime_error{std::strerror(errno)};
  return base::to_hex(hash.finish());
}

/// One account: its folders must all be looked at before a file can be called missing, since MUAs move files
/// between them.
class AccountCheck {
 public:
  AccountCheck(const std::filesystem::path& root, index::Searcher* index, StoreCheck how,
               StoreFindings& findings)
      : root_{root}, index_{index}, how_{how}, findings_{findings} {}

  void run(const std::vector<deliver::StoredFolder>& folders) {
    std::set<std::filesystem::path> listed;
    for (const auto& folder : folders) {
      list_files(folder);
      listed.insert(folder.path);
    }
    list_gone(folders.front());
    list_others(folders.front().account, listed);  // the gone ones once more: no harm
    for (const auto& folder : folders) {
      check_journal(folder);
      check_index(folder);
    }
  }

 private:
  void list_files(const deliver::StoredFolder& folder) {
    Keys indexed;
    if (index_ != nullptr) {
      index_->for_each_file(folder.folder, [&](std::string_view unique, bool) {
        indexed.insert(key_of(unique));
        indexed_.insert(key_of(unique));
      });
    }
    for (const auto& file : deliver::maildir_files(folder.path))
      take_file(folder, folder.path / file.directory, file.name, indexed);
  }

  void list_gone(deliver::StoredFolder folder) {
    folder.folder = deliver::gone_folder_of(folder.folder);
    folder.path = root_ / "mail" / folder.folder;
    folder.identity.mailbox = deliver::kGoneFolder;
    for (const auto& file : deliver::maildir_files(folder.path))
      take_file(folder, folder.path / file.directory, file.name, indexed_);
  }

  /// The folders that mail programs made for themselves: no index knows them, but what lies there is here.
  void list_others(const std::string& account, const std::set<std::filesystem::path>& listed) {
    const auto take = [&](const std::filesystem::path& folder) {
      if (listed.contains(folder)) return;
      for (const auto& file : deliver::maildir_files(folder))
        here_.insert(key_of(deliver::parse_maildir_name(file.name).unique));
    };
    const auto top = root_ / "mail" / account;
    take(top);
    for (const auto& entry : std::filesystem::directory_iterator{top}) {
      if (!entry.path().filename().string().starts_with('.')) continue;
      if (!entry.is_symlink() && entry.is_directory()) take(entry.path());
    }
  }

  void take_file(const deliver::StoredFolder& folder, const std::filesystem::path& directory,
                 const std::string& file, const Keys& indexed) {
    const auto name = deliver::parse_maildir_name(file);
    const auto key = key_of(name.unique);
    here_.insert(key);
    ++findings_.files;
    const auto finding = [&](std::string why) {
      const bool is_pop3 = name.uidl_hash.has_value();
      return finding_of(folder, is_pop3 ? std::nullopt : name.uid_validity, is_pop3 ? std::nullopt : name.uid,
                        std::string{name.unique}, std::move(why));
    };
    if (!indexed.contains(key)) findings_.unindexed.push_back(finding("the index does not know it"));
    if (!name.size) return;
    std::error_code error;
    const auto size = std::filesystem::file_size(directory / file, error);
    if (error == std::errc::no_such_file_or_directory) return;  // renamed meanwhile
    if (!error && size == *name.size) return;
    changed_.insert(key);
    findings_.changed.push_back(
        finding(error ? error.message() : fmt::format("it has {} octets, {} were stored", size, *name.size)));
  }

  void check_journal(const deliver::StoredFolder& folder) {
    std::unordered_map<Key, std::uint64_t> held;  // where its last line begins
    bool is_complete = how_ == StoreCheck::sizes;
    deliver::read_journal(folder.journal, 0, [&](const deliver::JournalEntry& entry) {
      if (const auto stored = kept(entry.event)) {
        held.insert_or_assign(key_of(stored->file), entry.offset);
        if (stored->former) held.erase(key_of(stored->former->file));
      }
      if (const auto* gone = std::get_if<deliver::GoneEvent>(&entry.event)) held.erase(key_of(gone->file));
    });
    for (const auto& [key, offset] : held) is_complete = is_complete && here_.contains(key);
    if (is_complete) return;
    deliver::FolderFiles files{folder.path};
    deliver::read_journal(folder.journal, 0, [&](const deliver::JournalEntry& entry) {
      const auto stored = kept(entry.event);
      if (!stored) return;
      const auto key = key_of(stored->file);
      const auto known = held.find(key);
      if (known == held.end() || known->second != entry.offset) return;
      if (!here_.contains(key)) {
        missing_.insert(key);
        findings_.missing.push_back(
            finding_of(folder, *stored, "the journal tells of it, and no folder has it"));
      } else if (how_ == StoreCheck::hashes && !changed_.contains(key)) {
        check_hash(folder, *stored, files);
      }
    });
  }

  /// That a message came to lie in the folder; a delivery has no number of any server.
  static std::optional<deliver::StoredEvent> kept(const deliver::JournalEvent& event) {
    if (const auto* stored = std::get_if<deliver::StoredEvent>(&event)) return *stored;
    const auto* delivered = std::get_if<deliver::DeliveredEvent>(&event);
    if (delivered == nullptr || delivered->is_again) return std::nullopt;
    deliver::StoredEvent stored;
    stored.uid_validity = deliver::kAdoptedEpoch;
    stored.file = delivered->file;
    stored.sha256 = delivered->sha256;
    return stored;
  }

  void check_hash(const deliver::StoredFolder& folder, const deliver::StoredEvent& stored,
                  deliver::FolderFiles& files) {
    const auto path = files.find(stored.file, deliver::maildir_info(stored.flags));
    if (path.empty()) return;  // in another folder now
    std::string why;
    try {
      if (sha256_of(path) == stored.sha256) return;
      why = "its SHA-256 is not the one that was stored";
    } catch (const std::exception& error) {
      why = error.what();
    }
    findings_.changed.push_back(finding_of(folder, stored, why));
  }

  /// Files without a journal line, as those that a MUA put there.
  void check_index(const deliver::StoredFolder& folder) {
    if (index_ == nullptr) return;
    index_->for_each_file(folder.folder, [&](std::string_view unique, bool is_gone) {
      const auto key = key_of(unique);
      if (is_gone || here_.contains(key) || missing_.contains(key)) return;
      findings_.missing.push_back({folder.account, folder.identity.mailbox, std::nullopt, std::nullopt,
                                   std::string{unique}, "the index tells of it, and no folder has it"});
    });
  }

  static Finding finding_of(const deliver::StoredFolder& folder, const deliver::StoredEvent& stored,
                            std::string why) {
    if (!stored.uidl) return finding_of(folder, stored.uid_validity, stored.uid, stored.file, std::move(why));
    auto finding = finding_of(folder, std::nullopt, std::nullopt, stored.file, std::move(why));
    if (!stored.uidl->empty()) finding.uidl = stored.uidl;
    return finding;
  }
  static Finding finding_of(const deliver::StoredFolder& folder, std::optional<std::uint32_t> uid_validity,
                            std::optional<std::uint32_t> uid, std::string file, std::string why) {
    if (uid_validity == deliver::kAdoptedEpoch) uid_validity = uid = std::nullopt;  // no server gave them
    return {folder.account, folder.identity.mailbox, uid_validity, uid, std::move(file), std::move(why)};
  }

  const std::filesystem::path& root_;
  index::Searcher* index_;
  StoreCheck how_;
  StoreFindings& findings_;
  Keys here_;     ///< Of all files of the account.
  Keys indexed_;  ///< Of all that the index has of it.
  Keys changed_;
  Keys missing_;
};

std::unique_ptr<index::Searcher> open_index(const std::filesystem::path& root) {
  const auto database = database_of(root);
  if (!std::filesystem::exists(database)) return nullptr;
  try {
    return std::make_unique<index::Searcher>(database);
  } catch (const index::OutdatedDatabase&) {
    return nullptr;  // as good as none
  }
}

}  // namespace

StoreFindings check_store(const std::filesystem::path& root, const std::set<std::string>& accounts,
                          StoreCheck how) {
  std::map<std::string, std::vector<deliver::StoredFolder>> folders;
  for (auto& folder : deliver::stored_folders(root)) {
    if (accounts.empty() || accounts.contains(folder.account))
      folders[folder.account].push_back(std::move(folder));
  }
  StoreFindings findings;
  const auto index = open_index(root);
  for (const auto& [account, of_account] : folders)
    AccountCheck{root, index.get(), how, findings}.run(of_account);
  return findings;
}

}  // namespace mailspoor::cli
