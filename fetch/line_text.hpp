#pragma once

#include <string>
#include <string_view>
#include <vector>

// What both protocols make of the lines that a server sends.
namespace mailspoor::fetch {

/// What stands between blanks.
std::vector<std::string> words(std::string_view text);
/// For the log: printable, and no longer than a few lines.
std::string shortened(std::string_view text);

}  // namespace mailspoor::fetch
