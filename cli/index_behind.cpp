#include "cli/index_behind.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <exception>

#include "cli/program_path.hpp"

namespace mailspoor::cli {
namespace {

/// Locked by the one indexing that waits for deliveries. It inherits the lock, and ends it by ending.
constexpr const char* kLock = "delivered/.indexing";

/// Nothing of the MTA's is held open: it waits for the end of what it gave.
void let_go_of_streams() {
  ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, stream);
}

}  // namespace

std::string indexing_program() noexcept {
  try {
    return program_path("mailspoor-index");
  } catch (const std::exception&) {
    return {};
  }
}

void index_behind(const std::string& program, const std::filesystem::path& root,
                  const std::string& config) noexcept {
  if (program.empty()) return;
  try {
    const auto root_text = root.string();
    const int lock = ::open((root / kLock).c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (lock < 0 || ::flock(lock, LOCK_EX | LOCK_NB) != 0) return;
    std::array<const char*, 9> words{program.c_str(), "--root", root_text.c_str(), "-q", "index", "--behind"};
    if (!config.empty()) {
      words[6] = "--config";
      words[7] = config.c_str();
    }
    if (::fork() != 0) return;
    ::setsid();
    ::setpriority(PRIO_PROCESS, 0, 10);  // mail that arrives comes first
    let_go_of_streams();
    ::fcntl(lock, F_SETFD, 0);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    ::execv(program.c_str(), const_cast<char**>(words.data()));
    ::_exit(1);
  } catch (const std::exception&) {
  }
}

}  // namespace mailspoor::cli
