#pragma once

#include <csignal>

namespace mailspoor::base {

/// Which signals this thread holds back, and those that it starts: until it is destroyed, then as before.
class SignalMask {
 public:
  static SignalMask all() {
    sigset_t signals;
    sigfillset(&signals);
    return SignalMask{signals};
  }
  static SignalMask none() {
    sigset_t signals;
    sigemptyset(&signals);
    return SignalMask{signals};
  }
  SignalMask(const SignalMask&) = delete;
  SignalMask& operator=(const SignalMask&) = delete;
  ~SignalMask() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  explicit SignalMask(const sigset_t& signals) { ::pthread_sigmask(SIG_SETMASK, &signals, &before_); }

  sigset_t before_{};
};

}  // namespace mailspoor::base
