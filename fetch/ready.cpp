#include "fetch/ready.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "fetch/error.hpp"

namespace mailspoor::fetch {
namespace {

void check(const Deadlines& deadlines, Deadlines::Clock::time_point start, Deadlines::Clock::time_point now,
           std::string_view peer) {
  if (const std::string expiry = deadlines.expiry(start, now); !expiry.empty())
    throw NetworkError{fmt::format("{}: timeout: {}", peer, expiry)};
}

}  // namespace

void wait_until_ready(int fd, short events, Deadlines& deadlines, std::string_view peer) {
  const auto start = Deadlines::Clock::now();
  for (;;) {
    const auto now = Deadlines::Clock::now();
    check(deadlines, start, now, peer);
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadlines.end_of_wait(start) - now).count();
    pollfd entry{fd, events, 0};
    const int ready = poll(&entry, 1, static_cast<int>(std::clamp<long>(left, 1, 60'000)));
    if (ready > 0) break;
    if (ready < 0 && errno != EINTR)
      throw NetworkError{fmt::format("{}: poll: {}", peer, std::strerror(errno))};
  }
  deadlines.waited(Deadlines::Clock::now() - start);
}

void check_deadlines(const Deadlines& deadlines, std::string_view peer) {
  const auto now = Deadlines::Clock::now();
  check(deadlines, now, now, peer);
}

}  // namespace mailspoor::fetch
