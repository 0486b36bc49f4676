#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "index/message/header_section.hpp"
#include "index/message_object.hpp"
#include "index/trace/finding.hpp"

namespace mailspoor::index {

/// The side that received a message, as far as it was told or follows from the path.
struct ReceivingSide {
  /// Position of the boundary hop's Received among the header fields; nullopt if there is none.
  std::optional<std::size_t> boundary;
  /// Position of the Received below that one; behind the last field if there is none, or if the provider is
  /// known to put its fields below it (Proton).
  std::size_t next_received = 0;
  /// Our servers, or their domains: an authserv-id is ours if it is one of them or below it.
  std::vector<std::string> hosts;
  bool writes_no_id = false;    ///< It is of a provider that leaves the authserv-id out (Microsoft).
  bool writes_beneath = false;  ///< It is of one that writes them directly beneath its Received (Google).
};

/// The side that received a message.
/// @param hops       Of the Received among `fields`.
/// @param boundary   The boundary hop; nullopt if there is none.
/// @param receivers  Our servers or their domains, as configured. Empty: the hosts that wrote the hops down
///                   to the boundary. The top one alone does not do: Gmail's names only an address there.
ReceivingSide receiving_side(std::span<const Hop> hops, std::span<const HeaderField> fields,
                             std::optional<std::size_t> boundary, const std::vector<std::string>& receivers);

/// Whether a result counts: it stands above the boundary hop's Received, where only our servers write, and
/// names one of them, or none where they name none. Of what stands directly beneath that Received nobody can
/// tell who wrote it: many filters put their results there (OpenDKIM behind Postfix), and so may the sender.
/// Where the provider is known to write a field there, the first Authentication-Results counts. An ARC field
/// is never trusted: each handler writes its own.
enum class Standing {
  trusted,
  foreign,         ///< Somebody else's id, or none, or no boundary is known, or nobody can tell.
  below_boundary,  ///< Our id where others wrote it.
};
std::vector<Standing> standings(const std::vector<Authentication>& entries, const ReceivingSide& side);

/// Sets `is_trusted` of all that servers wrote; what was verified here stays as it is.
void judge_trust(std::vector<Authentication>& entries, const ReceivingSide& side);

/// FORGED_AUTHRES: an Authentication-Results field with our id where others wrote it. nullopt if there is
/// none.
/// @param hop  The boundary hop.
std::optional<Finding> forged_results(const std::vector<Authentication>& entries, const ReceivingSide& side,
                                      std::optional<std::size_t> hop);

}  // namespace mailspoor::index
