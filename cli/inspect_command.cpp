#include "cli/inspect_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <utility>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/authentication_text.hpp"
#include "cli/config.hpp"
#include "cli/error.hpp"
#include "cli/message_json.hpp"
#include "cli/message_source.hpp"
#include "cli/output.hpp"
#include "cli/path_text.hpp"
#include "cli/request_text.hpp"
#include "cli/tracking_text.hpp"
#include "cli/why.hpp"
#include "deliver/base/text.hpp"
#include "index/trace/hidden_times.hpp"

namespace mailspoor::cli {
namespace {

using index::Address;
using index::MessageObject;

std::string shown_address(const Address& address) {
  if (address.display_name.empty()) return base::printable(address.addr_spec);
  return fmt::format("{} <{}>", base::printable(address.display_name), base::printable(address.addr_spec));
}

class InspectText {
 public:
  explicit InspectText(const GlobalOptions& global)
      : color_{wants_color(global)}, on_terminal_{is_terminal(STDOUT_FILENO)} {}

  void print(const MessageObject& message) const {
    const auto& summary = message.summary;
    heading(summary.subject ? base::printable(*summary.subject) : "(no subject)");
    line("id", summary.id);
    if (summary.sha256 != summary.id) line("sha256", summary.sha256);
    line("size", fmt::format("{} octets", with_commas(summary.size)));
    line("message-id", base::printable(summary.message_id.value_or("-")));
    line("date", shown_time(summary.date, on_terminal_));
    addresses("from", summary.from);
    if (summary.sender) line("sender", shown_address(*summary.sender));
    addresses("reply-to", summary.reply_to);
    addresses("to", summary.to);
    addresses("cc", summary.cc);
    addresses("bcc", summary.bcc);
    if (summary.return_path) line("return-path", "<" + base::printable(*summary.return_path) + ">");
    if (summary.user_agent) line("user-agent", base::printable(*summary.user_agent));
    client(message.client);
    for (const auto& path : summary.paths) line("file", base::printable(path));
    placements(summary);
    path(message);
    authentication(message);
    findings(message);
    tracking(message.tracking);
    sender_facts(message);
    hidden_times(message.hidden_times);
    attachments(message);
    if (!message.defects.empty()) {
      section("defects");
      for (const auto& defect : message.defects) fmt::print("  {}\n", base::printable(defect));
    }
  }

 private:
  void heading(const std::string& text) const { fmt::print("{}\n", paint(kBold, text)); }
  void section(const std::string& text) const { fmt::print("\n{}\n", paint(kCyan, text)); }
  static void line(std::string_view name, const std::string& value) {
    fmt::print("  {:<12} {}\n", name, value);
  }

  static void addresses(std::string_view name, const std::vector<Address>& list) {
    for (const auto& address : list) line(name, shown_address(address));
  }

  void placements(const index::MessageSummary& summary) const {
    for (const auto& placement : summary.placements) {
      std::string flags;
      for (const auto& flag : placement.flags) flags += " " + base::printable(flag);
      line(placement.gone ? "lay in" : "lies in",
           fmt::format("{}/{}{}{}", base::printable(placement.account.value_or("")),
                       base::printable(placement.mailbox),
                       placement.uid ? fmt::format(" UID {}", *placement.uid) : "", flags));
      if (placement.internal_date) {
        line("arrived", shown_time(index::DateTime{*placement.internal_date, std::nullopt}, on_terminal_));
      }
      if (placement.gone) {
        const auto shown = [this](std::int64_t time) {
          return shown_time(index::DateTime{time, std::nullopt}, on_terminal_);
        };
        const auto& last_seen = placement.gone->last_seen;
        line("gone", fmt::format("last seen there {}, first missed {}",
                                 last_seen ? shown(*last_seen) : "at an unknown time",
                                 shown(placement.gone->first_missed)));
      }
    }
  }

