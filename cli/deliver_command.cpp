#include "cli/deliver_command.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <optional>
#include <utility>

#include "cli/arguments.hpp"
#include "cli/config.hpp"
#include "cli/error.hpp"
#include "cli/index_behind.hpp"
#include "cli/output.hpp"
#include "deliver/base/text.hpp"
#include "deliver/delivery.hpp"
#include "deliver/error.hpp"

namespace mailspoor::cli {
namespace {

/// Postfix kills a command after 1,000 s, and bounces the mail then.
constexpr std::uint64_t kDeadline = 300;
constexpr std::size_t kReadOctets = std::size_t{64} * 1024;

/// An end that is told to the MTA: an enhanced status code and its text.
struct Refusal {
  Sysexit exit;
  std::string status;
  std::string text;
};

struct Options {
  GlobalOptions global;
  std::string account;
  std::string maildir;
  std::string mailbox = "INBOX";
  std::optional<std::uint64_t> deadline;
  bool bounces_unknown = false;
  bool is_check = false;
  bool leaves_index = false;
};

/// Writes all of it, or as much as can be; used in a signal handler too.
void write_out(std::string_view text) noexcept {
  while (!text.empty()) {
    const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

Sysexit refuse(const Refusal& refusal) {
  write_out(fmt::format("{} mailspoor: {}\n", refusal.status, base::printable(refusal.text)));
  return refusal.exit;
}

/// What is in tmp/ then is removed by a delivery of a later day.
void end_by_signal(int signal) {
  write_out(signal == SIGALRM ? std::string_view{"4.3.0 mailspoor: the deadline has passed (--deadline)\n"}
                              : std::string_view{"4.3.0 mailspoor: ended by a signal\n"});
  ::_exit(static_cast<int>(Sysexit::temp_fail));
}

/// Not every MTA keeps a mail whose delivery a signal ended.
void take_signals() {
  sigset_t none;  // whoever starts it may have blocked some
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  struct sigaction action {};
  action.sa_handler = end_by_signal;
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGALRM, SIGXCPU, SIGUSR1, SIGUSR2})
    ::sigaction(signal, &action, nullptr);
#ifndef __SANITIZE_ADDRESS__
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS})
    ::sigaction(signal, &action, nullptr);
#endif
  action.sa_handler = SIG_IGN;  // then write() says what is wrong
  ::sigaction(SIGPIPE, &action, nullptr);
  ::sigaction(SIGXFSZ, &action, nullptr);
}

/// The message is on the disk: whatever comes now, the answer is that.
void ignore_signals() noexcept {
  ::alarm(0);
  sigset_t all;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
}

/// A file that is opened must not get the number of a standard stream.
/// @return Whether there is a standard input.
bool open_standard_streams() {
  const bool has_input = ::fcntl(STDIN_FILENO, F_GETFD) >= 0;
  while (true) {
    const int fd = ::open("/dev/null", O_RDWR);
    if (fd < 0) throw Failure{fmt::format("cannot open /dev/null: {}", std::strerror(errno))};
    if (fd <= STDERR_FILENO) continue;
    ::close(fd);
    return has_input;
  }
}

/// `<a@example.org>` or `a@example.org`; what is no UTF-8 as the journal keeps it.
std::string address_of(std::string_view text) {
  if (text.starts_with('<') && text.ends_with('>')) text = text.substr(1, text.size() - 2);
  return base::to_valid_utf8(text);
}

/// Whether a word behind `-f` is an option of the envelope, as a shell leaves `-f` without value where
/// `$SENDER` is empty; then a value follows. No other word is one: strangers choose their addresses,
/// `--check` too.
bool is_envelope_option(const std::vector<std::string>& words, std::size_t at) {
  const auto is_one = [&](std::size_t place) {
    const auto& word = words[place];
    return word == "-f" || word == "-a" || word == "-d" || word == "--sender" || word == "--recipient";
  };
  if (words[at].starts_with("--recipient=")) return true;
  return is_one(at) && at + 1 < words.size() && !is_one(at + 1);
}

/// Takes the envelope out of the words. By hand: an address is one whatever it begins with.
deliver::Envelope take_envelope(std::vector<std::string>& words) {
  deliver::Envelope envelope;
  std::vector<std::string> others;
  for (std::size_t at = 0; at < words.size(); ++at) {
    const auto& word = words[at];
    const auto option = word.starts_with("--") ? word.substr(0, word.find('=')) : word.substr(0, 2);
    const bool is_sender = option == "-f" || option == "--sender";
    const bool is_recipient = option == "-a" || option == "-d" || option == "--recipient";
    if (!is_sender && !is_recipient) {
      others.push_back(word);
      continue;
    }
    std::optional<std::string> value;
    if (word.size() > option.size()) {
      value = word.substr(option.size() + (word[option.size()] == '=' && option.size() > 2 ? 1 : 0));
    } else if (at + 1 < words.size() && (is_recipient || !is_envelope_option(words, at + 1))) {
      value = words[++at];
    }
    if (is_recipient && !value) throw UsageError{fmt::format("{} has no value", option)};
    if (is_sender) {
      envelope.sender = address_of(value.value_or(""));
    } else {
      envelope.recipients.push_back(address_of(*value));
    }
  }
  words = std::move(others);
  return envelope;
}

