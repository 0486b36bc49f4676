#include "index/verdict_basis.hpp"

#include "deliver/base/hex.hpp"
#include "deliver/base/sha256.hpp"
#include "index/track/table_version.hpp"

namespace mailspoor::index {
namespace {

/// Texts follow each other, so each is told with its end.
void tell(base::Sha256& hash, std::string_view text) {
  hash.update(text);
  hash.update(std::string_view{"\0", 1});
}

std::string short_digest(base::Sha256& hash) {
  constexpr std::size_t kDigits = 16;
  return base::to_hex(hash.finish()).substr(0, kDigits);
}

}  // namespace

VerdictBasis verdict_basis(const TraceContext& context, const std::vector<PlaceDatabase>& databases) {
  VerdictBasis basis;
  base::Sha256 hash;
  for (const auto& address : context.addresses) tell(hash, address);
  basis.trackers = tracker_table_version();
  if (!context.addresses.empty()) basis.trackers += '+' + short_digest(hash);

  for (const auto& network : context.servers.networks) {
    for (const auto* end : {&network.first, &network.last})
      tell(hash, {reinterpret_cast<const char*>(end->data()), end->size()});
  }
  tell(hash, "receivers");
  for (const auto& receiver : context.servers.receivers) tell(hash, receiver);
  tell(hash, "addresses");
  for (const auto& address : context.addresses) tell(hash, address);
  tell(hash, "databases");
  for (const auto& database : databases) {
    if (!database.failure) tell(hash, database.name + ' ' + std::to_string(database.date.value_or(0)));
  }
  basis.trail = short_digest(hash);
  return basis;
}

}  // namespace mailspoor::index
