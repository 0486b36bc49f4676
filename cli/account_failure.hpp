#pragma once

#include <string>

#include "cli/error.hpp"

namespace mailspoor::cli {

/// Why an account's run ended before its time.
struct AccountFailure {
  ExitCode code = ExitCode::failed;
  std::string text;
};

/// The exception that is being handled, for a command that goes on with the next account.
AccountFailure account_failure();

}  // namespace mailspoor::cli
