#include "index/trace/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "deliver/base/text.hpp"

namespace mailspoor::index {
namespace {

constexpr std::size_t kMappedPrefix = 12;

bool is_ipv4(const IpOctets& address) {
  return std::all_of(address.begin(), address.begin() + 10, [](unsigned char octet) { return octet == 0; }) &&
         address[10] == 0xFF && address[11] == 0xFF;
}

}  // namespace

std::optional<IpOctets> parse_ip_address(std::string_view text) {
  if (base::starts_with_ignoring_case(text, "IPv6:")) text.remove_prefix(5);
  text = text.substr(0, text.find('%'));
  if (text.empty() || text.size() >= INET6_ADDRSTRLEN) return std::nullopt;
  const std::string terminated{text};
  IpOctets address{};
  if (inet_pton(AF_INET6, terminated.c_str(), address.data()) == 1) return address;
  address = {};
  if (inet_pton(AF_INET, terminated.c_str(), address.data() + kMappedPrefix) != 1) return std::nullopt;
  address[10] = address[11] = 0xFF;
  return address;
}

std::string to_text(const IpOctets& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (is_ipv4(address)) {
    inet_ntop(AF_INET, address.data() + kMappedPrefix, text.data(), text.size());
  } else {
    inet_ntop(AF_INET6, address.data(), text.data(), text.size());
  }
  return text.data();
}

}  // namespace mailspoor::index
