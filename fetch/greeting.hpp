#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "fetch/account.hpp"

namespace mailspoor::fetch {

/// The first line of a server that takes the connection.
struct Greeting {
  std::string line;    ///< Without its end.
  std::string unread;  ///< What has come behind it.
};

/// Reads lines up to one of `OK` or `PREAUTH` (RFC 3501 §7.1), or `+OK` (RFC 1939 §4). Others before it are
/// skipped: a login shell's, for one.
/// @param receive  Waits for octets and puts some into the buffer; 0 at their end.
/// @param peer     Who it is, for error texts.
/// @throws NetworkError, with the server's words if it is `BYE` or `-ERR`; ProtocolError for what is no
/// greeting; what `receive` throws.
Greeting read_greeting(const std::function<std::size_t(std::span<char> buffer)>& receive,
                       std::string_view peer, Protocol protocol);

}  // namespace mailspoor::fetch
