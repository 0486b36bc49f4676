#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "index/message/header_section.hpp"
#include "index/message_object.hpp"
#include "index/trace/trace_context.hpp"

namespace mailspoor::index {

/// Reads `message.header_section` into the message, and judges the trail that it tells of.
/// @return It, with the fields that were looked at: all but the longest of those that only a spam filter can
///         read.
HeaderSection read_header(MessageObject& message, const TraceContext& context);

/// The section with those fields only, for keeping: read_header() makes the same of it.
std::string readable_section(std::string_view header_section);

}  // namespace mailspoor::index