  void path(const MessageObject& message) const {
    const auto& origin = message.origin;
    const auto from = origin_text(origin, index::is_own_mail(message.summary.placements));
    if (!from.empty()) line("origin", from);
    for (const auto& [name, text] : place_lines(origin.place)) line(name, text);
    if (origin.first_untrusted_trust && (!origin.ip || origin.first_untrusted_ip != origin.ip))
      line("handed over", "by " + handed_over_text(origin));
    const auto count = message.hops.size();
    section(fmt::format("path: {}, from the origin to the mailbox",
                        count == 1 ? std::string{"1 hop"} : fmt::format("{} hops", count)));
    fmt::print("{}", path_text(message, {on_terminal_ ? terminal_width() : 0, color_, on_terminal_}));
  }

  void findings(const MessageObject& message) const {
    if (message.findings.empty()) return;
    section("findings");
    for (const auto& finding : message.findings) {
      const auto text =
          fmt::format("{}{}: {}", finding.code, finding.hop ? fmt::format(" (hop {})", *finding.hop) : "",
                      base::printable(finding.detail));
      fmt::print("  {}\n", finding.severity == index::Severity::warning ? paint(kYellow, text) : text);
    }
  }

  void tracking(const index::Tracking& tracking) const {
    const auto lines = tracking_lines(tracking);
    if (lines.empty()) return;
    section("tracking: what it reports of its reader; nothing was fetched");
    for (const auto& [name, text] : lines) line(name, text);
  }

  void authentication(const MessageObject& message) const {
    if (message.authentication.empty()) return;
    section("authentication");
    for (const auto& entry : message.authentication) {
      fmt::print("  {}\n", shown_authentication(entry));
      if (entry.text) fmt::print("      {}\n", base::printable(*entry.text));
    }
  }

  static void client(const index::Client& client) {
    if (!client.program) return;
    line("client",
         fmt::format("{}{}{}  (by {})", *client.program, client.version ? " " + *client.version : "",
                     client.platform ? " on " + *client.platform : "", fmt::join(client.basis, ", ")));
  }

  void sender_facts(const MessageObject& message) const {
    bool is_first = true;
    for (const auto& fact : message.sender_facts.fields) {
      if (fact.value == message.summary.user_agent) continue;  // stands above
      if (is_first) section("what else the header fields say of the sender");
      is_first = false;
      fmt::print("  {}: {}\n      {}\n", fact.name, base::printable(fact.value),
                 paint(kDim, std::string{fact.tells}));
    }
  }

  void hidden_times(const std::vector<index::HiddenTime>& times) const {
    if (times.empty()) return;
    section("times that programs left in it");
    for (const auto& time : times) {
      fmt::print("  {}{}  to a {}, in {}\n", to_text(time), time.is_utc ? "" : " (zone not known)",
                 to_text(time.unit), time.source);
    }
  }

  void attachments(const MessageObject& message) const {
    if (message.attachments.empty()) return;
    section("attachments");
    for (const auto& attachment : message.attachments) {
      fmt::print("  {}  {}  {} octets\n      sha256 {}\n",
                 base::printable(attachment.filename.value_or("(no name)")),
                 base::printable(attachment.media_type), with_commas(attachment.size), attachment.sha256);
    }
  }

  std::string paint(std::string_view color, const std::string& text) const {
    return color_ ? fmt::format("{}{}{}", color, text, kPlain) : text;
  }

