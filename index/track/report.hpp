#pragma once

#include <string_view>

#include "index/track/tracking.hpp"

namespace mailspoor::index {

/// Reports of one message about more recipients are cut.
inline constexpr std::size_t kMaxReportRecipients = 5'000;

/// Reads the decoded content of a message/disposition-notification part (RFC 8098 §3.1): one group of fields.
DispositionReport read_disposition_report(std::string_view octets);

/// Reads the decoded content of a message/delivery-status part (RFC 3464 §2.1): a group of fields about the
/// message, then one about each recipient, parted by empty lines.
DeliveryReport read_delivery_report(std::string_view octets);

}  // namespace mailspoor::index
