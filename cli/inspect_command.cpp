#include "cli/inspect_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "cli/arguments.hpp"
#include "cli/config.hpp"
#include "cli/message_json.hpp"
#include "cli/message_source.hpp"
#include "cli/output.hpp"
#include "deliver/base/text.hpp"

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
    for (const auto& path : summary.paths) line("file", base::printable(path));
    placements(summary);
    hops(message);
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

  void hops(const MessageObject& message) const {
    section(fmt::format("path: {} hops, newest first", message.hops.size()));
    for (std::size_t position = 0; position < message.hops.size(); ++position) {
      const auto& hop = message.hops[position];
      fmt::print("  {:>2}  {}  {} -> {}\n", position, shown_time(hop.date, on_terminal_),
                 hop.from_ip.value_or("(no address)"), base::printable(hop.by.value_or("(unknown)")));
      std::string raw;
      for (const char c : hop.raw) {
        if (c != '\r') raw += c == '\n' || c == '\t' ? ' ' : c;
      }
      fmt::print("      {}\n", paint(kDim, base::printable(raw)));
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

}  // namespace

ExitCode run_inspect(const std::vector<std::string>& words) {
  GlobalOptions global;
  Arguments arguments{
      "inspect", "The trail of messages: files, `-` for standard input, or ids. Files need no root.", global};
  std::vector<std::string> names;
  std::string format = "text";
  arguments.positional("FILE|ID", names, "Message files, -, or ids", true);
  arguments.choice("--format", format, {"text", "json", "jsonl"}, "How to print the messages");
  if (!arguments.parse(words)) return ExitCode::done;
  use_time_zone(global);

  MessageSource source{root_of(global, read_config(global))};
  const InspectText text{global};
  if (format == "json") std::fputs("[", stdout);
  bool is_first = true;
  for (const auto& name : names) {
    const auto message = source.read(name);
    if (format == "text") {
      if (!is_first) fmt::print("\n");
      text.print(message);
    } else {
      fmt::print("{}{}", format == "json" ? (is_first ? "\n" : ",\n") : "", to_json(message));
      if (format == "jsonl") fmt::print("\n");
    }
    is_first = false;
  }
  if (format == "json") std::fputs("\n]\n", stdout);
  return ExitCode::done;
}

}  // namespace mailspoor::cli
