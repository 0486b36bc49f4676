#pragma once

#include <string>
#include <utility>
#include <vector>

#include "index/track/tracking.hpp"

namespace mailspoor::cli {

/// What a message reports about its reader, for people: a name and what is to say of it, line by line, fit
/// for a terminal. Empty where it reports nothing.
std::vector<std::pair<std::string, std::string>> tracking_lines(const index::Tracking& tracking);

}  // namespace mailspoor::cli
