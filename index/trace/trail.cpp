#include "index/trace/trail.hpp"

#include <iterator>
#include <utility>

#include "index/trace/authentication_trust.hpp"
#include "index/trace/path.hpp"
#include "index/trace/sender.hpp"
#include "index/trace/sender_facts.hpp"

namespace mailspoor::index {

void trace(MessageObject& message, std::span<const HeaderField> fields, const TraceContext& context) {
  auto path = trace_path(message.hops, context.servers, originating_ip(fields));
  for (std::size_t index = 0; index < message.hops.size(); ++index) {
    const bool is_ours = !path.boundary || index <= *path.boundary;
    const bool is_linked = !path.broken_at || index < *path.broken_at;
    message.hops[index].standing = is_ours     ? HopStanding::ours
                                   : is_linked ? HopStanding::linked
                                               : HopStanding::unlinked;
  }
  message.origin = std::move(path.origin);
  message.findings = std::move(path.findings);
  const auto side = receiving_side(message.hops, fields, path.boundary, context.servers.receivers);
  judge_trust(message.authentication, side);
  if (auto forged = forged_results(message.authentication, side, path.boundary))
    message.findings.push_back(std::move(*forged));
  judge_clocks(message.hops, message.summary.date, message.findings);
  read_sender(fields, message);
}

}  // namespace mailspoor::index
