#pragma once

#include <optional>
#include <string_view>

#include "index/trace/ip_address.hpp"

namespace mailspoor::index {

/// A range of addresses, both ends inclusive.
struct Network {
  IpOctets first{};
  IpOctets last{};
  bool contains(const IpOctets& address) const noexcept { return first <= address && address <= last; }
  bool operator==(const Network&) const = default;
};

/// An address, or a CIDR block (RFC 4632, RFC 4291 §2.3): `192.0.2.0/24`, `2001:db8::/32`.
std::optional<Network> parse_network(std::string_view text);

/// What an address can be used for. Documentation ranges (RFC 5737, RFC 3849) are ordinary public ones here.
enum class AddressKind {
  public_,
  loopback,    ///< 127.0.0.0/8, ::1
  link_local,  ///< 169.254.0.0/16, fe80::/10
  private_,    ///< RFC 1918, RFC 4193 (fc00::/7)
  shared,      ///< 100.64.0.0/10, behind carriers' NAT (RFC 6598)
  none,        ///< 0.0.0.0/8, ::, multicast and above: no host has it.
};
AddressKind kind_of(const IpOctets& address) noexcept;

}  // namespace mailspoor::index
