#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "deliver/directory.hpp"
#include "deliver/journal.hpp"

namespace mailspoor::deliver {

/// Whether a folder took the same octets with the same envelope within the last 24 hours and still has them:
/// an MTA that did not hear the answer delivers once more. Looks at the end of the journal, 64 MiB of it at
/// most.
/// @param event  `file` and `time` do not count.
/// @return The unique name of the file. Throws Error.
std::optional<std::string> delivered_before(const Directory& folder, const DeliveredEvent& event,
                                            std::chrono::system_clock::time_point now);

}  // namespace mailspoor::deliver
