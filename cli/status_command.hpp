#pragma once

#include <string>
#include <vector>

#include "cli/error.hpp"

namespace mailspoor::cli {

/// `mailspoor status`
ExitCode run_status(const std::vector<std::string>& words);

}  // namespace mailspoor::cli
