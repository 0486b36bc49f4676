#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "index/message_object.hpp"

namespace mailspoor::index {

/// A port of one hop.
struct Port {
  enum class Side {
    peer,     ///< The client's source port: behind a shared address it tells, with the time, who it was (RFC
              ///< 6302).
    service,  ///< The port of the receiving server.
  };
  enum class How {
    stated,   ///< The server wrote it.
    implied,  ///< Its `with` word goes with this service.
  };
  std::size_t hop;  ///< Newest first, from 0.
  Side side;
  std::uint16_t port;
  How how;
  bool operator==(const Port&) const = default;
};

/// The services that a `with` word implies on the receiving side; where it leaves two, both; none for words
/// that say nothing of it (`local`, `mapi`, `Microsoft SMTP Server`).
///
///     SMTP ESMTP ESMTPS UTF8SMTP UTF8SMTPS   25
///     ESMTPA UTF8SMTPA                       587
///     ESMTPSA UTF8SMTPSA                     587, 465
///     LMTP*, UTF8LMTP*                       24
///     HTTP*                                  443, also of a `via` clause
///     POP3 110, POP3-SSL 995, IMAP 143, IMAP4-SSL 993
std::span<const std::uint16_t> implied_ports(std::string_view with);

/// Of each hop the peer's port if the server wrote it, then the services that are implied.
std::vector<Port> ports_of(std::span<const Hop> hops);

}  // namespace mailspoor::index
