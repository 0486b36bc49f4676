#pragma once

#include <string>

#include "index/message_object.hpp"

namespace mailspoor::cli {

/// The sheet that a provider needs to find who used an address: the address, the source port (RFC 6302) and
/// the time in UTC, the identifiers of the transmission, and what each rests on. No content of the message.
/// @throws Failure if the message has no origin, or one that no provider can be asked about.
std::string request_text(const index::MessageObject& message);

}  // namespace mailspoor::cli
