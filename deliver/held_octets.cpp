#include "deliver/held_octets.hpp"

#include <algorithm>
#include <charconv>
#include <utility>
#include <variant>

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

HeldOctets::HeldOctets(ListFolders list_folders, OpenFolder open_folder)
    : list_folders_{std::move(list_folders)}, open_folder_{std::move(open_folder)} {}

std::optional<HeldOctets::Hit> HeldOctets::find(std::string_view sha256, std::string_view except) {
  const auto hash = hash_of(sha256);
  if (!hash) return std::nullopt;
  read_journals();
  for (const auto* entries : {&entries_, &recent_}) {
    const auto before = [](const Entry& known, std::uint32_t wanted) { return known.hash < wanted; };
    auto entry = std::lower_bound(entries->begin(), entries->end(), *hash, before);
    for (; entry != entries->end() && entry->hash == *hash; ++entry) {
      if (auto hit = look(*entry, sha256, except)) return hit;
    }
  }
  return std::nullopt;
}

void HeldOctets::read_journals() {
  if (!std::exchange(is_listed_, true)) {
    for (const auto& name : list_folders_()) changed_.insert(name);
  }
  if (changed_.empty()) return;
  const auto names = std::exchange(changed_, {});
  for (const auto& name : names) {
    const auto [known, is_new] = folder_by_name_.try_emplace(name, folders_.size());
    const auto index = known->second;
    if (is_new) folders_.push_back({.name = name, .files = {}});
    auto& folder = folders_[index];
    const auto directory = open_folder_(folder.name);
    const auto journal = directory.find_file(kJournalFile);
    if (!journal) continue;
    const auto path = directory.path_of(kJournalFile);
    if (file_size(journal->get(), path) == folder.read_to) continue;
    const auto reading = read_journal(journal->get(), path, folder.read_to, [&](const JournalEntry& entry) {
      const auto* stored = std::get_if<StoredEvent>(&entry.event);
      const auto hash = stored != nullptr ? hash_of(stored->sha256) : std::nullopt;
      if (hash)
        recent_.push_back(
            {.hash = *hash, .folder = static_cast<std::uint32_t>(index), .offset = entry.offset});
    });
    folder.read_to = reading.offset;
  }
  const auto by_hash = [](const Entry& left, const Entry& right) { return left.hash < right.hash; };
  std::sort(recent_.begin(), recent_.end(), by_hash);
  if (recent_.size() > kMaxRecent) {
    const auto known = static_cast<std::ptrdiff_t>(entries_.size());
    entries_.insert(entries_.end(), recent_.begin(), recent_.end());
    std::inplace_merge(entries_.begin(), entries_.begin() + known, entries_.end(), by_hash);
    recent_.clear();
  }
}

std::optional<HeldOctets::Hit> HeldOctets::look(const Entry& entry, std::string_view sha256,
                                                std::string_view except) {
  auto& folder = folders_[entry.folder];
  const auto directory = open_folder_(folder.name);
  const auto journal = directory.find_file(kJournalFile);
  if (!journal) return std::nullopt;
  const auto stored = stored_at(journal->get(), entry.offset, directory.path_of(kJournalFile));
  if (!stored || stored->sha256 != sha256 || stored->file == except) return std::nullopt;
  const auto place = folder.files.find(directory, stored->file, maildir_info(stored->flags));
  if (!place) return std::nullopt;
  auto messages = directory.find_subdirectory(place->directory);
  if (!messages || !messages->has(place->name)) {
    folder.files.forget();
    return std::nullopt;
  }
  return Hit{.directory = std::move(*messages), .name = place->name};
}

}  // namespace mailspoor::deliver
