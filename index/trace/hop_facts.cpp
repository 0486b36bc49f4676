#include "index/trace/hop_facts.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "deliver/base/text.hpp"
#include "index/trace/domain.hpp"

namespace mailspoor::index {
namespace {

using base::equal_ignoring_case;
using base::starts_with_ignoring_case;

bool is_any_of(std::string_view word, std::initializer_list<std::string_view> known) {
  return std::any_of(known.begin(), known.end(),
                     [&](std::string_view one) { return equal_ignoring_case(word, one); });
}

bool starts_with_any_of(const std::optional<std::string>& text,
                        std::initializer_list<std::string_view> beginnings) {
  return text && std::any_of(beginnings.begin(), beginnings.end(), [&](std::string_view beginning) {
           return starts_with_ignoring_case(*text, beginning);
         });
}

bool is_private(const std::optional<IpOctets>& address) {
  static const auto k6to4OfPrivate = *parse_network("2002:a00::/24");
  return address && (kind_of(*address) == AddressKind::private_ || k6to4OfPrivate.contains(*address));
}

}  // namespace

std::optional<IpOctets> peer_of(const Hop& hop) {
  const auto peer = hop.from_ip ? parse_ip_address(*hop.from_ip) : std::nullopt;
  return peer && kind_of(*peer) != AddressKind::none ? peer : std::nullopt;
}

bool is_public(const std::optional<IpOctets>& address) {
  return address && kind_of(*address) == AddressKind::public_;
}

bool is_mail_fetch(const Hop& hop) { return starts_with_any_of(hop.with, {"POP3", "IMAP"}); }

bool is_local_line(const Hop& hop) { return !hop.has_clause && hop.software == "qmail"; }

bool is_localhost(const std::optional<std::string>& host) {
  return host && (equal_ignoring_case(*host, "localhost") || starts_with_ignoring_case(*host, "localhost."));
}

bool is_submission(const Hop& hop) {
  if (hop.auth_user || starts_with_any_of(hop.with, {"HTTP"}) || starts_with_any_of(hop.via, {"HTTP"}))
    return true;
  const std::string_view with = hop.with ? std::string_view{*hop.with} : std::string_view{};
  return is_any_of(with.substr(0, with.find(' ')),
                   {"ESMTPA", "ESMTPSA", "UTF8SMTPA", "UTF8SMTPSA", "asmtp", "LMTPSA"});
}

bool is_cleartext(const Hop& hop) {
  return hop.with && !hop.mentions_tls && !hop.tls_version && !hop.tls_cipher &&
         is_any_of(*hop.with, {"SMTP", "ESMTP", "ESMTPA", "UTF8SMTP", "UTF8SMTPA"});
}

bool hides_peer(const Hop& hop) {
  if (peer_of(hop) || is_mail_fetch(hop) || is_local_line(hop)) return false;
  if (!hop.from_helo && !hop.from_rdns && !hop.from_ip) return false;
  return !starts_with_any_of(
             hop.with, {"LMTP", "UTF8LMTP", "Cyrus LMTP", "local", "HTTP", "mapi", "Novell_GroupWise"}) &&
         !starts_with_any_of(hop.via, {"HTTP"});
}

bool is_inner_line(const Hop& hop) {
  if (hop.from_helo || hop.from_rdns || hop.from_ip || !hop.by) return false;
  const auto literal = literal_of(hop.by);
  return is_private(literal ? literal : parse_ip_address(*hop.by));
}

std::optional<std::string> looked_up_name(const Hop& hop) {
  return hop.is_may_be_forged ? std::nullopt : hop.from_rdns;
}

std::optional<std::string> domain_of_host(const std::optional<std::string>& host) {
  return host ? registrable_domain(*host) : std::nullopt;
}

std::optional<IpOctets> literal_of(const std::optional<std::string>& name) {
  if (!name || name->size() < 2 || name->front() != '[' || name->back() != ']') return std::nullopt;
  return parse_ip_address(std::string_view{*name}.substr(1, name->size() - 2));
}

}  // namespace mailspoor::index
