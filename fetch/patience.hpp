#pragma once

#include <spdlog/fwd.h>

#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include "fetch/error.hpp"

namespace mailspoor::fetch {

/// Waits for a server that asks to be left alone, in one run over all its connections: as long as it asks
/// for, else longer each time.
class Patience {
 public:
  static constexpr std::chrono::milliseconds kFirstWait{5'000};
  static constexpr std::chrono::milliseconds kLongestWait{5 * 60 * 1000};  ///< Whatever the server asks for.
  /// Of all waits: a server must not keep a run, and with it the account, for days.
  static constexpr std::chrono::milliseconds kLongestPatience{60 * 60 * 1000};
  static constexpr unsigned kMaxWaits = 3;  ///< That bring nothing, in a row.

  /// Waits; false at once if the run's time would be over.
  using Wait = std::function<bool(std::chrono::milliseconds)>;

  /// `log` must outlive it.
  Patience(Wait wait, spdlog::logger& log) : wait_{std::move(wait)}, log_{log} {}

  /// @throws ThrottledError that says when to try again, after kMaxWaits or where kLongestPatience or the
  /// run's time would be over.
  void wait(const ThrottledError& why);
  /// Waits the `nth` time (from 0) for a server that may only be busy with something particular.
  /// @throws ThrottledError where kLongestPatience or the run's time would be over.
  void rest(const std::string& why, unsigned nth);
  /// The server has given something: its next complaint is the first.
  void got_on() noexcept { waits_ = 0; }

 private:
  void wait_for(const std::string& why, std::chrono::milliseconds asked);

  Wait wait_;
  spdlog::logger& log_;
  unsigned waits_ = 0;
  std::chrono::milliseconds waited_{};
};

}  // namespace mailspoor::fetch
