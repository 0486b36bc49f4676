#include "cli/connection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "cli/error.hpp"
#include "deliver/account_name.hpp"
#include "deliver/base/text.hpp"
#include "index/query/fields.hpp"

namespace mailspoor::cli {
namespace {

constexpr std::uint64_t kMaxConnections = 10;
constexpr std::uint64_t kMaxSeconds = 1'000'000'000;  // 31 years; std::chrono's clocks end at 292

fetch::Tls tls_of(const std::string& word) {
  if (word == "implicit") return fetch::Tls::implicit;
  if (word == "starttls") return fetch::Tls::starttls;
  if (word == "none") return fetch::Tls::none;
  throw UsageError{fmt::format("tls `{}` is unknown: implicit, starttls or none", base::printable(word))};
}

[[noreturn]] void unknown_account(const Config& config, const std::string& word) {
  std::string_view nearest;
  std::size_t least = word.size() / 2 + 1;
  for (const auto& [name, settings] : config.accounts) {
    const auto distance = word.size() > 60 ? least : index::edit_distance(word, name);
    if (distance < least) {
      least = distance;
      nearest = name;
    }
  }
  throw UsageError{fmt::format("`{}` is neither a URL nor an account of the configuration{}",
                               base::printable(word),
                               nearest.empty() ? "" : fmt::format("; did you mean `{}`?", nearest))};
}

/// A tunnel has neither TLS nor a proxy: what asks for them must not be passed over in silence.
void check_tunnel(const AccountSettings& settings) {
  const std::pair<const char*, bool> others[] = {{"tls", settings.tls && *settings.tls != "none"},
                                                 {"ca_file", settings.ca_file.has_value()},
                                                 {"pin", settings.pin.has_value()},
                                                 {"client_cert", settings.client_cert.has_value()},
                                                 {"proxy", settings.proxy.has_value()}};
  for (const auto& [name, is_set] : others) {
    if (is_set)
      throw UsageError{
          fmt::format("`{}` does not go with a tunnel, which only carries plain IMAP or POP3", name)};
  }
}

std::chrono::hours days_of(std::uint64_t days) {
  constexpr std::uint64_t kMaxDays = 100'000;
  if (days > kMaxDays) throw UsageError{fmt::format("{} days are too many for `delete_after`", days)};
  return std::chrono::hours{24 * days};
}

/// What one protocol lacks, and would be passed over in silence.
void check_protocol(const fetch::AccountOptions& options) {
  const bool is_pop3 = options.url.protocol == fetch::Protocol::pop3;
  if (is_pop3 && (!options.mailboxes.empty() || !options.excludes.empty()))
    throw UsageError{"`mailbox` and `exclude` do not go with POP3, which has one mailbox"};
  if (!is_pop3 && options.delete_after)
    throw UsageError{"`delete_after` goes with POP3 only: nothing is ever deleted from an IMAP server"};
}

/// What the command line said, else what the configuration said.
std::optional<std::string> either(const std::string& said, const std::optional<std::string>& configured) {
  return said.empty() ? configured : std::optional{said};
}

}  // namespace

bool is_url(const std::string& word) { return word.find("://") != std::string::npos; }

std::chrono::seconds seconds_of(std::string_view name, std::uint64_t number) {
  if (number > kMaxSeconds)
    throw UsageError{fmt::format("{} seconds are too many for `{}`: at most {}", number, name, kMaxSeconds)};
  return std::chrono::seconds{number};
}

void ConnectionOptions::add_to(Arguments& arguments, Use use) {
  arguments.option("--password-file", password_file_, "File whose first line is the password, mode 0600");
  arguments.option("--password-command", password_command_,
                   "Command whose first line of output is the password");
  arguments.option(
      "--token-command", token_command_,
      "Command whose first line of output is an OAuth 2.0 access token; run again if it is refused");
  arguments.option(
      "--auth", auth_,
      "SASL mechanism, such as SCRAM-SHA-256, PLAIN, EXTERNAL or XOAUTH2 (default: the strongest "
      "that the server offers)");
  arguments.choice("--tls", tls_, {"implicit", "starttls", "none"},
                   "How the connection is encrypted (default: by the URL)");
  arguments.flag("--allow-cleartext", allow_cleartext_,
                 "Let --tls none leave this machine: others can read everything");
  arguments.option("--ca-file", ca_file_, "PEM file of the certificates to trust in place of the system's");
  arguments.option("--pin", pin_,
                   "sha256//BASE64 of the server's key, in place of all other certificate checks");
  arguments.option("--proxy", proxy_, "Proxy, such as socks5h://127.0.0.1:9050");
  arguments.option(
      "--tunnel", tunnel_,
      "Command whose input and output are the connection, such as `ssh HOST /usr/lib/dovecot/imap`: no "
      "TLS inside");
  arguments.option("--client-cert", client_cert_, "PEM file of the certificate to show to the server");
  arguments.option("--client-key", client_key_, "PEM file of its key (default: the certificate's file)");
  arguments.flag("--no-compress", no_compress_, "Do without compression where the server offers it");
  arguments.option("--mailbox", mailbox_,
                   "Only mailboxes that match this pattern (repeatable); other users' and shared ones are "
                   "fetched only so");
  arguments.option("--exclude", exclude_, "Not the mailboxes that match this pattern (repeatable)");
  arguments.option("--timeout", timeout_, "Give up when no byte came for so many seconds (default 60)");
  arguments.option("--deadline", deadline_, "End the run after so many seconds; what was stored stays");
  arguments.option(
      "--min-rate", min_rate_,
      "Give up on a server that sends fewer octets of use a second, over twice the timeout (default "
      "100; 0: any)");
  if (use == Use::look) return;
  arguments.option("--max-message-size", max_message_size_,
                   "Leave larger messages on the server and report them, octets");
  arguments.option("--connections", connections_,
                   "Make up to so many connections for the mailboxes that have news (1 to 10, default 1)");
  arguments.option(
      "--delete-after", delete_after_,
      "POP3: delete from the server what was stored here so many days ago, and lies here unchanged");
  arguments.option("--delete-max", delete_max_,
                   "POP3: delete at most so many messages in one run (default 100)");
}

bool ConnectionOptions::is_used() const {
  const std::string* const texts[] = {&password_file_, &password_command_, &token_command_, &auth_,
                                      &tls_,           &ca_file_,          &pin_,           &proxy_,
                                      &tunnel_,        &client_cert_,      &client_key_};
  const bool has_text =
      std::any_of(std::begin(texts), std::end(texts), [](const auto* text) { return !text->empty(); });
  return has_text || allow_cleartext_ || no_compress_ || !mailbox_.empty() || !exclude_.empty() || timeout_ ||
         deadline_ || max_message_size_ || min_rate_ || connections_ || delete_after_ || delete_max_;
}

AccountSettings ConnectionOptions::merged_with(const AccountSettings& configured) const {
  auto merged = configured;
  // A way to the password or token on the command line replaces the configured one, whichever that was.
  if (!password_file_.empty() || !password_command_.empty() || !token_command_.empty()) {
    merged.password_file = either(password_file_, std::nullopt);
    merged.password_command = either(password_command_, std::nullopt);
    merged.token_command = either(token_command_, std::nullopt);
  }
  merged.auth = either(auth_, configured.auth);
  merged.tls = either(tls_, configured.tls);
  merged.ca_file = either(ca_file_, configured.ca_file);
  merged.pin = either(pin_, configured.pin);
  merged.proxy = either(proxy_, configured.proxy);
  merged.tunnel = either(tunnel_, configured.tunnel);
  merged.client_cert = either(client_cert_, configured.client_cert);
  merged.client_key = either(client_key_, configured.client_key);
  if (no_compress_) merged.no_compress = true;
  if (allow_cleartext_) merged.allow_cleartext = true;
  if (!mailbox_.empty()) merged.mailbox = mailbox_;
  if (!exclude_.empty()) merged.exclude = exclude_;
  if (timeout_) merged.timeout = timeout_;
  if (deadline_) merged.deadline = deadline_;
  if (max_message_size_) merged.max_message_size = max_message_size_;
  if (min_rate_) merged.min_rate = min_rate_;
  if (connections_) merged.connections = connections_;
  if (delete_after_) merged.delete_after = delete_after_;
  if (delete_max_) merged.delete_max = delete_max_;
  return merged;
}

Connection ConnectionOptions::connection(const Config& config, const std::string& word) const {
  Connection connection;
  if (is_url(word)) {
    connection.url = word;
    connection.settings = merged_with({});
  } else {
    const auto configured = config.accounts.find(word);
    if (configured == config.accounts.end()) unknown_account(config, word);
    connection.settings = merged_with(configured->second);
    if (!connection.settings.url)
      throw UsageError{fmt::format("account `{}` has no url: it only receives deliveries", word)};
    connection.url = *connection.settings.url;
    connection.account = word;
  }
  auto& options = connection.options;
  const auto& settings = connection.settings;
  options.url = fetch::parse_server_url(connection.url);
  if (options.url.user.empty()) {
    throw UsageError{
        fmt::format("the URL {} names no user: write imaps://USER@HOST", base::printable(connection.url))};
  }
  if (connection.account.empty()) connection.account = fetch::account_name(options.url);
  if (!deliver::is_account_name(connection.account)) {
    throw UsageError{fmt::format("`{}` cannot name an account", base::printable(connection.account))};
  }
  if (settings.tls) options.url.tls = tls_of(*settings.tls);
  options.auth = settings.auth.value_or("");
  options.allow_cleartext = settings.allow_cleartext.value_or(false);
  if (settings.ca_file) options.ca_file = expand_home(*settings.ca_file);
  options.pin = settings.pin.value_or("");
  options.proxy = settings.proxy.value_or("");
  if (settings.client_cert) options.client_cert = expand_home(*settings.client_cert);
  if (settings.client_key) options.client_key = expand_home(*settings.client_key);
  if (!options.client_key.empty() && options.client_cert.empty())
    throw UsageError{"a client key without a certificate: give --client-cert as well"};
  options.compress = !settings.no_compress.value_or(false);
  options.tunnel = settings.tunnel.value_or("");
  if (!options.tunnel.empty()) {
    check_tunnel(settings);
    options.url.tls = fetch::Tls::none;
  }
  options.mailboxes = settings.mailbox;
  options.excludes = settings.exclude;
  if (settings.timeout)
    options.timeout = std::max(std::chrono::seconds{1}, seconds_of("timeout", *settings.timeout));
  if (settings.deadline) options.deadline = seconds_of("deadline", *settings.deadline);
  options.max_message_size = settings.max_message_size;
  options.connections = settings.connections.value_or(1);
  if (options.connections < 1 || options.connections > kMaxConnections)
    throw UsageError{fmt::format("{} connections: it may be 1 to {}", options.connections, kMaxConnections)};
  options.min_rate = settings.min_rate.value_or(fetch::kMinimumRate);
  options.delete_max = settings.delete_max.value_or(fetch::kDeleteMax);
  if (settings.delete_after) options.delete_after = days_of(*settings.delete_after);
  check_protocol(options);
  return connection;
}

std::vector<Connection> ConnectionOptions::connections(const Config& config,
                                                       std::vector<std::string> words) const {
  if (words.empty()) {
    for (const auto& [name, settings] : config.accounts) {
      if (settings.url) words.push_back(name);
    }
  }
  if (words.empty())
    throw UsageError{"no account is configured: name a URL, such as imaps://you@imap.example.org"};
  std::vector<Connection> connections;
  connections.reserve(words.size());
  for (const auto& word : words) {
    auto made = connection(config, word);
    const bool is_known = std::any_of(connections.begin(), connections.end(),
                                      [&](const auto& other) { return other.account == made.account; });
    if (!is_known) connections.push_back(std::move(made));  // it would meet its own lock
  }
  return connections;
}

}  // namespace mailspoor::cli
