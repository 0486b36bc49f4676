#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "fetch/account.hpp"

namespace mailspoor::fetch {

/// How long a connection may keep us busy. Five limits, since each catches servers that get past the
/// others:
///
///   idle    no octet at all for so long;
///   rate    octets come, but in twice that time of waiting neither an answer ended nor minimum_rate of use
///   was seen
///           (a message one octet a second, or `* OK still here` for ever);
///   use     octets come so fast that there is hardly a wait, and kMaxUseless of them bring nothing forward;
///   phase   connect and log-in together;
///   run     everything.
///
/// Knows no clock: whoever waits passes the time in.
class Deadlines {
 public:
  using Clock = std::chrono::steady_clock;
  /// Octets: the flags of 1,500,000 messages, should a server tell them all since somebody marked them.
  static constexpr std::uint64_t kMaxUseless = std::uint64_t{96} * 1024 * 1024;

  explicit Deadlines(std::chrono::seconds idle) : idle_{idle} {}

  /// Octets a second; 0: any.
  void demand_rate(std::uint64_t minimum) noexcept { minimum_rate_ = minimum; }

  /// `phase` is a noun phrase for the error text, such as "connecting and logging in".
  void limit_phase(Clock::time_point until, std::string phase);
  void end_phase() noexcept { phase_until_.reset(); }
  void limit_run(Clock::time_point until) noexcept { run_until_ = until; }

  /// When a wait that began at `start` must end.
  Clock::time_point end_of_wait(Clock::time_point start) const noexcept;
  /// Says which limit was reached at `now`, in a wait that began at `start`; empty if none was.
  std::string expiry(Clock::time_point start, Clock::time_point now) const;

  /// A wait brought octets. @throws NetworkError when they have been too few for too long.
  void waited(Clock::duration time);
  /// Octets that brought the run forward.
  void useful(std::uint64_t octets) noexcept { useful_octets_ += octets; }
  /// Octets that did not. @throws ProtocolError when they have been too many since the last answer.
  void useless(std::uint64_t octets);
  /// A command was answered: rate and use are measured afresh.
  void answered() noexcept;

  std::chrono::seconds idle() const noexcept { return idle_; }

 private:
  void restart_rate() noexcept;

  std::chrono::seconds idle_;
  std::uint64_t minimum_rate_ = kMinimumRate;
  std::optional<Clock::time_point> phase_until_;
  std::string phase_;
  std::optional<Clock::time_point> run_until_;
  Clock::duration waited_{};
  std::uint64_t useful_octets_ = 0;
  std::uint64_t useless_octets_ = 0;
};

}  // namespace mailspoor::fetch
