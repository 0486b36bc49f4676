#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.hpp"
#include "index/trace/trace_context.hpp"

namespace mailspoor::cli {

/// How an account is reached, as the configuration or the command line says it: the keys of
/// `[accounts.NAME]`, and the options of `sync` by the same names with '-' for '_'. What is not said is
/// nullopt or empty.
struct AccountSettings {
  std::optional<std::string> url;
  std::optional<std::string> password_file;
  std::optional<std::string> password_command;
  std::optional<std::string> token_command;
  std::optional<std::string> auth;
  std::optional<std::string> tls;
  std::optional<bool> allow_cleartext;
  std::optional<std::string> ca_file;
  std::optional<std::string> pin;
  std::optional<std::string> proxy;
  std::optional<std::string> tunnel;
  std::optional<std::string> client_cert;
  std::optional<std::string> client_key;
  std::optional<bool> no_compress;
  std::vector<std::string> mailbox;
  std::vector<std::string> exclude;
  std::optional<std::uint64_t> timeout;   ///< Seconds.
  std::optional<std::uint64_t> deadline;  ///< Seconds.
  std::optional<std::uint64_t> max_message_size;
  std::optional<std::uint64_t> min_rate;
  std::optional<std::uint64_t> connections;
  std::optional<std::uint64_t> delete_after;  ///< Days; POP3.
  std::optional<std::uint64_t> delete_max;
  std::optional<index::TrustedServers> servers;  ///< `trusted_networks` and `receivers`, if it has any.
  std::vector<std::string> addresses;            ///< One's own, besides those for all accounts.
};

/// What config.toml says. Keys of features to come are known, so that a configuration shared with a later
/// version is no error.
struct Config {
  std::filesystem::path file;  ///< Empty if there is none.
  std::optional<std::string> root;
  std::map<std::string, AccountSettings> accounts;
  index::TrustedServers servers;       ///< `trusted_networks` and `receivers` for accounts that name none.
  std::vector<std::string> addresses;  ///< One's own.
  /// Databases of places: those of `[databases]`, and Debian's where it has nothing in their place.
  std::vector<index::PlaceFile> place_files = index::packaged_place_files();
  std::vector<std::filesystem::path> tracker_files;  ///< One's own rows, see index::TrackerFiles.
};

/// What trails are judged with: the servers that the configuration trusts and one's own addresses, by
/// account, databases of places, and files of trackers.
index::TraceSettings trace_settings(const Config& config);

/// @param network  Address or CIDR, as `trusted_networks` and `--trusted` have it.
/// @throws UsageError if it is none.
index::Network trusted_network(const std::string& network);

/// Reads the configuration that the options name, or the default file if it exists.
/// @throws UsageError with file, line and column; for an unknown key with the nearest known one.
Config read_config(const GlobalOptions& options);

/// The root: --root, MAILSPOOR_ROOT, the configuration, else `$XDG_DATA_HOME/mailspoor`. Absolute.
std::filesystem::path root_of(const GlobalOptions& options, const Config& config);

/// `<root>/index.db`
std::filesystem::path database_of(const std::filesystem::path& root);

/// `~/x` with the home directory in place of the tilde.
std::filesystem::path expand_home(const std::string& path);

}  // namespace mailspoor::cli
