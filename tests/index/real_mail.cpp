#include "tests/index/real_mail.hpp"

#include <algorithm>
#include <cstdlib>

namespace mailspoor::index {

std::vector<std::filesystem::path> real_mail_files(std::string_view archive,
                                                   const std::filesystem::path& scratch) {
  std::filesystem::path folder;
  if (const char* unpacked = std::getenv("MAILSPOOR_CORPORA_UNPACKED")) folder = unpacked;
  const char* named = std::getenv("MAILSPOOR_CORPORA");
  const auto corpora = named != nullptr && *named != '\0'
                           ? std::filesystem::path{named}
                           : std::filesystem::path{MAILSPOOR_PROJECT}.parent_path() / "shared/corpus";
  const auto packed = corpora / archive;
  if (folder.empty() && std::filesystem::is_regular_file(packed)) {
    folder = scratch / "unpacked";
    std::filesystem::create_directories(folder);
    const auto command = "tar --zstd -xf '" + packed.string() + "' -C '" + folder.string() + "'";
    if (std::system(command.c_str()) != 0) return {};
  }
  std::vector<std::filesystem::path> files;
  if (folder.empty()) return files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{folder}) {
    if (entry.is_regular_file() && entry.path().extension() != ".html" &&
        entry.path().filename() != "LICENSE")
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace mailspoor::index
