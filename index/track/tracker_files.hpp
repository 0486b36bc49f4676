#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "index/track/trackers.hpp"

namespace mailspoor::index {

/// A user's own rows, from files like trackers.tsv, and the table with them.
class TrackerFiles {
 public:
  /// Reads them, and goes on behind what cannot be read.
  explicit TrackerFiles(std::span<const std::filesystem::path> files);

  /// With the rows of all files before ours, the first file's first; nullptr if they have none: the built-in
  /// table does.
  const TrackerTable* table() const noexcept { return table_ ? &*table_ : nullptr; }
  /// What is wrong with files and rows, for the user to read.
  const std::vector<std::string>& failures() const noexcept { return failures_; }
  /// Why a file could not be read at all.
  const std::optional<std::string>& missing() const noexcept { return missing_; }

 private:
  std::optional<TrackerTable> table_;
  std::vector<std::string> failures_;
  std::optional<std::string> missing_;
};

}  // namespace mailspoor::index
