#include "index/trace/boundary.hpp"

#include <algorithm>

#include "index/trace/domain.hpp"
#include "index/trace/hop_facts.hpp"
#include "index/trace/providers.hpp"

namespace mailspoor::index {
namespace {

class BoundarySearch {
 public:
  BoundarySearch(std::span<const Hop> hops, const TrustedServers& ours) : hops_{hops}, ours_{ours} {}

  Boundary search() const {
    Boundary boundary;
    for (std::size_t index = 0; index < hops_.size() && !boundary.hop; ++index) {
      if (is_last_of_ours(index)) boundary.hop = index;
    }
    boundary.is_told = boundary.hop && is_every_writer_told(*boundary.hop);
    return boundary;
  }

 private:
  bool is_last_of_ours(std::size_t index) const {
    const auto& hop = hops_[index];
    if (is_mail_fetch(hop)) return false;
    const auto peer = peer_of(hop);
    if (!peer) return hides_peer(hop) && !is_between_receivers(index);
    if (is_ours(*peer)) return false;
    const auto& name = hop.from_rdns ? hop.from_rdns : hop.from_helo;
    return !name || !hop.by || internal_provider(*name, *peer, *hop.by) == nullptr;
  }

  bool is_ours(const IpOctets& address) const {
    const auto kind = kind_of(address);
    if (kind == AddressKind::loopback || kind == AddressKind::link_local) return true;
    if (ours_.networks.empty()) return kind == AddressKind::private_;
    return is_told(address);
  }
  bool is_told(const IpOctets& address) const {
    return std::any_of(ours_.networks.begin(), ours_.networks.end(),
                       [&](const Network& network) { return network.contains(address); });
  }
  bool is_receiver(const std::optional<std::string>& host) const {
    return host && std::any_of(ours_.receivers.begin(), ours_.receivers.end(),
                               [&](const auto& domain) { return is_in_domain(*host, domain); });
  }
  bool is_receiver_or_local(const std::optional<std::string>& host) const {
    return is_receiver(host) || is_localhost(host);
  }

  /// A hop without an address can be one between two servers that we were told of. Only if all three names
  /// say so: what the client announced, and what stands in the next hop, an outsider may have written.
  bool is_between_receivers(std::size_t index) const {
    const auto& hop = hops_[index];
    return index + 1 < hops_.size() && is_receiver(hop.by) &&
           is_receiver_or_local(hop.from_rdns ? hop.from_rdns : hop.from_helo) &&
           is_receiver_or_local(hops_[index + 1].by);
  }

  bool is_every_writer_told(std::size_t boundary) const {
    // The newest hop was written by whoever keeps the mailbox: ours, unless its name is to be a receiver's.
    bool is_told_of_writer = ours_.receivers.empty() && !ours_.networks.empty();
    for (std::size_t index = 0; index <= boundary; ++index) {
      const auto& hop = hops_[index];
      if (is_inner_line(hop)) continue;  // the same machines go on
      const bool is_of_receiver = is_receiver(hop.by);
      if (!is_of_receiver && !is_told_of_writer) return false;
      is_told_of_writer = is_told_of_next(hop, is_of_receiver || is_told_of_writer);
    }
    return true;
  }
  /// Whether a hop that was written by a server that we know leads to another one.
  bool is_told_of_next(const Hop& hop, bool is_told_of_writer) const {
    const auto peer = peer_of(hop);
    if (is_mail_fetch(hop)) return peer && is_told(*peer);
    if (!peer)
      return is_told_of_writer && (hop.has_clause || is_local_line(hop));  // the same machine goes on
    return is_told(*peer) || (is_told_of_writer && kind_of(*peer) == AddressKind::loopback);
  }

  std::span<const Hop> hops_;
  const TrustedServers& ours_;
};

}  // namespace

Boundary find_boundary(std::span<const Hop> hops, const TrustedServers& ours) {
  return BoundarySearch{hops, ours}.search();
}

}  // namespace mailspoor::index
