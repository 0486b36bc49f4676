#include "index/trace/authentication_trust.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "deliver/base/text.hpp"
#include "index/trace/domain.hpp"
#include "index/trace/providers.hpp"

namespace mailspoor::index {
namespace {

bool names_us(const Authentication& entry, const ReceivingSide& side) {
  return entry.authserv_id && std::any_of(side.hosts.begin(), side.hosts.end(), [&](const std::string& host) {
           return is_in_domain(*entry.authserv_id, host);
         });
}

/// Microsoft's servers, the only ones with rows of their own for what goes on between them.
bool writes_no_id(const std::string& host) {
  const auto all = providers();
  return std::any_of(all.begin(), all.end(), [&](const Provider& provider) {
    return provider.role == Provider::Role::internal && provider.has_name(host);
  });
}

/// Google writes one field into every message, in front of what it was sent.
bool writes_beneath(const std::string& host) { return is_in_domain(host, "google.com"); }

/// Proton keeps its fields behind the Received of others, where anybody's could stand.
bool has_no_order(const std::string& host) { return is_in_domain(host, "protonmail.ch"); }

/// Goes through the entries from the top field down.
class StandingJudge {
 public:
  explicit StandingJudge(const ReceivingSide& side) : side_{side} {}

  Standing judge(const Authentication& entry) {
    const bool is_of_receiver = entry.source_kind == AuthenticationSource::authentication_results ||
                                entry.source_kind == AuthenticationSource::received_spf;
    if (!is_of_receiver || !side_.boundary) return Standing::foreign;
    const bool is_ours = names_us(entry, side_);
    if (!is_ours && (entry.authserv_id || !side_.writes_no_id)) return Standing::foreign;
    if (entry.position < *side_.boundary) {
      has_own_above_ |= is_ours;
      return Standing::trusted;
    }
    if (!is_ours) return Standing::foreign;
    return entry.position < side_.next_received ? judge_beneath(entry) : Standing::below_boundary;
  }

 private:
  Standing judge_beneath(const Authentication& entry) {
    if (has_own_above_) return Standing::below_boundary;
    if (!side_.writes_beneath || entry.source_kind != AuthenticationSource::authentication_results)
      return Standing::foreign;
    if (!first_beneath_) first_beneath_ = entry.position;
    return entry.position == *first_beneath_ ? Standing::trusted : Standing::below_boundary;
  }

  const ReceivingSide& side_;
  bool has_own_above_ = false;
  std::optional<std::size_t> first_beneath_;  ///< Position of our first field beneath the boundary.
};

}  // namespace

ReceivingSide receiving_side(std::span<const Hop> hops, std::span<const HeaderField> fields,
                             std::optional<std::size_t> boundary, const std::vector<std::string>& receivers) {
  ReceivingSide side;
  if (!boundary) return side;
  side.next_received = fields.size();
  std::size_t hop = 0;
  for (std::size_t position = 0; position < fields.size() && hop <= *boundary + 1; ++position) {
    if (!base::equal_ignoring_case(fields[position].name, "Received")) continue;
    if (hop == *boundary) side.boundary = position;
    if (hop == *boundary + 1) side.next_received = position;
    ++hop;
  }
  side.hosts = receivers;
  for (const auto& ours : hops.first(*boundary + 1)) {
    if (receivers.empty() && ours.by) side.hosts.push_back(*ours.by);
  }
  const auto& by = hops[*boundary].by;
  side.writes_no_id = by && writes_no_id(*by);
  side.writes_beneath = by && writes_beneath(*by);
  if (by && has_no_order(*by)) side.next_received = fields.size();
  return side;
}

std::vector<Standing> standings(const std::vector<Authentication>& entries, const ReceivingSide& side) {
  StandingJudge judge{side};
  std::vector<Standing> all;
  all.reserve(entries.size());
  for (const auto& entry : entries) all.push_back(judge.judge(entry));
  return all;
}

void judge_trust(std::vector<Authentication>& entries, const ReceivingSide& side) {
  const auto all = standings(entries, side);
  for (std::size_t index = 0; index < entries.size(); ++index) {
    if (entries[index].source_kind != AuthenticationSource::dkim_signature)
      entries[index].is_trusted = all[index] == Standing::trusted;
  }
}

std::optional<Finding> forged_results(const std::vector<Authentication>& entries, const ReceivingSide& side,
                                      std::optional<std::size_t> hop) {
  const auto all = standings(entries, side);
  for (std::size_t index = 0; index < entries.size(); ++index) {
    const auto& entry = entries[index];
    if (all[index] != Standing::below_boundary ||
        entry.source_kind != AuthenticationSource::authentication_results)
      continue;
    return Finding{
        "FORGED_AUTHRES",
        Severity::notice,
        hop,
        fmt::format("a result of authentication in the name of {}, a server of the receiving side, "
                    "stands where the sending side writes: it does not count. Mail that went out "
                    "from here and came back has one too",
                    *entry.authserv_id),
        std::nullopt,
        entry.position};
  }
  return std::nullopt;
}

}  // namespace mailspoor::index
