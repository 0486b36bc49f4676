#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mailspoor::cli {

/// A message or a file with which something is wrong.
struct StoreFinding {
  std::string account;
  std::string mailbox;
  std::optional<std::uint32_t> uid_validity, uid;
  std::string file;  ///< Its unique name.
  std::string why;
};

/// What a look at the store has found.
struct StoreFindings {
  std::vector<StoreFinding> missing;    ///< Journal or index tell of a file that is nowhere in the account.
  std::vector<StoreFinding> unindexed;  ///< Files that the index does not know in their folder.
  std::vector<StoreFinding> changed;    ///< Files with other octets than were stored.
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
