#pragma once

#include <spdlog/fwd.h>

#include <memory>
#include <string>

#include "cli/arguments.hpp"

namespace mailspoor::cli {

/// A logger to stderr, named after the folder that uses it. Warnings and errors always (errors only with -q),
/// with -v what is going on, with -v -v the steps of the protocol.
std::shared_ptr<spdlog::logger> make_logger(const std::string& name, const GlobalOptions& options);

}  // namespace mailspoor::cli
