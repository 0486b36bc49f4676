#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "index/message/header_section.hpp"
#include "index/message_object.hpp"

namespace mailspoor::index {

/// The times that programs left in a message besides its dates, in the order of its fields.
/// @param fields   Of the message's header section.
/// @param message  Its dates are what a number in a Message-ID must be near to (a month), to be taken for a
///                 time.
/// @param defects  A cut is added to them.
std::vector<HiddenTime> hidden_times(std::span<const HeaderField> fields, const MessageObject& message,
                                     std::vector<std::string>& defects);

/// `2024-03-05T10:00:02.123Z`, with the digits that its unit has (a second at least); without the `Z` if its
/// zone is not known.
std::string to_text(const HiddenTime& time);
std::string_view to_text(HiddenTime::Unit unit) noexcept;

}  // namespace mailspoor::index
