#include "cli/connection.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "cli/error.hpp"
#include "deliver/base/text.hpp"
#include "deliver/base/unique_fd.hpp"

namespace mailspoor::cli {
namespace {

constexpr std::size_t kMaxPasswordOctets = 64 * 1024;

bool is_url(const std::string& word) { return word.find("://") != std::string::npos; }

fetch::Tls tls_of(const std::string& word) {
  if (word == "implicit") return fetch::Tls::implicit;
  if (word == "starttls") return fetch::Tls::starttls;
  if (word == "none") return fetch::Tls::none;
  throw UsageError{fmt::format("tls `{}` is unknown: implicit, starttls or none", base::printable(word))};
}

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
  if (line.empty()) throw UsageError{fmt::format("{} gives no password", what)};
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

fetch::Secret from_command(const std::string& command) {
  const std::string what = "the password command";
  std::unique_ptr<std::FILE, PipeCloser> pipe{::popen(command.c_str(), "re")};
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

fetch::Secret from_terminal(const std::string& account) {
  const base::UniqueFd terminal{::open("/dev/tty", O_RDWR | O_CLOEXEC)};
  if (!terminal) {
    throw UsageError{fmt::format(
        "no password for {}: give --password-file or --password-command (there is no terminal to ask on)",
        base::printable(account))};
  }
  const auto say = [&](const std::string& text) {
    [[maybe_unused]] const auto done = ::write(terminal.get(), text.data(), text.size());
  };
  say(fmt::format("Password for {}: ", base::printable(account)));
  const NoEcho silence{terminal.get()};
  auto secret = first_line(terminal.get(), "the terminal");
  say("\n");
  return secret;
}

/// What the command line said, else what the configuration said.
std::optional<std::string> either(const std::string& said, const std::optional<std::string>& configured) {
  return said.empty() ? configured : std::optional{said};
}

}  // namespace

void ConnectionOptions::add_to(Arguments& arguments) {
  arguments.option("--password-file", password_file_, "File whose first line is the password, mode 0600");
  arguments.option("--password-command", password_command_,
                   "Command whose first line of output is the password");
  arguments.option("--auth", auth_, "SASL mechanism: PLAIN or LOGIN (default: what the server offers)");
  arguments.choice("--tls", tls_, {"implicit", "starttls", "none"},
                   "How the connection is encrypted (default: by the URL)");
  arguments.flag("--allow-cleartext", allow_cleartext_,
                 "Let --tls none leave this machine: others can read everything");
  arguments.option("--ca-file", ca_file_, "PEM file of the certificates to trust in place of the system's");
  arguments.option("--pin", pin_,
                   "sha256//BASE64 of the server's key, in place of all other certificate checks");
  arguments.option("--proxy", proxy_, "Proxy, such as socks5h://127.0.0.1:9050");
  arguments.option("--mailbox", mailbox_, "Only mailboxes that match this pattern (repeatable)");
  arguments.option("--exclude", exclude_, "Not the mailboxes that match this pattern (repeatable)");
  arguments.option("--timeout", timeout_, "Give up when no byte came for so many seconds (default 60)");
  arguments.option("--deadline", deadline_, "End the run after so many seconds; what was stored stays");
  arguments.option("--max-message-size", max_message_size_,
                   "Leave larger messages on the server and report them, octets");
}

AccountSettings ConnectionOptions::merged_with(const AccountSettings& configured) const {
  auto merged = configured;
  // A way to the password on the command line replaces the configured one, whichever that was.
  if (!password_file_.empty() || !password_command_.empty()) {
    merged.password_file = either(password_file_, std::nullopt);
    merged.password_command = either(password_command_, std::nullopt);
  }
  merged.auth = either(auth_, configured.auth);
  merged.tls = either(tls_, configured.tls);
  merged.ca_file = either(ca_file_, configured.ca_file);
  merged.pin = either(pin_, configured.pin);
  merged.proxy = either(proxy_, configured.proxy);
  if (allow_cleartext_) merged.allow_cleartext = true;
  if (!mailbox_.empty()) merged.mailbox = mailbox_;
  if (!exclude_.empty()) merged.exclude = exclude_;
  if (timeout_) merged.timeout = timeout_;
  if (deadline_) merged.deadline = deadline_;
  if (max_message_size_) merged.max_message_size = max_message_size_;
  return merged;
}

Connection ConnectionOptions::connection(const Config& config, const std::string& word) const {
  Connection connection;
  if (is_url(word)) {
    connection.url = word;
    connection.settings = merged_with({});
  } else {
    const auto configured = config.accounts.find(word);
    if (configured == config.accounts.end()) {
      throw UsageError{
          fmt::format("`{}` is neither a URL nor an account of the configuration", base::printable(word))};
    }
    connection.settings = merged_with(configured->second);
    if (!connection.settings.url)
      throw UsageError{fmt::format("account `{}` has no url: it only receives deliveries", word)};
    connection.url = *connection.settings.url;
    connection.account = word;
  }
  auto& options = connection.options;
  const auto& settings = connection.settings;
  options.url = fetch::parse_server_url(connection.url);
  if (options.url.user.empty()) {
    throw UsageError{
        fmt::format("the URL {} names no user: write imaps://USER@HOST", base::printable(connection.url))};
  }
  if (connection.account.empty()) connection.account = fetch::account_name(options.url);
  if (!is_account_name(connection.account)) {
    throw UsageError{fmt::format("`{}` cannot name an account", base::printable(connection.account))};
  }
  if (settings.tls) options.url.tls = tls_of(*settings.tls);
  options.auth = settings.auth.value_or("");
  options.allow_cleartext = settings.allow_cleartext.value_or(false);
  if (settings.ca_file) options.ca_file = expand_home(*settings.ca_file);
  options.pin = settings.pin.value_or("");
  options.proxy = settings.proxy.value_or("");
  options.mailboxes = settings.mailbox;
  options.excludes = settings.exclude;
  if (settings.timeout) options.timeout = std::chrono::seconds{std::max<std::uint64_t>(1, *settings.timeout)};
  if (settings.deadline) options.deadline = std::chrono::seconds{*settings.deadline};
  options.max_message_size = settings.max_message_size;
  return connection;
}

fetch::Secret password_of(const Connection& connection) {
  if (connection.settings.password_file) return from_file(*connection.settings.password_file);
  if (connection.settings.password_command) return from_command(*connection.settings.password_command);
  return from_terminal(connection.account);
}

}  // namespace mailspoor::cli
