#pragma once

#include <chrono>
#include <string>

#include "deliver/base/unique_fd.hpp"
#include "deliver/directory.hpp"
#include "deliver/environment.hpp"

namespace mailspoor::deliver {

/// Holds the lock of one account as long as it lives. The file is never removed: another process may be
/// waiting on it.
class AccountLock {
 public:
  /// @param locks  `<root>/locks`
  /// Throws LockedError if another holds it and did not let go within `wait`, else Error.
  AccountLock(const Directory& locks, const std::string& account, std::chrono::seconds wait,
              const Environment& environment);

 private:
  base::UniqueFd fd_;
};

}  // namespace mailspoor::deliver
