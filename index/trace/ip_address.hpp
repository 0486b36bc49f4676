#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace mailspoor::index {

/// An IPv4 or IPv6 address as 16 octets, IPv4 mapped (RFC 4291 §2.5.5.2), so that both sort and compare
/// alike.
using IpOctets = std::array<unsigned char, 16>;

/// Reads an address as mail writes it: dotted IPv4, IPv6, with or without the `IPv6:` tag of RFC 5321 §4.1.3,
/// a zone id (dropped), or `::ffff:` in front (dropped). No brackets, no port.
std::optional<IpOctets> parse_ip_address(std::string_view text);

/// Canonical text: IPv4 dotted, IPv6 compressed and lower case (RFC 5952).
std::string to_text(const IpOctets& address);

}  // namespace mailspoor::index
