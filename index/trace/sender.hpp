#pragma once

#include <span>

#include "index/message/header_section.hpp"
#include "index/message_object.hpp"

namespace mailspoor::index {

/// Fills in what the header section tells of the sender besides the path: `sender_facts`, `client`,
/// `hidden_times`, and their findings.
/// @param fields   Views into `message.header_section`.
/// @param message  Its summary and hops have been read.
void read_sender(std::span<const HeaderField> fields, MessageObject& message);

}  // namespace mailspoor::index
