#pragma once

#include <string>
#include <vector>

#include "cli/error.hpp"

namespace mailspoor::cli {

/// `mailspoor account adopt`
ExitCode run_account_adopt(const std::vector<std::string>& words);

}  // namespace mailspoor::cli
