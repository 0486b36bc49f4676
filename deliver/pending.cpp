#include "deliver/pending.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "deliver/directory.hpp"
#include "deliver/error.hpp"

namespace mailspoor::deliver {
namespace {

constexpr std::size_t kMaxOctets = 4096;  // account + '/' + folder are below 512

/// What somebody else put there is no note.
bool is_regular(int fd) noexcept {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

std::vector<PendingNote> list_pending(const std::filesystem::path& root) {
  return list_notes(root / "pending");
}

std::vector<PendingNote> list_notes(const std::filesystem::path& directory) {
  const auto queue = Directory::find(directory);
  if (!queue) return {};
  std::vector<PendingNote> notes;
  queue->for_each_name([&](const std::string& name) {
    if (!name.starts_with('.')) notes.push_back({.file = name, .folder = {}});
  });
  std::sort(notes.begin(), notes.end(), [](const auto& a, const auto& b) { return a.file < b.file; });
  // One that is gone meanwhile was read by another index; an empty one is being written.
  std::erase_if(notes, [&](PendingNote& note) {
    const auto file = queue->find_file(note.file);
    if (!file || !is_regular(file->get())) return true;
    note.folder = read_at(file->get(), 0, kMaxOctets, queue->path_of(note.file));
    return note.folder.empty();
  });
  return notes;
}

void remove_pending(const std::filesystem::path& root, const std::vector<PendingNote>& notes) {
  if (notes.empty()) return;
  const auto queue = Directory::open(root / "pending");
  for (const auto& note : notes) {
    if (note.file.find('/') == std::string::npos) queue.remove(note.file);
  }
}

// The order that loses nothing. A writer: journal lines synced; files visible; a note under a new name;
// `commit`.
//   - Killed before the note: there is no `commit` either, so no line counts. Whoever opens the store next
//   sees a
//     journal that does not end in a `commit`, settles the batch, and leaves a note then.
//   - Killed between note and `commit`: the same; the note only makes an index look for nothing.
//   - An index that lists the note before the `commit` is there finds the batch's lines without it (they are
//   older than the
//     note), reports them as open, and keeps the note.
//   - An index that lists the note and then finds the `commit` has read what the note was left for. A batch
//   that comes
//     later has a note with another name, which this index has not listed and does not remove.
void add_pending(const Directory& queue, std::string_view unique_name, std::string_view folder) {
  // Under a hidden name until it is whole, since list_pending() may look at any time.
  const auto path = queue.path_of(unique_name);
  const auto hidden = '.' + std::string{unique_name};
  auto file = queue.open_file(hidden, O_WRONLY | O_CREAT | O_EXCL);
  try {
    write_all(file.get(), folder, path);
    sync_file(file.get(), path);
    close_file(std::move(file), path);
    queue.move(hidden, queue, std::string{unique_name});
  } catch (...) {
    queue.try_remove(hidden);
    throw;
  }
  queue.sync();
}

}  // namespace mailspoor::deliver
