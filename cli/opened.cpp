#include "cli/opened.hpp"

#include <algorithm>
#include <utility>

#include "cli/password.hpp"
#include "deliver/base/text.hpp"
#include "fetch/fetcher.hpp"

namespace mailspoor::cli {
namespace {

bool is_logged_in(const fetch::Transport& transport) {
  const auto& lines = transport.connect_lines();
  return std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
    return base::starts_with_ignoring_case(line, "* PREAUTH");
  });
}

}  // namespace

Opened open_connection(const Connection& connection, std::optional<fetch::Credentials> credentials,
                       spdlog::logger& log) {
  Opened opened;
  if (connection.options.tunnel.empty()) {
    opened.credentials = credentials ? std::move(*credentials) : credentials_of(connection);
    opened.transport = fetch::connect(connection.options, log);
    return opened;
  }
  opened.transport = fetch::connect(connection.options, log);
  if (is_logged_in(*opened.transport)) return opened;
  opened.credentials = credentials_of(connection);
  // However long a person took to type it.
  opened.transport->deadlines().limit_phase(
      fetch::Deadlines::Clock::now() + connection.options.connect_deadline, "logging in");
  return opened;
}

}  // namespace mailspoor::cli
