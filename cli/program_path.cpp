#include "cli/program_path.hpp"

#include <unistd.h>

#include <filesystem>

#include "cli/error.hpp"
#include "cli/version.hpp"

namespace mailspoor::cli {
namespace {

std::filesystem::path own_path() {
  std::error_code error;
  auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) throw Failure{"cannot find my own program file: " + error.message()};
  return path;
}

}  // namespace

std::string program_path(const std::string& name) {
  const auto own = own_path();
  auto path = own.parent_path() / name;
  if (::access(path.c_str(), X_OK) == 0) return path;
  return own.parent_path() / kLibexecFromBin / name;
}

}  // namespace mailspoor::cli
