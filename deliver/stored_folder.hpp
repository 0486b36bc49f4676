#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deliver/base/uid_set.hpp"
#include "deliver/folder_identity.hpp"

// What lies below a root, for those who only read: an index, `status`, `check`. Needs no lock and no right to
// write; another process may be delivering.
namespace mailspoor::deliver {

/// A Maildir folder below `<root>/mail` that has a `mailspoor.json`.
struct StoredFolder {
  std::string account;         ///< The directory below `<root>/mail`.
  std::string folder;          ///< Path below `<root>/mail`: `work` (its INBOX) or `work/.Archive.2024`.
  std::filesystem::path path;  ///< `<root>/mail/<folder>`
  FolderIdentity identity;
  std::filesystem::path journal;   ///< Need not exist.
  std::uint64_t journal_size = 0;  ///< 0 if it does not exist.
};

/// All folders, sorted by `folder`. A root that does not exist has none. Throws Error.
/// @param damaged  Takes the paths below `<root>/mail` of the folders whose mailspoor.json cannot be read.
std::vector<StoredFolder> stored_folders(const std::filesystem::path& root,
                                         std::vector<std::string>* damaged = nullptr);

/// One folder by its path below `<root>/mail`; nullopt if there is none, or the path is none that a folder
/// can have. Throws Error.
std::optional<StoredFolder> stored_folder(const std::filesystem::path& root, const std::string& folder);

/// A message file of a Maildir.
struct MaildirFile {
  std::string directory;  ///< `cur` or `new`.
  std::string name;       ///< The whole file name, see parse_maildir_name().

  bool operator==(const MaildirFile&) const = default;
};

/// What cur/ and new/ hold, in no order; names that start with '.' are left out. A directory that does not
/// exist holds nothing. Throws Error.
std::vector<MaildirFile> maildir_files(const std::filesystem::path& folder);

/// A message that exists on the server and has not been fetched.
struct Hole {
  std::uint32_t uid_validity = 0;
  std::uint32_t uid = 0;
  std::string reason;  ///< Of the last try.
  std::uint64_t tries = 0;
  std::string first;                  ///< Time of the first try, RFC 3339.
  bool is_accepted = false;           ///< The user took note of it.
  std::optional<std::string> uidl{};  ///< With POP3, see StoredEvent: then the UID is a number of ours.

  bool operator==(const Hole&) const = default;
};

/// The UIDLs of these messages of a maildrop, by their UIDs, as far as the journal tells them. Throws Error.
std::map<std::uint32_t, std::string> folder_uidls(const std::filesystem::path& folder,
                                                  const base::UidSet& uids);

/// The holes of the folder's present UIDVALIDITY that no later `stored` or `absent` has closed, by UID. Reads
/// the whole journal. Throws Error.
std::vector<Hole> folder_holes(const std::filesystem::path& folder);

}  // namespace mailspoor::deliver
