#include "index/trace/path.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "index/trace/boundary.hpp"
#include "index/trace/hop_facts.hpp"
#include "index/trace/providers.hpp"

namespace mailspoor::index {
namespace {

constexpr std::int64_t kClockTolerance = 300;
constexpr std::int64_t kLongDelay = std::int64_t{12} * 3600;

std::string shown(const std::optional<std::string>& text, std::string_view fallback) {
  return text ? *text : std::string{fallback};
}

class PathWalk {
 public:
  PathWalk(std::span<const Hop> hops, const TrustedServers& ours) : hops_{hops}, ours_{ours} {}

  Path walk(std::span<const ClientAddress> client_addresses) {
    const auto boundary = find_boundary(hops_, ours_);
    path_.boundary = boundary.hop;
    if (path_.boundary) {
      follow(boundary.is_told ? OriginTrust::observed : OriginTrust::assumed);
      judge_boundary();
    } else {
      take_internal_origin();
    }
    take_client_address(client_addresses);
    judge_origin();
    judge_hops();
    return std::move(path_);
  }

 private:
  void find(std::string code, Severity severity, std::optional<std::size_t> hop, std::string detail) {
    path_.findings.push_back({std::move(code), severity, hop, std::move(detail)});
  }

  void follow(OriginTrust trust) {
    const auto boundary = *path_.boundary;
    path_.followed.push_back(boundary);
    if (const auto peer = peer_of(hops_[boundary]); is_public(peer)) relay_ = peer;
    path_.origin.first_untrusted_trust = trust;
    if (peer_of(hops_[boundary])) {
      take_origin(boundary, trust);
      path_.origin.first_untrusted_ip = hops_[boundary].from_ip;
    }
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
      if (is_inner_line(hop) && is_of_relay(hops_[newer])) continue;
      if (!links(hops_[newer], hop)) {
        path_.broken_at = index;
        find("CHAIN_BREAK", Severity::notice, index,
             fmt::format(
                 "{} is not the server that handed the message on to {}: what this hop and older ones say "
                 "rests on nobody's word but theirs",
                 shown(hop.by, "the server that wrote this hop"), shown(hops_[newer].by, "the next one")));
        path_.findings.back().newer_hop = newer;
        return;
      }
      path_.followed.push_back(index);
      if (!is_public(peer)) continue;
      relay_ = peer;
      take_origin(index, OriginTrust::claimed);
    }
  }

  bool links(const Hop& newer, const Hop& older) const {
    const auto by = domain_of_host(older.by);
    const auto name = peer_name(newer);
    if (by && by == domain_of_host(name)) return true;
    const auto peer = peer_of(newer);
    if (!is_public(peer) && by && by == domain_of_host(newer.by)) return true;
    const auto relay = relay_name(newer);
    if (relay && older.by && is_within_provider(*relay, *relay_, *older.by)) return true;
    if (!peer) return false;
    const auto own = older.by_ip ? parse_ip_address(*older.by_ip) : literal_of(older.by);
    return own == peer;
  }

  /// The name that a server goes by which may be of the same provider as the last public peer: that peer's
  /// own, or the `by` of a hop that has none.
  std::optional<std::string> relay_name(const Hop& hop) const {
    if (!relay_) return std::nullopt;
    return is_public(peer_of(hop)) ? peer_name(hop) : hop.by;
  }
  bool is_of_relay(const Hop& hop) const {
    const auto name = relay_name(hop);
    return name && is_within_provider(*name, *relay_, *name);
  }

  /// The name by which a hop leads to an older one: what the client announced counts only where the server
  /// looks no names up.
  static std::optional<std::string> peer_name(const Hop& hop) {
    if (hop.from_rdns || hop.name_lookup != NameLookup::not_stated) return looked_up_name(hop);
    return hop.from_helo;
  }

  void take_origin(std::size_t hop, std::optional<OriginTrust> trust) {
    path_.origin.ip = hops_[hop].from_ip;
    path_.origin.hop = hop;
    path_.origin.evidence = "received";
    path_.origin.trust = trust;
  }

