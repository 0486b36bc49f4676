#include "cli/opened.hpp"

#include <algorithm>
#include <utility>

#include "cli/password.hpp"
#include "deliver/base/text.hpp"
#include "fetch/error.hpp"
#include "fetch/fetcher.hpp"

namespace mailspoor::cli {
namespace {

bool is_logged_in(const fetch::Transport& transport) {
  const auto& lines = transport.connect_lines();
  return std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
    return base::starts_with_ignoring_case(line, "* PREAUTH");
  });
}

Opened open(const Connection& connection, std::optional<fetch::Credentials> credentials,
            const fetch::Reconnect& connect) {
  Opened opened;
  if (connection.options.tunnel.empty()) {
    opened.credentials = credentials ? std::move(*credentials) : credentials_of(connection);
    opened.transport = connect(connection.options);
    return opened;
  }
  opened.transport = connect(connection.options);
  if (opened.transport && is_logged_in(*opened.transport)) return opened;
  opened.credentials = credentials_of(connection);
  if (!opened.transport) return opened;
  // However long a person took to type it.
  opened.transport->deadlines().limit_phase(
      fetch::Deadlines::Clock::now() + connection.options.connect_deadline, "logging in");
  return opened;
}

}  // namespace

Opened open_connection(const Connection& connection, spdlog::logger& log) {
  return open(connection, std::nullopt,
              [&log](const fetch::AccountOptions& options) { return fetch::connect(options, log); });
}

Opened open_patiently(const Connection& connection, std::optional<fetch::Credentials> credentials,
                      spdlog::logger& log) {
  return open(connection, std::move(credentials),
              [&log](const fetch::AccountOptions& options) -> std::unique_ptr<fetch::Transport> {
                try {
                  return fetch::connect(options, log);
                } catch (const fetch::ThrottledError&) {
                  return nullptr;
                }
              });
}

}  // namespace mailspoor::cli
