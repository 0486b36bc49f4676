#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "deliver/base/unique_fd.hpp"

namespace mailspoor::deliver {

/// Throws Error `cannot <what> <path>: <text of errno>`.
[[noreturn]] void throw_errno(std::string_view what, const std::string& path);

/// An open directory, and its path for error texts. What lies inside is opened relative to it and never
/// through a symbolic link in its place. All functions throw Error naming the path, unless they say
/// otherwise.
class Directory {
 public:
  /// Opens an existing directory; the path is the user's and may go through links.
  static Directory open(const std::filesystem::path& path);
  /// The same; nullopt if it does not exist.
  static std::optional<Directory> find(const std::filesystem::path& path);
  /// The same, after making whatever is missing of it, mode 0700, durably.
  static Directory make(const std::filesystem::path& path);

  /// A directory in this one.
  Directory subdirectory(std::string_view name) const;
  /// The same; nullopt if it does not exist.
  std::optional<Directory> find_subdirectory(std::string_view name) const;
  /// The same; nullopt as well if the name is that of something else, a symbolic link for one.
  std::optional<Directory> find_subdirectory_if_any(std::string_view name) const;
  /// The same, made with mode 0700 and this directory synced if it does not exist.
  Directory make_subdirectory(std::string_view name) const;

  /// Opens a file in this directory, mode 0600 if it is made.
  base::UniqueFd open_file(std::string_view name, int flags) const;
  /// Opens an existing file for reading; nullopt if it does not exist.
  std::optional<base::UniqueFd> find_file(std::string_view name) const;
  bool has(std::string_view name) const;
  /// Of a regular file; nullopt if there is none of that name.
  std::optional<std::uint64_t> size_of(std::string_view name) const;

  /// Calls back with every name but `.` and `..`, in no order.
  void for_each_name(const std::function<void(const std::string& name)>& on_name) const;

  /// Unlinks a file; false if it is gone already.
  bool remove(std::string_view name) const;
  /// The same for clearing up after a failure, which it must not hide: errors are left alone.
  void try_remove(std::string_view name) const noexcept;
  /// Moves a file to another directory; a file that has the name there already is an error, never
  /// overwritten.
  void move(const std::string& name, const Directory& to, const std::string& new_name) const;
  /// The same; false if the file is not there, or another has the new name.
  bool try_move(const std::string& name, const Directory& to, const std::string& new_name) const;
  /// Gives a file a second name, by a hard link; false where the file is not there or cannot have one.
  bool try_link(const std::string& name, const Directory& to, const std::string& new_name) const;
  /// Puts a file in the place of another of this directory.
  void replace(const std::string& name, const std::string& new_name) const;
  /// Writes a file beside its place and puts it there: who reads finds the former file or this one, whole.
  /// Unsynced, a power loss may leave a torn one.
  enum class Durability { synced, unsynced };
  void replace_file(const std::string& name, std::string_view octets, Durability durability) const;
  /// Makes the names in this directory durable.
  void sync() const;

  int fd() const noexcept { return fd_.get(); }
  const std::string& path() const noexcept { return path_; }
  std::string path_of(std::string_view name) const { return path_ + '/' + std::string{name}; }

 private:
  enum class Others { fail, skip };
  Directory(base::UniqueFd fd, std::string path) : fd_{std::move(fd)}, path_{std::move(path)} {}

  std::optional<Directory> find_subdirectory(std::string_view name, Others others) const;
  bool try_rename(const std::string& name, const Directory& to, const std::string& new_name) const;
  bool try_rename_directory(const std::string& name, const Directory& to, const std::string& new_name) const;

  base::UniqueFd fd_;
  std::string path_;
};

/// Writes all of `octets`, however often write() is short. Throws Error.
void write_all(int fd, std::string_view octets, const std::string& path);
/// Reads up to `size` octets from `offset`; fewer only at the end of the file. Throws Error.
std::string read_at(int fd, std::uint64_t offset, std::size_t size, const std::string& path);
std::uint64_t file_size(int fd, const std::string& path);
/// Whether two files are there and have the same octets: not a hash is believed, since a MUA may have changed
/// one. Throws Error.
bool has_same_octets(const Directory& left, const std::string& left_name, const Directory& right,
                     const std::string& right_name);
void sync_file(int fd, const std::string& path);
void sync_file_data(int fd, const std::string& path);
/// Closes, and throws Error if that failed.
void close_file(base::UniqueFd fd, const std::string& path);

}  // namespace mailspoor::deliver