  void take_internal_origin() {
    for (std::size_t index = hops_.size(); index-- > 0;) {
      const auto peer = peer_of(hops_[index]);
      if (!peer) continue;
      const auto kind = kind_of(*peer);
      if (kind == AddressKind::loopback || kind == AddressKind::link_local) continue;
      take_origin(index, std::nullopt);
      break;
    }
    if (!hops_.empty()) path_.origin.evidence = "internal";
  }

  void take_client_address(std::span<const ClientAddress> candidates) {
    const auto found = std::find_if(candidates.begin(), candidates.end(), [&](const ClientAddress& one) {
      return !path_.boundary ||
             (one.hops_above > *path_.boundary && one.ip != path_.origin.first_untrusted_ip);
    });
    if (found == candidates.end()) return;
    path_.client_address = *found;
    if (path_.broken_at || path_.followed.empty()) return;
    const auto oldest = path_.followed.back();
    const auto peer = peer_of(hops_[oldest]);
    if (!is_public(peer)) {
      take_origin(oldest, OriginTrust::claimed);
      path_.origin.ip = found->ip;
      path_.origin.evidence = found->field;
    } else if (to_text(*peer) != found->ip) {
      find("XOIP_MISMATCH", Severity::notice, oldest,
           fmt::format("{} names {}, but the oldest server of the path took the message from {}",
                       found->field, found->ip, to_text(*peer)));
      path_.findings.back().field = found->position;
    }
  }

  void judge_origin() {
    auto& origin = path_.origin;
    if (!origin.trust || !origin.hop || !origin.ip) return;
    const auto& hop = hops_[*origin.hop];
    const auto address = parse_ip_address(*origin.ip);
    const bool is_of_hop = origin.evidence == "received";
    const auto* provider =
        address ? sending_provider(*address, is_of_hop ? looked_up_name(hop) : std::nullopt) : nullptr;
    if (const auto name = peer_name(hop); provider == nullptr && address && is_of_hop && name && hop.by)
      provider = internal_provider(*name, *address, *hop.by);  // farther inside than its relays
    if (provider == nullptr) {
      origin.kind = !is_of_hop || is_submission(hop) ? OriginKind::client : OriginKind::server;
      return;
    }
    origin.kind = OriginKind::provider;
    origin.provider = std::string{provider->name};
    origin.is_provider_by_claimed_name =
        origin.trust == OriginTrust::claimed && !provider->has_address(*address);
    find("ORIGIN_WITHHELD", Severity::info, origin.hop, withheld_text(hop));
  }

  std::string withheld_text(const Hop& hop) const {
    const auto& origin = path_.origin;
    const auto who = origin.is_provider_by_claimed_name
                         ? fmt::format("By the name that {} gives it, {} is a relay of {}, which",
                                       shown(hop.by, "the next server"), *origin.ip, *origin.provider)
                         : *origin.provider;
    const auto* const where = is_told_of_elsewhere()
                                  ? "sent this for one of its users. Older hops name addresses, but do not "
                                    "link with its relay"
                                  : "sent this for one of its users and does not say from where";
    return fmt::format("{} {}. Ask it with the time of this hop, the Message-ID{}{}", who, where,
                       hop.id ? " and the queue id " : "", shown(hop.id, ""));
  }
  /// Whether hops that do not link name a client.
  bool is_told_of_elsewhere() const {
    return path_.broken_at &&
           std::any_of(hops_.begin() + static_cast<std::ptrdiff_t>(*path_.broken_at), hops_.end(),
                       [](const Hop& hop) { return is_public(peer_of(hop)); });
  }

