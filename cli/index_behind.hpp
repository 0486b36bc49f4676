#pragma once

#include <filesystem>
#include <string>

namespace mailspoor::cli {

/// The program that index_behind() starts, to be asked for before root becomes somebody else, who may not
/// look; empty if it is not known.
std::string indexing_program() noexcept;

/// Starts an indexing of what deliveries left, which goes on after this process has ended: unless one is
/// waiting already. A failure is left to the next search, which indexes what is missing.
/// @param program  Of indexing_program().
/// @param config   The file that --config named; empty for none.
void index_behind(const std::string& program, const std::filesystem::path& root,
                  const std::string& config) noexcept;

}  // namespace mailspoor::cli
