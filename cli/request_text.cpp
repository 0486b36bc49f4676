#include "cli/request_text.hpp"

#include <fmt/format.h>

#include <utility>

#include "cli/error.hpp"
#include "cli/path_text.hpp"
#include "deliver/base/text.hpp"

namespace mailspoor::cli {
namespace {

using index::Hop;
using index::MessageObject;

/// What clocks of mail servers commonly differ by: below it no difference between hops is a finding either.
constexpr int kToleranceSeconds = 300;

class Sheet {
 public:
  explicit Sheet(const MessageObject& message)
      : message_{message}, hop_{message.hops.at(*message.origin.hop)} {}

  std::string text() {
    const auto& origin = message_.origin;
    text_ = "Whose was this address at this time?\n\n";
    line("address", *origin.ip);
    const bool is_of_hop = origin.evidence == "received" || origin.evidence == "internal";
    line("source port", is_of_hop && hop_.from_port ? std::to_string(*hop_.from_port)
                                                    : std::string{"not written by the server"});
    if (hop_.date) {
      line("time", fmt::format("{} (UTC), give or take {} s", index::to_rfc3339(hop_.date->unix_seconds),
                               kToleranceSeconds));
    } else {
      line("time", "not written by the server");
    }
    for (const auto& [name, words] : place_lines(is_of_hop ? hop_.place : origin.place)) line(name, words);
    line("taken by", server(hop_));
    if (hop_.from_helo) line("announced as", base::printable(*hop_.from_helo));
    if (hop_.auth_user) line("logged in as", base::printable(*hop_.auth_user));
    line("rests on", origin_text(origin));
    if (!is_of_hop) line("", fmt::format("the address itself is that of the field {}", *origin.evidence));

    text_ += "\nThe message\n\n";
    const auto& summary = message_.summary;
    line("Message-ID", summary.message_id ? "<" + base::printable(*summary.message_id) + ">" : "none");
    if (summary.return_path) line("Return-Path", "<" + base::printable(*summary.return_path) + ">");
    for (const auto& author : summary.from) line("From", base::printable(author.addr_spec));
    if (summary.date)
      line("Date", index::to_rfc3339(summary.date->unix_seconds) + " (UTC), as the sender wrote it");
    line("SHA-256", summary.sha256);

    text_ += "\nQueue ids, newest server first\n\n";
    for (std::size_t position = 0; position <= *origin.hop; ++position) {
      const auto& hop = message_.hops[position];
      line(fmt::format("{}", position),
           fmt::format("{} {}, {}", hop.id ? base::printable(*hop.id) : "no id",
                       hop.date ? "at " + index::to_rfc3339(hop.date->unix_seconds) : "at an unknown time",
                       server(hop)));
    }
    return std::move(text_);
  }

 private:
  static std::string server(const Hop& hop) {
    auto text = hop.by ? base::printable(*hop.by) : std::string{"a server that does not name itself"};
    if (hop.with) text += " with " + base::printable(*hop.with);
    return text;
  }
  void line(std::string_view name, const std::string& value) {
    text_ += fmt::format("  {:<12} {}\n", name, value);
  }

  const MessageObject& message_;
  const Hop& hop_;
  std::string text_;
};

}  // namespace

std::string request_text(const MessageObject& message) {
  if (!message.origin.ip || !message.origin.hop)
    throw Failure{"the message has no origin that could be asked about: no hop names an address"};
  return Sheet{message}.text();
}

}  // namespace mailspoor::cli
