#include "deliver/held_octets.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <utility>
#include <variant>

#include "deliver/base/sha256.hpp"
#include "deliver/journal_file.hpp"
#include "deliver/journal_line.hpp"
#include "deliver/maildir_name.hpp"

namespace mailspoor::deliver {
namespace {

constexpr std::size_t kMaxRecent = 50'000;
constexpr std::size_t kHashDigits = 8;
constexpr std::size_t kLineOctets = 1024;  // most lines have half of that
constexpr std::size_t kMaxLineOctets = std::size_t{1} << 20;

std::optional<std::uint32_t> hash_of(std::string_view sha256) {
  const auto digits = sha256.substr(0, kHashDigits);
  std::uint32_t hash = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), hash, 16);
  if (digits.size() != kHashDigits || read.ec != std::errc{} || read.ptr != digits.data() + digits.size())
    return std::nullopt;
  return hash;
}

std::uint32_t hash_of_id(const std::string& id) {
  return hash_of(base::to_hex(base::sha256(id))).value_or(0);
}

/// The `stored` line at `offset`; nullopt if there is none.
std::optional<StoredEvent> stored_at(int fd, std::uint64_t offset, const std::string& path) {
  for (auto size = kLineOctets; size <= kMaxLineOctets; size *= 8) {
    const auto octets = read_at(fd, offset, size, path);
    const auto end = octets.find('\n');
    if (end == std::string::npos && octets.size() == size) continue;
    auto event = parse_journal_line(std::string_view{octets}.substr(0, end));
    if (!event || !std::holds_alternative<StoredEvent>(*event)) return std::nullopt;
    return std::get<StoredEvent>(std::move(*event));
  }
  return std::nullopt;
}

}  // namespace

template <typename Take>
std::invoke_result_t<Take, const HeldOctets::Entry&> HeldOctets::Entries::find(std::uint32_t hash,
                                                                               Take take) const {
  const auto before = [](const Entry& known, std::uint32_t wanted) { return known.hash < wanted; };
  for (const auto* entries : {&many_, &few_}) {
    auto entry = std::lower_bound(entries->begin(), entries->end(), hash, before);
    for (; entry != entries->end() && entry->hash == hash; ++entry) {
      if (auto found = take(*entry)) return found;
    }
  }
  return std::nullopt;
}

HeldOctets::HeldOctets(ListFolders list_folders, OpenFolder open_folder)
    : list_folders_{std::move(list_folders)}, open_folder_{std::move(open_folder)} {}

void HeldOctets::renamed(const std::string& folder, const std::string& new_name) {
  if (changed_.erase(folder) > 0) changed_.insert(new_name);
  auto known = folder_by_name_.extract(folder);
  if (known.empty()) return;
  folders_[known.mapped()].name = new_name;
  folders_[known.mapped()].files.forget();
  known.key() = new_name;
  folder_by_name_.insert(std::move(known));
}

std::uint32_t HeldOctets::number_of(const std::string& folder) {
  const auto number = static_cast<std::uint32_t>(folders_.size());
  const auto [known, is_new] = folder_by_name_.try_emplace(folder, number);
  if (is_new) folders_.push_back({.name = folder, .files = {}});
  return known->second;
}

std::optional<HeldOctets::Hit> HeldOctets::find(std::string_view sha256, std::string_view except) {
  return find(sha256, [&](const std::string&, const StoredEvent& stored) { return stored.file != except; });
}

std::optional<HeldOctets::Hit> HeldOctets::find_former(std::string_view sha256, const std::string& folder,
                                                       std::uint32_t uid_validity,
                                                       const std::set<std::string>& except) {
  return find(sha256, [&](const std::string& other, const StoredEvent& stored) {
    return other == folder && stored.uid_validity != uid_validity && !except.contains(stored.file);
  });
}

