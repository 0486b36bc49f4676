#include "deliver/folder_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "deliver/base/text.hpp"
#include "deliver/maildir_name.hpp"

namespace mailspoor::deliver {
namespace {

/// INBOX in any case is one mailbox (RFC 3501 §5.1); all other names differ where their octets do.
std::string raw_key(std::string_view raw_name) {
  return base::equal_ignoring_case(raw_name, "INBOX") ? "INBOX" : std::string{raw_name};
}

/// The names that a mailbox's folder may have, best first. The second can be taken too: 64 bits of a hash are
/// within reach of whoever wants two names to meet.
std::string possible_folder(unsigned choice, const std::vector<std::string>& raw_levels,
                            std::string_view raw_name) {
  if (choice == 0) return maildir_folder(raw_levels, raw_name);
  if (choice == 1) return hashed_folder(raw_name);
  return hashed_folder(fmt::format("{}\n{}", raw_name, choice));
}

}  // namespace

void FolderTable::add(const std::string& folder, const std::optional<FolderIdentity>& identity) {
  remove(folder);  // its name on the server may be another one now
  auto& known = by_lower_case_[base::to_lower(folder)];
  known = {.folder = folder, .identity = identity};
  if (!identity) return;
  if (!folder.empty() && identity->uid_validity == kAdoptedEpoch) adopted_[levels_of(*identity)] = folder;
  auto& folders = by_raw_name_[raw_key(identity->mailbox_raw)];
  if (std::find(folders.begin(), folders.end(), folder) == folders.end()) folders.push_back(folder);
}

void FolderTable::remove(const std::string& folder) {
  const auto known = by_lower_case_.find(base::to_lower(folder));
  if (known == by_lower_case_.end()) return;
  if (const auto& identity = known->second.identity) {
    const auto named = by_raw_name_.find(raw_key(identity->mailbox_raw));
    if (named != by_raw_name_.end()) std::erase(named->second, folder);
    if (named != by_raw_name_.end() && named->second.empty()) by_raw_name_.erase(named);
    if (const auto adopted = adopted_.find(levels_of(*identity));
        adopted != adopted_.end() && adopted->second == folder)
      adopted_.erase(adopted);
  }
  by_lower_case_.erase(known);
}

void FolderTable::add_taken(const std::string& name) {
  by_lower_case_[base::to_lower(name)] = {.folder = name, .identity = std::nullopt, .is_folder = false};
}

/// The folder of a mailbox that was adopted, when nobody knew the server's delimiter, nor whether it has all
/// below INBOX (Courier).
const std::string* FolderTable::adopted_folder(const std::vector<std::string>& raw_levels) const {
  auto adopted = adopted_.find(raw_levels);
  const bool is_below_inbox = raw_levels.size() > 1 && base::equal_ignoring_case(raw_levels.front(), "INBOX");
  if (adopted == adopted_.end() && is_below_inbox)
    adopted = adopted_.find({raw_levels.begin() + 1, raw_levels.end()});
  return adopted == adopted_.end() ? nullptr : &adopted->second;
}

FolderTable::Place FolderTable::place_of(const std::vector<std::string>& raw_levels,
                                         std::string_view raw_name) const {
  const auto named = by_raw_name_.find(raw_key(raw_name));
  if (const auto* const adopted = named == by_raw_name_.end() ? adopted_folder(raw_levels) : nullptr)
    return {.folder = *adopted, .exists = true};
  for (unsigned choice = 0;; ++choice) {
    const auto folder = possible_folder(choice, raw_levels, raw_name);
    if (named != by_raw_name_.end()) {
      // Somebody who copied a whole folder has made two that say the same: the name decides, then the order.
      const auto& folders = named->second;
      if (std::find(folders.begin(), folders.end(), folder) != folders.end())
        return {.folder = folder, .exists = true};
      if (choice == 1) return {.folder = *std::min_element(folders.begin(), folders.end()), .exists = true};
      continue;
    }
    const auto known = by_lower_case_.find(base::to_lower(folder));
    if (known == by_lower_case_.end()) return {.folder = folder, .exists = false};
    const auto& [name, identity, is_folder] = known->second;
    if (is_folder && name == folder && !identity) return {.folder = folder, .exists = true};
  }
}

const std::optional<FolderIdentity>* FolderTable::identity(const std::string& folder) const {
  const auto known = by_lower_case_.find(base::to_lower(folder));
  return known == by_lower_case_.end() ? nullptr : &known->second.identity;
}

void FolderTable::for_each(
    const std::function<void(const std::string& folder, const FolderIdentity& identity)>& on_folder) const {
  for (const auto& [lower_case, known] : by_lower_case_) {
    if (known.identity) on_folder(known.folder, *known.identity);
  }
}

}  // namespace mailspoor::deliver
