#pragma once

#include <string>
#include <vector>

#include "index/trace/places.hpp"
#include "index/trace/trace_context.hpp"

namespace mailspoor::index {

/// What verdicts on messages rest on, besides the messages and this program. Equal texts, equal verdicts.
struct VerdictBasis {
  std::string trail;  ///< Digest of trusted networks, receivers, own addresses, databases of places.
  std::string
      trackers;  ///< `2026-11-22`: the table's date; `+` and a digest where own rows or addresses count.
  bool operator==(const VerdictBasis&) const = default;
};

VerdictBasis verdict_basis(const TraceContext& context, const std::vector<PlaceDatabase>& databases);

}  // namespace mailspoor::index
