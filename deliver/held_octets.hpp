#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "deliver/directory.hpp"
#include "deliver/held_message.hpp"
#include "deliver/journal.hpp"
#include "deliver/placed_files.hpp"

namespace mailspoor::deliver {

/// Which files of an account have octets of a certain SHA-256, from its journals: 16 octets of memory a
/// message. A hit is where a file was put and still is; that it still has these octets, the caller must see
/// to. All functions throw Error.
class HeldOctets {
 public:
  struct Hit {
    Directory directory;  ///< cur/ or new/ of its folder.
    std::string name;
    std::string folder;
    StoredEvent stored;
  };

  /// The folders of the account, and how one is opened.
  using ListFolders = std::function<std::vector<std::string>()>;
  using OpenFolder = std::function<Directory(const std::string& folder)>;
  HeldOctets(ListFolders list_folders, OpenFolder open_folder);

  /// A file with these octets.
  /// @param sha256  Lower-case hex.
  /// @param except  The unique name of a file that does not count.
  std::optional<Hit> find(std::string_view sha256, std::string_view except);
  /// The same: one that was stored in that folder under another UIDVALIDITY.
  /// @param except  Unique names of files that do not count.
  std::optional<Hit> find_former(std::string_view sha256, const std::string& folder,
                                 std::uint32_t uid_validity, const std::set<std::string>& except);
  /// The file of a message; nullopt if it is not there any more.
  std::optional<Hit> find(const HeldMessage& message);
  /// A message that the server calls so, and whose file is there.
  /// @param id  See server_id().
  std::optional<HeldMessage> find_id(const std::string& id);
  bool has_ids();
  /// A folder has another name now.
  void renamed(const std::string& folder, const std::string& new_name);
  /// What HeldMessage calls a folder.
  std::uint32_t number_of(const std::string& folder);
  /// The journal of that folder has grown, or the folder is new: find() reads it on.
  void changed(const std::string& folder) { changed_.insert(folder); }

 private:
  struct Entry {
    std::uint32_t hash = 0;    ///< The first 32 bits of the SHA-256, or of what the server calls the message.
    std::uint32_t folder = 0;  ///< Index in `folders_`.
    std::uint64_t offset = 0;  ///< Of the line in its journal.
  };
  /// Sorted by `hash`. Those that came last are few, so that the many need not be sorted after each batch.
  class Entries {
   public:
    void add(const Entry& entry) { few_.push_back(entry); }
    /// Sorts what was added.
    void settle();
    bool empty() const noexcept { return many_.empty() && few_.empty(); }
    /// The first entry with this hash that `take` makes something of.
    template <typename Take>
    std::invoke_result_t<Take, const Entry&> find(std::uint32_t hash, Take take) const;

   private:
    std::vector<Entry> many_, few_;
  };
  /// Whether a message with the right octets is what is looked for.
  using Filter = std::function<bool(const std::string& folder, const StoredEvent& stored)>;
  struct Folder {
    std::string name;
    PlacedFiles files;
    std::uint64_t read_to = 0;
  };

  void read_journals();
  std::optional<Hit> find(std::string_view sha256, const Filter& is_wanted);
  std::optional<Hit> find(const HeldMessage& message, const Filter& is_wanted);

  ListFolders list_folders_;
  OpenFolder open_folder_;
  bool is_listed_ = false;
  std::set<std::string> changed_;
  std::vector<Folder> folders_;
  std::map<std::string, std::uint32_t> folder_by_name_;
  Entries by_sha256_;
  Entries by_id_;  ///< By what the server calls the messages.
};

}  // namespace mailspoor::deliver
