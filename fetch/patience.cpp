#include "fetch/patience.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>

#include <algorithm>
#include <string>

namespace mailspoor::fetch {
namespace {

std::string in_words(std::chrono::milliseconds time) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(time).count();
  return seconds < 120 ? fmt::format("{} s", seconds) : fmt::format("{} minutes", (seconds + 59) / 60);
}

/// Four times as long each time.
std::chrono::milliseconds growing(unsigned nth) noexcept {
  return std::min(Patience::kFirstWait * (1U << (2 * std::min(nth, 8U))), Patience::kLongestWait);
}

}  // namespace

void Patience::wait(const ThrottledError& why) {
  const auto asked = why.pause().value_or(growing(waits_));
  if (waits_ == kMaxWaits) {
    throw ThrottledError{
        fmt::format("{}; {} waits were not enough: try again in {}", why.what(), waits_, in_words(asked)),
        asked};
  }
  ++waits_;
  wait_for(why.what(), asked);
}

void Patience::rest(const std::string& why, unsigned nth) { wait_for(why, growing(nth)); }

void Patience::wait_for(const std::string& why, std::chrono::milliseconds asked) {
  const auto time = std::clamp(asked, std::chrono::milliseconds{1}, kLongestWait);
  if (waited_ + time > kLongestPatience) {
    throw ThrottledError{fmt::format("{}; it was waited for {} in all: try again in {}", why,
                                     in_words(waited_), in_words(asked)),
                         asked};
  }
  log_.warn("{}; waiting {}", why, in_words(time));
  if (wait_(time)) {
    waited_ += time;
    return;
  }
  throw ThrottledError{
      fmt::format("{}; the run's time does not suffice for waiting: try again in {}", why, in_words(asked)),
      asked};
}

}  // namespace mailspoor::fetch
