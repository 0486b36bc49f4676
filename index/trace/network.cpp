#include "index/trace/network.hpp"

#include <array>
#include <charconv>

namespace mailspoor::index {
namespace {

constexpr unsigned kAddressBits = 128;
constexpr unsigned kIpv4Bits = 32;

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

struct Range {
  std::string_view network;
  AddressKind kind;
};

constexpr std::array kRanges{Range{"127.0.0.0/8", AddressKind::loopback},
                             Range{"::1", AddressKind::loopback},
                             Range{"169.254.0.0/16", AddressKind::link_local},
                             Range{"fe80::/10", AddressKind::link_local},
                             Range{"10.0.0.0/8", AddressKind::private_},
                             Range{"172.16.0.0/12", AddressKind::private_},
                             Range{"192.168.0.0/16", AddressKind::private_},
                             Range{"fc00::/7", AddressKind::private_},
                             Range{"fec0::/10", AddressKind::private_},
                             Range{"100.64.0.0/10", AddressKind::shared},
                             Range{"0.0.0.0/8", AddressKind::none},
                             Range{"::", AddressKind::none},
                             Range{"224.0.0.0/3", AddressKind::none},
                             Range{"ff00::/8", AddressKind::none}};

}  // namespace

std::optional<Network> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_ip_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  const bool is_ipv4 = text.substr(0, slash).find(':') == std::string_view::npos;
  unsigned bits = kAddressBits;
  if (slash != std::string_view::npos) {
    const auto length = number(text.substr(slash + 1));
    if (!length || *length > (is_ipv4 ? kIpv4Bits : kAddressBits)) return std::nullopt;
    bits = *length + (is_ipv4 ? kAddressBits - kIpv4Bits : 0);
  }
  Network network{*address, *address};
  for (unsigned bit = bits; bit < kAddressBits; ++bit) {
    const auto mask = static_cast<unsigned char>(0x80U >> (bit % 8));
    network.first[bit / 8] = static_cast<unsigned char>(network.first[bit / 8] & ~mask);
    network.last[bit / 8] = static_cast<unsigned char>(network.last[bit / 8] | mask);
  }
  return network;
}

AddressKind kind_of(const IpOctets& address) noexcept {
  static const auto networks = [] {
    std::array<Network, kRanges.size()> parsed;
    for (std::size_t index = 0; index < kRanges.size(); ++index)
      parsed[index] = *parse_network(kRanges[index].network);
    return parsed;
  }();
  for (std::size_t index = 0; index < kRanges.size(); ++index) {
    if (networks[index].contains(address)) return kRanges[index].kind;
  }
  return AddressKind::public_;
}

}  // namespace mailspoor::index
