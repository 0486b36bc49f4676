#pragma once

#include <functional>
#include <string>
#include <vector>

// File calls of the code under test, counted and made to fail: the program is linked with `--wrap` for each
// of them, so that the code itself has no hooks.
namespace mailspoor::deliver {

enum class Fault { none, exit, error, short_write, pause };

/// What happens at one of the calls that follow.
struct FaultPlan {
  Fault fault = Fault::none;
  int at = 0;                         ///< The call, from 1.
  int error = 0;                      ///< errno of Fault::error.
  std::function<void()> meanwhile{};  ///< What somebody else does at Fault::pause, before the call.
};

/// From now on calls are counted and written down.
void start_faults(const FaultPlan& plan);
/// Calls since then, `name path`; counting ends.
std::vector<std::string> stop_faults();

}  // namespace mailspoor::deliver
