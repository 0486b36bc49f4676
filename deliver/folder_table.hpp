#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "deliver/folder_identity.hpp"

namespace mailspoor::deliver {

/// Which folder of an account holds which mailbox. Folder names are those of maildir_folder(); none differs
/// from another by case alone, so that the tree can lie on any file system.
class FolderTable {
 public:
  struct Place {
    std::string folder;
    bool exists;
  };

  /// Notes a folder that exists. Without identity it is one whose `mailspoor.json` is lost, or that is not
  /// ours.
  void add(const std::string& folder, const std::optional<FolderIdentity>& identity);
  /// A folder that is not there any more under its name, or is another mailbox's now.
  void remove(const std::string& folder);
  /// Notes a name that something else than a folder has.
  void add_taken(const std::string& name);

  /// Where a mailbox lies or would be made: the folder whose `mailspoor.json` names it, else the one of these
  /// levels that was adopted from another program's Maildir, else the first of its possible names that is
  /// free, or is taken by a folder of exactly this name that says of no other mailbox that it holds it.
  Place place_of(const std::vector<std::string>& raw_levels, std::string_view raw_name) const;

  const std::optional<FolderIdentity>* identity(const std::string& folder) const;
  void for_each(
      const std::function<void(const std::string& folder, const FolderIdentity& identity)>& on_folder) const;

 private:
  struct Known {
    std::string folder;
    std::optional<FolderIdentity> identity;
    bool is_folder = true;
  };
  const std::string* adopted_folder(const std::vector<std::string>& raw_levels) const;

  std::map<std::string, Known> by_lower_case_;  ///< Lower-case folder name.
  std::unordered_map<std::string, std::vector<std::string>> by_raw_name_;
  std::map<std::vector<std::string>, std::string> adopted_;  ///< Folders by the levels of the name.
};

}  // namespace mailspoor::deliver
