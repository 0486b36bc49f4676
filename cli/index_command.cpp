#include "cli/index_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/catch_up.hpp"
#include "cli/config.hpp"
#include "cli/output.hpp"
#include "deliver/base/json_writer.hpp"
#include "deliver/base/text.hpp"
#include "deliver/delivery.hpp"

namespace mailspoor::cli {
namespace {

/// How many messages were judged again; nullopt where that was not asked for.
struct JudgedAgain {
  std::optional<std::uint64_t> trails;
  std::optional<std::uint64_t> trackers;
};

void print_report(const CatchUpReport& report, const JudgedAgain& judged, const std::string& format,
                  const GlobalOptions& global) {
  if (format != "text") {
    base::JsonWriter json;
    json.begin_object();
    json.member("messages", report.index.messages).member("placements", report.index.placements);
    json.member("failures", report.index.failures).member("damaged_lines", report.damaged_lines);
    json.key("damaged_folders").begin_array();
    for (const auto& folder : report.damaged_folders) json.value(folder);
    json.end_array();
    json.member("retraced", judged.trails).member("rescanned", judged.trackers);
    json.end_object();
    const auto object = json.take();
    fmt::print("{}\n", format == "json" ? "[" + object + "]" : object);
    return;
  }
  if (global.is_quiet || (!is_terminal(STDOUT_FILENO) && global.verbosity == 0)) return;
  if (judged.trails) fmt::print("the trails of {} messages were judged again\n", with_commas(*judged.trails));
  if (judged.trackers)
    fmt::print("what {} messages load and link to was judged again\n", with_commas(*judged.trackers));
  if (!judged.trails && !judged.trackers)
    fmt::print("{} new messages in the index\n", with_commas(report.index.messages));
}

/// Between two looks of --behind whether deliveries left something.
constexpr std::chrono::milliseconds kGather{200};

/// What deliveries leave, until a while has brought nothing. Their number makes no difference: they start one
/// of these only where none is waiting.
void index_behind_deliveries(const std::filesystem::path& root, const Config& config) {
  const auto database = database_of(root);
  std::vector<deliver::DeliveryJournal> read;
  while (true) {
    std::this_thread::sleep_for(kGather);
    // Not whether the index has anything new: behind an open batch of a sync it is told the same each time.
    auto journals = deliver::delivery_journals(root);
    if (journals == read) return;
    read = std::move(journals);
    const auto lock = index::IndexLock::take(database, index::IndexLock::Wait::yes);
    index::Indexer indexer{database, trace_settings(config)};
    catch_up(root, indexer, CatchUp::pending);
  }
}

}  // namespace

ExitCode run_index(const std::vector<std::string>& words) {
  GlobalOptions global;
  Arguments arguments{"index", "Bring the index up to date with the Maildirs.", global};
  bool rebuilds = false;
  bool only_pending = false;
  bool is_behind = false;
  bool retraces = false;
  bool rescans = false;
  std::string format = "text";
  arguments.flag("--rebuild", rebuilds, "Make the whole index again; asks no server");
  arguments.flag("--pending", only_pending,
                 "Only what syncs and deliveries noted; exit code 11 if somebody else is indexing");
  arguments.flag("--behind", is_behind,
                 "What deliveries leave, until no more come: they start this where it does not run");
  arguments.flag(
      "--retrace", retraces,
      "Judge paths, origins and places again where trusted networks, own addresses or databases of "
      "places have changed since; reads no mail");
  arguments.flag(
      "--rescan-trackers", rescans,
      "The same of pixels, tracked links and leaks, where the table of trackers or own addresses have");
  arguments.choice("--format", format, {"text", "json", "jsonl"}, "How to print the result");
  if (!arguments.parse(words)) return ExitCode::done;
  if (rebuilds + only_pending + is_behind + (retraces || rescans) > 1)
    throw UsageError{"--rebuild, --pending, --behind and --retrace or --rescan-trackers do not go together"};
  const auto config = read_config(global);
  const auto root = root_of(global, config);
  if (!std::filesystem::is_directory(root)) throw Failure{fmt::format("there is no root {}", root.string())};

  if (is_behind) {
    index_behind_deliveries(root, config);
    return ExitCode::done;
  }
  const auto database = database_of(root);
  const auto lock = index::IndexLock::take(
      database, only_pending ? index::IndexLock::Wait::no : index::IndexLock::Wait::yes);
  if (!lock) return ExitCode::locked;
  if (rebuilds) index::remove_database(database);
  index::Indexer indexer{database, trace_settings(config)};
  CatchUpReport report;
  JudgedAgain judged;
  // Without a whole index there is nothing old in it.
  const bool catches_up = !(retraces || rescans) || !indexer.is_whole();
  if (catches_up) report = catch_up(root, indexer, only_pending ? CatchUp::pending : CatchUp::full);
  if (retraces) judged.trails = indexer.judge_again(index::Indexer::Verdicts::trail);
  if (rescans) judged.trackers = indexer.judge_again(index::Indexer::Verdicts::trackers);
  print_report(report, judged, format, global);
  if (report.damaged_lines > 0) {
    say(fmt::format("mailspoor: {} journal lines could not be read\n", with_commas(report.damaged_lines)));
  }
  if (report.index.failures > 0) {
    say(fmt::format("mailspoor: {} message files could not be read; `mailspoor status` names them\n",
                    with_commas(report.index.failures)));
  }
  for (const auto& folder : report.damaged_folders) {
    say(fmt::format("mailspoor: cannot read {}: its folder was not indexed\n",
                    base::printable((root / "mail" / folder / "mailspoor.json").string())));
  }
  say_place_failures(report.index.place_failures);
  say_tracker_failures(report.index.tracker_failures);
  const bool is_whole = report.index.failures + report.damaged_lines == 0 && report.damaged_folders.empty();
  return is_whole ? ExitCode::done : ExitCode::partial;
}

}  // namespace mailspoor::cli
