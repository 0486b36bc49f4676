#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailspoor::base {

/// A set of IMAP UIDs (or other 32-bit numbers above 0) kept as sorted, disjoint, non-adjacent closed ranges,
/// since a mailbox of a million messages is mostly one range (RFC 3501 §2.3.1.1).
class UidSet {
 public:
  struct Range {
    std::uint32_t first;
    std::uint32_t last;
    bool operator==(const Range&) const = default;
  };

  UidSet() = default;
  UidSet(std::uint32_t first, std::uint32_t last) { add(first, last); }

  /// Adds the closed range; does nothing if `first` is above `last`. UID 0 does not exist and is left out.
  void add(std::uint32_t first, std::uint32_t last);
  void add(std::uint32_t uid) { add(uid, uid); }
  void add(const UidSet& other);
  void remove(const UidSet& other);
  void remove(std::uint32_t uid);

  bool contains(std::uint32_t uid) const noexcept;
  bool empty() const noexcept { return ranges_.empty(); }
  /// How many UIDs are in the set.
  std::uint64_t size() const noexcept;
  /// The smallest and the greatest member. The set must not be empty.
  std::uint32_t min() const noexcept { return ranges_.front().first; }
  std::uint32_t max() const noexcept { return ranges_.back().last; }
  const std::vector<Range>& ranges() const noexcept { return ranges_; }
  /// The smallest or greatest members, `count` of them or all.
  UidSet smallest(std::uint64_t count) const;
  UidSet greatest(std::uint64_t count) const;

  bool operator==(const UidSet&) const = default;

 private:
  std::vector<Range> ranges_;
};

/// What is in both.
UidSet intersection(const UidSet& left, const UidSet& right);

/// `set` in parts of at most so many ranges each, ascending.
std::vector<UidSet> in_parts(const UidSet& set, std::size_t max_ranges);

/// As IMAP's sequence-set: `1:5,7` (RFC 3501 §9), ascending; the empty set is the empty string.
std::string to_sequence_set(const UidSet& set);

/// Reads what to_sequence_set() wrote, ranges in either order; nullopt for anything else, `*` included.
std::optional<UidSet> parse_sequence_set(std::string_view text);

}  // namespace mailspoor::base
