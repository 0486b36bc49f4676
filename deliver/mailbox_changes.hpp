#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "deliver/base/uid_set.hpp"
#include "deliver/directory.hpp"
#include "deliver/held_octets.hpp"

namespace mailspoor::deliver {

/// What happened on the server to messages that are held: collected first, and carried out on their files
/// when the batch is committed.
class MailboxChanges {
 public:
  /// The last call for a UID counts.
  void set_flags(const base::UidSet& uids, const std::vector<std::string>& flags);
  void set_labels(const base::UidSet& uids, const std::vector<std::string>& labels);
  void remove(const base::UidSet& uids) { gone_.add(uids); }
  bool empty() const noexcept { return flags_.empty() && labels_.empty() && gone_.empty(); }
  void clear();

  struct Surroundings {
    const Directory& folder;
    std::uint32_t uid_validity;
    std::function<Directory()> open_gone;  ///< The account's `.mailspoor-gone`, made if it is missing.
    HeldOctets& octets;
    std::string
        seen;  ///< When these messages were last seen on the server, unless they came later; RFC 3339.
    std::string now;
  };
  struct Result {
    std::vector<std::string> lines;  ///< For the journal, once the files are as they say.
    std::uint64_t flags_changed = 0;
    std::uint64_t labels_changed = 0;
    base::UidSet gone;
  };
  /// Renames and moves files, durably, and forgets these changes. What is as it should be is left alone, so
  /// that a run that was cut short before the journal knew can do it again. Reads the journal once for some
  /// ten thousand messages. Throws Error.
  Result carry_out_some(const Surroundings& here);

 private:
  MailboxChanges take_some();
  Result carry_out(const Surroundings& here) const;

  /// Few combinations of flags or labels make up most mailboxes.
  using UidsByWords = std::map<std::vector<std::string>, base::UidSet>;
  static void put(UidsByWords& table, const base::UidSet& uids, const std::vector<std::string>& words);
  using WordsByUid = std::map<std::uint32_t, const std::vector<std::string>*>;
  static WordsByUid by_uid(const UidsByWords& table);
  static UidsByWords take_first(UidsByWords& table, std::uint64_t& room);

  UidsByWords flags_;
  UidsByWords labels_;  // without doubles, in order
  base::UidSet gone_;
};

}  // namespace mailspoor::deliver
