#include "index/trace/path.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "deliver/base/text.hpp"
#include "index/trace/domain.hpp"
#include "index/trace/providers.hpp"

namespace mailspoor::index {
namespace {

using base::equal_ignoring_case;
using base::starts_with_ignoring_case;

constexpr std::int64_t kClockTolerance = 300;
constexpr std::int64_t kLongDelay = std::int64_t{12} * 3600;

std::optional<IpOctets> peer_of(const Hop& hop) {
  return hop.from_ip ? parse_ip_address(*hop.from_ip) : std::nullopt;
}

bool is_public(const std::optional<IpOctets>& address) {
  return address && kind_of(*address) == AddressKind::public_;
}

/// fetchmail and getmail: the peer is the mailbox server, which the message had reached long before.
bool is_mail_fetch(const Hop& hop) {
  return hop.with &&
         (starts_with_ignoring_case(*hop.with, "POP3") || starts_with_ignoring_case(*hop.with, "IMAP"));
}

bool is_local_line(const Hop& hop) { return !hop.has_clause && hop.software == "qmail"; }

bool is_localhost(const std::optional<std::string>& host) {
  return host && (equal_ignoring_case(*host, "localhost") || starts_with_ignoring_case(*host, "localhost."));
}

bool is_submission(const Hop& hop) {
  if (hop.auth_user) return true;
  const std::string_view with = hop.with ? std::string_view{*hop.with} : std::string_view{};
  if (starts_with_ignoring_case(with, "HTTP")) return true;
  if (hop.via && starts_with_ignoring_case(*hop.via, "HTTP")) return true;
  constexpr std::array<std::string_view, 6> kAuthenticated{"ESMTPA",     "ESMTPSA", "UTF8SMTPA",
                                                           "UTF8SMTPSA", "asmtp",   "LMTPSA"};
  const auto word = with.substr(0, with.find(' '));
  return std::any_of(kAuthenticated.begin(), kAuthenticated.end(),
                     [&](std::string_view known) { return equal_ignoring_case(word, known); });
}

/// `SMTP`, `ESMTP` and their kin without TLS: other words do not state that there was none.
bool is_cleartext(const Hop& hop) {
  if (!hop.with || hop.tls_version || hop.tls_cipher) return false;
  constexpr std::array<std::string_view, 5> kClear{"SMTP", "ESMTP", "ESMTPA", "UTF8SMTP", "UTF8SMTPA"};
  return std::any_of(kClear.begin(), kClear.end(),
                     [&](std::string_view known) { return equal_ignoring_case(*hop.with, known); });
}

std::optional<std::string> domain_of_host(const std::optional<std::string>& host) {
  return host ? registrable_domain(*host) : std::nullopt;
}

/// The address literal that a name is, such as `[192.0.2.1]`.
std::optional<IpOctets> literal_of(const std::optional<std::string>& name) {
  if (!name || name->size() < 2 || name->front() != '[' || name->back() != ']') return std::nullopt;
  return parse_ip_address(std::string_view{*name}.substr(1, name->size() - 2));
}

std::string shown(const std::optional<std::string>& text, std::string_view fallback) {
  return text ? *text : std::string{fallback};
}

class PathWalk {
 public:
  PathWalk(std::span<const Hop> hops, const TrustedServers& ours) : hops_{hops}, ours_{ours} {}

  Path walk(const std::optional<std::pair<std::string, std::string>>& originating_ip) {
    find_boundary();
    if (path_.boundary) {
      follow();
      judge_boundary();
    } else {
      take_internal_origin();
    }
    if (originating_ip) take_originating_ip(originating_ip->first, originating_ip->second);
    judge_origin();
    judge_hops();
    return std::move(path_);
  }

