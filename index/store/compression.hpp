#pragma once

#include <string>
#include <string_view>

namespace mailspoor::index {

/// Deflates with zlib's header (RFC 1950), fast rather than small.
std::string compressed(std::string_view octets);

/// What compressed() was given.
/// @throws DatabaseError for anything else, and for more than 16 MiB.
std::string decompressed(std::string_view octets);

}  // namespace mailspoor::index