/// What the options did not say: Postfix and qmail set SENDER and RECIPIENT, Exim LOCAL_PART and DOMAIN too.
void complete_from_environment(deliver::Envelope& envelope) {
  const auto* const sender = std::getenv("SENDER");
  if (!envelope.sender && sender != nullptr) envelope.sender = address_of(sender);
  if (!envelope.recipients.empty()) return;
  const auto* const recipient = std::getenv("RECIPIENT");
  const auto* const local_part = std::getenv("LOCAL_PART");
  const auto* const domain = std::getenv("DOMAIN");
  if (recipient != nullptr && *recipient != '\0') {
    envelope.recipients.push_back(address_of(recipient));
  } else if (local_part != nullptr && domain != nullptr) {
    envelope.recipients.push_back(address_of(fmt::format("{}@{}", local_part, domain)));
  }
}

/// The value of an option that says where the message goes; empty if it was not given. An empty variable of
/// the MTA's is no place, and must not lead to another.
std::string place_of(const char* option, const std::vector<std::string>& values) {
  if (values.empty()) return {};
  if (values.size() > 1) throw UsageError{fmt::format("{} is given more than once", option)};
  if (values.front().empty()) throw UsageError{fmt::format("{} is empty", option)};
  return values.front();
}

/// @return nullopt if help was asked for and printed.
std::optional<Options> read_options(const std::vector<std::string>& words) {
  Options options;
  Arguments arguments{
      "deliver",
      "Delivery agent: put the message on standard input into a Maildir. Exit codes are those "
      "of sysexits.h: 0 once the message is on the disk, 75 for whatever fails.",
      options.global};
  std::string ignored;
  std::vector<std::string> ignored_list;
  std::vector<std::string> accounts, maildirs;
  arguments.option("--account", accounts,
                   "Into this account (default: the only one, the only one without url, or LOGNAME)");
  arguments.option("--maildir", maildirs,
                   "Into this Maildir, which must be there; it is not indexed, and nothing else is written");
  arguments.option("--mailbox", options.mailbox, "Mailbox, with / between levels (default: INBOX)");
  arguments.option("-f,--sender", ignored, "Envelope sender; '' for <> (SENDER)");
  arguments.option("-a,-d,--recipient", ignored_list, "Envelope recipient; may be repeated (RECIPIENT)");
  arguments.option(
      "--deadline", options.deadline,
      "Give up after so many seconds; 0 for never (default: 300, as Postfix bounces after 1,000)");
  arguments.flag("--bounce-unknown", options.bounces_unknown,
                 "Exit with 67 where the account is neither configured nor has mail: the MTA bounces");
  arguments.flag("--check", options.is_check, "Read no message: prove that one could be delivered");
  arguments.flag("--no-index", options.leaves_index,
                 "Start no indexing behind it; the next search or `index` does it");
  if (!arguments.parse(words)) {
    // Whoever gives other options too is an MTA, and takes 0 for a delivery.
    if (words.size() > 1) throw UsageError{"--help stands alone"};
    return std::nullopt;
  }
  if (!ignored.empty() || !ignored_list.empty()) throw UsageError{"-f, -a and -d stand alone, not as in -qf"};
  options.account = place_of("--account", accounts);
  options.maildir = place_of("--maildir", maildirs);
  if (!options.account.empty() && !options.maildir.empty())
    throw UsageError{"--account and --maildir do not go together"};
  return options;
}

std::string account_of(const Options& options, const Config& config) {
  if (!options.account.empty()) return options.account;
  if (::geteuid() == 0) throw UsageError{"root must say where: --account or --maildir"};
  if (config.accounts.size() == 1) return config.accounts.begin()->first;
  std::vector<std::string> without_url;
  for (const auto& [name, account] : config.accounts) {
    if (!account.url) without_url.push_back(name);
  }
  if (without_url.size() == 1) return without_url.front();
  if (!config.accounts.empty()) throw UsageError{"the configuration has several accounts: give --account"};
  for (const auto* const variable : {"LOGNAME", "USER"}) {
    if (const auto* const name = std::getenv(variable); name != nullptr && *name != '\0') return name;
  }
  throw UsageError{"no account is configured: give --account"};
}

/// From here on what root does is done as the first owner on the way to the directory who is not root: who
/// could put links there.
void become_owner(const std::filesystem::path& path) {
  if (::geteuid() != 0) return;
  std::filesystem::path way;
  for (const auto& part : std::filesystem::absolute(path)) {
    way /= part;
    struct stat status {};
    if (::lstat(way.c_str(), &status) != 0) return;
    if (status.st_uid == 0) continue;
    const auto* const user = ::getpwuid(status.st_uid);
    const auto group = user != nullptr ? user->pw_gid : status.st_gid;
    if (::setgroups(0, nullptr) != 0 || ::setgid(group) != 0 || ::setuid(status.st_uid) != 0)
      throw Failure{fmt::format("cannot become the owner of {}: {}", way.string(), std::strerror(errno))};
    return;
  }
}

