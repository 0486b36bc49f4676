#include "cli/check_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <set>

#include "cli/account_failure.hpp"
#include "cli/arguments.hpp"
#include "cli/config.hpp"
#include "cli/connection.hpp"
#include "cli/output.hpp"
#include "cli/server_check.hpp"
#include "cli/store_check.hpp"
#include "deliver/base/json_writer.hpp"
#include "deliver/base/text.hpp"
#include "deliver/stored_folder.hpp"

namespace mailspoor::cli {
namespace {

void write_findings(base::JsonWriter& json, const char* name, const std::vector<StoreFinding>& findings) {
  json.key(name).begin_array();
  for (const auto& finding : findings) {
    json.begin_object();
    json.member("account", finding.account).member("mailbox", finding.mailbox);
    json.member("uid_validity", finding.uid_validity).member("uid", finding.uid);
    json.member("file", finding.file).member("reason", finding.why);
    json.end_object();
  }
  json.end_array();
}

void write_findings(base::JsonWriter& json, const char* name, const std::vector<OneSided>& findings) {
  json.key(name).begin_array();
  for (const auto& finding : findings) {
    json.begin_object();
    json.member("account", finding.account).member("mailbox", finding.mailbox);
    json.member("uid_validity", finding.uid_validity).member("uid", finding.uid);
    json.member("reason", finding.reason).member("accepted", finding.is_accepted);
    json.end_object();
  }
  json.end_array();
}

std::string to_json(const StoreFindings& store, const ServerFindings& server) {
  base::JsonWriter json;
  json.begin_object();
  write_findings(json, "missing", store.missing);
  write_findings(json, "unindexed", store.unindexed);
  write_findings(json, "changed", store.changed);
  write_findings(json, "server_only", server.server_only);
  write_findings(json, "here_only", server.here_only);
  json.key("failed").begin_array();
  for (const auto& text : server.failed) json.value(text);
  json.end_array();
  return json.end_object().take();
}

void print_findings(const char* what, const std::vector<StoreFinding>& findings) {
  for (const auto& finding : findings) {
    fmt::print("{:<12} {} {}{} {}: {}\n", what, base::printable(finding.account),
               base::printable(finding.mailbox), finding.uid ? fmt::format(" UID {}", *finding.uid) : "",
               base::printable(finding.file), base::printable(finding.why));
  }
}

void print_findings(const char* what, const std::vector<OneSided>& findings) {
  for (const auto& finding : findings) {
    fmt::print("{:<12} {} {} {}{}{}\n", what, base::printable(finding.account),
               base::printable(finding.mailbox),
               finding.uid ? fmt::format("UID {}", *finding.uid) : "(the whole mailbox)",
               finding.reason ? ": " + base::printable(*finding.reason) : "",
               finding.is_accepted ? " (accepted)" : "");
  }
}

void print_text(const StoreFindings& store, const ServerFindings& server) {
  print_findings("missing", store.missing);
  print_findings("unindexed", store.unindexed);
  print_findings("changed", store.changed);
  print_findings("server only", server.server_only);
  print_findings("here only", server.here_only);
}

/// A hole that was accepted does not count, and what only is here any more is history.
bool is_whole(const StoreFindings& store, const ServerFindings& server) {
  return store.missing.empty() && store.unindexed.empty() && store.changed.empty() && server.failed.empty() &&
         std::all_of(server.server_only.begin(), server.server_only.end(),
                     [](const OneSided& message) { return message.is_accepted; });
}

/// The accounts that the words name, where no server is asked: held ones and configured ones.
std::set<std::string> named_accounts(const std::vector<std::string>& names, const Config& config,
                                     const std::filesystem::path& root) {
  std::set<std::string> held;
  for (const auto& folder : deliver::stored_folders(root)) held.insert(folder.account);
  for (const auto& name : names) {
    if (held.contains(name) || config.accounts.contains(name)) continue;
    throw UsageError{fmt::format("no account `{}` is held in {} or configured", base::printable(name),
                                 base::printable(root.string()))};
  }
  return {names.begin(), names.end()};
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
  connecting.add_to(arguments);
  arguments.choice("--format", format, {"text", "json", "jsonl"}, "How to print what is found");
  if (!arguments.parse(words)) return ExitCode::done;

  const auto config = read_config(global);
  const auto root = root_of(global, config);
  std::vector<Connection> connections;
  std::set<std::string> accounts;
  if (asks_server) {
    connections = connecting.connections(config, names);
    for (const auto& connection : connections) accounts.insert(connection.account);
  } else {
    accounts = named_accounts(names, config, root);
  }
  const auto store = check_store(root, names.empty() ? std::set<std::string>{} : accounts,
                                 reads_all ? StoreCheck::hashes : StoreCheck::sizes);
  ServerFindings server;
  auto code = ExitCode::done;
  for (const auto& connection : connections) {
    try {
      check_server(root, connection, global, server);
    } catch (const std::exception&) {
      const auto failure = account_failure();
      server.failed.push_back(connection.account + ": " + failure.text);
      code = connections.size() == 1 ? failure.code : ExitCode::partial;
    }
  }
  for (const auto& text : server.failed)
    fmt::print(stderr, "mailspoor: not compared: {}\n", base::printable(text, base::Lines::keep));
  if (format == "text") {
    print_text(store, server);
    if (!global.is_quiet && (is_terminal(STDOUT_FILENO) || global.verbosity > 0)) {
      fmt::print("{} files here and {} messages on servers were looked at\n", with_commas(store.files),
                 with_commas(server.messages));
    }
  } else {
    const auto object = to_json(store, server);
    fmt::print("{}\n", format == "json" ? "[" + object + "]" : object);
  }
  if (code != ExitCode::done) return code;
  return is_whole(store, server) ? ExitCode::done : ExitCode::partial;
}

}  // namespace mailspoor::cli
