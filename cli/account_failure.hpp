#pragma once

#include <string>
#include <vector>

#include "cli/error.hpp"

namespace mailspoor::cli {

/// Why a command, or an account's run in it, ended before its time.
struct AccountFailure {
  ExitCode code = ExitCode::failed;
  std::string text;
};

/// The exception that is being handled: a std::exception.
AccountFailure account_failure();

/// Of several accounts: all failed for one cause, that code; some done, partial; else failed. A busy account
/// makes 11 if nothing else failed.
ExitCode joint_code(const std::vector<ExitCode>& codes);

}  // namespace mailspoor::cli