std::optional<HeldOctets::Hit> HeldOctets::find(std::string_view sha256, const Filter& is_wanted) {
  const auto hash = hash_of(sha256);
  if (!hash) return std::nullopt;
  read_journals();
  const auto has_octets = [&](const std::string& folder, const StoredEvent& stored) {
    return stored.sha256 == sha256 && is_wanted(folder, stored);
  };
  return by_sha256_.find(*hash, [&](const Entry& entry) {
    return find({.folder = entry.folder, .offset = entry.offset}, has_octets);
  });
}

void HeldOctets::read_journals() {
  if (!std::exchange(is_listed_, true)) {
    for (const auto& name : list_folders_()) changed_.insert(name);
  }
  if (changed_.empty()) return;
  const auto names = std::exchange(changed_, {});
  for (const auto& name : names) {
    const auto index = number_of(name);
    auto& folder = folders_[index];
    const auto directory = open_folder_(folder.name);
    const auto journal = directory.find_file(kJournalFile);
    if (!journal) continue;
    const auto path = directory.path_of(kJournalFile);
    if (file_size(journal->get(), path) == folder.read_to) continue;
    const auto reading = read_journal(journal->get(), path, folder.read_to, [&](const JournalEntry& entry) {
      const auto* stored = std::get_if<StoredEvent>(&entry.event);
      const auto hash = stored != nullptr ? hash_of(stored->sha256) : std::nullopt;
      const auto id = stored != nullptr ? server_id(stored->email_id, stored->gmail) : std::string{};
      if (!id.empty()) by_id_.add({.hash = hash_of_id(id), .folder = index, .offset = entry.offset});
      if (hash) by_sha256_.add({.hash = *hash, .folder = index, .offset = entry.offset});
    });
    folder.read_to = reading.offset;
  }
  by_sha256_.settle();
  by_id_.settle();
}

/// Moves the few to the many where they are not few any more.
void HeldOctets::Entries::settle() {
  const auto by_hash = [](const Entry& left, const Entry& right) { return left.hash < right.hash; };
  std::sort(few_.begin(), few_.end(), by_hash);
  if (few_.size() <= kMaxRecent) return;
  const auto known = static_cast<std::ptrdiff_t>(many_.size());
  many_.insert(many_.end(), few_.begin(), few_.end());
  std::inplace_merge(many_.begin(), many_.begin() + known, many_.end(), by_hash);
  few_.clear();
}

bool HeldOctets::has_ids() {
  read_journals();
  return !by_id_.empty();
}

std::optional<HeldMessage> HeldOctets::find_id(const std::string& id) {
  read_journals();
  const auto is_this = [&id](const std::string&, const StoredEvent& stored) {
    return server_id(stored.email_id, stored.gmail) == id;
  };
  return by_id_.find(hash_of_id(id), [&](const Entry& entry) -> std::optional<HeldMessage> {
    const HeldMessage message{.folder = entry.folder, .offset = entry.offset};
    return find(message, is_this) ? std::optional{message} : std::nullopt;
  });
}

std::optional<HeldOctets::Hit> HeldOctets::find(const HeldMessage& message) {
  return find(message, [](const std::string&, const StoredEvent&) { return true; });
}

std::optional<HeldOctets::Hit> HeldOctets::find(const HeldMessage& message, const Filter& is_wanted) {
  auto& folder = folders_.at(message.folder);
  const auto directory = open_folder_(folder.name);
  const auto journal = directory.find_file(kJournalFile);
  if (!journal) return std::nullopt;
  auto stored = stored_at(journal->get(), message.offset, directory.path_of(kJournalFile));
  if (!stored || !is_wanted(folder.name, *stored)) return std::nullopt;
  std::optional<Hit> hit;
  with_file(directory, folder.files, stored->file, maildir_info(stored->flags),
            [&](const Directory& messages, const std::string& name) {
              if (!messages.has(name)) return false;
              hit = Hit{.directory = directory.subdirectory(
                            std::filesystem::path{messages.path()}.filename().string()),
                        .name = name,
                        .folder = folder.name,
                        .stored = *stored};
              return true;
            });
  return hit;
}

}  // namespace mailspoor::deliver
