#include "index/trace/domain.hpp"

#include <libpsl.h>

#include <algorithm>
#include <memory>

#include "deliver/base/text.hpp"
#include "index/trace/idna.hpp"
#include "index/trace/ip_address.hpp"

namespace mailspoor::index {
namespace {

struct PslDeleter {
  void operator()(psl_ctx_t* list) const noexcept { psl_free(list); }
};

/// Read once and never changed: libpsl looks names up in it from any thread.
const psl_ctx_t* suffix_list() {
  static const std::unique_ptr<psl_ctx_t, PslDeleter> list{psl_latest(nullptr)};
  return list.get();
}

bool is_host_octet(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// Labels of at least one octet, joined by dots; lower case.
bool is_host_name(std::string_view name) {
  constexpr std::size_t kMaxOctets = 253;  // RFC 1035 §2.3.4, as text
  if (name.empty() || name.size() > kMaxOctets || name.front() == '.' || !base::is_utf8(name)) return false;
  if (name.find("..") != std::string_view::npos) return false;
  return std::all_of(name.begin(), name.end(), [](char c) { return c == '.' || is_host_octet(c); });
}

std::string_view without_trailing_dot(std::string_view name) noexcept {
  if (name.size() > 1 && name.back() == '.') name.remove_suffix(1);
  return name;
}

}  // namespace

std::optional<std::string> registrable_domain(std::string_view domain) {
  const auto name = to_a_labels(without_trailing_dot(domain));
  if (!is_host_name(name) || parse_ip_address(name)) return std::nullopt;
  const auto* list = suffix_list();
  const char* found = list != nullptr ? psl_registrable_domain(list, name.c_str()) : nullptr;
  if (found == nullptr) return std::nullopt;
  return std::string{found};
}

bool is_in_domain(std::string_view host, std::string_view domain) noexcept {
  while (host.ends_with('.')) host.remove_suffix(1);
  if (host.size() < domain.size()) return false;
  const auto before = host.size() - domain.size();
  return base::equal_ignoring_case(host.substr(before), domain) && (before == 0 || host[before - 1] == '.');
}

Alignment alignment_of(std::string_view author_domain, std::string_view authenticated_domain) {
  const auto author = to_a_labels(without_trailing_dot(author_domain));
  const auto authenticated = to_a_labels(without_trailing_dot(authenticated_domain));
  if (author.empty()) return Alignment::none;
  if (author == authenticated) return Alignment::strict;
  const auto registered = registrable_domain(author);
  return registered && registered == registrable_domain(authenticated) ? Alignment::relaxed : Alignment::none;
}

std::string_view domain_of_address(std::string_view addr_spec) {
  const auto at = addr_spec.rfind('@');
  if (at != std::string_view::npos) addr_spec.remove_prefix(at + 1);
  while (!addr_spec.empty() && (addr_spec.back() == '>' || addr_spec.back() == ' '))
    addr_spec.remove_suffix(1);
  while (!addr_spec.empty() && (addr_spec.front() == '<' || addr_spec.front() == ' '))
    addr_spec.remove_prefix(1);
  return without_trailing_dot(addr_spec);
}

}  // namespace mailspoor::index
