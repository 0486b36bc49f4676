#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deliver/base/uid_set.hpp"
#include "fetch/imap/session.hpp"

// What became of messages that are held, asked of the mailbox that is examined.
namespace mailspoor::fetch::imap {

/// UIDs by the flags or labels that they have: few combinations make up most mailboxes.
using FlagTable = std::map<std::vector<std::string>, base::UidSet>;

/// What a server says of messages that are held.
struct Comparison {
  base::UidSet seen;           ///< UIDs that were told of, others than the held ones too.
  FlagTable flags;             ///< Of those that are held.
  FlagTable labels;            ///< Gmail's, the same.
  bool has_all_labels = true;  ///< Not too many combinations of them: the others are left out.
  base::UidSet vanished;       ///< Held and said to be expunged.
  std::string failure;         ///< Why it is not complete; empty if it is.
};

/// Since when the changes are asked for.
struct ChangesSince {
  std::uint64_t modseq = 0;
  bool asks_vanished = false;  ///< QRESYNC is enabled (RFC 7162 §3.2.6).
};

/// `UID FETCH set (UID FLAGS [X-GM-LABELS]) [(CHANGEDSINCE modseq [VANISHED])]`.
/// @param stored  What is held; bounds what is taken from the answer.
/// @param room    Octets that the tables' flags and labels may take, see memory_of(); what they take is
/// subtracted.
/// @throws what Session throws; ProtocolError for an answer without end.
Comparison compare_flags(Session& session, std::string_view set, const std::optional<ChangesSince>& since,
                         const base::UidSet& stored, std::uint64_t& room);

/// All UIDs of the mailbox, by SEARCH or ESEARCH (RFC 4731); nullopt if the server refuses.
std::optional<base::UidSet> search_all(Session& session);

}  // namespace mailspoor::fetch::imap
