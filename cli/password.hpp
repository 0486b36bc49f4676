#pragma once

#include "cli/connection.hpp"
#include "fetch/secret.hpp"

namespace mailspoor::cli {

/// The password of an account: the first line of its file, which nobody else may be able to read, or of what
/// its command prints, else asked for on the terminal.
/// @throws UsageError if there is no way to get it.
fetch::Secret password_of(const Connection& connection);

}  // namespace mailspoor::cli
