#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "index/message_object.hpp"

namespace mailspoor::cli {

/// How a path is drawn.
struct PathStyle {
  std::size_t width = 0;     ///< Columns to cut lines at; 0 for none.
  bool has_color = false;    ///< By who answers for a hop.
  bool on_terminal = false;  ///< Lines instead of ASCII, and local times.
};

/// The way of a message from its origin to its mailbox, oldest hop first, with lines where trust ends and
/// where the hops no longer link. Without control characters but line ends, and colours if asked for.
std::string path_text(const index::MessageObject& message, const PathStyle& style);

/// `203.0.113.77, a client, as servers below ours claim`; empty where no origin is known.
/// @param is_own  See index::is_own_mail().
std::string origin_text(const index::Origin& origin, bool is_own = false);

/// `198.51.100.10; seen by servers that we were told of`: who handed the message to our side; empty where
/// nobody from outside did.
std::string handed_over_text(const index::Origin& origin);

/// What databases say of an address, each a name and a text that ends with the database and the day of its
/// data.
std::vector<std::pair<std::string_view, std::string>> place_lines(const index::Place& place);

}  // namespace mailspoor::cli
