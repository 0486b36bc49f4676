#pragma once

#include <string_view>

#include "fetch/deadlines.hpp"

namespace mailspoor::fetch {

/// Waits until `fd` is ready for `events` (of poll), within the deadlines, and books the wait there.
/// @throws NetworkError, its text beginning with `peer`.
void wait_until_ready(int fd, short events, Deadlines& deadlines, std::string_view peer);

/// @throws NetworkError if a deadline has passed: also for a server that never lets us wait.
void check_deadlines(const Deadlines& deadlines, std::string_view peer);

}  // namespace mailspoor::fetch
