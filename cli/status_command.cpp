#include "cli/status_command.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <set>

#include "cli/arguments.hpp"
#include "cli/config.hpp"
#include "cli/output.hpp"
#include "cli/run_record.hpp"
#include "deliver/account_store.hpp"
#include "deliver/base/json_writer.hpp"
#include "deliver/base/text.hpp"
#include "deliver/error.hpp"
#include "deliver/pending.hpp"
#include "deliver/stored_folder.hpp"
#include "index/error.hpp"
#include "index/message/date_time.hpp"
#include "index/search.hpp"
#include "index/trace/places.hpp"
#include "index/track/tracker_files.hpp"

namespace mailspoor::cli {
namespace {

struct MailboxHole {
  std::string mailbox;
  deliver::Hole hole;
};

struct AccountStatus {
  std::optional<std::string> url;
  std::optional<RunRecord> last_run;
  std::uint64_t mailboxes = 0;
  index::AccountTotals totals;
  std::vector<MailboxHole> holes;
  std::vector<index::UnreadableFile> unreadable;
};

struct Status {
  std::map<std::string, AccountStatus> accounts;
  std::optional<index::IndexTotals> index;
  index::StaleVerdicts stale;
  std::optional<std::string> missing_trackers;  ///< Why nobody knows whether verdicts on them are stale.
  bool is_whole = false;
  std::uint64_t pending = 0;
  std::vector<index::PlaceDatabase> databases;
};

Status read_status(const std::filesystem::path& root, const Config& config) {
  Status status;
  for (const auto& [name, settings] : config.accounts) status.accounts[name].url = settings.url;
  std::vector<std::string> damaged;
  for (const auto& folder : deliver::stored_folders(root, &damaged)) {
    auto& account = status.accounts[folder.account];
    ++account.mailboxes;
    for (auto& hole : deliver::folder_holes(folder.path))
      account.holes.push_back({folder.identity.mailbox, std::move(hole)});
  }
  for (const auto& folder : damaged) {
    const auto account = folder.substr(0, folder.find('/'));
    status.accounts[account].unreadable.push_back(
        {account, folder, "mailspoor.json", "cannot be read: no message of this folder is in the index"});
  }
  for (auto& [name, account] : status.accounts) {
    account.last_run = read_run_record(root, name);
    if (account.last_run && !account.url) account.url = account.last_run->url;
  }
  status.pending = deliver::list_pending(root).size();
  status.databases = index::Places{config.place_files}.databases();
  const auto database = database_of(root);
  if (!std::filesystem::exists(database)) return status;
  try {
    index::Searcher searcher{database};
    status.index = searcher.totals();
    status.is_whole = searcher.is_whole();
    auto settings = trace_settings(config);
    const index::TrackerFiles trackers{settings.tracker_files};
    settings.use(trackers.table());
    status.stale = searcher.stale_verdicts(settings, status.databases);
    status.missing_trackers = trackers.missing();
    for (auto& totals : searcher.account_totals()) status.accounts[totals.account].totals = totals;
    for (auto& file : searcher.unreadable_files()) status.accounts[file.account].unreadable.push_back(file);
  } catch (const index::OutdatedDatabase&) {
    // As good as none: the next run that writes makes it anew.
  }
  return status;
}

/// How many messages are held is what the index has counted: without one nobody knows, but where no mailbox
/// is.
std::optional<index::AccountTotals> known_totals(const Status& status, const AccountStatus& account) {
  if (status.index || account.mailboxes == 0) return account.totals;
  return std::nullopt;
}

void write_account(base::JsonWriter& json, const std::string& name, const AccountStatus& account,
                   const std::optional<index::AccountTotals>& totals) {
  const auto& run = account.last_run;
  json.begin_object();
  json.member("account", name).member("url", account.url);
  json.member("last_run", run ? run->finished : std::nullopt);
  json.member("last_exit_code", run ? run->exit_code : std::nullopt);
  json.member("last_error", run ? run->error : std::nullopt);
  json.key("failed_mailboxes").begin_array();
  if (run) {
    for (const auto& mailbox : run->failed_mailboxes) json.value(mailbox);
  }
  json.end_array();
  json.member("mailboxes", account.mailboxes);
  json.member("messages", totals ? std::optional{totals->messages} : std::nullopt);
  json.member("bytes", totals ? std::optional{totals->octets} : std::nullopt);
  json.member("defects", totals ? std::optional{totals->defects} : std::nullopt);
  json.key("holes").begin_array();
  for (const auto& [mailbox, hole] : account.holes) {
    json.begin_object();
    const bool is_imap = !hole.uidl;
    json.member("mailbox", mailbox);
    json.member("uid_validity", is_imap ? std::optional{hole.uid_validity} : std::nullopt);
    json.member("uid", is_imap ? std::optional{hole.uid} : std::nullopt);
    json.member("uidl", hole.uidl && !hole.uidl->empty() ? hole.uidl : std::nullopt);
    json.member("reason", hole.reason)
        .member("tries", hole.tries)
        .member("first", hole.first)
        .member("accepted", hole.is_accepted);
    json.end_object();
  }
  json.end_array();
  json.key("unreadable").begin_array();
  for (const auto& file : account.unreadable) {
    json.begin_object();
    json.member("mailbox", file.mailbox).member("file", file.unique_name).member("reason", file.reason);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

std::string to_json(const Status& status) {
  base::JsonWriter json;
  json.begin_object();
  json.key("accounts").begin_array();
  for (const auto& [name, account] : status.accounts)
    write_account(json, name, account, known_totals(status, account));
  json.end_array();
  json.key("index").begin_object();
  json.member("messages", status.index ? status.index->messages : 0)
      .member("bytes", status.index ? status.index->octets : 0);
  json.key("schema");
  if (status.index) {
    json.value(status.index->schema);
  } else {
    json.null();
  }
  json.member("pending", status.pending).member("whole", status.is_whole);
  json.member("stale_trails", status.stale.trails);
  json.member("stale_trackers",
              status.missing_trackers ? std::nullopt : std::optional{status.stale.trackers});
  json.end_object();
  json.key("databases").begin_array();
  for (const auto& database : status.databases) {
    json.begin_object().member("name", database.name);
    json.member("date", database.date ? std::optional{index::to_rfc3339(*database.date)} : std::nullopt);
    json.member("path", database.path.string()).member("error", database.failure).end_object();
  }
  json.end_array();
  json.end_object();
  return json.take();
}

std::string shown_end(const RunRecord& run) {
  if (run.error) return "failed: " + base::printable(*run.error);
  if (run.exit_code == static_cast<int>(ExitCode::partial)) return "some messages or mailboxes failed";
  return run.exit_code ? "done" : "";
}

std::string name_of(const deliver::Hole& hole) {
  if (!hole.uidl) return fmt::format("UID {}", hole.uid);
  return hole.uidl->empty() ? "a message without UIDL" : "UIDL " + base::printable(*hole.uidl);
}

void print_account(const std::string& name, const AccountStatus& account,
                   const std::optional<index::AccountTotals>& totals) {
  fmt::print("\naccount    {}\n", base::printable(name));
  if (account.url) fmt::print("url        {}\n", base::printable(*account.url));
  if (const auto& run = account.last_run) {
    fmt::print("last run   {}  {}\n", base::printable(run->finished.value_or("-")), shown_end(*run));
    for (const auto& mailbox : run->failed_mailboxes) fmt::print("failed     {}\n", base::printable(mailbox));
  } else {
    fmt::print("last run   never\n");
  }
  if (totals) {
    fmt::print("held       {} messages in {} mailboxes, {}\n", with_commas(totals->messages),
               with_commas(account.mailboxes), shown_size(totals->octets));
    fmt::print("defects    {} messages are malformed or were cut\n", with_commas(totals->defects));
  } else {
    fmt::print("held       {} mailboxes, not indexed yet: `mailspoor index` counts their messages\n",
               with_commas(account.mailboxes));
  }
  for (const auto& [mailbox, hole] : account.holes) {
    fmt::print("hole       {} {}: {} (tried {} times since {}{})\n", base::printable(mailbox), name_of(hole),
               base::printable(hole.reason), hole.tries, base::printable(hole.first),
               hole.is_accepted ? ", accepted" : "");
  }
  for (const auto& file : account.unreadable) {
    fmt::print("unreadable {} {}: {}\n", base::printable(file.mailbox), base::printable(file.unique_name),
               base::printable(file.reason));
  }
}

/// Those of packages are no matter where they are not installed, as long as there is one.
void print_databases(const std::vector<index::PlaceDatabase>& databases) {
  bool is_any = false;
  for (const auto& database : databases) {
    is_any |= !database.failure;
    if (!database.failure) {
      const auto date = database.date ? index::to_rfc3339(*database.date).substr(0, 10) : "an unknown day";
      fmt::print("places     {} of {}  {}\n", base::printable(database.name), date,
                 base::printable(database.path.string()));
    } else if (database.is_missed) {
      fmt::print("places     {}\n", base::printable(*database.failure));
    }
  }
  if (is_any) return;
  fmt::print(
      "places     no database: install the package libloc-database for countries and networks (or "
      "tor-geoipdb for newer\n"
      "           countries), or name a file in [databases] of the configuration; then `mailspoor index "
      "--retrace`\n");
}

void print_text(const Status& status, const std::filesystem::path& root) {
  fmt::print("root       {}\n", root.string());
  if (status.index) {
    fmt::print("index      {} messages, {}{}{}\n", with_commas(status.index->messages),
               shown_size(status.index->octets), status.is_whole ? "" : ", not all mail",
               status.pending > 0
                   ? fmt::format(", {} batches waiting to be indexed", with_commas(status.pending))
                   : "");
  } else {
    fmt::print("index      none yet\n");
  }
  if (status.stale.trails > 0) {
    fmt::print(
        "stale      {} trails were judged by other settings or databases: `mailspoor index --retrace`\n",
        with_commas(status.stale.trails));
  }
  if (status.missing_trackers) {
    fmt::print("trackers   {}\n", base::printable(*status.missing_trackers));
  } else if (status.stale.trackers > 0) {
    fmt::print(
        "stale      {} messages were scanned by other tables or addresses: `mailspoor index "
        "--rescan-trackers`\n",
        with_commas(status.stale.trackers));
  }
  print_databases(status.databases);
  for (const auto& [name, account] : status.accounts)
    print_account(name, account, known_totals(status, account));
}

/// Notes the holes of the accounts that are held, one account or all. A busy account is named and makes 11.
ExitCode accept_holes(const std::filesystem::path& root, const std::string& account) {
  std::set<std::string> held;
  for (const auto& folder : deliver::stored_folders(root)) held.insert(folder.account);
  auto code = ExitCode::done;
  for (const auto& name : held) {
    if (!account.empty() && name != account) continue;
    try {
      deliver::AccountStore store{root, name};
      const auto accepted = store.accept_holes();
      if (accepted > 0)
        say(fmt::format("{}: took note of {} holes\n", base::printable(name), with_commas(accepted)));
    } catch (const deliver::LockedError& error) {
      say(fmt::format("mailspoor: {}: {}\n", base::printable(name), base::printable(error.what())));
      code = ExitCode::locked;
    }
  }
  return code;
}

}  // namespace

ExitCode run_status(const std::vector<std::string>& words) {
  GlobalOptions global;
  Arguments arguments{"status", "What is held, what is missing and why.", global};
  std::string only;
  std::string format = "text";
  bool accepts = false;
  arguments.positional("ACCOUNT", only, "Only this account", false);
  arguments.flag(
      "--accept", accepts,
      "Take note of the holes there are now: `sync` tries them again without a word, and no longer "
      "ends with 3 for them; they stay listed");
  arguments.choice("--format", format, {"text", "json", "jsonl"}, "How to print it");
  if (!arguments.parse(words)) return ExitCode::done;
  use_time_zone(global);
  const auto config = read_config(global);
  const auto root = root_of(global, config);
  const auto code = accepts ? accept_holes(root, only) : ExitCode::done;
  auto status = read_status(root, config);
  if (!only.empty()) {
    if (!status.accounts.contains(only)) {
      throw UsageError{fmt::format("no account `{}` is held in {} or configured", base::printable(only),
                                   base::printable(root.string()))};
    }
    std::erase_if(status.accounts, [&](const auto& item) { return item.first != only; });
  }
  if (format == "text") {
    print_text(status, root);
  } else {
    const auto object = to_json(status);
    fmt::print("{}\n", format == "json" ? "[" + object + "]" : object);
  }
  return code;
}

}  // namespace mailspoor::cli
