#include "fetch/login.hpp"

#include <fmt/format.h>

#include <utility>

#include "deliver/base/text.hpp"
#include "fetch/error.hpp"

namespace mailspoor::fetch {
namespace {

/// A mechanism, or nullptr for the protocol's own command. That one is for where SASL has nothing to offer,
/// and where it gives away no more than SASL would.
const SaslMechanism* choose(LoginProtocol& protocol, const AccountOptions& options,
                            const Credentials& credentials) {
  const bool may_use_command = credentials.token.empty() && protocol.may_use_command(options.auth);
  if (protocol.is_command(options.auth) && may_use_command) return nullptr;
  const auto* mechanism = choose_mechanism(options, credentials, protocol.transport().channel_binding(),
                                           [&](std::string_view name) { return protocol.is_offered(name); });
  if (mechanism != nullptr) {
    const bool is_equal = mechanism->proof == SaslMechanism::Proof::password && !mechanism->hides_password;
    return may_use_command && is_equal && protocol.prefers_command() ? nullptr : mechanism;
  }
  if (may_use_command) return nullptr;
  std::string_view wanted = credentials.token.empty() ? "known here" : "that takes an access token";
  for (const SaslMechanism& known : sasl_mechanisms())
    if (base::equal_ignoring_case(known.name, options.auth)) wanted = known.name;
  throw AuthenticationError{
      fmt::format("cannot log in as {}: the server offers no mechanism {} (it offers: {})", who(options),
                  wanted, protocol.offered_mechanisms())};
}

LoginVerdict authenticate(LoginProtocol& protocol, const SaslMechanism& mechanism,
                          const AccountOptions& options, const Credentials& credentials) {
  protocol.redaction().add(credentials.token.reveal());
  const bool is_unwanted =
      !mechanism.binds_channel && protocol.is_offered(fmt::format("{}-PLUS", mechanism.name));
  SaslClient client{mechanism, options, credentials,
                    is_unwanted ? ChannelBinding{} : protocol.transport().channel_binding()};
  return protocol.authenticate(mechanism, client);
}

std::string refusal(const AccountOptions& options, std::string_view mechanism, const LoginVerdict& verdict) {
  return fmt::format("log-in of {} by {} was refused: {}{}{}", who(options), mechanism, verdict.words,
                     verdict.complaint.empty() ? "" : "; ", verdict.complaint);
}

/// What a person may try next. Nothing weaker is tried unasked: whoever stands between could ask for that.
std::string advice(const LoginProtocol& protocol, const SaslMechanism* mechanism,
                   const Credentials& credentials) {
  if (mechanism == nullptr || !mechanism->hides_password || credentials.password.empty()) return {};
  if (mechanism->binds_channel) {
    const std::string_view unbound = mechanism->name.substr(0, mechanism->name.size() - 5);
    if (protocol.is_offered(unbound))
      return fmt::format("; if TLS ends before the server, `--auth {}` may do", unbound);
  }
  for (const std::string_view plain : {"PLAIN", "LOGIN"}) {
    if (!protocol.is_offered(plain)) continue;
    return fmt::format("; if the server holds no secret for {} of this account, `--auth {}` may do",
                       mechanism->name, plain);
  }
  return {};
}

/// The token may have expired while it lay in somebody's cache.
LoginVerdict attempt_with_renewed_token(LoginProtocol& protocol, const SaslMechanism& mechanism,
                                        const AccountOptions& options, Credentials& credentials,
                                        LoginVerdict verdict) {
  Credentials renewed;
  renewed.token = credentials.renewed_token();
  if (renewed.token.reveal() == credentials.token.reveal()) {
    verdict.complaint += verdict.complaint.empty() ? "" : "; ";
    verdict.complaint += "the token command gives the same token again";
    return verdict;
  }
  auto& deadlines = protocol.transport().deadlines();
  deadlines.limit_phase(Deadlines::Clock::now() + options.connect_deadline, "logging in");
  try {
    verdict = authenticate(protocol, mechanism, options, renewed);
  } catch (const ThrottledError&) {
    throw;
  } catch (const NetworkError& error) {
    // Servers hang up on those whom they refuse.
    throw AuthenticationError{
        fmt::format("{}; with a new token: {}", refusal(options, mechanism.name, verdict), error.what())};
  }
  if (verdict.is_success) credentials.token = std::move(renewed.token);
  return verdict;
}

}  // namespace

std::string who(const AccountOptions& options) {
  return base::printable(fmt::format("{} at {}", options.url.user, options.url.host));
}

void check_doubt(const SaslClient& client, const AccountOptions& options) {
  const std::string doubt = client.doubt();
  if (doubt.empty()) return;
  throw AuthenticationError{fmt::format("the log-in as {} by {} is not believed: {}", who(options),
                                        client.mechanism().name, doubt)};
}

void break_off(const SaslClient& client, const AccountOptions& options) {
  throw AuthenticationError{fmt::format("log-in of {} by {} was broken off: {}", who(options),
                                        client.mechanism().name, client.complaint())};
}

std::string log_in(LoginProtocol& protocol, const AccountOptions& options, Credentials& credentials) try {
  check_credentials(options.url.user, credentials.password);
  protocol.redaction().add(credentials.password.reveal());
  const SaslMechanism* mechanism = choose(protocol, options, credentials);
  const std::string name = mechanism == nullptr ? protocol.command_name() : std::string{mechanism->name};
  auto verdict = mechanism == nullptr ? protocol.log_in_by_command(credentials.password)
                                      : authenticate(protocol, *mechanism, options, credentials);
  const bool is_token = mechanism != nullptr && mechanism->proof == SaslMechanism::Proof::token;
  if (!verdict.is_success && is_token && credentials.renewed_token && !verdict.throttle)
    verdict = attempt_with_renewed_token(protocol, *mechanism, options, credentials, std::move(verdict));
  if (verdict.is_success) {
    protocol.redaction().clear();
    return name;
  }
  const std::string text = refusal(options, name, verdict);
  // Not the password's fault, and worth another try without anybody's doing.
  if (verdict.throttle) throw ThrottledError{text, verdict.throttle->pause};
  throw AuthenticationError{text + advice(protocol, mechanism, credentials)};
} catch (const ProtocolError& error) {
  throw ProtocolError{protocol.redaction().hidden(error.what())};  // shows what could not be read
}

}  // namespace mailspoor::fetch
