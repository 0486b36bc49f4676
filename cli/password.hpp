#pragma once

#include "cli/connection.hpp"
#include "fetch/credentials.hpp"

namespace mailspoor::cli {

/// What an account logs in with: the token that its token command prints in its first line; no password where
/// its certificate is the proof (`--auth EXTERNAL`); else the password: the first line of its file, which
/// nobody else may be able to read, or of what its command prints, or asked for on the terminal.
/// @throws UsageError if there is no way to get it.
fetch::Credentials credentials_of(const Connection& connection);

}  // namespace mailspoor::cli
