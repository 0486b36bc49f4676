#include "cli/account_test_command.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

#include "cli/arguments.hpp"
#include "cli/config.hpp"
#include "cli/connection.hpp"
#include "cli/log.hpp"
#include "cli/opened.hpp"
#include "cli/output.hpp"
#include "deliver/base/text.hpp"
#include "fetch/fetcher.hpp"
#include "fetch/transport.hpp"

namespace mailspoor::cli {

ExitCode run_account_test(const std::vector<std::string>& words) {
  GlobalOptions global;
  Arguments arguments{"account test", "Connect, log in, list the mailboxes; fetch nothing.", global};
  std::string word;
  ConnectionOptions connecting;
  arguments.positional("ACCOUNT|URL", word, "Which account", true);
  connecting.add_to(arguments);
  if (!arguments.parse(words)) return ExitCode::done;

  const auto connection = connecting.connection(read_config(global), word);
  const auto log = make_logger("fetch", global);
  auto opened = open_connection(connection, *log);
  fetch::Fetcher fetcher{std::move(opened.transport), connection.options, opened.credentials, *log};
  const auto& identity = fetcher.identity();
  fmt::print("server       {}\n", base::printable(identity.greeting));
  fmt::print("log-in       {} as {}\n", base::printable(identity.mechanism),
             base::printable(connection.options.url.user));
  std::string capabilities;
  for (const auto& capability : identity.capabilities) capabilities += " " + base::printable(capability);
  fmt::print("capabilities{}\n\n", capabilities);
  bool has_failed = false;
  for (const auto& plan : fetcher.list()) {
    has_failed |= !plan.failure.empty();
    fmt::print("{} {:>9}  {}\n", fitted(base::printable(plan.name.name), 40),
               plan.failure.empty() ? with_commas(plan.messages) : "-", base::printable(plan.failure));
  }
  return has_failed ? ExitCode::partial : ExitCode::done;
}

}  // namespace mailspoor::cli
