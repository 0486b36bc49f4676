#include "cli/programs.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>

#include "cli/account_failure.hpp"
#include "cli/output.hpp"
#include "cli/program_path.hpp"
#include "cli/version.hpp"
#include "deliver/base/text.hpp"
#include "index/query/fields.hpp"
#include "index/track/table_version.hpp"

namespace mailspoor::cli {
namespace {

struct CommandInfo {
  const char* name;
  const char* program;
  const char* summary;
};

constexpr const char* kDeliver = "mailspoor-deliver";

constexpr std::array kCommands{
    CommandInfo{"sync", "mailspoor-sync",
                "fetch what is new from each account, store it, index it (server to here only)"},
    CommandInfo{"deliver", kDeliver, "delivery agent: one message on standard input into a Maildir"},
    CommandInfo{"search", "mailspoor", "find messages"},
    CommandInfo{"count", "mailspoor", "count messages"},
    CommandInfo{"show", "mailspoor-index", "read a message in the terminal"},
    CommandInfo{"inspect", "mailspoor-index", "the trail of a message: a file, standard input (-) or an id"},
    CommandInfo{"index", "mailspoor-index", "bring the index up to date, or make it again (--rebuild)"},
    CommandInfo{"status", "mailspoor-index", "what is held, what is missing and why"},
    CommandInfo{"check", "mailspoor-sync",
                "files, journals and index against each other, and the server (--server)"},
    CommandInfo{"account", "mailspoor", "the accounts of the configuration: list, test, adopt"},
};

const char* const kHelp = R"(Mailspoor keeps mailboxes byte for byte and searches the trail of each message.

Usage: mailspoor [GLOBAL OPTIONS] COMMAND [OPTIONS]

