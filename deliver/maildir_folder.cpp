#include <algorithm>
#include <utility>

#include "deliver/base/ascii.hpp"
#include "deliver/base/modified_utf7.hpp"
#include "deliver/base/sha256.hpp"
#include "deliver/base/text.hpp"
#include "deliver/maildir_name.hpp"

namespace mailspoor::deliver {
namespace {

constexpr std::size_t kMaxLevel = 200;
constexpr std::size_t kMaxFolder = 255;  // NAME_MAX of every Linux file system
constexpr std::size_t kHashDigits = 16;

/// `~` + 16 hex digits: the form of a level that is named by its hash.
std::string hash_level(std::string_view raw_name) {
  return '~' + base::to_hex(base::sha256(raw_name)).substr(0, kHashDigits);
}

bool is_hash_level(std::string_view level) {
  constexpr std::string_view kDigits = "0123456789abcdefABCDEF";
  return level.size() == 1 + kHashDigits && level.front() == '~' &&
         level.find_first_not_of(kDigits, 1) == std::string_view::npos;
}

/// The level as it may stand in a folder name; nullopt if it may not.
std::optional<std::string> plain_level(std::string_view raw_level) {
  const auto is_unfit = [](char c) {
    return c == '.' || c == '/' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  };
  if (raw_level.empty() || std::any_of(raw_level.begin(), raw_level.end(), is_unfit)) return std::nullopt;
  // A server's own name of the hash form would stand where another mailbox is looked for.
  if (is_hash_level(raw_level) || !base::is_utf8(raw_level)) return std::nullopt;
  auto level = base::is_ascii(raw_level) ? std::string{raw_level} : base::to_modified_utf7(raw_level);
  if (level.size() > kMaxLevel) return std::nullopt;
  return level;
}

}  // namespace

std::string maildir_folder(const std::vector<std::string>& raw_levels, std::string_view raw_name) {
  if (raw_levels.size() == 1 && base::equal_ignoring_case(raw_levels.front(), "INBOX")) return {};
  std::string folder;
  for (const auto& raw_level : raw_levels) {
    const auto level = plain_level(raw_level);
    folder += '.' + (level ? *level : hash_level(raw_name));
  }
  const bool is_reserved = base::equal_ignoring_case(folder, kGoneFolder);
  return folder.empty() || folder.size() > kMaxFolder || is_reserved ? hashed_folder(raw_name) : folder;
}

std::string hashed_folder(std::string_view raw_name) { return '.' + hash_level(raw_name); }

std::string mailbox_of_folder(std::string_view folder) {
  if (folder.starts_with('.')) folder.remove_prefix(1);
  if (folder.empty()) return "INBOX";
  std::string mailbox;
  while (true) {
    const auto dot = folder.find('.');
    const auto level = folder.substr(0, dot);
    const auto decoded = base::from_modified_utf7(level);
    mailbox += decoded ? *decoded : base::to_valid_utf8(level);
    if (dot == std::string_view::npos) return mailbox;
    mailbox += '/';
    folder.remove_prefix(dot + 1);
  }
}

std::string gone_folder_of(std::string_view folder) {
  return std::string{folder.substr(0, folder.find('/'))} + '/' + std::string{kGoneFolder};
}

}  // namespace mailspoor::deliver
