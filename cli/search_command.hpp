#pragma once

#include <string>
#include <vector>

#include "cli/error.hpp"

namespace mailspoor::cli {

/// `mailspoor search QUERY...`
ExitCode run_search(const std::vector<std::string>& words);
/// `mailspoor count QUERY...`
ExitCode run_count(const std::vector<std::string>& words);

}  // namespace mailspoor::cli
