#pragma once

#include <string_view>
#include <vector>

namespace mailspoor::index {

std::vector<std::string_view> split(std::string_view text, char separator);

/// The rows of a table as we keep them: columns parted by tabs, the first row naming them and dropped, as are
/// empty lines and those that begin with `#`.
std::vector<std::vector<std::string_view>> table_rows(std::string_view text);

}  // namespace mailspoor::index
