#pragma once

#include <string>
#include <vector>

#include "cli/error.hpp"

namespace mailspoor::cli {

/// `mailspoor account test`
ExitCode run_account_test(const std::vector<std::string>& words);

}  // namespace mailspoor::cli
