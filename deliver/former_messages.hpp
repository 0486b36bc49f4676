#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deliver/base/uid_set.hpp"
#include "deliver/held_message.hpp"
#include "deliver/journal.hpp"

namespace mailspoor::deliver {

class Directory;

/// A UID of a mailbox, and the message that it is.
struct Recognised {
  std::uint32_t uid = 0;
  HeldMessage held;

  bool operator==(const Recognised&) const = default;
};

/// Finds the messages of a mailbox again after its UIDVALIDITY has changed: by Message-ID, size and
/// INTERNALDATE, where these are those of one message there and one here. Of adopted messages nobody knows
/// the INTERNALDATE, and the others decide. Takes some 50 octets a message.
class FormerMessages {
 public:
  /// Reads the journal, and the header section of each file that it tells of.
  /// @param number  What HeldMessage calls the folder.
  /// @param former  What is looked for: UIDs by UIDVALIDITY.
  /// Throws Error.
  FormerMessages(const Directory& folder, std::uint32_t number,
                 const std::map<std::uint32_t, base::UidSet>& former);

  /// A message that is there now.
  /// @param header_fields  At least its Message-ID field, as the server sent it.
  void listed(std::uint32_t uid, std::uint64_t size, std::string_view internal_date,
              std::string_view header_fields);
  /// Those of them that are found again, ascending.
  std::vector<Recognised> recognised();

 private:
  using Key = std::array<unsigned char, 16>;
  template <typename Value>
  struct Entry {
    Key key;
    Value value;
    bool operator<(const Entry& other) const noexcept { return key < other.key; }
  };

  using Held = std::vector<Entry<std::uint64_t>>;    // offsets in the journal
  using Listed = std::vector<Entry<std::uint32_t>>;  // UIDs

  static std::optional<Key> key_of(const std::optional<std::string>& id, std::uint64_t size,
                                   std::optional<std::string_view> internal_date);
  void match(Held& held, Listed& listed, std::map<std::uint32_t, HeldMessage>& found) const;

  std::uint32_t number_;
  Held held_, adopted_;
  Listed listed_, listed_without_date_;
};

/// The flags that the server told last of the messages of former epochs, where those are not the ones of
/// their `stored` lines.
class ToldFlags {
 public:
  /// @param uid_validity  The present one. Throws Error.
  ToldFlags(const Directory& folder, std::uint32_t uid_validity);
  /// The flags of what `stored` tells of.
  const std::vector<std::string>& of(const StoredEvent& stored) const;

 private:
  /// Few combinations of flags make up most mailboxes.
  std::map<std::uint32_t, std::map<std::vector<std::string>, base::UidSet>> flags_;
};

}  // namespace mailspoor::deliver
