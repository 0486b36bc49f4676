#pragma once

#include <string>

#include "index/message_object.hpp"
#include "index/trace/trace_context.hpp"
#include "index/track/tracking_reader.hpp"

namespace mailspoor::index {

/// Text of all body parts of a message that is kept, in octets; what is longer is cut and said so in
/// `defects`.
inline constexpr std::size_t kMaxTextOctets = 16U << 20U;

/// Reads a whole message from a file, once for its octets and once for its structure: header fields,
/// addresses, dates, hops, MIME tree, text, attachments. In memory bounded by the limits of octet_scan.hpp,
/// whatever the file's size. Malformed mail gives what could be read, and `defects`.
/// @param fd       Open for reading, at any position; seekable.
/// @param context  What its trail is judged with.
/// @throws DatabaseError if the file cannot be read.
MessageObject parse_message(int fd, const std::string& path, const TraceContext& context = {});

/// What parse_message() makes of a message by its header section and the URLs in it, for a changed context:
/// all that an index judges, but nothing of the body.
/// @param header_section  As readable_section() gave it.
MessageObject judge_again(std::string header_section, TrackedContent content, const TraceContext& context);

}  // namespace mailspoor::index
