#pragma once

#include <string>
#include <vector>

#include "cli/error.hpp"

namespace mailspoor::cli {

/// `mailspoor show`
ExitCode run_show(const std::vector<std::string>& words);

}  // namespace mailspoor::cli
