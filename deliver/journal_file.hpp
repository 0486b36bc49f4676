#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deliver/base/unique_fd.hpp"
#include "deliver/directory.hpp"
#include "deliver/journal.hpp"

namespace mailspoor::deliver {

inline constexpr std::string_view kJournalFile = "mailspoor.journal";

/// What read_journal() does with an open file; `open_entries` receives the readable lines that no `commit`
/// has passed yet.
JournalReading read_journal(int fd, const std::string& path, std::uint64_t offset,
                            const std::function<void(const JournalEntry&)>& on_entry,
                            std::vector<JournalEntry>* open_entries = nullptr);

/// Whether the journal of a folder ends in a `commit` but for lines of deliveries, or is empty or not there.
/// Reads its end only; false where that does not tell. Throws Error.
bool is_settled(const Directory& folder);

/// Appends batches to the journal of one folder, which is made if it is missing. Several may append to one.
/// All functions throw Error.
class JournalAppender {
 public:
  explicit JournalAppender(const Directory& folder);

  /// Appends lines, without a `commit`. If that fails, what was written of them is cut off again, as far as
  /// possible.
  void append(const std::vector<std::string>& lines);
  void append_commit(std::uint64_t lines);
  void sync();

 private:
  void append_text(std::string text);

  base::UniqueFd fd_;
  std::string path_;
};

}  // namespace mailspoor::deliver
