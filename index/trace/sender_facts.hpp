#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "index/message/header_section.hpp"
#include "index/message_object.hpp"

namespace mailspoor::index {

/// What the fields say of the sender. `summary` holds their addresses; a cut is added to `defects`.
SenderFacts sender_facts(std::span<const HeaderField> fields, const MessageSummary& summary,
                         std::vector<std::string>& defects);

/// The client's address as the server wrote it that took the message in: X-Originating-IP and its like.
/// @return The field's name in lower case and the address in canonical text: of the field that is known best,
///         the first public one. nullopt if there is none.
std::optional<std::pair<std::string, std::string>> originating_ip(std::span<const HeaderField> fields);

/// REPLYTO_MISMATCH.
std::vector<Finding> sender_findings(const SenderFacts& facts);

}  // namespace mailspoor::index
