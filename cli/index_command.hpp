#pragma once

#include <string>
#include <vector>

#include "cli/error.hpp"

namespace mailspoor::cli {

/// `mailspoor index`
ExitCode run_index(const std::vector<std::string>& words);

}  // namespace mailspoor::cli
