#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "deliver/base/uid_set.hpp"
#include "deliver/directory.hpp"

namespace mailspoor::deliver {

/// Where the messages of a folder lie by their unique names, whatever MUAs made of them: cur/ and new/ are
/// read once, when the first file is not where it was put. All functions throw Error.
class PlacedFiles {
 public:
  struct Place {
    std::string directory;  ///< `cur` or `new`.
    std::string name;
  };

  /// @param folder  The same each time.
  /// @param info    The flag letters that the file is thought to have.
  /// @return        nullopt if no file has that unique name.
  std::optional<Place> find(const Directory& folder, const std::string& unique, const std::string& info);
  /// The unique names of the files that say of themselves that they have one of these UIDs.
  std::map<std::uint32_t, std::string> find_uids(const Directory& folder, std::uint32_t uid_validity,
                                                 const base::UidSet& uids);
  /// A file was moved meanwhile: look again.
  void forget() { places_.reset(); }

 private:
  void read(const Directory& folder);

  std::optional<std::map<std::string, Place, std::less<>>> places_;  ///< By unique name.
};

/// Finds a file and does `work(directory, name)` with it: again, if that says that it has moved meanwhile, as
/// a MUA may rename between our look and our move. Nothing if it is nowhere. Throws Error.
template <typename Work>
void with_file(const Directory& folder, PlacedFiles& files, const std::string& unique,
               const std::string& info, Work work) {
  constexpr int kTries = 3;
  for (int tries = 0; tries < kTries; ++tries) {
    const auto place = files.find(folder, unique, info);
    if (!place) return;
    const auto directory = folder.find_subdirectory(place->directory);
    if (directory && work(*directory, place->name)) return;
    files.forget();
  }
}

/// The same as PlacedFiles for those who only look, by the path of a folder that is opened when the first
/// file is not where it was put. What cannot be read holds no file.
class FolderFiles {
 public:
  explicit FolderFiles(std::filesystem::path folder) : folder_{std::move(folder)} {}

  /// @param info  The flag letters that the file is thought to have.
  /// @return      Empty if no file has that unique name.
  std::filesystem::path find(const std::string& unique, const std::string& info);

 private:
  std::filesystem::path folder_;
  PlacedFiles files_;
};

}  // namespace mailspoor::deliver
