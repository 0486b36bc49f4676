#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mailspoor::deliver {

/// What a delivery takes from the machine; tests put fixed values in.
struct Environment {
  std::function<std::chrono::system_clock::time_point()> now;
  std::string host_name;
  pid_t pid = 0;
  std::function<std::uint64_t()> random;
};

/// The clock, host name, process id and random numbers (getrandom) of this system. Throws Error if they
/// cannot be had.
Environment system_environment();

/// `2024-03-05T10:00:02Z` (RFC 3339, UTC, whole seconds).
std::string rfc3339(std::chrono::system_clock::time_point time);
/// Reads what rfc3339() wrote; nullopt for anything else.
std::optional<std::chrono::system_clock::time_point> parse_rfc3339(std::string_view text);

}  // namespace mailspoor::deliver
