#pragma once

#include <span>

#include "index/message/header_section.hpp"
#include "index/message_object.hpp"
#include "index/trace/trace_context.hpp"

namespace mailspoor::index {

/// Judges what the header section said: the path through the hops, the origin, the sender, the findings.
/// Fills `message.origin`, `message.findings`, the standing of the hops, which results of authentication are
/// trusted, and all that read_sender() does.
/// @param message  With its header fields read into it.
/// @param fields   The same fields, in their order.
void trace(MessageObject& message, std::span<const HeaderField> fields, const TraceContext& context);

}  // namespace mailspoor::index