  void judge_boundary() {
    const auto index = *path_.boundary;
    const auto& hop = hops_[index];
    const auto peer = peer_of(hop);
    if (!peer) return;  // nothing is known to compare with
    const auto shown_peer = to_text(*peer);
    if (hop.name_lookup == NameLookup::not_found) {
      find("NO_RDNS", Severity::notice, index,
           fmt::format("{} found no name for {}, the address that handed over the message",
                       shown(hop.by, "the receiving server"), shown_peer));
    }
    if (hop.is_may_be_forged) {
      find("MAY_BE_FORGED", Severity::notice, index,
           fmt::format("the name {} does not lead back to the address {}",
                       shown(hop.from_rdns, "of the peer"), shown_peer));
    }
    if (const auto literal = literal_of(hop.from_helo); is_public(literal) && literal != peer) {
      find("HELO_LITERAL_MISMATCH", Severity::notice, index,
           fmt::format("the peer announced itself as {}, but its address is {}", *hop.from_helo, shown_peer));
    }
    const auto ours = domain_of_host(hops_.front().by);
    if (ours && ours == domain_of_host(hop.from_helo) && ours != domain_of_host(looked_up_name(hop)) &&
        !is_of_provider(hop)) {
      find(
          "HELO_CLAIMS_US", Severity::warning, index,
          fmt::format("{} announced itself as {}, a name of the receiving side", shown_peer, *hop.from_helo));
      if (index > 0) path_.findings.back().newer_hop = 0;
    }
  }

  /// One who sends by the provider that also receives for us has its names by right.
  static bool is_of_provider(const Hop& hop) {
    const auto peer = peer_of(hop);
    const auto* provider = peer ? sending_provider(*peer, looked_up_name(hop)) : nullptr;
    return provider != nullptr && provider->has_name(*hop.from_helo);
  }

  void judge_hops() {
    std::optional<IpOctets> writer;  // the address of the server that wrote this hop, as the newer one saw it
    for (std::size_t index = 0; index < hops_.size(); ++index) {
      const auto& hop = hops_[index];
      if (!hop.has_clause && !is_local_line(hop)) {
        find("UNPARSEABLE_HOP", Severity::notice, index,
             "a Received field that says nothing that can be read");
      }
      if (!hop.date) {
        find("BAD_DATE", Severity::notice, index, "a Received field without a date that can be read");
      }
      const auto peer = peer_of(hop);
      const bool is_linked = !path_.broken_at || index < *path_.broken_at;
      const auto own = hop.by_ip ? parse_ip_address(*hop.by_ip) : is_linked ? writer : std::nullopt;
      if (is_cleartext(hop) && is_public(peer) && is_public(own)) {
        find("CLEARTEXT_HOP", Severity::info, index,
             fmt::format("{} wrote that it took the message from {} with {}, the word for a connection "
                         "without TLS",
                         shown(hop.by, "the next server"), *hop.from_ip, *hop.with));
      }
      writer = peer;
    }
  }

  std::span<const Hop> hops_;
  const TrustedServers& ours_;
  std::optional<IpOctets> relay_;  ///< The last public peer that was followed.
  Path path_;
};

}  // namespace

Path trace_path(std::span<const Hop> hops, const TrustedServers& ours,
                std::span<const ClientAddress> client_addresses) {
  return PathWalk{hops, ours}.walk(client_addresses);
}

void judge_clocks(std::span<const Hop> hops, const std::optional<DateTime>& date,
                  std::vector<Finding>& findings) {
  std::optional<std::size_t> newer;
  for (std::size_t index = 0; index < hops.size(); ++index) {
    const auto& hop = hops[index];
    if (!hop.date) continue;
    if (!newer) {
      if (date && date->unix_seconds - hop.date->unix_seconds > kClockTolerance) {
        findings.push_back({"DATE_IN_FUTURE", Severity::notice, index,
                            fmt::format("the message is dated {} after it arrived",
                                        duration_text(date->unix_seconds - hop.date->unix_seconds))});
      }
    } else {
      const auto delay = hops[*newer].date->unix_seconds - hop.date->unix_seconds;
      if (-delay > kClockTolerance) {
        findings.push_back(
            {"TIME_REVERSED", Severity::info, index,
             fmt::format("this server's clock says {} more than that of the next one", duration_text(-delay)),
             newer});
      } else if (delay > kLongDelay && !is_mail_fetch(hops[*newer])) {
        findings.push_back(
            {"LONG_DELAY", Severity::info, index,
             fmt::format("{} passed until the next server took the message", duration_text(delay)), newer});
      }
    }
    newer = index;
  }
}

}  // namespace mailspoor::index
