#pragma once

#include <string>
#include <vector>

#include "index/trace/places.hpp"
#include "index/trace/trace_context.hpp"

namespace mailspoor::index {

/// What verdicts on messages rest on, besides the messages. Equal texts, equal verdicts.
struct VerdictBasis {
  std::string trail;  ///< Digest of trusted networks, receivers, own addresses, databases of places.
  /// `2026-11-22 judge 2`: the table's date, the number of our rules; `+` and a digest where own rows or
  /// addresses count.
  std::string trackers;
  bool operator==(const VerdictBasis&) const = default;
};

VerdictBasis verdict_basis(const TraceContext& context, const std::vector<PlaceDatabase>& databases);

}  // namespace mailspoor::index
