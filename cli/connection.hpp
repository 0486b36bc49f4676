#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/config.hpp"
#include "fetch/account.hpp"

namespace mailspoor::cli {

/// One account to be reached: its name, where, and how.
struct Connection {
  std::string account;
  std::string url;  ///< As given, for status: it never holds a password.
  AccountSettings settings;
  fetch::AccountOptions options;
};

bool is_url(const std::string& word);

/// A time that somebody has asked for. `name` is the option or key.
/// @throws UsageError for one that is so long that clocks cannot count it.
std::chrono::seconds seconds_of(std::string_view name, std::uint64_t number);

/// The options that say how to reach an account. They go before what the configuration says.
class ConnectionOptions {
 public:
  /// For what: a look needs no limits of messages.
  enum class Use { fetch, look };
  void add_to(Arguments& arguments, Use use = Use::fetch);
  /// Whether any was given.
  bool is_used() const;
  /// The account that a word names: a URL, or an account of the configuration.
  /// @throws UsageError, fetch::SettingError.
  Connection connection(const Config& config, const std::string& word) const;
  /// Those that the words name, each once, or all of the configuration that have a URL.
  /// @throws UsageError if that is none, and what connection() throws.
  std::vector<Connection> connections(const Config& config, std::vector<std::string> words) const;

 private:
  AccountSettings merged_with(const AccountSettings& configured) const;

  std::string password_file_, password_command_, token_command_, auth_, tls_, ca_file_, pin_, proxy_, tunnel_,
      client_cert_, client_key_;
  bool allow_cleartext_ = false, no_compress_ = false;
  std::vector<std::string> mailbox_, exclude_;
  std::optional<std::uint64_t> timeout_, deadline_, max_message_size_, min_rate_, connections_, delete_after_,
      delete_max_;
};

}  // namespace mailspoor::cli
