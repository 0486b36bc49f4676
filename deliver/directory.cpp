#include "deliver/directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <system_error>

#include "deliver/error.hpp"

namespace mailspoor::deliver {
namespace {

using base::UniqueFd;

constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

struct DirDeleter {
  void operator()(DIR* dir) const noexcept { closedir(dir); }
};

template <typename Call>
auto retried(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

}  // namespace

void throw_errno(std::string_view what, const std::string& path) {
  const int cause = errno;
  throw Error{fmt::format("cannot {} {}: {}", what, path, std::generic_category().message(cause)), cause};
}

Directory Directory::open(const std::filesystem::path& path) {
  auto directory = find(path);
  if (!directory) {
    errno = ENOENT;
    throw_errno("open directory", path.string());
  }
  return std::move(*directory);
}

std::optional<Directory> Directory::find(const std::filesystem::path& path) {
  UniqueFd fd{retried([&] { return ::open(path.c_str(), kDirectoryFlags); })};
  if (!fd && errno == ENOENT) return std::nullopt;
  if (!fd) throw_errno("open directory", path.string());
  return Directory{std::move(fd), path.string()};
}

Directory Directory::make(const std::filesystem::path& path) {
  if (auto directory = find(path)) return std::move(*directory);
  const auto absolute = std::filesystem::absolute(path).lexically_normal();
  const auto parent = absolute.has_filename() ? absolute.parent_path() : absolute.parent_path().parent_path();
  if (parent == absolute) return open(absolute);
  const auto parent_directory = make(parent);
  if (::mkdir(absolute.c_str(), 0700) != 0 && errno != EEXIST)
    throw_errno("make directory", absolute.string());
  parent_directory.sync();
  return open(path);
}

Directory Directory::subdirectory(std::string_view name) const {
  auto directory = find_subdirectory(name);
  if (!directory) {
    errno = ENOENT;
    throw_errno("open directory", path_of(name));
  }
  return std::move(*directory);
}

std::optional<Directory> Directory::find_subdirectory(std::string_view name) const {
  return find_subdirectory(name, Others::fail);
}

std::optional<Directory> Directory::find_subdirectory_if_any(std::string_view name) const {
  return find_subdirectory(name, Others::skip);
}

std::optional<Directory> Directory::find_subdirectory(std::string_view name, Others others) const {
  const std::string path{name};
  UniqueFd fd{retried([&] { return openat(fd_.get(), path.c_str(), kDirectoryFlags | O_NOFOLLOW); })};
  if (!fd && errno == ENOENT) return std::nullopt;
  if (!fd && others == Others::skip && (errno == ENOTDIR || errno == ELOOP)) return std::nullopt;
  if (!fd) throw_errno("open directory", path_of(name));
  return Directory{std::move(fd), path_of(name)};
}

Directory Directory::make_subdirectory(std::string_view name) const {
  if (auto directory = find_subdirectory(name)) return std::move(*directory);
  if (mkdirat(fd_.get(), std::string{name}.c_str(), 0700) == 0) {
    sync();
  } else if (errno != EEXIST) {
    throw_errno("make directory", path_of(name));
  }
  return subdirectory(name);
}

UniqueFd Directory::open_file(std::string_view name, int flags) const {
  const std::string path{name};
  UniqueFd fd{retried([&] { return openat(fd_.get(), path.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, 0600); })};
  if (!fd) throw_errno((flags & O_CREAT) != 0 ? "create" : "open", path_of(name));
  return fd;
}

std::optional<UniqueFd> Directory::find_file(std::string_view name) const {
  const std::string path{name};
  UniqueFd fd{retried(
      [&] { return openat(fd_.get(), path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK); })};
  if (!fd && errno == ENOENT) return std::nullopt;
  if (!fd) throw_errno("open", path_of(name));
  return fd;
}

bool Directory::has(std::string_view name) const {
  struct stat status {};
  if (fstatat(fd_.get(), std::string{name}.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) return true;
  if (errno != ENOENT) throw_errno("look at", path_of(name));
  return false;
}

std::optional<std::uint64_t> Directory::size_of(std::string_view name) const {
  struct stat status {};
  if (fstatat(fd_.get(), std::string{name}.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
    return S_ISREG(status.st_mode) ? std::optional{static_cast<std::uint64_t>(status.st_size)} : std::nullopt;
  if (errno != ENOENT) throw_errno("look at", path_of(name));
  return std::nullopt;
}

void Directory::for_each_name(const std::function<void(const std::string& name)>& on_name) const {
  UniqueFd fd{retried([&] { return openat(fd_.get(), ".", kDirectoryFlags); })};
  const std::unique_ptr<DIR, DirDeleter> dir{fd ? fdopendir(fd.get()) : nullptr};
  if (!dir) throw_errno("read directory", path_);
  static_cast<void>(fd.release());
  std::string name;
  while (true) {
    errno = 0;
    const auto* entry = readdir(dir.get());
    if (entry == nullptr && errno != 0) throw_errno("read directory", path_);
    if (entry == nullptr) return;
    name = static_cast<const char*>(entry->d_name);
    if (name != "." && name != "..") on_name(name);
  }
}

bool Directory::remove(std::string_view name) const {
  if (unlinkat(fd_.get(), std::string{name}.c_str(), 0) == 0) return true;
  if (errno != ENOENT) throw_errno("remove", path_of(name));
  return false;
}

void Directory::try_remove(std::string_view name) const noexcept {
  try {
    remove(name);
  } catch (const std::exception&) {  // the failure that made it litter is on its way to the caller
  }
}

void Directory::move(const std::string& name, const Directory& to, const std::string& new_name) const {
  if (!try_rename(name, to, new_name)) throw_errno("rename " + path_of(name) + " to", to.path_of(new_name));
}

bool Directory::try_move(const std::string& name, const Directory& to, const std::string& new_name) const {
  if (try_rename(name, to, new_name)) return true;
  if (errno == ENOENT || errno == EEXIST) return false;
  throw_errno("rename " + path_of(name) + " to", to.path_of(new_name));
}

/// @return false with errno.
bool Directory::try_rename(const std::string& name, const Directory& to, const std::string& new_name) const {
  if (renameat2(fd_.get(), name.c_str(), to.fd(), new_name.c_str(), RENAME_NOREPLACE) == 0) return true;
  const bool is_unsupported = errno == EINVAL || errno == ENOSYS || errno == ENOTSUP;  // NFS, old kernels
  if (!is_unsupported) return false;
  if (linkat(fd_.get(), name.c_str(), to.fd(), new_name.c_str(), 0) == 0) {
    remove(name);
    return true;
  }
  return errno == EPERM && try_rename_directory(name, to, new_name);
}

/// None can have a second name; and renameat() replaces none that has something in it.
/// @return false with errno.
bool Directory::try_rename_directory(const std::string& name, const Directory& to,
                                     const std::string& new_name) const {
  struct stat status {};
  const bool is_directory =
      fstatat(fd_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
  errno = is_directory ? EEXIST : EPERM;
  if (!is_directory || fstatat(to.fd(), new_name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) return false;
  return errno == ENOENT && renameat(fd_.get(), name.c_str(), to.fd(), new_name.c_str()) == 0;
}

bool Directory::try_link(const std::string& name, const Directory& to, const std::string& new_name) const {
  return linkat(fd_.get(), name.c_str(), to.fd(), new_name.c_str(), 0) == 0;
}

void Directory::replace(const std::string& name, const std::string& new_name) const {
  if (renameat(fd_.get(), name.c_str(), fd_.get(), new_name.c_str()) != 0) {
    throw_errno("rename " + path_of(name) + " to", path_of(new_name));
  }
}

void Directory::replace_file(const std::string& name, std::string_view octets, Durability durability) const {
  const auto temporary = name + ".new";
  const auto path = path_of(temporary);
  remove(temporary);
  auto file = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL);
  try {
    write_all(file.get(), octets, path);
    if (durability == Durability::synced) sync_file(file.get(), path);
    close_file(std::move(file), path);
    replace(temporary, name);
  } catch (...) {
    try_remove(temporary);
    throw;
  }
  if (durability == Durability::synced) sync();
}

void Directory::sync() const { sync_file(fd_.get(), path_); }

void write_all(int fd, std::string_view octets, const std::string& path) {
  while (!octets.empty()) {
    const auto written = retried([&] { return ::write(fd, octets.data(), octets.size()); });
    if (written < 0) throw_errno("write", path);
    octets.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string read_at(int fd, std::uint64_t offset, std::size_t size, const std::string& path) {
  std::string octets(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const auto got = retried([&] {
      return ::pread(fd, octets.data() + filled, size - filled, static_cast<off_t>(offset + filled));
    });
    if (got < 0) throw_errno("read", path);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  octets.resize(filled);
  return octets;
}

std::uint64_t file_size(int fd, const std::string& path) {
  struct stat status {};
  if (fstat(fd, &status) != 0) throw_errno("look at", path);
  return static_cast<std::uint64_t>(status.st_size);
}

bool has_same_octets(const Directory& left, const std::string& left_name, const Directory& right,
                     const std::string& right_name) {
  constexpr std::size_t kPiece = 1U << 16U;
  const auto left_file = left.find_file(left_name);
  const auto right_file = right.find_file(right_name);
  if (!left_file || !right_file) return false;
  const auto left_path = left.path_of(left_name);
  const auto right_path = right.path_of(right_name);
  const auto size = file_size(left_file->get(), left_path);
  if (file_size(right_file->get(), right_path) != size) return false;
  for (std::uint64_t offset = 0; offset < size; offset += kPiece) {
    if (read_at(left_file->get(), offset, kPiece, left_path) !=
        read_at(right_file->get(), offset, kPiece, right_path)) {
      return false;
    }
  }
  return true;
}

void sync_file(int fd, const std::string& path) {
  if (retried([&] { return ::fsync(fd); }) != 0) throw_errno("sync", path);
}

void sync_file_data(int fd, const std::string& path) {
  if (retried([&] { return ::fdatasync(fd); }) != 0) throw_errno("sync", path);
}

void close_file(UniqueFd fd, const std::string& path) {
  // Linux has closed the descriptor even when close() says EINTR.
  if (::close(fd.release()) != 0 && errno != EINTR) throw_errno("close", path);
}

}  // namespace mailspoor::deliver
