#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "deliver/base/uid_set.hpp"
#include "deliver/directory.hpp"
#include "deliver/journal.hpp"

namespace mailspoor::deliver {

/// What a folder holds of one UIDVALIDITY.
struct EpochState {
  base::UidSet stored;    ///< Stored here and, as far as is known, still in the mailbox.
  base::UidSet absent;    ///< Not in the mailbox; those that are gone included.
  base::UidSet holes;     ///< In the mailbox when it was last tried, and not to be had.
  base::UidSet accepted;  ///< UIDs that the user took note of as holes; they need not be holes any more.
  std::optional<SyncedEvent> synced;
  bool knows_files = false;  ///< `stored` has the files that no journal line tells of, too.

  /// What must not be asked for.
  base::UidSet held() const;
};

/// What is held of the UIDVALIDITYs that a mailbox had before, and was not recognised yet.
using FormerEpochs = std::map<std::uint32_t, base::UidSet>;

/// What a folder's journal says, read up to `offset`.
struct FolderState {
  std::uint64_t offset = 0;
  std::string before_offset;  ///< The journal's last octets before `offset`, by which it is known again.
  std::map<std::uint32_t, EpochState> epochs;  ///< By UIDVALIDITY.
  std::string unlisted;  ///< Since when the server does not list the mailbox, RFC 3339; empty if it does.
  std::string seen;  ///< When the server last said that the mailbox is in the state of `synced`; RFC 3339.

  /// Reads on where the last reading ended; from the start if it is another journal. Throws Error.
  void catch_up(const Directory& folder);
  /// Of the epochs before this one.
  FormerEpochs former(std::uint32_t uid_validity) const;

 private:
  void apply(const JournalEvent& event, FormerEpochs& replaced);
};

/// Files of an epoch that no journal line tells of: they count, so that a lost journal costs nothing. But a
/// file that a MUA moved here from a mailbox with the same UIDVALIDITY (servers take it from the clock, so
/// that is common) would hide a message of this mailbox for ever. Hence exclude(): a file does not count here
/// if another folder's journal says it was stored there.
class UnlistedFiles {
 public:
  /// Throws Error, as does exclude().
  UnlistedFiles(const Directory& folder, std::uint32_t uid_validity, const base::UidSet& listed);

  bool empty() const noexcept { return files_.empty(); }
  /// Strikes out what was stored in `other`.
  void exclude(const Directory& other);
  base::UidSet uids() const;

 private:
  /// UID and hash of the unique name: a million of them fit into memory.
  using File = std::pair<std::uint32_t, std::size_t>;

  std::uint32_t uid_validity_;
  std::set<File> files_;
};

}  // namespace mailspoor::deliver
