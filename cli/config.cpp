#include "cli/config.hpp"

#include <fmt/format.h>
#include <pwd.h>
#define TOML_HEADER_ONLY 1  // Debian also has it as a library, which every search would load
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string_view>

#include "cli/error.hpp"
#include "deliver/account_name.hpp"
#include "deliver/base/text.hpp"
#include "index/query/fields.hpp"

namespace mailspoor::cli {
namespace {

constexpr std::array<std::string_view, 12> kTopKeys{"root",      "accounts", "trusted_networks", "receivers",
                                                    "addresses", "sieve",    "delete_after",     "lmtp",
                                                    "execute",   "queries",  "databases",        "trackers"};
constexpr std::array<std::string_view, 5> kDatabaseKeys{"city", "country", "asn", "libloc", "tor_geoip"};
constexpr std::array<std::string_view, 28> kAccountKeys{
    "url",         "password_file",   "password_command", "token_command", "auth",
    "tls",         "allow_cleartext", "ca_file",          "pin",           "proxy",
    "mailbox",     "exclude",         "timeout",          "deadline",      "max_message_size",
    "connections", "no_index",        "trusted_networks", "receivers",     "addresses",
    "sieve",       "delete_after",    "tunnel",           "client_cert",   "client_key",
    "no_compress", "min_rate",        "delete_max"};

class ConfigReader {
 public:
  explicit ConfigReader(std::string file) : file_{std::move(file)} {}

  Config read(std::string_view text) {
    Config config;
    config.file = file_;
    try {
      const auto table = toml::parse(text);
      for (auto&& [key, node] : table) take_top(config, std::string_view{key.str()}, key, node);
    } catch (const toml::parse_error& error) {
      const auto& begin = error.source().begin;
      throw UsageError{
          fmt::format("{}:{}:{}: {}", file_, begin.line, begin.column, base::printable(error.description()))};
    }
    return config;
  }

 private:
  void take_top(Config& config, std::string_view name, const toml::key& key, const toml::node& node) {
    if (name == "root") {
      config.root = text(name, node);
    } else if (name == "trusted_networks") {
      config.servers.networks = networks(name, node);
    } else if (name == "receivers") {
      config.servers.receivers = texts_of(name, node);
    } else if (name == "addresses") {
      config.addresses = texts_of(name, node);
    } else if (name == "delete_after") {
      fail(key.source(), "`delete_after` is a key of an account: write it below [accounts.NAME]");
    } else if (name == "databases") {
      config.place_files = place_files(node);
    } else if (name == "trackers") {
      for (const auto& path : texts_of(name, node)) config.tracker_files.push_back(expand_home(path));
    } else if (name == "accounts") {
      const auto* accounts = node.as_table();
      if (accounts == nullptr) fail(node.source(), "`accounts` must be tables: write [accounts.NAME]");
      for (auto&& [account_key, account] : *accounts) take_account(config, account_key, account);
    } else if (name != "databases" && std::find(kTopKeys.begin(), kTopKeys.end(), name) == kTopKeys.end()) {
      unknown(key, kTopKeys);
    }
  }

  void take_account(Config& config, const toml::key& key, const toml::node& node) {
    const std::string name{key.str()};
    if (!deliver::is_account_name(name)) {
      fail(key.source(),
           fmt::format("`{}` cannot name an account: letters, digits and .@+_- only", base::printable(name)));
    }
    const auto* table = node.as_table();
    if (table == nullptr) fail(node.source(), fmt::format("account `{}` must be a table", name));
    auto& settings = config.accounts[name];
    for (auto&& [setting, value] : *table) take_setting(settings, setting, value);
  }

