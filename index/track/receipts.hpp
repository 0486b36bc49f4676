#pragma once

#include <optional>
#include <span>
#include <string>

#include "index/message/header_section.hpp"

namespace mailspoor::index {

/// Whom a message asks to be told that it was read: the addr-spec of Disposition-Notification-To (RFC 8098),
/// else of Return-Receipt-To (sendmail's), else of X-Confirm-Reading-To (Pegasus').
std::optional<std::string> read_receipt(std::span<const HeaderField> fields);

/// Whether one request, which no person sees, ends the subscription (RFC 8058 §3): List-Unsubscribe-Post says
/// so and List-Unsubscribe holds a https URI.
bool is_one_click_unsubscribe(std::span<const HeaderField> fields);

}  // namespace mailspoor::index
