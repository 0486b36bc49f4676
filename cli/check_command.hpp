#pragma once

#include <string>
#include <vector>

#include "cli/error.hpp"

namespace mailspoor::cli {

/// `mailspoor check`
ExitCode run_check(const std::vector<std::string>& words);

}  // namespace mailspoor::cli
