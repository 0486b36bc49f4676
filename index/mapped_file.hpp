#pragma once

#include <filesystem>
#include <string_view>

namespace mailspoor::index {

/// A file whose octets are read as memory, when they are looked at.
class MappedFile {
 public:
  /// @throws DatabaseError if it cannot be read or is no regular file.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::string_view octets() const noexcept { return octets_; }

 private:
  std::string_view octets_;
};

}  // namespace mailspoor::index
