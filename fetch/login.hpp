#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "fetch/account.hpp"
#include "fetch/credentials.hpp"
#include "fetch/redaction.hpp"
#include "fetch/sasl.hpp"
#include "fetch/throttle.hpp"
#include "fetch/transport.hpp"

namespace mailspoor::fetch {

/// How a server answered one attempt to log in.
struct LoginVerdict {
  bool is_success = false;
  std::string words;                   ///< The server's own, fit for a terminal.
  std::optional<Throttle> throttle{};  ///< It is busy: not the password's fault.
  std::string complaint{};             ///< What was said on the way there; empty if nothing was.
};

/// What a protocol brings for logging in: SASL's frame, and the command of its own that is older.
class LoginProtocol {
 public:
  virtual ~LoginProtocol() = default;

  virtual Transport& transport() = 0;
  /// What the protocol hides of the server's words.
  virtual Redaction& redaction() = 0;
  virtual bool is_offered(std::string_view mechanism) const = 0;
  /// The mechanisms, for people; `none` if there are none.
  virtual std::string offered_mechanisms() const = 0;
  /// Whether what was demanded is that command and nothing else.
  virtual bool is_command(std::string_view demanded) const = 0;
  /// Whether that command may be used where no mechanism is, or only one of that name.
  virtual bool may_use_command(std::string_view demanded) const = 0;
  /// Whether it goes before a mechanism that gives the password away.
  virtual bool prefers_command() const = 0;
  /// For people: `LOGIN command`.
  virtual std::string command_name() const = 0;

  /// One exchange. @throws what goes wrong with the connection; AuthenticationError where the client breaks
  /// it off, or does not believe that it succeeded.
  virtual LoginVerdict authenticate(const SaslMechanism& mechanism, SaslClient& client) = 0;
  virtual LoginVerdict log_in_by_command(const Secret& password) = 0;
};

/// Logs in by the mechanism that the options name, or the strongest that both sides know. A refusal is final:
/// nothing weaker is tried behind it. A refused token is renewed once; `credentials` keeps the new one where
/// that was taken, for the next connection.
/// @return the mechanism, or LoginProtocol::command_name().
/// @throws AuthenticationError with the server's own words; ThrottledError; SettingError; what the protocol
/// and Credentials::renewed_token throw.
std::string log_in(LoginProtocol& protocol, const AccountOptions& options, Credentials& credentials);

/// The user and the host, fit for a terminal.
std::string who(const AccountOptions& options);

/// @throws AuthenticationError where the server says that the exchange succeeded, and the client does not
/// believe it.
void check_doubt(const SaslClient& client, const AccountOptions& options);
/// @throws AuthenticationError: the client cannot answer.
[[noreturn]] void break_off(const SaslClient& client, const AccountOptions& options);

}  // namespace mailspoor::fetch
