#include "index/trace/providers.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "index/table_text.hpp"
#include "index/trace/domain.hpp"
#include "index/trace/providers_tsv.hpp"

namespace mailspoor::index {
namespace {

std::vector<std::string_view> words(std::string_view text) {
  auto parts = split(text, ' ');
  std::erase(parts, std::string_view{});
  return parts;
}

Provider::Role role_of(std::string_view word) {
  if (word == "internal") return Provider::Role::internal;
  return word == "bulk" ? Provider::Role::bulk : Provider::Role::outbound;
}

std::vector<Provider> read_table() {
  std::vector<Provider> table;
  for (const auto& columns : table_rows(kProvidersTsv)) {
    if (columns.size() < 5) continue;
    Provider provider{columns[0], role_of(columns[1]), words(columns[2]), words(columns[3]), {}};
    for (const auto word : words(columns[4])) {
      if (const auto network = parse_network(word)) provider.networks.push_back(*network);
    }
    table.push_back(std::move(provider));
  }
  return table;
}

bool is_below_any(std::string_view host, const std::vector<std::string_view>& domains) {
  return std::any_of(domains.begin(), domains.end(),
                     [&](std::string_view domain) { return is_in_domain(host, domain); });
}

}  // namespace

bool Provider::has_name(std::string_view host) const {
  return is_below_any(host, names) && !is_below_any(host, except_names);
}

bool Provider::has_address(const IpOctets& address) const {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const Network& network) { return network.contains(address); });
}

std::span<const Provider> providers() {
  static const auto table = read_table();
  return table;
}

const Provider* sending_provider(const IpOctets& address, const std::optional<std::string>& looked_up_name) {
  for (const auto& provider : providers()) {
    if (provider.role == Provider::Role::internal) continue;
    if (provider.has_address(address) || (looked_up_name && provider.has_name(*looked_up_name)))
      return &provider;
  }
  return nullptr;
}

const Provider* internal_provider(std::string_view peer_name, const IpOctets& peer, std::string_view by) {
  for (const auto& provider : providers()) {
    if (provider.role == Provider::Role::internal && provider.has_name(peer_name) &&
        provider.has_address(peer) && is_below_any(by, provider.names))
      return &provider;
  }
  return nullptr;
}

bool is_within_provider(std::string_view peer_name, const IpOctets& peer, std::string_view by) {
  const auto table = providers();
  return std::any_of(table.begin(), table.end(), [&](const Provider& provider) {
    return provider.has_address(peer) && provider.has_name(peer_name) && provider.has_name(by);
  });
}

}  // namespace mailspoor::index
