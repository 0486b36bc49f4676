#pragma once

#include <string>
#include <vector>

#include "cli/error.hpp"

namespace mailspoor::cli {

/// `mailspoor inspect`
ExitCode run_inspect(const std::vector<std::string>& words);

}  // namespace mailspoor::cli
