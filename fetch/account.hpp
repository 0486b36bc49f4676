#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailspoor::fetch {

enum class Protocol { imap, pop3 };
/// With its article: `an IMAP`.
std::string_view name_of(Protocol protocol) noexcept;
enum class Tls { implicit, starttls, none };

/// A server and a user there, read from a URL such as `imaps://alice%40example.com@imap.example.com:993`.
struct ServerUrl {
  Protocol protocol = Protocol::imap;
  Tls tls = Tls::implicit;
  std::string user;  ///< Percent-decoded; empty if the URL names none.
  std::string host;  ///< Without the brackets of an IPv6 literal.
  std::uint16_t port = 993;
};

/// Reads `imaps://`, `imap://`, `pop3s://` and `pop3://` URLs.
/// @throws SettingError for anything else, a password in it, or an octet that cannot be part of a command.
ServerUrl parse_server_url(std::string_view url);

/// The account that a URL stands for when the configuration does not name it: `user@host`, plus `:port` if it
/// is not the default, plus `+pop3` with POP3; bytes outside `[A-Za-z0-9.@+_-]` percent-encoded.
std::string account_name(const ServerUrl& url);

inline constexpr std::uint64_t kMinimumRate = 100;  ///< Octets a second: slower than any modem.

inline constexpr std::uint64_t kDeleteMax = 100;

/// How to reach and read one account: what DESIGN calls "Connecting", less the password.
struct AccountOptions {
  ServerUrl url;
  std::string auth;              ///< SASL mechanism to use whatever else is offered; empty: choose.
  bool allow_cleartext = false;  ///< Tls::none outside loopback.
  std::string ca_file;           ///< PEM certificates trusted in place of the system's; empty: the system's.
  std::string pin;               ///< `sha256//BASE64`, in place of CA, name and date check; empty: none.
  std::string proxy;             ///< socks5h://, http:// …; empty: none.
  std::string tunnel;            ///< Command that is the connection, by its input and output; empty: none.
  std::string client_cert;       ///< PEM file of a certificate to show to the server; empty: none.
  std::string client_key;        ///< PEM file of its key; empty: in the same file.
  bool compress = true;          ///< COMPRESS=DEFLATE where the server offers it.
  std::vector<std::string> mailboxes;  ///< Globs over decoded names; empty: all.
  std::vector<std::string> excludes;
  std::chrono::seconds timeout{60};  ///< No byte for so long: give up.
  std::chrono::seconds connect_deadline{
      30};  ///< Name, TCP, TLS, greeting, log-in together, each at most `timeout`.
  std::optional<std::chrono::seconds> deadline;   ///< The whole run.
  std::optional<std::uint64_t> max_message_size;  ///< Octets; a larger message is a hole.
  std::uint64_t connections = 1;                  ///< At most so many at the same time.
  bool only_plans = false;                        ///< Find out what there is to fetch, and fetch nothing.
  std::uint64_t min_rate = kMinimumRate;          ///< Octets a second over twice `timeout`; 0: any.
  bool asks_namespace = true;  ///< NAMESPACE where it is offered; Exchange 2003 hangs up at it.
  bool pipelines = true;  ///< POP3: several commands in flight where the server says that it bears them, and
                          ///< LIST with a number among RETR.
  /// POP3: delete from the server what was stored here so long ago.
  std::optional<std::chrono::hours> delete_after;
  std::uint64_t delete_max = kDeleteMax;  ///< Messages that one run deletes at most.
  bool compares_all = false;  ///< Compare all UIDs and flags in this run, not only when that is due.
};

}  // namespace mailspoor::fetch
