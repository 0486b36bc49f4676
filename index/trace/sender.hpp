#pragma once

#include <span>
#include <string_view>

#include "index/message/header_section.hpp"
#include "index/message_object.hpp"

namespace mailspoor::index {

/// Whether the header section was cut, so that a field that is missing from it may stand behind the cut.
bool may_hold_more(std::string_view header_section, std::span<const HeaderField> fields) noexcept;

/// Fills in what the header section tells of the sender besides the path: `sender_facts`, `client`,
/// `hidden_times`, their findings, and in `defects` what of them was cut.
/// @param fields   Views into `message.header_section`.
/// @param message  Its summary and hops have been read.
void read_sender(std::span<const HeaderField> fields, MessageObject& message);

}  // namespace mailspoor::index
