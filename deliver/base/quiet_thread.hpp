#pragma once

#include <thread>
#include <utility>

#include "deliver/base/signal_mask.hpp"

namespace mailspoor::base {

/// A thread that takes no signals, nor do those it starts: they belong to the main thread, which may hold
/// them back while a password is typed. Throws std::system_error where no thread is to be had.
template <typename Run>
std::thread quiet_thread(Run run) {
  const auto mask = SignalMask::all();
  return std::thread{std::move(run)};
}

}  // namespace mailspoor::base