  void take_setting(AccountSettings& settings, const toml::key& key, const toml::node& node) {
    const std::string_view name = key.str();
    const std::array<std::pair<std::string_view, std::optional<std::string>*>, 12> texts{
        {{"url", &settings.url},
         {"password_file", &settings.password_file},
         {"password_command", &settings.password_command},
         {"token_command", &settings.token_command},
         {"auth", &settings.auth},
         {"tls", &settings.tls},
         {"ca_file", &settings.ca_file},
         {"pin", &settings.pin},
         {"proxy", &settings.proxy},
         {"tunnel", &settings.tunnel},
         {"client_cert", &settings.client_cert},
         {"client_key", &settings.client_key}}};
    for (const auto& [known, value] : texts) {
      if (name == known) {
        *value = text(name, node);
        return;
      }
    }
    if (name == "allow_cleartext") {
      settings.allow_cleartext = boolean(name, node);
    } else if (name == "no_compress") {
      settings.no_compress = boolean(name, node);
    } else if (name == "mailbox") {
      settings.mailbox = texts_of(name, node);
    } else if (name == "exclude") {
      settings.exclude = texts_of(name, node);
    } else if (name == "timeout") {
      settings.timeout = number(name, node);
    } else if (name == "deadline") {
      settings.deadline = number(name, node);
    } else if (name == "max_message_size") {
      settings.max_message_size = number(name, node);
    } else if (name == "connections") {
      settings.connections = number(name, node);
    } else if (name == "delete_after") {
      settings.delete_after = number(name, node);
    } else if (name == "delete_max") {
      settings.delete_max = number(name, node);
    } else if (name == "min_rate") {
      settings.min_rate = number(name, node);
    } else if (name == "trusted_networks") {
      servers(settings).networks = networks(name, node);
    } else if (name == "receivers") {
      servers(settings).receivers = texts_of(name, node);
    } else if (name == "addresses") {
      settings.addresses = texts_of(name, node);
    } else if (name == "no_index") {
      fail(key.source(), fmt::format("`{}` is not supported yet", name));
    } else if (std::find(kAccountKeys.begin(), kAccountKeys.end(), name) == kAccountKeys.end()) {
      unknown(key, kAccountKeys);
    }
  }

  std::string text(std::string_view name, const toml::node& node) const {
    const auto value = node.value_exact<std::string>();
    if (!value) fail(node.source(), fmt::format("`{}` must be a string", name));
    return *value;
  }
  bool boolean(std::string_view name, const toml::node& node) const {
    const auto value = node.value_exact<bool>();
    if (!value) fail(node.source(), fmt::format("`{}` must be true or false", name));
    return *value;
  }
  std::uint64_t number(std::string_view name, const toml::node& node) const {
    const auto value = node.value_exact<std::int64_t>();
    if (!value || *value < 0) fail(node.source(), fmt::format("`{}` must be a whole number", name));
    return static_cast<std::uint64_t>(*value);
  }
  std::vector<std::string> texts_of(std::string_view name, const toml::node& node) const {
    if (const auto single = node.value_exact<std::string>()) return {*single};
    const auto* array = node.as_array();
    if (array == nullptr)
      fail(node.source(), fmt::format("`{}` must be a string or an array of strings", name));
    std::vector<std::string> values;
    for (const auto& element : *array) values.push_back(text(name, element));
    return values;
  }

  static index::TrustedServers& servers(AccountSettings& settings) {
    if (!settings.servers) settings.servers.emplace();
    return *settings.servers;
  }
  std::vector<index::Network> networks(std::string_view name, const toml::node& node) const {
    std::vector<index::Network> values;
    for (const auto& value : texts_of(name, node)) {
      const auto network = index::parse_network(value);
      if (!network) fail(node.source(), fmt::format("`{}` is no IP address or CIDR", base::printable(value)));
      values.push_back(*network);
    }
    return values;
  }

  /// `city`, `country` and `asn` name a file in MaxMind's format each; `libloc` and `tor_geoip` the files in
  /// place of Debian's, `[]` for none.
  std::vector<index::PlaceFile> place_files(const toml::node& node) const {
    const auto* table = node.as_table();
    if (table == nullptr) fail(node.source(), "`databases` must be a table: write [databases]");
    using Kind = index::PlaceFile::Kind;
    auto files = index::packaged_place_files();
    for (auto&& [key, value] : *table) {
      const std::string_view name = key.str();
      if (std::find(kDatabaseKeys.begin(), kDatabaseKeys.end(), name) == kDatabaseKeys.end())
        unknown(key, kDatabaseKeys);
      const auto kind = name == "libloc"      ? Kind::libloc
                        : name == "tor_geoip" ? Kind::country_table
                                              : Kind::mmdb;
      if (kind != Kind::mmdb) std::erase_if(files, [&](const auto& file) { return file.kind == kind; });
      for (const auto& path : texts_of(name, value)) files.push_back({kind, expand_home(path), true});
    }
    return files;
  }

