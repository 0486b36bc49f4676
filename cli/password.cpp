#include "cli/password.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

#include "cli/config.hpp"
#include "cli/error.hpp"
#include "deliver/base/signal_mask.hpp"
#include "deliver/base/text.hpp"
#include "deliver/base/unique_fd.hpp"

namespace mailspoor::cli {
namespace {

constexpr std::size_t kMaxPasswordOctets = 65'536;

/// Reads to the end or the first line's end, and gives the first line.
fetch::Secret first_line(int fd, const std::string& what) {
  std::string text;
  std::array<char, 1024> block;
  while (text.find('\n') == std::string::npos && text.size() < kMaxPasswordOctets) {
    const auto got = ::read(fd, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw UsageError{fmt::format("cannot read {}: {}", what, std::strerror(errno))};
    if (got == 0) break;
    text.append(block.data(), static_cast<std::size_t>(got));
  }
  block.fill('\0');
  auto line = text.substr(0, text.find('\n'));
  text.assign(text.size(), '\0');
  if (!line.empty() && line.back() == '\r') line.pop_back();
  if (line.empty()) throw UsageError{fmt::format("{} gives nothing in its first line", what)};
  return fetch::Secret{std::move(line)};
}

fetch::Secret from_file(const std::string& file) {
  const auto path = expand_home(file);
  const auto what = fmt::format("the password file {}", path.string());
  const base::UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)};
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0)
    throw UsageError{fmt::format("cannot open {}: {}", what, std::strerror(errno))};
  // A pipe (`--password-file <(pass show x)`) has no modes that say anything.
  if (S_ISREG(status.st_mode) && (status.st_mode & (S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH)) != 0) {
    throw UsageError{fmt::format("{} can be read or changed by others: chmod 600 it", what)};
  }
  return first_line(fd.get(), what);
}

struct PipeCloser {
  void operator()(std::FILE* pipe) const noexcept { ::pclose(pipe); }
};

fetch::Secret from_command(const std::string& command, const std::string& what) {
  std::unique_ptr<std::FILE, PipeCloser> pipe;
  {
    const auto mask = base::SignalMask::none();  // an account's thread holds all back, which outlives exec
    pipe.reset(::popen(command.c_str(), "re"));
  }
  if (!pipe) throw UsageError{fmt::format("cannot run {}: {}", what, std::strerror(errno))};
  auto secret = first_line(::fileno(pipe.get()), what);
  const int status = ::pclose(pipe.release());
  // A command that is still writing behind its first line ends by SIGPIPE, which is no failure.
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0) {
    throw UsageError{fmt::format("{} failed with exit code {}", what, WEXITSTATUS(status))};
  }
  return secret;
}

/// Switches the terminal's echo off for as long as it lives.
class NoEcho {
 public:
  explicit NoEcho(int fd) : fd_{fd} {
    if (::tcgetattr(fd_, &before_) != 0) return;
    auto silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    is_changed_ = ::tcsetattr(fd_, TCSAFLUSH, &silent) == 0;
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  ~NoEcho() {
    if (is_changed_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
  }

 private:
  int fd_;
  termios before_{};
  bool is_changed_ = false;
};

/// Holds back the signals by which a person leaves a prompt, so that the terminal's echo can be put back
/// before they act.
class HeldSignals {
 public:
  HeldSignals() {
    sigemptyset(&signals_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP}) sigaddset(&signals_, signal);
    ::pthread_sigmask(SIG_BLOCK, &signals_, &before_);
    fd_.reset(::signalfd(-1, &signals_, SFD_CLOEXEC));
  }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;
  ~HeldSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  /// Waits for octets on `fd`. @return The signal that came first; 0 for none.
  int wait_for(int fd) const {
    std::array<pollfd, 2> waiting{{{fd, POLLIN, 0}, {fd_.get(), POLLIN, 0}}};
    while (::poll(waiting.data(), waiting.size(), -1) < 0 && errno == EINTR) {
    }
    signalfd_siginfo came{};
    if (waiting[1].revents == 0 || ::read(fd_.get(), &came, sizeof came) != sizeof came) return 0;
    return static_cast<int>(came.ssi_signo);
  }

 private:
  sigset_t signals_{};
  sigset_t before_{};
  base::UniqueFd fd_;
};

fetch::Secret from_terminal(const std::string& account) {
  const base::UniqueFd terminal{::open("/dev/tty", O_RDWR | O_CLOEXEC)};
  if (!terminal) {
    throw UsageError{fmt::format(
        "no password for {}: give --password-file, --password-command or --token-command (there is no "
        "terminal to ask on)",
        base::printable(account))};
  }
  const auto say = [&](const std::string& text) {
    [[maybe_unused]] const auto done = ::write(terminal.get(), text.data(), text.size());
  };
  int signal = 0;
  fetch::Secret secret;
  {
    const HeldSignals held;
    const NoEcho silence{terminal.get()};
    say(fmt::format("Password for {}: ", base::printable(account)));
    signal = held.wait_for(terminal.get());
    if (signal == 0) secret = first_line(terminal.get(), "the terminal");
    say("\n");
  }
  if (signal != 0) {
    ::raise(signal);
    throw UsageError{"no password was given"};  // stopped and continued, or the signal is ignored
  }
  return secret;
}

}  // namespace

fetch::Credentials credentials_of(const Connection& connection) {
  const auto& settings = connection.settings;
  fetch::Credentials credentials;
  if (settings.token_command) {
    // At once: it may ask somebody, and a server does not wait that long.
    credentials.renewed_token = [command = *settings.token_command] {
      return from_command(command, "the token command");
    };
    credentials.token = credentials.renewed_token();
  } else if (base::equal_ignoring_case(connection.options.auth, "EXTERNAL")) {
    return credentials;
  } else if (settings.password_file) {
    credentials.password = from_file(*settings.password_file);
  } else if (settings.password_command) {
    credentials.password = from_command(*settings.password_command, "the password command");
  } else {
    credentials.password = from_terminal(connection.account);
  }
  return credentials;
}

}  // namespace mailspoor::cli
