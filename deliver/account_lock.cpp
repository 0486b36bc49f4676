#include "deliver/account_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <thread>

#include "deliver/base/text.hpp"
#include "deliver/error.hpp"

namespace mailspoor::deliver {
namespace {

constexpr std::chrono::milliseconds kPause{100};
constexpr std::size_t kMaxOctets = 64;

bool try_lock(int fd, const std::string& path) {
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return true;
  if (errno != EWOULDBLOCK && errno != EINTR) throw_errno("lock", path);
  return false;
}

/// `PID TIME\n`, as the holder wrote it. Empty for a moment, while the holder is at it.
[[noreturn]] void throw_locked(int fd, const std::string& path, const std::string& account) {
  const auto content = read_at(fd, 0, kMaxOctets, path);
  const auto text = std::string_view{content}.substr(0, content.find('\n'));
  pid_t holder = 0;
  std::from_chars(text.data(), text.data() + text.size(), holder);
  const auto blank = text.find(' ');
  if (holder <= 0 || blank == std::string_view::npos) {
    throw LockedError{fmt::format("account {} is held by another run (lock {})", account, path), 0};
  }
  throw LockedError{fmt::format("account {} is held by process {}, which started at {} (lock {})", account,
                                holder, base::printable(text.substr(blank + 1)), path),
                    holder};
}

}  // namespace

AccountLock::AccountLock(const Directory& locks, const std::string& account, std::chrono::seconds wait,
                         const Environment& environment)
    : fd_{locks.open_file(account, O_RDWR | O_CREAT)} {
  const auto path = locks.path_of(account);
  const auto deadline = std::chrono::steady_clock::now() + wait;
  while (!try_lock(fd_.get(), path)) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline) throw_locked(fd_.get(), path, account);
    std::this_thread::sleep_for(std::min<std::chrono::steady_clock::duration>(kPause, deadline - now));
  }
  if (ftruncate(fd_.get(), 0) != 0) throw_errno("truncate", path);
  write_all(fd_.get(), fmt::format("{} {}\n", environment.pid, rfc3339(environment.now())), path);
}

}  // namespace mailspoor::deliver
