#pragma once

#include <span>
#include <string>
#include <vector>

#include "index/message/header_section.hpp"
#include "index/message_object.hpp"

namespace mailspoor::index {

/// What the fields say of the sender, but for `originating_ip`, which the path decides on. `summary` holds
/// their addresses; a cut is added to `defects`.
SenderFacts sender_facts(std::span<const HeaderField> fields, const MessageSummary& summary,
                         std::vector<std::string>& defects);

/// The client's address as the server wrote it that took the message in: X-Originating-IP and its like.
/// @return The first public address of each such field, those first that are known best.
std::vector<ClientAddress> client_addresses(std::span<const HeaderField> fields);

/// REPLYTO_MISMATCH.
std::vector<Finding> sender_findings(const SenderFacts& facts);

}  // namespace mailspoor::index
