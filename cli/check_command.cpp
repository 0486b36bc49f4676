#include "cli/check_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <set>
#include <utility>

#include "cli/account_failure.hpp"
#include "cli/arguments.hpp"
#include "cli/config.hpp"
#include "cli/connection.hpp"
#include "cli/output.hpp"
#include "cli/run_record.hpp"
#include "cli/server_check.hpp"
#include "cli/store_check.hpp"
#include "deliver/account_name.hpp"
#include "deliver/base/json_writer.hpp"
#include "deliver/base/text.hpp"
#include "deliver/stored_folder.hpp"

namespace mailspoor::cli {
namespace {

std::string to_json(const Finding& finding) {
  base::JsonWriter json;
  json.begin_object();
  json.member("account", finding.account).member("mailbox", finding.mailbox);
  json.member("uid_validity", finding.uid_validity).member("uid", finding.uid).member("uidl", finding.uidl);
  json.member("file", finding.file).member("reason", finding.reason);
  json.member("accepted", finding.is_accepted).member("more", finding.more);
  return json.end_object().take();
}

std::string line_of(const char* what, const Finding& finding) {
  std::string line =
      fmt::format("{:<12} {} {}", what, base::printable(finding.account), base::printable(finding.mailbox));
  if (finding.uid) line += fmt::format(" UID {}", *finding.uid);
  if (finding.uidl) line += " UIDL " + base::printable(*finding.uidl);
  if (finding.file) line += ' ' + base::printable(*finding.file);
  if (finding.more) {
    line += fmt::format(" and {} more", with_commas(*finding.more));
  } else if (!finding.uid && !finding.file && !finding.uidl) {
    line += " (the whole mailbox)";
  }
  if (finding.reason) line += ": " + base::printable(*finding.reason);
  return line + (finding.is_accepted ? " (accepted)\n" : "\n");
}

using TakeFinding = std::function<void(const Finding&)>;

/// What `check` found, list by list. One finding at a time is made: there may be millions.
void for_each_list(
    const StoreFindings& store, const ServerFindings& server,
    const std::function<void(const char* name,
                             const std::function<void(const TakeFinding&)>& for_each_finding)>& take_list) {
  const auto take_store = [&](const char* name, const std::vector<Finding>& findings) {
    take_list(name, [&](const TakeFinding& take) {
      for (const auto& finding : findings) take(finding);
    });
  };
  const auto take_server = [&](const char* name, const std::vector<OneSided>& findings) {
    take_list(name, [&](const TakeFinding& take) {
      for (const auto& of_mailbox : findings) of_mailbox.for_each(take);
    });
  };
  take_store("missing", store.missing);
  take_store("unindexed", store.unindexed);
  take_store("changed", store.changed);
  take_server("server_only", server.server_only);
  take_server("here_only", server.here_only);
}

void print_json(const StoreFindings& store, const ServerFindings& server) {
  const char* before = "{";
  for_each_list(store, server, [&](const char* name, const auto& for_each_finding) {
    fmt::print("{}\"{}\":[", before, name);
    const char* separator = "";
    for_each_finding(
        [&](const Finding& finding) { fmt::print("{}{}", std::exchange(separator, ","), to_json(finding)); });
    before = "],";
  });
  base::JsonWriter json;
  json.begin_array();
  for (const auto& [account, mailbox, reason] : server.failed) {
    json.begin_object();
    json.member("account", account).member("mailbox", mailbox).member("reason", reason);
    json.end_object();
  }
  fmt::print("],\"failed\":{}}}", json.end_array().take());
}

void print_text(const StoreFindings& store, const ServerFindings& server) {
  for_each_list(store, server, [](const char* name, const auto& for_each_finding) {
    std::string what = name;
    std::replace(what.begin(), what.end(), '_', ' ');
    for_each_finding([&](const Finding& finding) { fmt::print("{}", line_of(what.c_str(), finding)); });
  });
}

/// A hole that was accepted does not count, and what only is here any more is history.
bool is_whole(const StoreFindings& store, const ServerFindings& server) {
  return store.missing.empty() && store.unindexed.empty() && store.changed.empty() && server.failed.empty() &&
         std::all_of(server.server_only.begin(), server.server_only.end(),
                     [](const OneSided& messages) { return messages.is_accepted(); });
}

/// The accounts that the words name, where no server is asked: held ones and configured ones.
std::set<std::string> named_accounts(const std::vector<std::string>& words, const Config& config,
                                     const std::filesystem::path& root) {
  std::set<std::string> held;
  for (const auto& folder : deliver::stored_folders(root)) held.insert(folder.account);
  std::set<std::string> named;
  for (const auto& word : words) {
    const auto account = is_url(word) ? ConnectionOptions{}.connection(config, word).account : word;
    if (!held.contains(account) && !config.accounts.contains(account)) {
      throw UsageError{fmt::format("no account `{}` is held in {} or configured", base::printable(account),
                                   base::printable(root.string()))};
    }
    named.insert(account);
  }
  return named;
}

/// An account that was synced by its URL has that for its way to the server.
std::vector<std::string> with_urls(std::vector<std::string> words, const Config& config,
                                   const std::filesystem::path& root) {
  for (auto& word : words) {
    if (is_url(word) || config.accounts.contains(word) || !deliver::is_account_name(word)) continue;
    const auto record = read_run_record(root, word);
    if (record && record->url) word = *record->url;
  }
  return words;
}

/// @return How it went with each account.
std::vector<ExitCode> check_servers(const std::filesystem::path& root,
                                    const std::vector<Connection>& connections, const GlobalOptions& global,
                                    ServerFindings& server) {
  std::vector<ExitCode> codes;
  for (const auto& connection : connections) {
    try {
      check_server(root, connection, global, server);
      codes.push_back(ExitCode::done);
    } catch (const std::exception&) {
      const auto failure = account_failure();
      server.failed.push_back({connection.account, std::nullopt, failure.text});
      codes.push_back(failure.code);
    }
  }
  for (const auto& [account, mailbox, reason] : server.failed) {
    say(fmt::format("mailspoor: {}: not compared: {}{}\n", base::printable(account),
                    mailbox ? base::printable(*mailbox) + ": " : "",
                    base::printable(reason, mailbox ? base::Lines::escape : base::Lines::keep)));
  }
  return codes;
}

}  // namespace

ExitCode run_check(const std::vector<std::string>& words) {
  GlobalOptions global;
  Arguments arguments{
      "check",
      "Compare files, journals and index with each other, and with the server (--server). Changes "
      "nothing, waits for nobody: what a sync does meanwhile may look wrong.",
      global};
  std::vector<std::string> names;
  std::string format = "text";
  bool asks_server = false;
  bool reads_all = false;
  ConnectionOptions connecting;
  arguments.positional("ACCOUNT|URL", names, "Which accounts (default: all)", false);
  arguments.flag(
      "--server", asks_server,
      "Compare the UIDs that the server has with those that are held, too; messages are not fetched");
  arguments.flag("--hash", reads_all, "Read every file and compare its SHA-256, not only its size");
  connecting.add_to(arguments, ConnectionOptions::Use::look);
  arguments.choice("--format", format, {"text", "json", "jsonl"}, "How to print what is found");
  arguments.footer(
      "The options of the connection, --mailbox and --exclude among them, say what is compared with the "
      "server; files, journals and index are always compared as a whole.");
  if (!arguments.parse(words)) return ExitCode::done;
  if (!asks_server && connecting.is_used())
    throw UsageError{"options of the connection, --mailbox among them, do nothing without --server"};

  const auto config = read_config(global);
  const auto root = root_of(global, config);
  std::vector<Connection> connections;
  std::set<std::string> accounts;
  if (asks_server) {
    connections = connecting.connections(config, with_urls(names, config, root));
    for (const auto& connection : connections) accounts.insert(connection.account);
  } else {
    accounts = named_accounts(names, config, root);
  }
  const auto store = check_store(root, names.empty() ? std::set<std::string>{} : accounts,
                                 reads_all ? StoreCheck::hashes : StoreCheck::sizes);
  ServerFindings server;
  const auto code = joint_code(check_servers(root, connections, global, server));
  if (format == "text") {
    print_text(store, server);
    if (!global.is_quiet && (is_terminal(STDOUT_FILENO) || global.verbosity > 0)) {
      fmt::print("{} files here and {} messages on servers were looked at\n", with_commas(store.files),
                 with_commas(server.messages));
    }
  } else {
    if (format == "json") fmt::print("[");
    print_json(store, server);
    fmt::print("{}\n", format == "json" ? "]" : "");
  }
  if (code != ExitCode::done) return code;
  return is_whole(store, server) ? ExitCode::done : ExitCode::partial;
}

}  // namespace mailspoor::cli
