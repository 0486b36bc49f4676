#include "deliver/delivered_before.hpp"

#include <algorithm>
#include <string_view>

#include "deliver/environment.hpp"
#include "deliver/journal_file.hpp"
#include "deliver/journal_line.hpp"
#include "deliver/maildir_name.hpp"
#include "deliver/placed_files.hpp"

namespace mailspoor::deliver {
namespace {

constexpr std::chrono::hours kWindow{24};
constexpr std::uint64_t kMaxLooked = std::uint64_t{64} << 20U;
/// So many lines that are older are no more than a clock that was wrong.
constexpr unsigned kMaxOlder = 100;
constexpr std::size_t kBlock = std::size_t{64} * 1024;
/// `2024-03-05T10:00:02Z`, and what stands behind it on a line.
constexpr std::size_t kTime = 20;
constexpr std::string_view kBehindTime = "\"}";

/// Calls back with the lines of a file from the last to the first; ends when that returns false, at a line
/// longer than a block, or after kMaxLooked octets.
template <typename OnLine>
void for_each_line_backwards(int fd, const std::string& path, OnLine on_line) {
  const auto size = file_size(fd, path);
  for (auto end = size; end > 0 && size - end < kMaxLooked;) {
    const auto begin = end - std::min<std::uint64_t>(end, kBlock);
    const auto octets = read_at(fd, begin, end - begin, path);
    std::string_view rest{octets};
    // The first line of a block may have begun before it.
    const auto first = begin == 0 ? 0 : rest.find('\n');
    if (first == std::string_view::npos || first + 1 == rest.size()) return;
    const auto stop = begin == 0 ? 0 : first + 1;
    while (rest.size() > stop) {
      if (rest.back() == '\n') rest.remove_suffix(1);
      const auto line_begin = std::max(rest.rfind('\n') + 1, stop);  // 0 if there is none
      if (!on_line(rest.substr(line_begin))) return;
      rest = rest.substr(0, line_begin);
    }
    end = begin + stop;
  }
}

/// Times of this form sort as text.
std::string_view time_of(std::string_view line) {
  if (line.size() < kTime + kBehindTime.size() || !line.ends_with(kBehindTime)) return {};
  return line.substr(line.size() - kTime - kBehindTime.size(), kTime);
}

/// Whether the file is there, with the octets that its name tells.
bool is_whole(const Directory& folder, PlacedFiles& files, const std::string& unique) {
  const auto place = files.find(folder, unique, "");
  if (!place) return false;
  const auto size = folder.subdirectory(place->directory).size_of(place->name);
  return size && size == parse_maildir_name(place->name).size;
}

}  // namespace

std::optional<std::string> delivered_before(const Directory& folder, const DeliveredEvent& event,
                                            std::chrono::system_clock::time_point now) {
  const auto journal = folder.find_file(kJournalFile);
  if (!journal) return std::nullopt;
  const auto any_start = delivered_line_start("");
  const auto any_delivery = std::string_view{any_start}.substr(0, any_start.size() - 1);  // no closing quote
  const auto this_start = delivered_line_start(event.sha256);
  const auto oldest = rfc3339(now - kWindow);
  const auto newest = rfc3339(now + kWindow);
  unsigned older = 0;
  std::optional<std::string> found;
  PlacedFiles files;
  for_each_line_backwards(journal->get(), folder.path_of(kJournalFile), [&](std::string_view line) {
    if (!line.starts_with(any_delivery)) return true;
    const auto time = time_of(line);
    if (time < oldest) return ++older < kMaxOlder;
    if (time > newest || !line.starts_with(this_start)) return true;
    const auto former = parse_journal_line(line);
    const auto* const delivered = former ? std::get_if<DeliveredEvent>(&*former) : nullptr;
    if (delivered == nullptr || delivered->envelope != event.envelope) return true;
    if (is_whole(folder, files, delivered->file)) found = delivered->file;
    return !found;
  });
  return found;
}

}  // namespace mailspoor::deliver
