#include "cli/sync_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "cli/account_failure.hpp"
#include "cli/account_sync.hpp"
#include "cli/arguments.hpp"
#include "cli/background_index.hpp"
#include "cli/config.hpp"
#include "cli/connection.hpp"
#include "cli/main_thread.hpp"
#include "cli/output.hpp"
#include "cli/plan_table.hpp"
#include "cli/run_record.hpp"
#include "deliver/base/json_writer.hpp"
#include "deliver/base/quiet_thread.hpp"
#include "deliver/base/text.hpp"

namespace mailspoor::cli {
namespace {

constexpr std::size_t kMaxAtOnce = 4;  // accounts
/// For others that are indexing: a sync lets go of the index sooner, and for a rebuild nobody need wait.
constexpr std::chrono::seconds kMaxIndexWait{15};

void write_members(base::JsonWriter& json, const AccountRun& run) {
  json.member("account", run.account)
      .member("mailboxes", run.report.mailboxes)
      .member("left_out", run.report.left_out)
      .member("fetched", run.report.fetched);
  json.member("held", run.report.held)
      .member("recognised", run.report.recognised)
      .member("gone", run.report.gone)
      .member("flags_changed", run.report.flags_changed)
      .member("labels_changed", run.report.labels_changed)
      .member("bytes", run.report.octets);
  json.member("holes", run.report.holes).member("accepted_holes", run.report.accepted_holes);
  json.key("seconds").literal(fmt::format("{:.3f}", run.seconds));
  json.key("notes").begin_array();
  for (const auto& note : run.report.notes) json.value(note);
  json.end_array().key("failed_mailboxes").begin_array();
  for (const auto& mailbox : run.report.failed_mailboxes) json.value(mailbox);
  json.end_array().member("error", run.error).member("exit_code", static_cast<int>(run.code));
}

void write_plans(base::JsonWriter& json, const std::vector<fetch::MailboxPlan>& plans) {
  const auto totals = totals_of(plans);
  json.member("would_fetch", totals.messages).member("would_fetch_bytes", totals.octets);
  json.key("plans").begin_array();
  for (const auto& plan : plans) {
    json.begin_object();
    json.member("mailbox", plan.name.name);
    json.member("uid_validity", plan.failure.empty() && !plan.name.is_maildrop
                                    ? std::optional{plan.epoch.uid_validity}
                                    : std::nullopt);
    json.member("messages", plan.failure.empty() ? std::optional{plan.messages} : std::nullopt);
    json.member("would_fetch", would_fetch(plan)).member("would_fetch_bytes", plan.missing_octets);
    json.member("too_large", plan.too_large);
    json.member("error", plan.failure.empty() ? std::nullopt : std::optional{plan.failure});
    json.end_object();
  }
  json.end_array();
}

std::string to_json(const AccountRun& run) {
  base::JsonWriter json;
  json.begin_object();
  write_members(json, run);
  if (run.plans) write_plans(json, *run.plans);
  return json.end_object().take();
}

std::string record_of(const AccountRun& run) {
  base::JsonWriter json;
  json.begin_object();
  write_members(json, run);
  json.member("url", run.url).member("started", index::to_rfc3339(run.started));
  json.member("finished", index::to_rfc3339(std::time(nullptr)));
  return json.end_object().take();
}

void print_run(const AccountRun& run) {
  fmt::print("{}: {} new messages ({}) in {:.1f} s, {} were here already", base::printable(run.account),
             with_commas(run.report.fetched), shown_size(run.report.octets), run.seconds,
             with_commas(run.report.held));
  if (run.report.flags_changed > 0) fmt::print(", {} changed flags", with_commas(run.report.flags_changed));
  if (run.report.labels_changed > 0)
    fmt::print(", {} changed labels", with_commas(run.report.labels_changed));
  if (run.report.left_out > 0)
    fmt::print(", {} mailboxes of others left out", with_commas(run.report.left_out));
  if (run.report.gone > 0) fmt::print(", {} are gone from their mailbox", with_commas(run.report.gone));
  fmt::print("\n");
  for (const auto& note : run.report.notes) fmt::print("{}\n", base::printable(note));
}

void print_plans(const AccountRun& run) {
  constexpr std::string_view kWhat = "to fetch";
  fmt::print("{}:\n", base::printable(run.account));
  for (const auto& plan : *run.plans) fmt::print("{}", line_of(plan, kWhat));
  fmt::print("{}nothing was fetched\n", line_of(totals_of(*run.plans), kWhat));
}

/// What is wrong, on stderr, whatever the format.
void print_trouble(const AccountRun& run) {
  if (run.error) {
    say(fmt::format("mailspoor: {}: {}\n", base::printable(run.account),
                    base::printable(*run.error, base::Lines::keep)));
  }
  for (const auto& mailbox : run.report.failed_mailboxes) {
    say(fmt::format("mailspoor: {}: mailbox failed: {}\n", base::printable(run.account),
                    base::printable(mailbox)));
  }
  if (run.new_holes() > 0) {
    say(fmt::format("mailspoor: {}: {} messages could not be fetched; `mailspoor status` names them\n",
                    base::printable(run.account), with_commas(run.new_holes())));
  }
}

/// The index of what was fetched; trouble with it costs no mail, so it is told and counted, not thrown.
bool finish_index(BackgroundIndex& background, std::chrono::steady_clock::time_point until, bool is_talking) {
  try {
    const auto [report, is_complete] = background.finish(until);
    if (!is_complete && is_talking)
      say("others are indexing: what was fetched is left to the next `sync`, `index` or `search`\n");
    say_place_failures(report.index.place_failures);
    say_tracker_failures(report.index.tracker_failures);
    if (report.index.failures == 0 && report.damaged_lines == 0) return true;
    say(
        fmt::format("mailspoor: {} messages could not be indexed, {} journal lines could not be read; see "
                    "`mailspoor status`\n",
                    with_commas(report.index.failures), with_commas(report.damaged_lines)));
  } catch (const std::exception& error) {
    say(fmt::format("mailspoor: the index could not be brought up to date: {}\n",
                    base::printable(error.what())));
  }
  return false;
}

/// The runs of several accounts, some at the same time.
class Runs {
 public:
  Runs(const std::filesystem::path& root, const std::vector<Connection>& connections,
       const SyncOptions& options, BackgroundIndex* background, const GlobalOptions& global)
      : root_{root},
        connections_{connections},
        options_{options},
        background_{background},
        global_{global},
        runs_(connections.size()) {
    for (std::size_t place = 0; place < connections.size(); ++place) waiting_.push_back(place);
    // Those that may keep this thread busy have to wait for each other.
    std::stable_partition(waiting_.begin(), waiting_.end(),
                          [&](std::size_t place) { return connections[place].options.tunnel.empty(); });
  }
  Runs(const Runs&) = delete;
  Runs& operator=(const Runs&) = delete;
  ~Runs() { join(); }

