#include "cli/request_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/error.hpp"
#include "cli/path_text.hpp"
#include "deliver/base/text.hpp"
#include "index/trace/network.hpp"

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
    text_ = origin.kind == index::OriginKind::provider ? "Which account sent this message?\n\n"
                                                       : "Whose was this address at this time?\n\n";
    const bool is_of_hop = origin.evidence == "received" || origin.evidence == "internal";
    connection(*origin.ip, is_of_hop ? hop_.from_port : std::nullopt, hop_);
    for (const auto& [name, words] : place_lines(is_of_hop ? hop_.place : origin.place)) line(name, words);
    line("taken by", server(hop_));
    if (hop_.from_helo) line("announced as", base::printable(*hop_.from_helo));
    if (hop_.auth_user) line("logged in as", base::printable(*hop_.auth_user));
    line("rests on", origin_text(origin));
    if (!is_of_hop) line("", fmt::format("the address itself is that of the field {}", *origin.evidence));

    if (origin.trust == index::OriginTrust::claimed) handed_over();

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
  void connection(const std::string& address, std::optional<std::uint16_t> port, const Hop& hop) {
    line("address", address);
    line("source port", port ? std::to_string(*port) : std::string{"not written by the server"});
    line("time", hop.date ? fmt::format("{} (UTC), give or take {} s",
                                        index::to_rfc3339(hop.date->unix_seconds), kToleranceSeconds)
                          : std::string{"not written by the server"});
  }

  /// What our side saw itself, where the origin lies beyond: the hop that is oldest of those it wrote.
  void handed_over() {
    const auto& origin = message_.origin;
    const auto& hops = message_.hops;
    const auto boundary = std::find_if(
        hops.rbegin(), hops.rend(), [](const Hop& hop) { return hop.standing == index::HopStanding::ours; });
    if (!origin.first_untrusted_ip || boundary == hops.rend()) return;
    text_ += "\nHanded to us by\n\n";
    connection(*origin.first_untrusted_ip, boundary->from_port, *boundary);
    for (const auto& [name, words] : place_lines(boundary->place)) line(name, words);
    line("taken by", server(*boundary));
    if (boundary->from_helo) line("announced as", base::printable(*boundary->from_helo));
    line("rests on", handed_over_text(origin));
  }

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
  const auto address = index::parse_ip_address(*message.origin.ip);
  if (address && index::kind_of(*address) != index::AddressKind::public_) {
    throw Failure{fmt::format(
        "the origin {} is an address of a network of its own, which many networks use at once: only who runs "
        "the one behind {} can say whose it was",
        *message.origin.ip,
        base::printable(message.hops.at(*message.origin.hop).by.value_or("that server")))};
  }
  return Sheet{message}.text();
}

}  // namespace mailspoor::cli
