#include "cli/account_test_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/config.hpp"
#include "cli/connection.hpp"
#include "cli/log.hpp"
#include "cli/opened.hpp"
#include "cli/output.hpp"
#include "cli/store_sink.hpp"
#include "deliver/base/text.hpp"
#include "fetch/fetcher.hpp"
#include "fetch/transport.hpp"

namespace mailspoor::cli {
namespace {

/// What the server said of itself and the connection.
void print_identity(const fetch::ServerIdentity& identity, const Connection& connection) {
  fmt::print("server       {}\n", base::printable(identity.greeting));
  if (!identity.id.empty()) {
    std::string words;
    for (const auto& [field, value] : identity.id) words += fmt::format(" {}={}", field, value);
    fmt::print("id          {}\n", words);
  }
  const bool is_tls = connection.options.url.tls != fetch::Tls::none;
  fmt::print("connection   {}\n",
             identity.tls.empty() ? (is_tls ? "TLS" : "not encrypted") : base::printable(identity.tls));
  fmt::print("log-in       {} as {}\n", base::printable(identity.mechanism),
             base::printable(connection.options.url.user));
  std::string capabilities;
  for (const auto& capability : identity.capabilities) capabilities += " " + base::printable(capability);
  fmt::print("capabilities{}\n", capabilities);
}

/// MESSAGELIMIT=N (RFC 9738 §3): commands reach no more messages at a time; nothing tells how many a mailbox
/// may hold.
void print_message_limit(const fetch::ServerIdentity& identity) {
  constexpr std::string_view kLimit = "MESSAGELIMIT=";
  for (const auto& capability : identity.capabilities) {
    if (base::starts_with_ignoring_case(capability, kLimit)) {
      fmt::print("limit        a command reaches {} messages at a time\n",
                 base::printable(capability.substr(kLimit.size())));
    }
  }
}

struct Sums {
  std::uint64_t mailboxes = 0;
  std::uint64_t messages = 0;
  std::optional<std::uint64_t> octets = 0;  ///< nullopt if a mailbox does not tell.
  bool has_failed = false;
};

Sums print_mailboxes(const std::vector<fetch::MailboxPlan>& plans) {
  Sums sums;
  for (const auto& plan : plans) {
    const bool is_read = plan.failure.empty();
    sums.has_failed |= !is_read;
    if (!plan.is_others) ++sums.mailboxes;
    if (is_read && !plan.is_others) sums.messages += plan.messages;
    if (is_read && !plan.is_others && sums.octets)
      sums.octets = plan.octets ? std::optional{*sums.octets + *plan.octets} : std::nullopt;
    const std::string remark =
        is_read && plan.is_others
            ? "another user's or shared: fetched only if --mailbox names it, not counted"
            : base::printable(plan.failure);
    fmt::print("{} {:>9} {:>10}  {}\n", fitted(base::printable(plan.name.name), 40),
               is_read ? with_commas(plan.messages) : "-",
               is_read && plan.octets ? shown_size(*plan.octets) : "-", remark);
  }
  return sums;
}

/// Adds what RFC822.SIZE of each message says to what the list told: all messages count as missing.
void measure(fetch::Fetcher& fetcher, std::vector<fetch::MailboxPlan>& plans) {
  LookingSink nothing{nullptr};
  std::vector<fetch::MailboxPlan> measured;
  PlanObserver observer{measured};
  fetch::FetchReport report;
  fetcher.fetch(nothing, observer, {}, report);
  for (auto& plan : measured) plan.octets = plan.missing_octets;
  PlanObserver{plans}.planned(measured);  // but for others' mailboxes, which fetch() leaves out
}

void print_quotas(const std::optional<std::vector<fetch::Quota>>& quotas, const Sums& sums) {
  if (!quotas) {
    fmt::print("quota        the server tells none\n");
    return;
  }
  if (quotas->empty()) fmt::print("quota        none is set\n");
  for (const auto& quota : *quotas) {
    if (quota.resource == "STORAGE") {
      fmt::print("quota        {}: {} of {} used; the mailboxes hold {}\n", quota.root,
                 shown_size(quota.usage * 1024), shown_size(quota.limit * 1024),
                 sums.octets ? shown_size(*sums.octets) : "an unknown amount (--sizes adds it up)");
    } else if (quota.resource == "MESSAGE") {
      fmt::print("quota        {}: {} of {} messages; the mailboxes hold {}\n", quota.root,
                 with_commas(quota.usage), with_commas(quota.limit), with_commas(sums.messages));
    } else {
      fmt::print("quota        {}: {} {} of {}\n", quota.root, quota.resource, with_commas(quota.usage),
                 with_commas(quota.limit));
    }
  }
}

}  // namespace

ExitCode run_account_test(const std::vector<std::string>& words) {
  GlobalOptions global;
  Arguments arguments{"account test",
                      "Connect, log in, list the mailboxes, compare them with the quota; fetch nothing.",
                      global};
  std::string word;
  bool adds_up = false;
  ConnectionOptions connecting;
  arguments.positional("ACCOUNT|URL", word, "Which account", true);
  arguments.flag("--sizes", adds_up,
                 "Add up the sizes of all messages, where the server does not tell those of mailboxes");
  connecting.add_to(arguments, ConnectionOptions::Use::look);
  if (!arguments.parse(words)) return ExitCode::done;

  auto connection = connecting.connection(read_config(global), word);
  connection.options.only_plans = true;
  connection.options.max_message_size.reset();
  const auto log = make_logger("fetch", global);
  auto opened = open_connection(connection, *log);
  fetch::Fetcher fetcher{std::move(opened.transport), connection.options, opened.credentials, *log};
  print_identity(fetcher.identity(), connection);
  print_message_limit(fetcher.identity());
  fmt::print("\n");
  const auto quotas = fetcher.quotas();
  const bool is_selection = !connection.options.mailboxes.empty() || !connection.options.excludes.empty();
  auto plans = fetcher.list();
  auto list_failure = fetcher.list_failure();
  const bool is_unknown =
      std::any_of(plans.begin(), plans.end(), [](const auto& plan) { return !plan.octets; });
  if (adds_up && is_unknown) measure(fetcher, plans);
  if (list_failure.empty()) list_failure = fetcher.list_failure();
  const auto sums = print_mailboxes(plans);
  fmt::print("\nin all       {} messages in {} {}mailboxes, {}\n", with_commas(sums.messages),
             with_commas(sums.mailboxes), is_selection ? "selected " : "",
             sums.octets ? shown_size(*sums.octets) : "of unknown size");
  print_quotas(quotas, sums);
  if (!list_failure.empty())
    say(fmt::format("mailspoor: the list of mailboxes is not whole: {}\n", base::printable(list_failure)));
  return sums.has_failed || !list_failure.empty() ? ExitCode::partial : ExitCode::done;
}

}  // namespace mailspoor::cli
