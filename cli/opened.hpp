#pragma once

#include <spdlog/fwd.h>

#include <memory>
#include <optional>

#include "cli/connection.hpp"
#include "fetch/credentials.hpp"
#include "fetch/transport.hpp"

namespace mailspoor::cli {

/// A connection, and what to log in with: nothing where the server asks for nothing (PREAUTH).
struct Opened {
  std::unique_ptr<fetch::Transport> transport;
  fetch::Credentials credentials;
};

/// Connects to an account. The password or token is got first, so that no server waits for a person; for a
/// tunnel afterwards, since what is behind it mostly needs none.
/// @throws UsageError; what fetch::connect throws.
Opened open_connection(const Connection& connection, spdlog::logger& log);

/// The same, but without a transport where the server has no room now: the fetcher waits for it.
/// @param credentials  If they are there already.
Opened open_patiently(const Connection& connection, std::optional<fetch::Credentials> credentials,
                      spdlog::logger& log);

}  // namespace mailspoor::cli
