#pragma once

#include <string>

#include "index/message_object.hpp"

namespace mailspoor::cli {

/// The first block of the message object on one line, what `search` prints.
std::string to_json(const index::MessageSummary& summary);

/// The whole message object on one line, what `inspect` prints. Every key is always there: what is not known
/// is null, a list without entries is [].
std::string to_json(const index::MessageObject& message);

}  // namespace mailspoor::cli