  template <typename Names>
  [[noreturn]] void unknown(const toml::key& key, const Names& known) const {
    const std::string_view name = key.str();
    std::string_view nearest;
    std::size_t least = name.size() + 1;
    for (const std::string_view candidate : known) {
      const auto distance = index::edit_distance(name.substr(0, 60), candidate);
      if (distance < least) {
        least = distance;
        nearest = candidate;
      }
    }
    const auto hint =
        nearest.empty() ? std::string{} : fmt::format("; the nearest known one is `{}`", nearest);
    fail(key.source(), fmt::format("unknown key `{}`{}", base::printable(name), hint));
  }
  [[noreturn]] void fail(const toml::source_region& where, const std::string& what) const {
    throw UsageError{fmt::format("{}:{}:{}: {}", file_, where.begin.line, where.begin.column, what)};
  }

  std::string file_;
};

std::filesystem::path home() {
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') return home;
  if (const auto* user = ::getpwuid(::getuid()); user != nullptr) return user->pw_dir;
  throw UsageError{"there is no home directory: give --root and --config"};
}

std::filesystem::path xdg(const char* variable, const char* fallback) {
  const char* value = std::getenv(variable);
  if (value != nullptr && *value == '/') return value;  // a relative one must be ignored (XDG Base Directory)
  return home() / fallback;
}

}  // namespace

std::filesystem::path database_of(const std::filesystem::path& root) { return root / "index.db"; }

std::filesystem::path expand_home(const std::string& path) {
  if (path == "~") return home();
  if (path.rfind("~/", 0) == 0) return home() / path.substr(2);
  return path;
}

Config read_config(const GlobalOptions& options) {
  const bool is_default = options.config.empty();
  const auto path = is_default ? xdg("XDG_CONFIG_HOME", ".config") / "mailspoor" / "config.toml"
                               : expand_home(options.config);
  std::ifstream file{path, std::ios::binary};
  if (file && std::filesystem::is_directory(path))
    throw UsageError{fmt::format("the configuration {} is a directory", path.string())};
  if (!file) {
    if (is_default && (errno == ENOENT || errno == ENOTDIR)) return {};
    throw UsageError{
        fmt::format("cannot read the configuration {}: {}", path.string(), std::strerror(errno))};
  }
  std::ostringstream text;
  text << file.rdbuf();
  const auto content = text.str();
  return ConfigReader{path.string()}.read(std::string_view{content});
}

index::TraceSettings trace_settings(const Config& config) {
  index::TraceSettings settings{{config.servers}, {}, config.place_files, config.tracker_files};
  for (const auto& [name, account] : config.accounts) {
    if (!account.servers && account.addresses.empty()) continue;
    auto servers = account.servers.value_or(index::TrustedServers{});
    if (servers.networks.empty()) servers.networks = config.servers.networks;
    if (servers.receivers.empty()) servers.receivers = config.servers.receivers;
    settings.accounts.emplace(name, index::TraceContext{std::move(servers), nullptr, account.addresses});
  }
  settings.add_addresses(config.addresses);
  return settings;
}

index::Network trusted_network(const std::string& network) {
  const auto parsed = index::parse_network(network);
  if (!parsed) throw UsageError{fmt::format("`{}` is no IP address or CIDR", base::printable(network))};
  return *parsed;
}

std::filesystem::path root_of(const GlobalOptions& options, const Config& config) {
  std::filesystem::path root;
  if (!options.root.empty()) {
    root = options.root;
  } else if (const char* variable = std::getenv("MAILSPOOR_ROOT"); variable != nullptr && *variable != '\0') {
    root = variable;
  } else if (config.root) {
    root = expand_home(*config.root);
  } else {
    root = xdg("XDG_DATA_HOME", ".local/share") / "mailspoor";
  }
  return std::filesystem::absolute(root);
}

}  // namespace mailspoor::cli
