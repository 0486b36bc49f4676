#include "cli/account_command.hpp"

#include <fmt/format.h>

#include "cli/arguments.hpp"
#include "cli/config.hpp"
#include "cli/output.hpp"
#include "deliver/base/json_writer.hpp"
#include "deliver/base/text.hpp"

namespace mailspoor::cli {

ExitCode run_account(const std::vector<std::string>& words) {
  GlobalOptions global;
  Arguments arguments{"account", "The accounts of the configuration.", global};
  std::string what;
  std::string format = "text";
  arguments.positional("WHAT", what, "list, test ACCOUNT, or adopt ACCOUNT MAILDIR", true);
  arguments.choice("--format", format, {"text", "json", "jsonl"}, "How to print them");
  arguments.footer(
      "`mailspoor account test --help` and `mailspoor account adopt --help` tell the options of these.");
  if (!arguments.parse(words)) return ExitCode::done;
  if (what != "list")
    throw UsageError{fmt::format("`account {}` is unknown: list, test or adopt", base::printable(what))};

  const auto config = read_config(global);
  if (config.accounts.empty() && format == "text") {
    say("no accounts are configured; `mailspoor sync imaps://you@host` needs none\n");
  }
  base::JsonWriter json;
  if (format == "json") json.begin_array();
  for (const auto& [name, account] : config.accounts) {
    if (format == "text") {
      fmt::print("{:<20} {}\n", name, base::printable(account.url.value_or("(deliveries only)")));
      continue;
    }
    json.begin_object();
    json.member("account", name).member("url", account.url);
    json.end_object();
    if (format == "jsonl") fmt::print("{}\n", json.take());
  }
  if (format == "json") fmt::print("{}\n", json.end_array().take());
  return ExitCode::done;
}

}  // namespace mailspoor::cli