 private:
  void find(std::string code, Severity severity, std::optional<std::size_t> hop, std::string detail) {
    path_.findings.push_back({std::move(code), severity, hop, std::move(detail)});
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

  void find_boundary() {
    for (std::size_t index = 0; index < hops_.size() && !path_.boundary; ++index) {
      const auto& hop = hops_[index];
      const auto peer = peer_of(hop);
      if (!peer || is_mail_fetch(hop) || is_ours(*peer)) continue;
      const auto& name = hop.from_rdns ? hop.from_rdns : hop.from_helo;
      if (name && hop.by && is_provider_internal(*name, *peer, *hop.by)) continue;
      path_.boundary = index;
    }
  }

  /// Whether we were told of every server that wrote a hop down to the boundary.
  bool is_every_writer_told() const {
    bool is_told_of_writer = !ours_.networks.empty();  // the newest one keeps the mailbox
    for (std::size_t index = 0; index <= *path_.boundary; ++index) {
      const auto& hop = hops_[index];
      const bool is_receiver =
          hop.by && std::any_of(ours_.receivers.begin(), ours_.receivers.end(),
                                [&](const auto& domain) { return is_in_domain(*hop.by, domain); });
      if (!is_receiver && !is_told_of_writer) return false;
      if (const auto peer = peer_of(hop)) {
        const auto kind = kind_of(*peer);
        is_told_of_writer = is_told(*peer) || (is_told_of_writer && kind == AddressKind::loopback) ||
                            (is_receiver && kind == AddressKind::loopback);
      } else {
        is_told_of_writer = is_told_of_writer || is_receiver;  // the same machine goes on
      }
    }
    return true;
  }

  void follow() {
    const auto boundary = *path_.boundary;
    path_.followed.push_back(boundary);
    take_origin(boundary);
    path_.origin.first_untrusted_ip = hops_[boundary].from_ip;
    path_.origin.trust = is_every_writer_told() ? OriginTrust::observed : OriginTrust::assumed;
    for (std::size_t index = boundary + 1; index < hops_.size(); ++index) {
      const auto& hop = hops_[index];
      if (is_local_line(hop) || is_localhost(hop.by)) continue;
      if (!hop.has_clause) {
        path_.broken_at = index;
        return;
      }
      const auto peer = peer_of(hop);
      if (peer && kind_of(*peer) == AddressKind::loopback) continue;
      const auto newer = path_.followed.back();
      if (!links(hops_[newer], hop)) {
        path_.broken_at = index;
        find("CHAIN_BREAK", Severity::notice, index,
             fmt::format(
                 "{} is not the server that handed the message on to {}: what this hop and older ones say "
                 "rests on nobody's word but theirs",
                 shown(hop.by, "the server that wrote this hop"), shown(hops_[newer].by, "the next one")));
        return;
      }
      path_.followed.push_back(index);
      if (!is_public(peer)) continue;
      take_origin(index);
      path_.origin.trust = OriginTrust::claimed;
    }
  }

  static bool links(const Hop& newer, const Hop& older) {
    const auto by = domain_of_host(older.by);
    if (by && by == domain_of_host(newer.from_rdns)) return true;
    if (by && newer.name_lookup == NameLookup::not_stated && !newer.from_rdns &&
        by == domain_of_host(newer.from_helo))
      return true;
    const auto peer = peer_of(newer);
    if (!is_public(peer) && by && by == domain_of_host(newer.by)) return true;
    if (!peer) return false;
    const auto own = older.by_ip ? parse_ip_address(*older.by_ip) : literal_of(older.by);
    return own == peer;
  }

  void take_origin(std::size_t hop) {
    path_.origin.ip = hops_[hop].from_ip;
    path_.origin.hop = hop;
    path_.origin.evidence = "received";
  }

  void take_internal_origin() {
    for (std::size_t index = hops_.size(); index-- > 0;) {
      const auto peer = peer_of(hops_[index]);
      if (!peer) continue;
      const auto kind = kind_of(*peer);
      if (kind == AddressKind::loopback || kind == AddressKind::link_local) continue;
      take_origin(index);
      break;
    }
    if (!hops_.empty()) path_.origin.evidence = "internal";
  }

  void take_originating_ip(const std::string& field, const std::string& text) {
    const auto address = parse_ip_address(text);
    if (!is_public(address) || path_.broken_at || path_.followed.empty()) return;
    const auto oldest = path_.followed.back();
    const auto peer = peer_of(hops_[oldest]);
    if (!is_public(peer)) {
      path_.origin.ip = to_text(*address);
      path_.origin.evidence = field;
      path_.origin.hop = oldest;
      path_.origin.trust = OriginTrust::claimed;
    } else if (*peer != *address) {
      find("XOIP_MISMATCH", Severity::notice, oldest,
           fmt::format("{} names {}, but the oldest server of the path took the message from {}", field,
                       to_text(*address), to_text(*peer)));
    }
  }

  void judge_origin() {
    auto& origin = path_.origin;
    if (!origin.trust || !origin.hop || !origin.ip) return;
    const auto& hop = hops_[*origin.hop];
    const auto address = parse_ip_address(*origin.ip);
    const bool is_of_hop = origin.evidence == "received";
    const auto* provider =
        address ? sending_provider(*address, is_of_hop ? hop.from_rdns : std::nullopt) : nullptr;
    if (provider != nullptr) {
      origin.kind = OriginKind::provider;
      origin.provider = std::string{provider->name};
      const auto& id = hop.id;
      find("ORIGIN_WITHHELD", Severity::info, origin.hop,
           fmt::format(
               "{} sent this for one of its users and does not say from where. Ask it with the time of this "
               "hop, the Message-ID{}{}",
               provider->name, id ? " and the queue id " : "", shown(id, "")));
    } else {
      origin.kind = !is_of_hop || is_submission(hop) ? OriginKind::client : OriginKind::server;
    }
  }

  void judge_boundary() {
    const auto index = *path_.boundary;
    const auto& hop = hops_[index];
    const auto peer = peer_of(hop);
    if (hop.name_lookup == NameLookup::not_found) {
      find("NO_RDNS", Severity::notice, index,
           fmt::format("{} found no name for {}, the address that handed over the message",
                       shown(hop.by, "the receiving server"), *hop.from_ip));
    }
    if (hop.is_may_be_forged) {
      find("MAY_BE_FORGED", Severity::notice, index,
           fmt::format("the name {} does not lead back to the address {}",
                       shown(hop.from_rdns, "of the peer"), *hop.from_ip));
    }
    if (const auto literal = literal_of(hop.from_helo); is_public(literal) && literal != peer) {
      find("HELO_LITERAL_MISMATCH", Severity::notice, index,
           fmt::format("the peer announced itself as {}, but its address is {}", *hop.from_helo,
                       *hop.from_ip));
    }
    const auto ours = domain_of_host(hops_.front().by);
    if (ours && ours == domain_of_host(hop.from_helo) && ours != domain_of_host(hop.from_rdns) &&
        !is_of_provider(hop)) {
      find("HELO_CLAIMS_US", Severity::warning, index,
           fmt::format("{} announced itself as {}, a name of the receiving side", *hop.from_ip,
                       *hop.from_helo));
    }
  }

  /// One who sends by the provider that also receives for us has its names by right.
  static bool is_of_provider(const Hop& hop) {
    const auto peer = peer_of(hop);
    const auto* provider = peer ? sending_provider(*peer, hop.from_rdns) : nullptr;
    return provider != nullptr && provider->has_name(*hop.from_helo);
  }

  void judge_hops() {
    std::optional<IpOctets> writer;  // the address of the server that wrote this hop, as the newer one saw it
    for (std::size_t index = 0; index < hops_.size(); ++index) {
      const auto& hop = hops_[index];
      if (!hop.has_clause && !is_local_line(hop)) {
        find("UNPARSEABLE_HOP", Severity::notice, index,
             "a Received field that says nothing that can be read");
      } else if (!hop.date) {
        find("BAD_DATE", Severity::notice, index, "a Received field without a date that can be read");
      }
      const auto peer = peer_of(hop);
      const bool is_linked = !path_.broken_at || index < *path_.broken_at;
      const auto own = hop.by_ip ? parse_ip_address(*hop.by_ip) : is_linked ? writer : std::nullopt;
      if (is_cleartext(hop) && is_public(peer) && is_public(own)) {
        find("CLEARTEXT_HOP", Severity::info, index,
             fmt::format("from {} to {} the message went without encryption", *hop.from_ip,
                         shown(hop.by, "the next server")));
      }
      writer = peer;
    }
  }

  std::span<const Hop> hops_;
  const TrustedServers& ours_;
  Path path_;
};

}  // namespace

Path trace_path(std::span<const Hop> hops, const TrustedServers& ours,
                const std::optional<std::pair<std::string, std::string>>& originating_ip) {
  return PathWalk{hops, ours}.walk(originating_ip);
}

void judge_clocks(std::span<const Hop> hops, const std::optional<DateTime>& date,
                  std::vector<Finding>& findings) {
  const Hop* newer = nullptr;
  for (std::size_t index = 0; index < hops.size(); ++index) {
    const auto& hop = hops[index];
    if (!hop.date) continue;
    if (newer == nullptr) {
      if (date && date->unix_seconds - hop.date->unix_seconds > kClockTolerance) {
        findings.push_back({"DATE_IN_FUTURE", Severity::notice, index,
                            fmt::format("the message is dated {} after it arrived",
                                        duration_text(date->unix_seconds - hop.date->unix_seconds))});
      }
    } else {
      const auto delay = newer->date->unix_seconds - hop.date->unix_seconds;
      if (-delay > kClockTolerance) {
        findings.push_back({"TIME_REVERSED", Severity::info, index,
                            fmt::format("this server's clock says {} more than that of the next one",
                                        duration_text(-delay))});
      } else if (delay > kLongDelay && !is_mail_fetch(*newer)) {
        findings.push_back(
            {"LONG_DELAY", Severity::info, index,
             fmt::format("{} passed until the next server took the message", duration_text(delay))});
      }
    }
    newer = &hop;
  }
}

}  // namespace mailspoor::index