  bool color_;
  bool on_terminal_;
};

index::TrustedServers told_servers(const std::vector<std::string>& networks,
                                   std::vector<std::string> receivers) {
  index::TrustedServers servers{{}, std::move(receivers)};
  for (const auto& network : networks) servers.networks.push_back(trusted_network(network));
  return servers;
}

/// nullopt, having said why, where it cannot be read.
/// @param is_only  Then that is the failure of the command.
std::optional<index::MessageObject> read_if_possible(MessageSource& source, const std::string& name,
                                                     bool is_only) {
  try {
    return source.read(name);
  } catch (const std::exception& error) {
    if (is_only) throw;
    say(fmt::format("mailspoor: {}\n", base::printable(error.what())));
    return std::nullopt;
  }
}

}  // namespace

ExitCode run_inspect(const std::vector<std::string>& words) {
  GlobalOptions global;
  Arguments arguments{
      "inspect", "The trail of messages: files, `-` for standard input, or ids. Files need no root.", global};
  std::vector<std::string> names;
  std::string key_file;
  std::string format = "text";
  arguments.positional("FILE|ID", names, "Message files, -, or ids", true);
  arguments.option("--dkim-keys", key_file, "File of DKIM key records to verify signatures with");
  arguments.choice("--format", format, {"text", "json", "jsonl"}, "How to print the messages");
  std::vector<std::string> trusted;
  std::vector<std::string> receivers;
  arguments.option("--trusted", trusted, "A relay of the receiving side: address or CIDR; may be repeated");
  arguments.option("--receiver", receivers,
                   "A server that received for the mailbox, or its domain; may be repeated");
  std::vector<std::string> recipients;
  arguments.option(
      "--recipient", recipients,
      "An address of the reader, to look for in URLs beside those of the message; may be repeated");
  std::string fact;
  bool makes_request = false;
  arguments.option(
      "--why", fact,
      "Print the header fields, with their offsets, that a fact rests on: origin, hops[0], client "
      "..., or the code of a finding");
  arguments.flag("--request", makes_request, "Print what a provider needs to find who sent the message");
  if (!arguments.parse(words)) return ExitCode::done;
  if (!fact.empty() && makes_request) throw UsageError{"--why and --request do not go together"};
  if (makes_request && format != "text") throw UsageError{"--request is text for people: leave --format out"};
  use_time_zone(global);

  const auto config = read_config(global);
  const index::TraceContext told{told_servers(trusted, receivers), nullptr, recipients};
  const bool is_told = !trusted.empty() || !receivers.empty();
  std::optional<index::DkimKeys> keys;
  if (!key_file.empty()) keys = index::DkimKeys::read(key_file);
  auto settings = is_told ? index::TraceSettings{told, {}, config.place_files, config.tracker_files}
                          : trace_settings(config);
  if (!is_told) settings.add_addresses(recipients);
  MessageSource source{root_of(global, config), told, std::move(settings), keys ? &*keys : nullptr};
  const InspectText text{global};
  bool is_first = true;
  const auto print_object = [&](const std::string& object) {
    fmt::print("{}{}{}", format == "json" ? (is_first ? "[\n" : ",\n") : "", object,
               format == "jsonl" ? "\n" : "");
    is_first = false;
  };
  std::size_t failed = 0;
  for (const auto& name : names) {
    const auto read = read_if_possible(source, name, names.size() == 1);
    if (!read) {
      ++failed;
      continue;
    }
    const auto& message = *read;
    const auto evidence = fact.empty() ? std::vector<Evidence>{} : evidence_of(message, fact);
    if (format == "text") {
      if (!std::exchange(is_first, false)) fmt::print("\n");
      if (makes_request) {
        fmt::print("{}", request_text(message));
      } else if (!fact.empty()) {
        fmt::print("{}", lacks_finding(message, fact) ? no_finding_text(fact) : why_text(evidence));
      } else {
        text.print(message);
      }
    } else if (fact.empty()) {
      print_object(to_json(message));
    } else {
      for (const auto& field : evidence) print_object(to_json(field));
    }
  }
  if (format == "json") std::fputs(is_first ? "[]\n" : "\n]\n", stdout);
  say_place_failures(source.place_failures());
  say_tracker_failures(source.tracker_failures());
  if (failed == 0) return ExitCode::done;
  return failed == names.size() ? ExitCode::failed : ExitCode::partial;
}

}  // namespace mailspoor::cli
