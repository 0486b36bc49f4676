#pragma once

#include <string_view>

#include "index/track/url.hpp"

namespace mailspoor::index {

/// Whether a query holds what looks like the number of a recipient or a message: six digits, or eight signs
/// of letters and digits mixed. Parameters of versions, fonts and sizes are none.
bool has_identifier(std::string_view query);

/// Whether nothing in a URL tells one copy of a message from another: its query holds versions only, and its
/// file's name is a word. Folders do not count: those of a sender's pictures are long numbers too.
bool is_static_file(const Url& url);

/// Whether a file's name says that it counts who loads it: `tracker0802.gif`, `beacon.png`.
bool is_counter_by_name(const Url& url);

}  // namespace mailspoor::index
