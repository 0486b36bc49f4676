#pragma once

#include <string_view>

#include "index/message_object.hpp"

namespace mailspoor::index {

/// Reads one Received field in a single pass.
///
///     Received = "Received:" FROM domain [(TCP-info)] BY domain ... ";" date-time     RFC 5321 §4.4
///
/// Software writes many other orders. Here the peer address is the first address in a comment of the `from`
/// clause, since what stands outside is the client's own claim; a literal outside counts where the comment
/// holds the announced name (`from [192.0.2.1] (helo=x)`: Exim, CommuniGate). The clause words count only
/// outside comments and quotes.
/// @param field_body  Still folded, without the field name.
Hop parse_received(std::string_view field_body);

}  // namespace mailspoor::index
