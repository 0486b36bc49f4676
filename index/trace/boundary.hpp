#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "index/message_object.hpp"
#include "index/trace/trace_context.hpp"

namespace mailspoor::index {

/// Where the receiving side ends.
struct Boundary {
  /// The hop by which a message came to our servers: the newest whose peer is not ours, or is not known. Its
  /// own and all newer hops were written by servers of ours. nullopt: nobody from outside took part.
  std::optional<std::size_t> hop;
  bool is_told = false;  ///< We were told of every server that wrote a hop down to it.
};

/// @param hops  Newest first.
Boundary find_boundary(std::span<const Hop> hops, const TrustedServers& ours);

}  // namespace mailspoor::index
