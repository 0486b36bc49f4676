#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string_view>
#include <utility>

#include "deliver/base/uid_set.hpp"
#include "deliver/directory.hpp"

namespace mailspoor::deliver {

/// What a folder holds of one epoch, from its journal and from the names of its files.
///
/// A file counts without a journal line, so that a lost journal costs nothing; but a file that a MUA moved
/// here from a mailbox with the same UIDVALIDITY (servers take it from the clock, so that is common) would
/// hide a message of this mailbox for ever. Hence exclude(): a file does not count here if another folder's
/// journal says it was stored there.
class HeldUids {
 public:
  /// Throws Error, as does exclude().
  HeldUids(const Directory& folder, std::uint32_t uid_validity);

  /// Whether there are files without a journal line, and so a reason to look at other folders.
  bool has_unlisted() const noexcept { return !unlisted_.empty(); }
  /// Strikes out the unlisted files that were stored in `other`.
  void exclude(const Directory& other);
  /// UIDs stored or known to be absent.
  base::UidSet take();

 private:
  /// UID and hash of the unique name: a million of them fit into memory.
  using Unlisted = std::pair<std::uint32_t, std::size_t>;

  std::uint32_t uid_validity_;
  base::UidSet held_;
  std::set<Unlisted> unlisted_;
};

}  // namespace mailspoor::deliver
