#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "index/indexer.hpp"

// Where the journals of deliver/ become rows of index/.
namespace mailspoor::cli {

enum class CatchUp {
  pending,  ///< Folders that a note in `<root>/pending/` names: what syncs and deliveries left.
  full,     ///< Every folder, and the files in it that no journal tells of.
};

struct CatchUpReport {
  index::IndexReport index;
  std::uint64_t damaged_lines = 0;  ///< Journal lines that could not be read.
  /// Below `<root>/mail`: not indexed, since their mailspoor.json cannot be read.
  std::vector<std::string> damaged_folders;
};

/// Brings the index up to date with the Maildirs. The caller holds the IndexLock.
/// @throws what deliver/ and index/ throw.
CatchUpReport catch_up(const std::filesystem::path& root, index::Indexer& indexer, CatchUp how);

}  // namespace mailspoor::cli
