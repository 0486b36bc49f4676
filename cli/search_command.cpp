#include "cli/search_command.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <optional>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/config.hpp"
#include "cli/message_json.hpp"
#include "cli/message_paths.hpp"
#include "cli/output.hpp"
#include "cli/program_path.hpp"
#include "deliver/base/text.hpp"
#include "deliver/delivery.hpp"
#include "deliver/journal.hpp"
#include "deliver/pending.hpp"
#include "index/error.hpp"
#include "index/query/fields.hpp"
#include "index/search.hpp"

extern char** environ;

namespace mailspoor::cli {
namespace {

using index::MessageSummary;

/// A sync that is indexing lets others do so after ten seconds.
constexpr std::chrono::seconds kMaxWait{15};
constexpr std::chrono::milliseconds kPause{50};
constexpr unsigned kMaxTries = 3;

enum class CatchUp { done, busy, impossible };

/// Indexes what syncs and deliveries left, by the program that can parse mail. A root that cannot be written,
/// or an index that somebody else is writing, is searched as it is.
CatchUp catch_up_first(const std::filesystem::path& root, const GlobalOptions& global) {
  if (::access(root.c_str(), W_OK) != 0) return CatchUp::impossible;
  const auto program = program_path("mailspoor-index");
  const std::string root_text = root.string();
  std::vector<std::string> words{program, "--root", root_text, "-q", "index", "--pending"};
  if (!global.config.empty()) words.insert(words.end(), {"--config", global.config});
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_t child = -1;
  if (const int error = ::posix_spawn(&child, program.c_str(), nullptr, nullptr, argv.data(), environ);
      error != 0) {
    throw Failure{fmt::format("cannot run {}: {}", program, std::strerror(error))};
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == static_cast<int>(ExitCode::locked)) return CatchUp::busy;
  if (status == 0) return CatchUp::done;
  say("mailspoor: the newest messages could not be indexed; searching without them\n");
  return CatchUp::impossible;
}

/// Brings the index up to date, or waits until whoever is at it has done what is wanted here.
template <typename IsDone>
void catch_up_or_wait(const std::filesystem::path& root, const GlobalOptions& global, IsDone is_done) {
  const auto until = std::chrono::steady_clock::now() + kMaxWait;
  for (unsigned tries = 0; !is_done();) {
    const auto caught_up = catch_up_first(root, global);
    if (caught_up == CatchUp::impossible) return;
    // It may have been made anew meanwhile (`index --rebuild`), and be at the beginning once more.
    if (caught_up == CatchUp::done && ++tries < kMaxTries) continue;
    if (caught_up == CatchUp::done || std::chrono::steady_clock::now() > until) {
      say("mailspoor: another process is indexing all the time: the newest messages may be missing\n");
      return;
    }
    std::this_thread::sleep_for(kPause);
  }
}

/// Whether the index has what was delivered into a folder before its journal was that long. Behind an
/// open batch of a sync it may have that without having read so far.
bool has_deliveries(const std::filesystem::path& root, index::Searcher& searcher,
                    const deliver::DeliveryJournal& journal) {
  auto begin = searcher.journal_octets(journal.folder);
  if (journal.octets == begin) return true;
  if (journal.octets < begin) begin = 0;  // the journal was lost, and is another one
  bool has_all = true;
  deliver::read_journal(
      deliver::journal_of(root, journal.folder), begin, [&](const deliver::JournalEntry& entry) {
        const auto* const delivered = std::get_if<deliver::DeliveredEvent>(&entry.event);
        if (has_all && delivered != nullptr && !delivered->is_again && entry.end <= journal.octets)
          has_all = searcher.has_delivery(journal.folder, delivered->file);
      });
  return has_all;
}

/// nullopt if an older program made it, or it is being made anew.
std::optional<index::Searcher> try_open(const std::filesystem::path& database) {
  try {
    return index::Searcher{database};
  } catch (const index::OutdatedDatabase&) {
    return std::nullopt;
  } catch (const index::DatabaseError&) {
    if (std::filesystem::exists(database)) throw;
    return std::nullopt;
  }
}

/// What an MTA was told to be delivered before a search started, that search finds; what comes later does not
/// keep it waiting.
index::Searcher open_index(const std::filesystem::path& root, const GlobalOptions& global) {
  const auto journals = deliver::delivery_journals(root);
  if (!deliver::list_pending(root).empty()) catch_up_first(root, global);
  const auto database = database_of(root);
  if (!journals.empty()) catch_up_or_wait(root, global, [&] { return std::filesystem::exists(database); });
  if (!std::filesystem::exists(database)) {
    throw Failure{fmt::format("there is no index in {}: run `mailspoor sync` or `mailspoor index` first",
                              root.string())};
  }
  std::optional<index::Searcher> searcher;
  const auto is_whole = [&] {
    searcher.reset();  // before another is opened: one whose file was replaced sees the former
    if (auto opened = try_open(database)) searcher.emplace(std::move(*opened));
    return searcher && searcher->is_whole();
  };
  if (!is_whole()) {
    say("mailspoor: the index does not hold all mail yet; completing it first\n");
    catch_up_or_wait(root, global, is_whole);
    searcher.reset();
    searcher.emplace(database);
  }
  if (!searcher->is_whole()) {
    say("mailspoor: it could not be completed now: what follows may lack messages\n");
    return std::move(*searcher);
  }
  bool is_fresh = true;
  catch_up_or_wait(root, global, [&] {
    // Where it was made anew, the one that is open is the former.
    if (!std::exchange(is_fresh, false) && !is_whole()) return false;
    return std::all_of(journals.begin(), journals.end(),
                       [&](const auto& journal) { return has_deliveries(root, *searcher, journal); });
  });
  if (!searcher) searcher.emplace(database);
  return std::move(*searcher);
}

constexpr std::uint64_t kTimeLimit = 60;
constexpr const char* kTimeLimitHelp = "Give up after so many seconds (default: 60)";

std::string query_help() {
  std::string help =
      "Query: words are ANDed; OR, NOT or -, ( ), \"a phrase\", prefix*; `*` is every message. Most fields "
      "of text take a "
      "regular expression: subject:/re(minder|ceipt)/.\nFields:\n";
  for (const auto& field : index::fields()) {
    help +=
        fmt::format("  {:<12} {:<50} {}\n", fmt::format("{}:", field.name), field.description, field.example);
  }
  return help;
}

void print_fields() {
  for (const auto& field : index::fields())
    fmt::print("{}\t{}\t{}\t{}\n", field.name, field.aliases, field.description, field.example);
}

void print_explanation(const index::Explanation& explanation) {
  fmt::print("{}\n{}\n\n", explanation.tree, explanation.sql);
  for (const auto& step : explanation.plan) fmt::print("{}\n", step);
}

std::string mailboxes_of(const MessageSummary& summary) {
  std::string mailboxes;
  for (const auto& placement : summary.placements) {
    if (!mailboxes.empty()) mailboxes += ", ";
    mailboxes += placement.account.value_or("") + "/" + placement.mailbox;
    if (placement.gone) mailboxes += " (gone)";
  }
  return mailboxes;
}

std::string author_of(const MessageSummary& summary) {
  if (summary.from.empty()) return "-";
  const auto& author = summary.from.front();
  return author.display_name.empty() ? author.addr_spec : author.display_name;
}

class SearchOutput {
 public:
  SearchOutput(std::string format, const GlobalOptions& global, std::filesystem::path root)
      : format_{std::move(format)},
        paths_{std::move(root)},
        on_terminal_{is_terminal(STDOUT_FILENO)},
        color_{wants_color(global)} {}

