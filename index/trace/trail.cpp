#include "index/trace/trail.hpp"

#include <utility>

#include "index/trace/authentication_trust.hpp"
#include "index/trace/ip_address.hpp"
#include "index/trace/path.hpp"
#include "index/trace/places.hpp"
#include "index/trace/sender.hpp"
#include "index/trace/sender_facts.hpp"

namespace mailspoor::index {
namespace {

/// When it was on its way: as the newest server says, which is the nearest to us, else as its author does.
std::optional<std::int64_t> time_of(const MessageObject& message) {
  for (const auto& hop : message.hops) {
    if (hop.date) return hop.date->unix_seconds;
  }
  return message.summary.date ? std::optional{message.summary.date->unix_seconds} : std::nullopt;
}

void find_places(MessageObject& message, Places& places) {
  const auto time = time_of(message);
  const auto place_of = [&](const std::optional<std::string>& ip) {
    const auto address = ip ? parse_ip_address(*ip) : std::nullopt;
    return address ? places.find(*address, time) : Place{};
  };
  for (auto& hop : message.hops) hop.place = place_of(hop.from_ip);
  if (message.origin.kind != OriginKind::provider) message.origin.place = place_of(message.origin.ip);
}

}  // namespace

void trace(MessageObject& message, std::span<const HeaderField> fields, const TraceContext& context) {
  auto path = trace_path(message.hops, context.servers, client_addresses(fields));
  for (std::size_t index = 0; index < message.hops.size(); ++index) {
    const bool is_ours = !path.boundary || index <= *path.boundary;
    const bool is_linked = !path.broken_at || index < *path.broken_at;
    message.hops[index].standing = is_ours     ? HopStanding::ours
                                   : is_linked ? HopStanding::linked
                                               : HopStanding::unlinked;
  }
  message.origin = std::move(path.origin);
  message.findings = std::move(path.findings);
  if (context.places != nullptr) find_places(message, *context.places);
  const auto side = receiving_side(message.hops, fields, path.boundary, context.servers.receivers);
  judge_trust(message.authentication, side);
  if (auto forged = forged_results(message.authentication, side, path.boundary))
    message.findings.push_back(std::move(*forged));
  judge_clocks(message.hops, message.summary.date, message.findings);
  read_sender(fields, message);
  if (auto& found = path.client_address)
    message.sender_facts.originating_ip = OriginatingIp{std::move(found->field), std::move(found->ip)};
}

}  // namespace mailspoor::index
