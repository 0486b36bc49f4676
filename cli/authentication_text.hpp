#pragma once

#include <string>

#include "index/trace/authentication.hpp"

namespace mailspoor::cli {

/// An entry of `authentication` on one line, fit for a terminal.
std::string shown_authentication(const index::Authentication& entry);

}  // namespace mailspoor::cli
