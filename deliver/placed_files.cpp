#include "deliver/placed_files.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

#include "deliver/error.hpp"
#include "deliver/maildir_name.hpp"
#include "deliver/message_files.hpp"

namespace mailspoor::deliver {

std::optional<PlacedFiles::Place> PlacedFiles::find(const Directory& folder, const std::string& unique,
                                                    const std::string& info) {
  const auto cur = folder.find_subdirectory("cur");
  auto expected = unique + ":2," + info;
  if (cur && cur->has(expected)) return Place{.directory = "cur", .name = std::move(expected)};
  if (!places_) read(folder);
  const auto place = places_->find(unique);
  return place == places_->end() ? std::nullopt : std::optional{place->second};
}

std::map<std::uint32_t, std::string> PlacedFiles::find_uids(const Directory& folder,
                                                            std::uint32_t uid_validity,
                                                            const base::UidSet& uids) {
  if (!places_) read(folder);
  std::map<std::uint32_t, std::string> found;
  for (const auto& [unique, place] : *places_) {
    const auto name = parse_maildir_name(unique);
    if (name.uid && name.uid_validity == uid_validity && uids.contains(*name.uid))
      found.emplace(*name.uid, unique);
  }
  return found;
}

void PlacedFiles::read(const Directory& folder) {
  places_.emplace();
  for_each_message(folder, [&](const Directory& directory, const std::string& file) {
    places_->insert_or_assign(std::string{parse_maildir_name(file).unique},
                              Place{std::filesystem::path{directory.path()}.filename(), file});
  });
}

std::filesystem::path FolderFiles::find(const std::string& unique, const std::string& info) {
  auto expected = folder_ / "cur" / (unique + ":2," + info);
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(expected, error))) return expected;
  auto delivered = folder_ / "new" / unique;  // where no MUA has been yet
  if (std::filesystem::exists(std::filesystem::symlink_status(delivered, error))) return delivered;
  try {
    const auto folder = Directory::find(folder_);
    const auto place = folder ? files_.find(*folder, unique, info) : std::nullopt;
    return place ? folder_ / place->directory / place->name : std::filesystem::path{};
  } catch (const Error&) {
    return {};
  }
}

}  // namespace mailspoor::deliver
