#include "tests/deliver/faults.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <mutex>
#include <utility>

namespace mailspoor::deliver {
namespace {

// The linker gives the wrappers no place to carry state in.
FaultPlan current_plan;
bool is_counting = false;
std::vector<std::string> calls;
std::mutex mutex;                        // files are synced by several threads
thread_local std::size_t last_call = 0;  // of this thread, from 1
thread_local bool is_meanwhile = false;

std::string path_of(int fd) {
  std::array<char, 4096> path{};
  const auto length = readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path.data(), path.size());
  return length < 0 ? "?" : std::string{path.data(), static_cast<std::size_t>(length)};
}

/// Notes a call; false if it is to fail, errno set.
bool may_go(const char* name, const std::string& path) {
  std::unique_lock lock{mutex};
  if (!is_counting || is_meanwhile) return true;
  calls.push_back(std::string{name} + ' ' + path);
  last_call = calls.size();
  if (static_cast<int>(last_call) != current_plan.at) return true;
  if (current_plan.fault == Fault::exit) _exit(99);
  if (current_plan.fault == Fault::pause) {
    lock.unlock();
    is_meanwhile = true;
    current_plan.meanwhile();
    is_meanwhile = false;
    return true;
  }
  if (current_plan.fault != Fault::error) return true;
  errno = current_plan.error;
  return false;
}

bool is_short() {
  return is_counting && current_plan.fault == Fault::short_write &&
         static_cast<int>(last_call) == current_plan.at;
}

}  // namespace

void start_faults(const FaultPlan& plan) {
  current_plan = plan;
  calls.clear();
  is_counting = true;
}

std::vector<std::string> stop_faults() {
  is_counting = false;
  return std::exchange(calls, {});
}

}  // namespace mailspoor::deliver

// NOLINTBEGIN(bugprone-reserved-identifier, cert-dcl50-cpp): the names are the linker's, openat() has its
// mode in `...`
extern "C" {

using mailspoor::deliver::is_short;
using mailspoor::deliver::may_go;
using mailspoor::deliver::path_of;

int __real_openat(int, const char*, int, ...);
ssize_t __real_write(int, const void*, size_t);
int __real_fsync(int);
int __real_fdatasync(int);
int __real_close(int);
int __real_renameat(int, const char*, int, const char*);
int __real_renameat2(int, const char*, int, const char*, unsigned);
int __real_unlinkat(int, const char*, int);
int __real_mkdirat(int, const char*, mode_t);
int __real_futimens(int, const timespec*);
int __real_ftruncate(int, off_t);
ssize_t __real_pread(int, void*, size_t, off_t);
DIR* __real_fdopendir(int);

int __wrap_openat(int directory, const char* name, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const auto mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return may_go("openat", path_of(directory) + '/' + name) ? __real_openat(directory, name, flags, mode) : -1;
}
ssize_t __wrap_write(int fd, const void* octets, size_t size) {
  if (!may_go("write", path_of(fd))) return -1;
  return __real_write(fd, octets, is_short() && size > 1 ? size / 2 : size);
}
int __wrap_fsync(int fd) { return may_go("fsync", path_of(fd)) ? __real_fsync(fd) : -1; }
int __wrap_fdatasync(int fd) { return may_go("fdatasync", path_of(fd)) ? __real_fdatasync(fd) : -1; }
int __wrap_close(int fd) {
  const bool is_good = may_go("close", path_of(fd));
  const int cause = errno;
  const int result = __real_close(fd);  // Linux closes even where it reports an error
  if (is_good) return result;
  errno = cause;
  return -1;
}
int __wrap_renameat(int from, const char* name, int to, const char* new_name) {
  return may_go("renameat", path_of(to) + '/' + new_name) ? __real_renameat(from, name, to, new_name) : -1;
}
int __wrap_renameat2(int from, const char* name, int to, const char* new_name, unsigned flags) {
  return may_go("renameat2", path_of(to) + '/' + new_name) ? __real_renameat2(from, name, to, new_name, flags)
                                                           : -1;
}
int __wrap_unlinkat(int directory, const char* name, int flags) {
  return may_go("unlinkat", path_of(directory) + '/' + name) ? __real_unlinkat(directory, name, flags) : -1;
}
int __wrap_mkdirat(int directory, const char* name, mode_t mode) {
  return may_go("mkdirat", path_of(directory) + '/' + name) ? __real_mkdirat(directory, name, mode) : -1;
}
int __wrap_futimens(int fd, const timespec* times) {
  return may_go("futimens", path_of(fd)) ? __real_futimens(fd, times) : -1;
}
int __wrap_ftruncate(int fd, off_t size) {
  return may_go("ftruncate", path_of(fd)) ? __real_ftruncate(fd, size) : -1;
}
ssize_t __wrap_pread(int fd, void* octets, size_t size, off_t offset) {
  return may_go("pread", path_of(fd)) ? __real_pread(fd, octets, size, offset) : -1;
}
DIR* __wrap_fdopendir(int fd) { return may_go("fdopendir", path_of(fd)) ? __real_fdopendir(fd) : nullptr; }

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier, cert-dcl50-cpp)