  void begin() {
    if (format_ == "json") std::fputs("[", stdout);
    if (format_ == "csv") std::fputs("id,date,from,subject,size,message_id,mailboxes,path\r\n", stdout);
  }
  void take(MessageSummary& summary) {
    if (format_ == "text") {
      text_row(summary);
    } else if (format_ == "ids") {
      fmt::print("{}\n", summary.id);
    } else {
      paths_.add_paths(summary);
      machine_row(summary);
    }
    ++shown_;
  }
  void end() {
    if (format_ == "json") std::fputs(shown_ > 0 ? "\n]\n" : "]\n", stdout);
  }
  std::uint64_t shown() const noexcept { return shown_; }

 private:
  void machine_row(const MessageSummary& summary) {
    if (format_ == "jsonl") {
      fmt::print("{}\n", to_json(summary));
    } else if (format_ == "json") {
      fmt::print("{}{}", shown_ > 0 ? ",\n" : "\n", to_json(summary));
    } else if (format_ == "paths") {
      for (const auto& path : summary.paths) fmt::print("{}\n", on_terminal_ ? base::printable(path) : path);
    } else {
      csv_row(summary);
    }
  }

  static void csv_row(const MessageSummary& summary) {
    const auto address = summary.from.empty() ? std::string{} : summary.from.front().addr_spec;
    const auto date = summary.date ? index::to_rfc3339(summary.date->unix_seconds) : std::string{};
    fmt::print("{},{},{},{},{},{},{},{}\r\n", summary.id, date, csv_cell(address),
               csv_cell(summary.subject.value_or("")), summary.size,
               csv_cell(summary.message_id.value_or("")), csv_cell(mailboxes_of(summary)),
               csv_cell(summary.paths.empty() ? "" : summary.paths.front()));
  }

