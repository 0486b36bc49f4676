#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>

/// What each fuzz target defines.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

/// Ends the run, in release builds too.
inline void require(bool holds) {
  if (!holds) std::abort();
}
