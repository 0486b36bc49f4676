#pragma once

#include <cstdint>

namespace mailspoor::deliver {

/// A message that an account holds, named by the line of a journal that tells of it. Only its AccountStore
/// understands it, as long as that lives.
struct HeldMessage {
  std::uint32_t folder = 0;  ///< The AccountStore's number for a folder.
  std::uint64_t offset = 0;  ///< Of the `stored` line in its journal.

  bool operator==(const HeldMessage&) const = default;
};

}  // namespace mailspoor::deliver
