#pragma once

#include <csignal>
#include <thread>
#include <utility>

namespace mailspoor::base {

/// A thread that takes no signals, nor do those it starts: they belong to the main thread, which may hold
/// them back while a password is typed.
template <typename Run>
std::thread quiet_thread(Run run) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread{std::move(run)};
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace mailspoor::base