  mailspoor sync imaps://alice@imap.example.org       fetch a mailbox; the password is asked for
  mailspoor search from:bank subject:invoice          find messages
  mailspoor inspect message.eml                       where did it come from?

Commands:
)";

const char* const kHelpEnd = R"(
Global options, before or behind the command:
  --root DIR         where mail and index lie (MAILSPOOR_ROOT)
  --config FILE      configuration file
  -q, -v             say less; say more (-v -v: the protocol's steps)
  --color WHEN       auto, always, never
  --progress WHEN    auto, never
  --tz ZONE          time zone of dates in queries and on the terminal
  --version          print the version, and the date of the table of trackers

`mailspoor COMMAND --help` tells the options of a command.
Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 partial, 4 no match (search --fail-if-none),
11 another run holds the account, 12 authentication refused, 13 network or TLS. `deliver` has those of
sysexits.h, 75 for whatever fails.
)";

std::string help() {
  std::string text = kHelp;
  for (const auto& command : kCommands) text += fmt::format("  {:<10} {}\n", command.name, command.summary);
  return text + kHelpEnd;
}

/// Where the first word from there on stands that is neither a global option nor the value of one.
std::size_t behind_global_options(const std::vector<std::string>& words, std::size_t from) {
  const auto& names = global_option_names();
  for (auto at = from; at < words.size(); ++at) {
    const auto& word = words[at];
    if (word.empty() || word[0] != '-') return at;
    if (word == "--help" || word == "-h" || word == "--version") continue;
    const auto name = word.substr(0, word.find('='));
    const auto known =
        std::find_if(names.begin(), names.end(), [&](const auto& option) { return name == option.name; });
    const bool is_verbose = word.size() > 1 && word.find_first_not_of('v', 1) == std::string::npos;
    if (known == names.end() && !is_verbose) return at;
    if (known != names.end() && known->has_value && name == word) ++at;
  }
  return words.size();
}

/// Where the command stands among the words.
std::size_t command_position(const std::vector<std::string>& words) {
  const auto at = behind_global_options(words, 0);
  if (at < words.size() && words[at].starts_with('-')) {
    throw UsageError{fmt::format("unknown option `{}` before the command (see `mailspoor --help`)",
                                 base::printable(words[at]))};
  }
  return at;
}

[[noreturn]] void unknown_command(const std::string& name) {
  const char* nearest = nullptr;
  std::size_t least = std::max<std::size_t>(2, name.size() / 2) + 1;
  for (const auto& command : kCommands) {
    const auto distance = name.size() > 40 ? least : index::edit_distance(name, command.name);
    if (distance < least) {
      least = distance;
      nearest = command.name;
    }
  }
  const auto hint = nearest != nullptr ? fmt::format("; did you mean `{}`?", nearest) : std::string{};
  throw UsageError{
      fmt::format("unknown command `{}`{} (see `mailspoor --help`)", base::printable(name), hint)};
}

[[noreturn]] void hand_over(const std::string& program, char** argv) {
  const auto path = program_path(program);
  ::execv(path.c_str(), argv);
  throw Failure{fmt::format("cannot run {}: {}", path, std::strerror(errno))};
}

/// @param words  Without the command: that program has no other.
[[noreturn]] void hand_over_delivery(const std::vector<std::string>& words, char* own_name) {
  std::vector<char*> argv{own_name};
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  hand_over(kDeliver, argv.data());
}

bool is_command(const std::string& name) {
  return std::any_of(kCommands.begin(), kCommands.end(),
                     [&](const auto& command) { return name == command.name; });
}

/// Whether an MTA is waiting for the answer, to whom any code but 75 means that the mail is to be bounced.
bool is_delivery(int argc, char** argv) {
  const std::vector<std::string> words{argv + 1, argv + argc};
  auto at = behind_global_options(words, 0);
  while (at < words.size() && words[at].starts_with('-')) at = behind_global_options(words, at + 1);
  const bool is_other = at < words.size() && words[at] != "deliver" && is_command(words[at]);
  // An empty variable before it may have made it the value of an option.
  return !is_other && std::find(words.begin(), words.end(), "deliver") != words.end();
}

int run(int argc, char** argv, const Commands& commands) {
  std::vector<std::string> words{argv + 1, argv + argc};
  const auto at = command_position(words);
  const auto is_before = [&](const char* word) {
    return std::find(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(at), word) !=
           words.begin() + static_cast<std::ptrdiff_t>(at);
  };
  if (is_before("--version")) {
    fmt::print("mailspoor {}\ntrackers {}\n", kVersion, index::tracker_table_version());
    return 0;
  }
  if (is_before("--help") || is_before("-h") || (at < words.size() && words[at] == "help")) {
    fmt::print("{}", help());
    return 0;
  }
  if (at >= words.size()) {
    say(help());
    return static_cast<int>(ExitCode::usage);
  }
  auto name = words[at];
  words.erase(words.begin() + static_cast<std::ptrdiff_t>(at));
  const auto known = std::find_if(kCommands.begin(), kCommands.end(),
                                  [&](const auto& command) { return name == command.name; });
  if (known == kCommands.end()) unknown_command(name);
  // `account test` needs the network, and `adopt` writes mail; their sister does neither.
  const auto next = behind_global_options(words, at);
  const bool has_more =
      name == "account" && next < words.size() && (words[next] == "test" || words[next] == "adopt");
  if (has_more) {
    name += ' ' + words[next];
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(next));
  }
  if (known->program == std::string_view{kDeliver}) hand_over_delivery(words, argv[0]);
  const auto command = commands.find(name);
  if (command == commands.end()) hand_over(has_more ? "mailspoor-sync" : known->program, argv);
  return static_cast<int>(command->second(words));
}

int report(const std::string& text, ExitCode code) {
  say(fmt::format("mailspoor: {}\n", base::printable(text, base::Lines::keep)));
  return static_cast<int>(code);
}

}  // namespace

int run_program(int argc, char** argv, const Commands& commands) {
  ::umask(0077);  // mail is nobody else's business
  try {
    const int code = run(argc, argv, commands);
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
      return report(fmt::format("cannot write to standard output: {}", std::strerror(errno)),
                    ExitCode::failed);
    }
    return code;
  } catch (const std::exception&) {
    const auto failure = account_failure();
    if (is_delivery(argc, argv)) {
      fmt::print("4.3.5 mailspoor: {}\n", base::printable(failure.text));
      return EX_TEMPFAIL;
    }
    return report(failure.text, failure.code);
  }
}

}  // namespace mailspoor::cli
