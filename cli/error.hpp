#pragma once

#include <stdexcept>

namespace mailspoor::cli {

/// Exit codes of every command but the delivery agent, which speaks sysexits.
enum class ExitCode : int {
  done = 0,
  failed = 1,
  usage = 2,     ///< Usage or configuration.
  partial = 3,   ///< Some messages, mailboxes or accounts failed; all else is kept.
  no_match = 4,  ///< Nothing matched, with `search --fail-if-none`.
  locked = 11,   ///< Another run holds the lock.
  authentication = 12,
  network = 13,  ///< Network or TLS.
  verification = 14,
};

/// The command line or the configuration cannot be used: exit code 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The command cannot do its work: exit code 1.
class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace mailspoor::cli
