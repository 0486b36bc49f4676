#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "index/message_object.hpp"
#include "index/trace/finding.hpp"
#include "index/trace/origin.hpp"
#include "index/trace/trace_context.hpp"

namespace mailspoor::index {

/// The way of a message through its servers.
struct Path {
  std::optional<std::size_t> boundary;   ///< The hop by which it came to our servers.
  std::vector<std::size_t> followed;     ///< The boundary and the older hops that link to it, newest first.
  std::optional<std::size_t> broken_at;  ///< The first older hop that does not link.
  Origin origin;
  std::optional<ClientAddress> client_address;  ///< The one of those given that may be the client's.
  std::vector<Finding> findings;
};

/// Walks from the top to the boundary, then as far down as hops link, and judges what is there. Linear in the
/// number of hops.
/// @param hops              Newest first.
/// @param client_addresses  What fields name, those first that are known best. One that stands where our
///                          servers write, or names the peer that they saw (Microsoft's X-Sender-IP), says
///                          nothing of the client.
Path trace_path(std::span<const Hop> hops, const TrustedServers& ours,
                std::span<const ClientAddress> client_addresses = {});

/// What dates tell: hops whose clocks run backwards, long delays, a Date in the future. Appends to
/// `findings`.
/// @param date  Of the Date field.
void judge_clocks(std::span<const Hop> hops, const std::optional<DateTime>& date,
                  std::vector<Finding>& findings);

}  // namespace mailspoor::index
