#pragma once

#include <string>
#include <vector>

#include "cli/error.hpp"

namespace mailspoor::cli {

/// `mailspoor sync`
ExitCode run_sync(const std::vector<std::string>& words);

}  // namespace mailspoor::cli
