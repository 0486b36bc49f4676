#pragma once

#include <filesystem>
#include <string>

#include "index/message_object.hpp"
#include "index/trace/trace_context.hpp"

namespace mailspoor::index {

class DkimKeys;

/// Opens and parses one message file. `-` is standard input, which is copied to a temporary file first.
/// @param keys  To verify its DKIM signatures with; nullptr to leave them unverified.
/// @throws DatabaseError if it cannot be read.
MessageObject read_message_file(const std::filesystem::path& path, const TraceContext& context = {},
                                const DkimKeys* keys = nullptr);

}  // namespace mailspoor::index
