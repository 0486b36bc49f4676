#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "cli/finding.hpp"

namespace mailspoor::cli {

/// What a look at the store has found.
struct StoreFindings {
  std::vector<Finding> missing;    ///< Journal or index tell of a file that is nowhere in the account.
  std::vector<Finding> unindexed;  ///< Files that the index does not know in their folder.
  std::vector<Finding> changed;    ///< Files with other octets than were stored.
  std::uint64_t files = 0;
};

enum class StoreCheck {
  sizes,   ///< A file is taken for unchanged if it has the size that its name tells.
  hashes,  ///< Every file that a journal tells of is read, too.
};

/// Compares journals, index and files of these accounts, of all if none is named. Takes no lock: what a sync
/// does meanwhile may look wrong.
/// @throws what deliver/ and index/ throw.
StoreFindings check_store(const std::filesystem::path& root, const std::set<std::string>& accounts,
                          StoreCheck how);

}  // namespace mailspoor::cli