  std::vector<AccountRun> run() {
    if (connections_.size() == 1) {
      sync(0, [](const std::function<void()>& asking) { asking(); });
      return std::move(runs_);
    }
    const auto most = std::min(kMaxAtOnce, connections_.size());
    while (workers_.size() < most) {
      try {
        workers_.push_back(base::quiet_thread([this] { work(); }));
      } catch (const std::system_error&) {  // no more threads are to be had
        if (workers_.empty()) throw;
        break;
      }
    }
    main_thread_.serve(workers_.size());
    join();
    return std::move(runs_);
  }

 private:
  void work() {
    while (const auto place = next())
      sync(*place, [this](const std::function<void()>& asking) { main_thread_.run(asking); });
    main_thread_.leave();
  }

  std::optional<std::size_t> next() {
    const std::lock_guard lock{mutex_};
    if (waiting_.empty()) return std::nullopt;
    const auto place = waiting_.front();
    waiting_.pop_front();
    return place;
  }

  /// @param in_main_thread  Runs what may ask a person for something.
  void sync(std::size_t place, const std::function<void(const std::function<void()>&)>& in_main_thread) {
    AccountSync account{root_, connections_[place], options_, background_, global_};
    if (account.take_lock()) {
      if (account.asks()) {
        in_main_thread([&] { account.fetch(); });
      } else {
        bool has_credentials = false;
        in_main_thread([&] { has_credentials = account.get_credentials(); });
        if (has_credentials) account.fetch();
      }
    }
    const std::lock_guard lock{mutex_};
    runs_[place] = account.result();
    print_trouble(runs_[place]);
    if (!options_.only_plans && runs_[place].code != ExitCode::locked)
      write_run_record(root_, runs_[place].account, record_of(runs_[place]));
  }