class Input {
 public:
  std::string_view operator()() {
    while (true) {
      const auto octets = ::read(STDIN_FILENO, buffer_.data(), buffer_.size());
      if (octets >= 0) return {buffer_.data(), static_cast<std::size_t>(octets)};
      if (errno == EAGAIN) {
        pollfd input{STDIN_FILENO, POLLIN, 0};
        ::poll(&input, 1, -1);
      } else if (errno != EINTR) {
        throw Failure{fmt::format("cannot read standard input: {}", std::strerror(errno))};
      }
    }
  }

 private:
  std::string buffer_ = std::string(kReadOctets, '\0');
};

void tell(const deliver::Delivered& delivered, const Options& options) {
  if (options.global.verbosity == 0) return;
  say(fmt::format("mailspoor: {} octets {} {}/new/{}\n", delivered.octets,
                  delivered.is_again ? "came again and are held as" : "are stored as",
                  base::printable(delivered.directory), delivered.file));
}

/// @throws Refusal where the MTA is to return the mail.
void require_known(const std::filesystem::path& mail, const std::string& account) {
  if (!std::filesystem::is_directory(mail))
    throw Failure{fmt::format("{} is not there: who is unknown is not known", mail.string())};
  if (std::filesystem::symlink_status(mail / account).type() == std::filesystem::file_type::not_found)
    throw Refusal{Sysexit::no_user, "5.1.1", fmt::format("there is no account `{}`", account)};
}

void deliver_to_account(const Options& options, deliver::Envelope envelope) {
  const auto config = read_config(options.global);
  const auto root = root_of(options.global, config);
  const auto program = options.leaves_index ? std::string{} : indexing_program();
  const deliver::AccountMailbox place{root, account_of(options, config), options.mailbox};
  become_owner(root);
  if (options.bounces_unknown && !config.accounts.contains(place.account))
    require_known(root / "mail", place.account);
  const auto environment = deliver::system_environment();
  if (options.is_check) return deliver::check_delivery(place, environment);
  Input input;
  const auto delivered = deliver::deliver_message(
      place, std::move(envelope), [&] { return input(); }, environment);
  ignore_signals();
  tell(delivered, options);
  if (!delivered.is_again) index_behind(program, root, options.global.config);
}

void deliver_to_maildir(const Options& options) {
  const deliver::ForeignMaildir place{std::filesystem::absolute(options.maildir), options.mailbox};
  become_owner(place.path);
  const auto environment = deliver::system_environment();
  if (options.is_check) return deliver::check_delivery(place, environment);
  Input input;
  const auto delivered = deliver::deliver_message(
      place, [&] { return input(); }, environment);
  ignore_signals();
  tell(delivered, options);
}

void deliver_by(std::vector<std::string> words) {
  if (::getuid() != ::geteuid() || ::getgid() != ::getegid())
    throw Failure{"installed setuid or setgid: it runs as who receives the mail, or as root"};
  const bool has_input = open_standard_streams();
  ::umask(0077);  // mail is nobody else's business
  take_signals();
  auto envelope = take_envelope(words);
  complete_from_environment(envelope);
  const auto options = read_options(words);
  if (!options) return;
  if (!options->is_check && (!has_input || ::isatty(STDIN_FILENO) != 0))
    throw UsageError{"it reads a message on standard input, and there is none"};
  ::alarm(static_cast<unsigned>(std::min<std::uint64_t>(options->deadline.value_or(kDeadline), 1U << 30U)));
  if (options->maildir.empty()) {
    deliver_to_account(*options, std::move(envelope));
  } else {
    deliver_to_maildir(*options);
  }
}

/// RFC 3463: X.2.2 mailbox full, X.3.1 mail system full.
const char* status_of(const deliver::Error& error) {
  if (error.cause() == EDQUOT) return "4.2.2";
  return error.cause() == ENOSPC ? "4.3.1" : "4.3.0";
}

}  // namespace

Sysexit run_deliver(const std::vector<std::string>& words) noexcept {
  try {
    deliver_by(words);
    return Sysexit::ok;
  } catch (const Refusal& refusal) {
    return refuse(refusal);
  } catch (const UsageError& error) {
    return refuse({Sysexit::temp_fail, "4.3.5", error.what()});
  } catch (const deliver::Error& error) {
    return refuse({Sysexit::temp_fail, status_of(error), error.what()});
  } catch (const std::bad_alloc&) {
    write_out("4.3.0 mailspoor: out of memory\n");
    return Sysexit::temp_fail;
  } catch (const std::exception& error) {
    return refuse({Sysexit::temp_fail, "4.3.0", error.what()});
  } catch (...) {
    write_out("4.3.0 mailspoor: an unknown error\n");
    return Sysexit::temp_fail;
  }
}

}  // namespace mailspoor::cli
