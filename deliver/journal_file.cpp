#include "deliver/journal_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "deliver/journal_line.hpp"

namespace mailspoor::deliver {
namespace {

constexpr std::size_t kChunk = 1U << 16U;
/// Where is_settled() looks for the last line that is not of a delivery.
constexpr std::size_t kTail = 1U << 16U;

/// Gives the lines of a file, one after the other, each with its place.
class LineReader {
 public:
  struct Line {
    std::string_view text;  ///< Without LF; good until the next call.
    std::uint64_t offset;
    std::uint64_t end;
  };

  LineReader(int fd, const std::string& path, std::uint64_t offset)
      : fd_{fd}, path_{path}, buffer_offset_{offset} {}

  /// The next whole line; nullopt at the end, where octets without LF are left alone.
  std::optional<Line> next() {
    std::size_t searched = at_;
    while (true) {
      const auto line_end = buffer_.find('\n', searched);
      if (line_end != std::string::npos) {
        const Line line{.text = std::string_view{buffer_}.substr(at_, line_end - at_),
                        .offset = buffer_offset_ + at_,
                        .end = buffer_offset_ + line_end + 1};
        at_ = line_end + 1;
        return line;
      }
      searched = buffer_.size() - at_;
      if (!fill()) return std::nullopt;
    }
  }
  bool has_rest() const noexcept { return at_ < buffer_.size(); }

 private:
  bool fill() {
    buffer_.erase(0, at_);
    buffer_offset_ += std::exchange(at_, 0);
    const auto more = read_at(fd_, buffer_offset_ + buffer_.size(), std::max(kChunk, buffer_.size()), path_);
    buffer_ += more;
    return !more.empty();
  }

  int fd_;
  const std::string& path_;
  std::string buffer_;
  std::uint64_t buffer_offset_;
  std::size_t at_ = 0;
};

bool is_of_delivery(std::string_view line) {
  return line.starts_with(R"({"event":"delivered")") || line.starts_with(R"({"event":"redelivered")");
}

/// A line that no `commit` has covered yet.
struct OpenLine {
  std::uint64_t offset;
  std::uint64_t end;
  std::optional<JournalEvent> event;  ///< nullopt: unreadable.
};

/// Nobody else appends as long as it lives.
class FileLock {
 public:
  FileLock(int fd, const std::string& path) : fd_{fd} {
    while (::flock(fd_, LOCK_EX) != 0) {
      if (errno != EINTR) throw_errno("lock", path);
    }
  }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock() { ::flock(fd_, LOCK_UN); }

 private:
  int fd_;
};

}  // namespace

JournalReading read_journal(int fd, const std::string& path, std::uint64_t offset,
                            const std::function<void(const JournalEntry&)>& on_entry,
                            std::vector<JournalEntry>* open_entries) {
  if (file_size(fd, path) < offset) offset = 0;
  JournalReading reading;
  reading.offset = offset;
  std::vector<OpenLine> open_lines;
  LineReader in{fd, path, offset};
  while (const auto line = in.next()) {
    if (line->text.empty()) continue;
    auto event = parse_journal_line(line->text);
    if (event && std::holds_alternative<DeliveredEvent>(*event)) {
      on_entry({.event = std::move(*event), .offset = line->offset, .end = line->end});
      // Where nobody but deliveries writes, no `commit` comes that would settle what is torn.
      if (std::none_of(open_lines.begin(), open_lines.end(),
                       [](const OpenLine& open) { return open.event; })) {
        for (const auto& open : std::exchange(open_lines, {})) reading.unreadable.push_back(open.offset);
        reading.offset = line->end;
      }
      continue;
    }
    if (!event && is_of_delivery(line->text)) {
      reading.unreadable.push_back(line->offset);  // torn, and none that a `commit` counts
      continue;
    }
    const auto* commit = event ? std::get_if<CommitEvent>(&*event) : nullptr;
    if (commit == nullptr) {
      open_lines.push_back({.offset = line->offset, .end = line->end, .event = std::move(event)});
      continue;
    }
    const auto covered = std::min<std::uint64_t>(commit->lines, open_lines.size());
    const auto first_covered = open_lines.size() - covered;
    for (std::size_t index = 0; index < open_lines.size(); ++index) {
      auto& open = open_lines[index];
      if (!open.event) {
        reading.unreadable.push_back(open.offset);
      } else if (index >= first_covered) {
        on_entry({.event = std::move(*open.event), .offset = open.offset, .end = open.end});
      }
    }
    open_lines.clear();
    reading.offset = line->end;
  }
  reading.open = in.has_rest() || !open_lines.empty();
  if (open_entries != nullptr) {
    for (auto& open : open_lines) {
      if (open.event)
        open_entries->push_back({.event = std::move(*open.event), .offset = open.offset, .end = open.end});
    }
  }
  return reading;
}

JournalReading read_journal(const std::filesystem::path& path, std::uint64_t offset,
                            const std::function<void(const JournalEntry&)>& on_entry) {
  const base::UniqueFd fd{::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)};
  if (!fd && errno == ENOENT) return {};
  if (!fd) throw_errno("open", path.string());
  return read_journal(fd.get(), path.string(), offset, on_entry);
}

bool is_settled(const Directory& folder) {
  const auto file = folder.find_file(kJournalFile);
  if (!file) return true;
  const auto path = folder.path_of(kJournalFile);
  const auto size = file_size(file->get(), path);
  const auto start = size - std::min<std::uint64_t>(size, kTail);
  const auto end = read_at(file->get(), start, kTail, path);
  if (end.empty()) return true;
  if (end.back() != '\n') return false;
  for (std::string_view rest{end}; !rest.empty();) {
    rest.remove_suffix(1);
    const auto line_start = rest.rfind('\n') + 1;  // 0 if there is none
    const auto line = rest.substr(line_start);
    const auto event = parse_journal_line(line);
    rest = rest.substr(0, line_start);
    if (line.empty() || (event && std::holds_alternative<DeliveredEvent>(*event))) continue;
    return event && std::holds_alternative<CommitEvent>(*event);
  }
  return start == 0;  // deliveries only
}

JournalAppender::JournalAppender(const Directory& folder)
    : fd_{folder.open_file(kJournalFile, O_RDWR | O_CREAT | O_APPEND)}, path_{folder.path_of(kJournalFile)} {
  if (file_size(fd_.get(), path_) == 0) folder.sync();  // it may be new
}

void JournalAppender::append_text(std::string text) {
  // What is cut off below must not be somebody else's line.
  const FileLock lock{fd_.get(), path_};
  const auto size = file_size(fd_.get(), path_);
  if (size > 0 && read_at(fd_.get(), size - 1, 1, path_) != "\n") text.insert(0, 1, '\n');
  try {
    write_all(fd_.get(), text, path_);
  } catch (...) {
    // A reader tells torn lines from whole ones; a full disk gets its space back all the same.
    static_cast<void>(::ftruncate(fd_.get(), static_cast<off_t>(size)) == 0);
    throw;
  }
}

void JournalAppender::append(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + '\n';
  append_text(std::move(text));
}

void JournalAppender::append_commit(std::uint64_t lines) {
  append_text(to_journal_line(CommitEvent{.lines = lines}) + '\n');
}

void JournalAppender::sync() { sync_file_data(fd_.get(), path_); }

}  // namespace mailspoor::deliver
