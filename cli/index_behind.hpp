#pragma once

#include <filesystem>
#include <string>

namespace mailspoor::cli {

/// Starts an indexing of what deliveries left, which goes on after this process has ended: unless one is
/// waiting already. A failure is left to the next search, which indexes what is missing.
/// @param config  The file that --config named; empty for none.
void index_behind(const std::filesystem::path& root, const std::string& config) noexcept;

}  // namespace mailspoor::cli