  void text_row(const MessageSummary& summary) {
    const auto id = summary.id.substr(0, 10);
    const auto date = shown_time(summary.date, on_terminal_);
    const auto author = base::printable(author_of(summary));
    const auto subject = base::printable(summary.subject.value_or("(no subject)"));
    const auto mailboxes = base::printable(mailboxes_of(summary));
    if (!on_terminal_) {
      fmt::print("{}  {}  {}  {}  {}\n", paint(kYellow, id), date, fitted(author, 24), subject,
                 paint(kCyan, "[" + mailboxes + "]"));
      return;
    }
    const std::size_t width = terminal_width();
    const std::size_t fixed = 10 + 2 + 22 + 2 + 20 + 2;
    const std::size_t rest = width > fixed + 20 ? width - fixed : 20;
    const std::size_t mailbox_width = std::min<std::size_t>(rest / 3, 24);
    fmt::print("{}  {}  {}  {} {}\n", paint(kYellow, id), fitted(date, 22), fitted(author, 20),
               fitted(subject, rest - mailbox_width - 1), paint(kCyan, fitted(mailboxes, mailbox_width)));
  }

  std::string paint(std::string_view color, const std::string& text) const {
    return color_ ? fmt::format("{}{}{}", color, text, kPlain) : text;
  }

  std::string format_;
  PathFinder paths_;
  bool on_terminal_;
  bool color_;
  std::uint64_t shown_ = 0;
};

std::string require_query(const std::string& query) {
  if (query.find_first_not_of(" \t") == std::string::npos) {
    throw UsageError{"a query is missing; `*` matches every message (see `mailspoor search --help`)"};
  }
  return query;
}

}  // namespace

ExitCode run_search(const std::vector<std::string>& words) {
  GlobalOptions global;
  Arguments arguments{"search", "Find messages, newest first.", global};
  std::string format = "text";
  std::optional<std::uint64_t> limit;
  std::optional<std::uint64_t> time_limit;
  bool fails_if_none = false;
  bool explains = false;
  bool lists_fields = false;
  arguments.choice("--format", format, {"text", "json", "jsonl", "csv", "paths", "ids"},
                   "How to print the messages");
  arguments.option("--limit", limit,
                   "So many messages at most (default: one screen on a terminal, else all)");
  arguments.flag("--fail-if-none", fails_if_none, "Exit with 4 if nothing matched");
  arguments.option("--time-limit", time_limit, kTimeLimitHelp);
  arguments.flag("--explain", explains,
                 "Print how the query was understood and is answered, and no messages");
  arguments.flag("--fields", lists_fields,
                 "Print the fields of the query language, for programs: name, aliases, "
                 "description and example, with tabs between them");
  arguments.footer(query_help());
  const auto query = arguments.parse_query(words);
  if (!query) return ExitCode::done;
  if (lists_fields) {
    print_fields();
    return ExitCode::done;
  }
  require_query(*query);
  use_time_zone(global);
  const auto root = root_of(global, read_config(global));
  auto searcher = open_index(root, global);

  constexpr std::uint64_t kOneScreen = 20;
  const bool is_one_screen = format == "text" && !limit && is_terminal(STDOUT_FILENO);
  const index::SearchOptions options{std::time(nullptr), is_one_screen ? std::optional{kOneScreen} : limit,
                                     std::chrono::seconds{time_limit.value_or(kTimeLimit)}};
  if (explains) {
    print_explanation(searcher.explain(*query, options));
    return ExitCode::done;
  }
  SearchOutput output{format, global, root};
  output.begin();
  searcher.search(*query, options, [&](MessageSummary& summary) { output.take(summary); });
  output.end();
  if (is_one_screen && output.shown() == kOneScreen) {
    const auto all = searcher.count(*query, options);
    if (all > kOneScreen)
      say(fmt::format("showing {} of {} (--limit N for more)\n", kOneScreen, with_commas(all)));
  }
  if (!searcher.is_whole()) return ExitCode::partial;
  return output.shown() == 0 && fails_if_none ? ExitCode::no_match : ExitCode::done;
}

ExitCode run_count(const std::vector<std::string>& words) {
  GlobalOptions global;
  Arguments arguments{"count", "Count messages: the number of distinct ids.", global};
  std::optional<std::uint64_t> time_limit;
  arguments.option("--time-limit", time_limit, kTimeLimitHelp);
  arguments.footer(query_help());
  const auto query = arguments.parse_query(words);
  if (!query) return ExitCode::done;
  require_query(*query);
  use_time_zone(global);
  auto searcher = open_index(root_of(global, read_config(global)), global);
  const std::chrono::seconds seconds{time_limit.value_or(kTimeLimit)};
  fmt::print("{}\n", searcher.count(*query, {std::time(nullptr), std::nullopt, seconds}));
  return searcher.is_whole() ? ExitCode::done : ExitCode::partial;
}

}  // namespace mailspoor::cli
