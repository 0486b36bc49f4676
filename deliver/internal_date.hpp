#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace mailspoor::deliver {

/// The moment an INTERNALDATE names; nullopt if it is none.
std::optional<std::chrono::sys_seconds> parse_internal_date(std::string_view date_time);

}  // namespace mailspoor::deliver
