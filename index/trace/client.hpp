#pragma once

#include <optional>
#include <span>

#include "index/message/header_section.hpp"
#include "index/message_object.hpp"

namespace mailspoor::index {

struct ClientReading {
  Client client;
  /// CLIENT_MISMATCH: what the message says of its program, and what its form says.
  std::optional<Finding> mismatch;
};

/// Tells the program by what it calls itself, else by the shape of the Message-ID, else by that of the
/// boundary. Each that agrees with the first is part of the basis.
/// @param summary  Its Message-ID.
ClientReading read_client(std::span<const HeaderField> fields, const MessageSummary& summary);

}  // namespace mailspoor::index
