#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "deliver/base/sha256.hpp"
#include "deliver/base/unique_fd.hpp"
#include "deliver/directory.hpp"
#include "deliver/file_syncer.hpp"

namespace mailspoor::deliver {

/// What names the files in tmp/ that are sync's: those of other delivery agents are never touched.
inline constexpr std::string_view kTmpPrefix = "sync-";

/// One message on its way into a Maildir: a file in tmp/ that is removed unless it is moved out in time.
/// All functions throw Error; `tmp` must outlive the object.
class MessageFile {
 public:
  MessageFile(const Directory& tmp, std::string name);
  MessageFile(MessageFile&& other) noexcept;
  /// A second name of a file that is held; nullopt where it cannot have one, or is gone.
  static std::optional<MessageFile> linked(const Directory& tmp, std::string name, const Directory& directory,
                                           const std::string& held_name);
  MessageFile& operator=(MessageFile&&) noexcept = delete;
  ~MessageFile();

  /// Takes octets; `hash` and `buffer` serve one message after the other.
  void append(std::string_view octets, base::Sha256& hash, std::string& buffer);
  /// Writes the rest, sets the time of the file, and has the kernel begin to write it to the disk.
  void finish(std::optional<std::chrono::sys_seconds> modified, std::string& buffer);
  /// After finish(): becomes a second name of a file that has the same octets, if it really has.
  bool link_to(const Directory& directory, const std::string& name);
  /// What a FileSyncer must do before the file may be moved.
  FileSyncer::File take_unsynced() { return {.fd = std::move(fd_), .path = path()}; }
  /// Gives the file its place; from then on undo() is what removes it.
  void move_to(const Directory& directory, const std::string& name);
  /// Takes it away again from where move_to() put it.
  void undo(const Directory& directory, const std::string& name) noexcept;

  std::uint64_t size() const noexcept { return size_; }
  /// In tmp/; empty once it has been moved.
  const std::string& name() const noexcept { return name_; }

 private:
  MessageFile(const Directory& tmp, std::string name, base::UniqueFd fd, std::uint64_t size)
      : tmp_{&tmp}, name_{std::move(name)}, fd_{std::move(fd)}, size_{size} {}
  std::string path() const { return tmp_->path_of(name_); }

  const Directory* tmp_;
  std::string name_;
  base::UniqueFd fd_;
  std::uint64_t size_ = 0;
};

/// A message's file that stays in its folder under a new name. `directory` must outlive the object.
class RenamedFile {
 public:
  /// @param directory  cur/ or new/ of the folder.
  RenamedFile(const Directory& directory, std::string name)
      : directory_{&directory}, name_{std::move(name)} {}

  /// The name that it has until then.
  const std::string& name() const noexcept { return name_; }
  /// Gives it its new name; nothing if a MUA has deleted it meanwhile. Throws Error.
  void move_to(const Directory& folder, const Directory& to, const std::string& name);
  /// Takes that back.
  void undo(const Directory& to, const std::string& name) noexcept;

 private:
  const Directory* directory_;
  std::string name_;
  bool is_moved_ = false;
};

}  // namespace mailspoor::deliver
