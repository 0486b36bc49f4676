#include "fetch/deadlines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "fetch/error.hpp"

namespace mailspoor::fetch {

void Deadlines::limit_phase(Clock::time_point until, std::string phase) {
  phase_until_ = until;
  phase_ = std::move(phase);
}

Deadlines::Clock::time_point Deadlines::end_of_wait(Clock::time_point start) const noexcept {
  auto end = start + idle_;
  if (phase_until_) end = std::min(end, *phase_until_);
  if (run_until_) end = std::min(end, *run_until_);
  return end;
}

std::string Deadlines::expiry(Clock::time_point start, Clock::time_point now) const {
  if (run_until_ && now >= *run_until_) return "the deadline of the whole run has passed";
  if (phase_until_ && now >= *phase_until_) return fmt::format("{} took too long", phase_);
  if (now >= start + idle_) return fmt::format("no answer for {} s", idle_.count());
  return {};
}

void Deadlines::waited(Clock::duration time) {
  waited_ += time;
  if (waited_ < 2 * idle_) return;
  const auto seconds =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(waited_).count());
  if (useful_octets_ / std::max<std::uint64_t>(seconds, 1) < minimum_rate_) {
    throw NetworkError{
        fmt::format("the server sends too slowly: {} octets of use in {} s, fewer than {} a second",
                    useful_octets_, seconds, minimum_rate_)};
  }
  restart_rate();
}

void Deadlines::useless(std::uint64_t octets) {
  useless_octets_ += octets;
  if (useless_octets_ > kMaxUseless) {
    throw ProtocolError{fmt::format("the server sends {} octets that nobody asked for", useless_octets_)};
  }
}

void Deadlines::answered() noexcept {
  restart_rate();
  useless_octets_ = 0;
}

void Deadlines::restart_rate() noexcept {
  waited_ = {};
  useful_octets_ = 0;
}

}  // namespace mailspoor::fetch
