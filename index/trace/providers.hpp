#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "index/trace/network.hpp"

namespace mailspoor::index {

/// One row of providers.tsv: servers of a company that many send or receive by.
struct Provider {
  enum class Role {
    internal,  ///< Between its own servers, inside a mailbox that it keeps.
    outbound,  ///< Sends for its users, and withholds their addresses.
    bulk,      ///< Sends for whoever pays.
  };
  std::string_view name;
  Role role = Role::outbound;
  std::vector<std::string_view> names;  ///< Domains of host names.
  std::vector<std::string_view> except_names;
  std::vector<Network> networks;

  /// Whether the host is in one of `names` and in none of `except_names`.
  bool has_name(std::string_view host) const;
  bool has_address(const IpOctets& address) const;
};

/// The table that is compiled in.
/// @throws nothing: what the table holds is checked by a test.
std::span<const Provider> providers();

/// The provider that a peer sends for: by its address, else by the name that the receiving server looked up.
/// What a peer announces tells nothing.
const Provider* sending_provider(const IpOctets& address, const std::optional<std::string>& looked_up_name);

/// The provider between two of whose servers a hop is: its peer's name and address are both the provider's,
/// and so is the server. nullptr if it is none such.
const Provider* internal_provider(std::string_view peer_name, const IpOctets& peer, std::string_view by);

/// Whether the hop that `by` wrote is one of the provider's that the peer belongs to: the peer's name, its
/// address and `by` are all in one row, whatever its role.
bool is_within_provider(std::string_view peer_name, const IpOctets& peer, std::string_view by);

}  // namespace mailspoor::index