  void join() {
    for (auto& worker : workers_) worker.join();
    workers_.clear();
  }

  const std::filesystem::path& root_;
  const std::vector<Connection>& connections_;
  const SyncOptions& options_;
  BackgroundIndex* background_;
  const GlobalOptions& global_;
  MainThread main_thread_;
  std::mutex mutex_;
  std::deque<std::size_t> waiting_;  ///< Places in `connections_`.
  std::vector<AccountRun> runs_;
  std::vector<std::thread> workers_;
};

}  // namespace

ExitCode run_sync(const std::vector<std::string>& words) {
  GlobalOptions global;
  Arguments arguments{"sync",
                      "Fetch what is new, from the server to here only: nothing is changed on the server "
                      "(but for --delete-after), and nothing is deleted here because the server said so.",
                      global};
  std::vector<std::string> names;
  std::string format = "text";
  bool fetches_only = false;
  bool compares_all = false;
  bool only_plans = false;
  std::optional<std::uint64_t> lock_wait;
  ConnectionOptions connecting;
  arguments.positional("ACCOUNT|URL", names, "Which accounts (default: all configured ones)", false);
  connecting.add_to(arguments);
  arguments.flag("--compare", compares_all,
                 "Compare all messages and flags with the server's, not only what it says is new");
  arguments.flag(
      "--dry-run", only_plans,
      "Only tell what would be fetched, by mailbox; nothing is written here, and no lock is taken");
  arguments.flag("--no-index", fetches_only, "Fetch only; a later `index` or `search` catches up");
  arguments.option("--lock-wait", lock_wait, "Wait so many seconds for another run on the same account");
  arguments.choice("--format", format, {"text", "json", "jsonl"}, "How to print the results");
  arguments.footer(
      "A URL is imaps://USER@HOST[:993], or imap://USER@HOST[:143] with STARTTLS; pop3s://USER@HOST[:995], "
      "or "
      "pop3://USER@HOST[:110] with STLS; an `@` in USER is written %40.");
  if (!arguments.parse(words)) return ExitCode::done;

  const auto begin = std::chrono::steady_clock::now();
  const auto config = read_config(global);
  const auto root = root_of(global, config);
  auto connections = connecting.connections(config, std::move(names));
  for (auto& connection : connections) {
    connection.options.compares_all = compares_all;
    connection.options.only_plans = only_plans;
  }
  SyncOptions options;
  options.only_plans = only_plans;
  options.names_account = connections.size() > 1;
  options.is_talking = !global.is_quiet && (is_terminal(STDERR_FILENO) || global.verbosity > 0);
  options.shows_progress =
      !global.is_quiet && global.progress == "auto" && is_terminal(STDERR_FILENO) && connections.size() == 1;
  options.lock_wait = seconds_of("lock-wait", lock_wait.value_or(0));
  std::unique_ptr<BackgroundIndex> background;
  if (!fetches_only && !only_plans)
    background = std::make_unique<BackgroundIndex>(root, trace_settings(config));

  const auto runs = Runs{root, connections, options, background.get(), global}.run();
  bool is_indexed = true;
  if (background && std::filesystem::is_directory(root)) {
    const auto spent = std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - begin);
    auto until = spent + kMaxIndexWait;
    for (const auto& connection : connections)
      until = std::min(until, connection.options.deadline.value_or(until));
    is_indexed = finish_index(*background, begin + until, options.is_talking);
  }

  const bool prints_text =
      format == "text" && !global.is_quiet && (is_terminal(STDOUT_FILENO) || global.verbosity > 0);
  std::string separator = "[\n";
  for (const auto& run : runs) {
    if (format == "jsonl") fmt::print("{}\n", to_json(run));
    if (format == "json") fmt::print("{}{}", std::exchange(separator, ",\n"), to_json(run));
    if (run.plans && format == "text") {
      print_plans(run);
    } else if (prints_text && !run.error) {
      print_run(run);
    }
  }
  if (format == "json") fmt::print("\n]\n");
  std::vector<ExitCode> codes;
  for (const auto& run : runs) codes.push_back(run.code);
  const auto code = joint_code(codes);
  return code == ExitCode::done && !is_indexed ? ExitCode::partial : code;
}

}  // namespace mailspoor::cli
