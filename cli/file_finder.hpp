#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace mailspoor::cli {

/// Where the files of one Maildir folder lie by their unique names. The directories are read once, when the
/// first file is not where it was put, since MUAs rename.
class FileFinder {
 public:
  explicit FileFinder(std::filesystem::path folder) : folder_{std::move(folder)} {}

  /// @param info  The flag letters that the file had when it was stored.
  /// @return      Empty if there is no such file, or the folder cannot be read.
  std::filesystem::path find(const std::string& unique_name, const std::string& info);

 private:
  void read_directories();

  std::filesystem::path folder_;
  std::optional<std::map<std::string, std::filesystem::path, std::less<>>> files_;
};

}  // namespace mailspoor::cli
