#pragma once

#include <optional>
#include <span>

#include "index/message_object.hpp"

namespace mailspoor::index {

/// With fewer characters to be read, blanks left out, a message seems to be there for what it loads.
inline constexpr std::size_t kLittleText = 50;

/// Whether there is that little in the HTML, which is what a reader sees whose program loads anything.
bool has_little_text(std::span<const TextPart> texts);

/// RECON_PROBE: what is loaded may tell this copy of the message from others, to a host that is neither a
/// platform's that we know nor of the author's domain, and the message is not vouched for by DMARC, or has
/// next to no text. Such a message can find out whether an address is read. Links do not count: they tell
/// nothing before somebody follows them.
/// @param message  With all but this finding.
std::optional<Finding> recon_probe(const MessageObject& message);

}  // namespace mailspoor::index
