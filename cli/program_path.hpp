#pragma once

#include <string>

namespace mailspoor::cli {

/// Path of a program of ours: beside the running one (the build folder), else in libexec.
/// @throws Failure.
std::string program_path(const std::string& name);

}  // namespace mailspoor::cli
