#include "index/verdict_basis.hpp"

#include <fmt/format.h>

#include <span>
#include <string>

#include "deliver/base/hex.hpp"
#include "deliver/base/sha256.hpp"
#include "index/track/table_version.hpp"
#include "index/track/trackers.hpp"

namespace mailspoor::index {
namespace {

/// Raised with each change of url_wrappers.tsv or of what index/track/ makes of the same URLs and sizes.
constexpr int kTrackingJudge = 2;

/// Texts follow each other, so each is told with its end.
void tell(base::Sha256& hash, std::string_view text) {
  hash.update(text);
  hash.update(std::string_view{"\0", 1});
}

std::string short_digest(base::Sha256& hash) {
  constexpr std::size_t kDigits = 16;
  return base::to_hex(hash.finish()).substr(0, kDigits);
}

std::string tracker_basis(const TraceContext& context) {
  const auto rows = context.trackers != nullptr ? context.trackers->own_rows() : std::span<const Tracker>{};
  auto basis = fmt::format("{} judge {}", tracker_table_version(), kTrackingJudge);
  if (context.addresses.empty() && rows.empty()) return basis;
  base::Sha256 hash;
  for (const auto& address : context.own_addresses()) tell(hash, address);
  for (const auto& row : rows) {
    for (const auto* text : {&row.vendor, &row.host_pattern, &row.path_pattern}) tell(hash, *text);
    tell(hash, fmt::format("{} {}", static_cast<int>(row.kind), static_cast<int>(row.strength)));
  }
  return basis + '+' + short_digest(hash);
}

std::string trail_basis(const TraceContext& context, const std::vector<PlaceDatabase>& databases) {
  base::Sha256 hash;
  for (const auto& network : context.servers.networks) {
    for (const auto* end : {&network.first, &network.last})
      tell(hash, {reinterpret_cast<const char*>(end->data()), end->size()});
  }
  tell(hash, "receivers");
  for (const auto& receiver : context.servers.receivers) tell(hash, receiver);
  tell(hash, "addresses");
  for (const auto& address : context.own_addresses()) tell(hash, address);
  tell(hash, "databases");
  for (const auto& database : databases) {
    if (!database.failure) tell(hash, fmt::format("{} {}", database.name, database.date.value_or(0)));
  }
  return short_digest(hash);
}

}  // namespace

VerdictBasis verdict_basis(const TraceContext& context, const std::vector<PlaceDatabase>& databases) {
  return {trail_basis(context, databases), tracker_basis(context)};
}

}  // namespace mailspoor::index
