#include "cli/file_finder.hpp"

#include "deliver/error.hpp"
#include "deliver/maildir_name.hpp"
#include "deliver/stored_folder.hpp"

namespace mailspoor::cli {

std::filesystem::path FileFinder::find(const std::string& unique_name, const std::string& info) {
  auto expected = folder_ / "cur" / (unique_name + ":2," + info);
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(expected, error))) return expected;
  if (!files_) read_directories();
  const auto file = files_->find(unique_name);
  return file == files_->end() ? std::filesystem::path{} : file->second;
}

void FileFinder::read_directories() {
  files_.emplace();
  try {
    for (const auto& file : deliver::maildir_files(folder_)) {
      files_->emplace(deliver::parse_maildir_name(file.name).unique, folder_ / file.directory / file.name);
    }
  } catch (const deliver::Error&) {
    files_->clear();  // what cannot be read holds no file for us
  }
}

}  // namespace mailspoor::cli
