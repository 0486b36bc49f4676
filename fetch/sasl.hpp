#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "fetch/account.hpp"
#include "fetch/credentials.hpp"
#include "fetch/transport.hpp"

namespace mailspoor::fetch {

/// A SASL mechanism (RFC 4422) that is known here.
struct SaslMechanism {
  enum class Proof { password, token, certificate };
  std::string_view name;
  Proof proof = Proof::password;
  bool hides_password = false;  ///< What goes over the line does not give it away.
  bool binds_channel = false;   ///< To the TLS connection: SCRAM's -PLUS.
  bool speaks_first = true;     ///< Its first answer can go with the command (RFC 4959).
  int answers = 1;              ///< How many the client has to give.
};

/// All of them, the strongest first.
std::span<const SaslMechanism> sasl_mechanisms() noexcept;

/// The mechanism to log in by: the one that the options demand, else the strongest one that is offered and
/// that the credentials serve. A password never goes where a token is given. EXTERNAL is only ever demanded.
/// @return nullptr if none of them is offered.
/// @throws SettingError for a demand that is unknown or does not fit the credentials or the connection.
const SaslMechanism* choose_mechanism(const AccountOptions& options, const Credentials& credentials,
                                      const ChannelBinding& binding,
                                      const std::function<bool(std::string_view)>& is_offered);

/// The client's half of one exchange, by GNU SASL or, for SCRAM and OAuth 2.0, of our own.
class SaslClient {
 public:
  /// @param binding  Of the connection; none where the server offers to bind to it and that is not wanted.
  /// @throws SettingError where user, password or token cannot be used, NetworkError where GNU SASL cannot
  /// start.
  SaslClient(const SaslMechanism& mechanism, const AccountOptions& options, const Credentials& credentials,
             const ChannelBinding& binding);
  ~SaslClient();
  SaslClient(SaslClient&&) noexcept;

  const SaslMechanism& mechanism() const noexcept;
  /// The answer to a challenge, both in base64; nullopt if the exchange cannot go on. Where the client speaks
  /// first, the first challenge says nothing and may be anything.
  std::optional<std::string> answer(std::string_view challenge);

  /// What went wrong in the exchange: why it cannot go on, or what the server told before its refusal. Fit
  /// for a terminal; empty if nothing did.
  const std::string& complaint() const noexcept;
  /// Why the server must not be believed when it says that the log-in succeeded; empty if it may be. SCRAM's
  /// server has to prove that it knows the password too.
  std::string doubt() const;

 private:
  struct Exchange;
  struct GnuExchange;
  struct ScramExchange;
  struct OauthExchange;
  std::unique_ptr<Exchange> exchange_;
};

/// @throws SettingError where `user` or `password` has octets that cannot be part of a log-in (CR, LF, NUL).
void check_credentials(std::string_view user, const Secret& password);

/// Overwrites `text`, which held a password.
void wipe(std::string& text) noexcept;

}  // namespace mailspoor::fetch
