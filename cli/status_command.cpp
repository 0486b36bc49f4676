#include "cli/status_command.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <map>

#include "cli/arguments.hpp"
#include "cli/config.hpp"
#include "cli/output.hpp"
#include "cli/run_record.hpp"
#include "deliver/base/json_writer.hpp"
#include "deliver/base/text.hpp"
#include "deliver/pending.hpp"
#include "deliver/stored_folder.hpp"
#include "index/error.hpp"
#include "index/search.hpp"

namespace mailspoor::cli {
namespace {

struct MailboxHole {
  std::string mailbox;
  deliver::Hole hole;
};

struct AccountStatus {
  std::optional<std::string> url;
  std::optional<std::string> last_run;
  std::uint64_t mailboxes = 0;
  index::AccountTotals totals;
  std::vector<MailboxHole> holes;
  std::vector<index::UnreadableFile> unreadable;
};

struct Status {
  std::map<std::string, AccountStatus> accounts;
  std::optional<index::IndexTotals> index;
  bool is_whole = false;
  std::uint64_t pending = 0;
};

Status read_status(const std::filesystem::path& root, const Config& config) {
  Status status;
  for (const auto& [name, settings] : config.accounts) status.accounts[name].url = settings.url;
  for (const auto& folder : deliver::stored_folders(root)) {
    auto& account = status.accounts[folder.account];
    ++account.mailboxes;
    for (auto& hole : deliver::folder_holes(folder.path))
      account.holes.push_back({folder.identity.mailbox, std::move(hole)});
  }
  for (auto& [name, account] : status.accounts) {
    const auto record = read_run_record(root, name);
    if (!record) continue;
    account.last_run = record->finished;
    if (!account.url) account.url = record->url;
  }
  status.pending = deliver::list_pending(root).size();
  const auto database = root / "index.db";
  if (!std::filesystem::exists(database)) return status;
  try {
    index::Searcher searcher{database};
    status.index = searcher.totals();
    status.is_whole = searcher.is_whole();
    for (auto& totals : searcher.account_totals()) status.accounts[totals.account].totals = totals;
    for (auto& file : searcher.unreadable_files()) status.accounts[file.account].unreadable.push_back(file);
  } catch (const index::OutdatedDatabase&) {
    // As good as none: the next run that writes makes it anew.
  }
  return status;
}

void write_account(base::JsonWriter& json, const std::string& name, const AccountStatus& account) {
  json.begin_object();
  json.member("account", name).member("url", account.url).member("last_run", account.last_run);
  json.member("mailboxes", account.mailboxes).member("messages", account.totals.messages);
  json.member("bytes", account.totals.octets).member("defects", account.totals.defects);
  json.key("holes").begin_array();
  for (const auto& [mailbox, hole] : account.holes) {
    json.begin_object();
    json.member("mailbox", mailbox).member("uid_validity", hole.uid_validity).member("uid", hole.uid);
    json.key("uidl").null();
    json.member("reason", hole.reason)
        .member("tries", hole.tries)
        .member("first", hole.first)
        .member("accepted", false);
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
  for (const auto& [name, account] : status.accounts) write_account(json, name, account);
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
  json.end_object();
  json.key("databases").begin_array().end_array();
  json.end_object();
  return json.take();
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
  for (const auto& [name, account] : status.accounts) {
    fmt::print("\naccount    {}\n", base::printable(name));
    if (account.url) fmt::print("url        {}\n", base::printable(*account.url));
    fmt::print("last run   {}\n", base::printable(account.last_run.value_or("never")));
    fmt::print("held       {} messages in {} mailboxes, {}\n", with_commas(account.totals.messages),
               with_commas(account.mailboxes), shown_size(account.totals.octets));
    fmt::print("defects    {} messages are malformed or were cut\n", with_commas(account.totals.defects));
    for (const auto& [mailbox, hole] : account.holes) {
      fmt::print("hole       {} UID {}: {} (tried {} times since {})\n", base::printable(mailbox), hole.uid,
                 base::printable(hole.reason), hole.tries, base::printable(hole.first));
    }
    for (const auto& file : account.unreadable) {
      fmt::print("unreadable {} {}: {}\n", base::printable(file.mailbox), base::printable(file.unique_name),
                 base::printable(file.reason));
    }
  }
}

}  // namespace

ExitCode run_status(const std::vector<std::string>& words) {
  GlobalOptions global;
  Arguments arguments{"status", "What is held, what is missing and why.", global};
  std::string format = "text";
  arguments.choice("--format", format, {"text", "json", "jsonl"}, "How to print it");
  if (!arguments.parse(words)) return ExitCode::done;
  use_time_zone(global);
  const auto config = read_config(global);
  const auto root = root_of(global, config);
  const auto status = read_status(root, config);
  if (format == "text") {
    print_text(status, root);
  } else {
    const auto object = to_json(status);
    fmt::print("{}\n", format == "json" ? "[" + object + "]" : object);
  }
  return ExitCode::done;
}

}  // namespace mailspoor::cli
