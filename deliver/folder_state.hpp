#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "deliver/base/maildrop.hpp"
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
  base::UidSet deleted;  ///< Of `stored`, those that the server of a maildrop was asked to delete.
  std::vector<base::MaildropEntry>
      names;                 ///< Of a maildrop, by hash and UID: what was ever stored or a hole.
  bool knows_files = false;  ///< `stored` has the files that no journal line tells of, too.

  /// What must not be asked for.
  base::UidSet held() const;
  /// The greatest UID that was ever given; 0 if none was.
  std::uint32_t greatest() const noexcept;
  /// Adds to `names`; what was known of the same UIDs is replaced.
  void add_names(std::vector<base::MaildropEntry> news);
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
  using NewNames = std::map<std::uint32_t, std::vector<base::MaildropEntry>>;  ///< By UIDVALIDITY.
  void apply(const JournalEvent& event, FormerEpochs& replaced, NewNames& names);
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
  /// Those of them that came by POP3.
  std::vector<base::MaildropEntry> names() const;

 private:
  /// UID and hash of the unique name: a million of them fit into memory.
  using File = std::pair<std::uint32_t, std::size_t>;

  std::uint32_t uid_validity_;
  std::set<File> files_;
  std::map<File, std::uint64_t> uidl_hashes_;
};

}  // namespace mailspoor::deliver
