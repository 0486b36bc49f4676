#pragma once

#include <string>
#include <vector>

#include "cli/error.hpp"

namespace mailspoor::cli {

/// `mailspoor account list`
ExitCode run_account(const std::vector<std::string>& words);

}  // namespace mailspoor::cli
