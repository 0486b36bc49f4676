#include "fetch/tunnel_transport.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "deliver/base/text.hpp"
#include "fetch/error.hpp"
#include "fetch/greeting.hpp"
#include "fetch/ready.hpp"

namespace mailspoor::fetch {
namespace {

constexpr std::string_view kPeer = "the tunnel";
constexpr std::chrono::milliseconds kPatience{2000};  // before each harder way to end it

/// Whether a person may be asked for something, and may end the run by a key: both need the command in our
/// own process group.
bool has_terminal() noexcept {
  const base::UniqueFd terminal{open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC)};
  return static_cast<bool>(terminal);
}

/// In the child: only what may be done between fork() and exec.
[[noreturn]] void run_command(int socket, const char* command, bool has_group) noexcept {
  if (has_group) setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);  // should we be killed
  signal(SIGPIPE, SIG_DFL);          // ignored by us, for libcurl
  sigset_t none;                     // the thread may hold all back, which outlives exec
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  dup2(socket, STDIN_FILENO);
  dup2(socket, STDOUT_FILENO);
  close_range(STDERR_FILENO + 1, ~0U, 0);  // the account's lock among them
  execl("/bin/sh", "sh", "-c", command, nullptr);
  _exit(127);
}

std::string ending(int status) {
  if (WIFSIGNALED(status)) return fmt::format("was killed by signal {}", WTERMSIG(status));
  return fmt::format("ended with exit code {}", WEXITSTATUS(status));
}

}  // namespace

TunnelTransport::TunnelTransport(const AccountOptions& options) : Transport{options.timeout} {
  const auto now = Deadlines::Clock::now();
  deadlines().limit_phase(now + options.connect_deadline, "connecting and logging in");
  if (options.deadline) deadlines().limit_run(now + *options.deadline);
  deadlines().demand_rate(options.min_rate);
  start(options.tunnel);
  try {
    take_greeting(options.url.protocol);
  } catch (...) {
    close();  // no destructor runs for what was never constructed
    throw;
  }
}

TunnelTransport::~TunnelTransport() { close(); }

void TunnelTransport::start(const std::string& command) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw NetworkError{fmt::format("{}: socketpair: {}", kPeer, std::strerror(errno))};
  socket_.reset(ends[0]);
  const base::UniqueFd theirs{ends[1]};
  fcntl(socket_.get(), F_SETFL, O_NONBLOCK);
  has_group_ = !has_terminal();
  pid_ = fork();
  if (pid_ == 0) run_command(theirs.get(), command.c_str(), has_group_);
  if (pid_ < 0) throw NetworkError{fmt::format("{}: fork: {}", kPeer, std::strerror(errno))};
  if (has_group_) setpgid(pid_, pid_);  // whoever of the two comes first
  // Not glibc's function: in 2.36 its header declares it for C only.
  process_.reset(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
}

void TunnelTransport::take_greeting(Protocol protocol) {
  const auto receive_some = [this](std::span<char> buffer) {
    const auto count = receive(buffer);
    if (count == 0) fail("the connection was closed before a greeting");
    return count;
  };
  auto greeting = read_greeting(receive_some, kPeer, protocol);
  lines_.push_back(std::move(greeting.line));
  unread_ = std::move(greeting.unread);
}

/// 0 at the end.
std::size_t TunnelTransport::receive(std::span<char> buffer) {
  check_deadlines(deadlines(), kPeer);
  for (;;) {
    const auto count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno == ECONNRESET) return 0;  // it ended without having read all
    if (errno == EAGAIN) {
      wait_until_ready(socket_.get(), POLLIN, deadlines(), kPeer);
    } else if (errno != EINTR) {
      fail(fmt::format("receiving: {}", std::strerror(errno)));
    }
  }
}

std::size_t TunnelTransport::read(std::span<char> buffer) {
  if (!unread_.empty()) {
    const auto count = std::min(buffer.size(), unread_.size());
    std::copy_n(unread_.data(), count, buffer.data());
    unread_.erase(0, count);
    return count;
  }
  if (!socket_) return 0;
  const std::size_t count = receive(buffer);
  if (count == 0 && has_ended_within(kPatience) && status_ != 0) fail("the connection is lost");
  return count;
}

void TunnelTransport::write(std::string_view octets) {
  if (!socket_) throw NetworkError{fmt::format("{}: the connection is closed", kPeer)};
  while (!octets.empty()) {
    const auto count = ::send(socket_.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
    if (count >= 0) {
      octets.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      wait_until_ready(socket_.get(), POLLOUT, deadlines(), kPeer);
    } else if (errno != EINTR) {
      fail(fmt::format("sending: {}", std::strerror(errno)));
    }
  }
}

void TunnelTransport::fail(std::string_view what) {
  if (has_ended_within(kPatience))
    throw NetworkError{fmt::format("{}: {}: the command {}", kPeer, what, ending(status_))};
  throw NetworkError{fmt::format("{}: {}", kPeer, what)};
}

bool TunnelTransport::has_ended_within(std::chrono::milliseconds time) noexcept {
  if (pid_ < 0) return true;
  const auto end = Deadlines::Clock::now() + time;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Deadlines::Clock::now()).count();
    pollfd entry{process_.get(), POLLIN, 0};
    const int ready = poll(&entry, 1, static_cast<int>(std::max<long>(left, 0)));
    if (ready >= 0 || errno != EINTR) break;
  }
  const pid_t ended = waitpid(pid_, &status_, WNOHANG);
  if (ended == pid_) pid_ = -1;
  return pid_ < 0;
}

void TunnelTransport::close() noexcept {
  socket_.reset();
  if (has_ended_within(kPatience)) return;
  const pid_t all = has_group_ ? -pid_ : pid_;
  kill(all, SIGTERM);
  if (has_ended_within(kPatience)) return;
  kill(all, SIGKILL);
  while (waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

}  // namespace mailspoor::fetch
