#pragma once

#include <string_view>

namespace mailspoor::index {

/// The date of the table of trackers that is compiled in: `2026-11-22`.
std::string_view tracker_table_version();

}  // namespace mailspoor::index
