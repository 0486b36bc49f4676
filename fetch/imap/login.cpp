#include "fetch/imap/login.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "deliver/base/text.hpp"
#include "fetch/imap/throttling.hpp"
#include "fetch/sasl.hpp"

namespace mailspoor::fetch::imap {
namespace {

constexpr int kMaxChallenges = 10;              // PLAIN has one, SCRAM three
constexpr std::size_t kMaxInitialAnswer = 900;  // keeps the command within 1000 octets
constexpr std::string_view kLoginCommand = "LOGIN command";

std::string who(const AccountOptions& options) {
  return base::printable(fmt::format("{} at {}", options.url.user, options.url.host));
}

std::string offered_mechanisms(const Session& session) {
  std::string names;
  for (const std::string& capability : session.capabilities()) {
    if (!base::starts_with_ignoring_case(capability, "AUTH=")) continue;
    if (!names.empty()) names += ", ";
    names += base::printable(capability.substr(5));
  }
  return names.empty() ? "none" : names;
}

bool is_offered(const Session& session, std::string_view mechanism) {
  return session.has_capability(fmt::format("AUTH={}", mechanism));
}

/// Users such as `DOMAIN\alice\shared` of Exchange, which takes the last part for a mailbox in the LOGIN
/// command only.
bool names_a_mailbox(const std::string& user) { return user.find_first_of("\\/") != std::string::npos; }

/// What log_in() goes by: a mechanism, or nullptr for the LOGIN command (RFC 3501 §6.2.3). That one is for
/// where SASL has nothing to offer, and where it gives away no more than SASL would.
const SaslMechanism* choose(Session& session, const AccountOptions& options, const Credentials& credentials) {
  const auto* mechanism = choose_mechanism(options, credentials, session.transport().channel_binding(),
                                           [&](std::string_view name) { return is_offered(session, name); });
  const bool demands_login = base::equal_ignoring_case(options.auth, "LOGIN");
  const bool has_command = !session.has_capability("LOGINDISABLED");
  const bool may_use_command =
      has_command && credentials.token.empty() && (options.auth.empty() || demands_login);
  if (mechanism != nullptr) {
    const bool is_equal = mechanism->proof == SaslMechanism::Proof::password && !mechanism->hides_password;
    return may_use_command && is_equal && names_a_mailbox(options.url.user) ? nullptr : mechanism;
  }
  if (may_use_command) return nullptr;
  std::string_view wanted = credentials.token.empty() ? "known here" : "that takes an access token";
  for (const SaslMechanism& known : sasl_mechanisms())
    if (base::equal_ignoring_case(known.name, options.auth)) wanted = known.name;
  throw AuthenticationError{
      fmt::format("cannot log in as {}: the server offers no mechanism {} (it offers: {}{})", who(options),
                  wanted, offered_mechanisms(session), has_command ? "" : "; LOGIN is disabled")};
}

/// How the server answered one attempt, and what was said on the way there.
struct Verdict {
  Status status;
  std::string complaint{};
  bool is_success() const noexcept { return status.kind == Status::Kind::ok; }
};

Verdict authenticate(Session& session, const SaslMechanism& mechanism, const AccountOptions& options,
                     const Credentials& credentials) {
  const bool is_unwanted =
      !mechanism.binds_channel && is_offered(session, fmt::format("{}-PLUS", mechanism.name));
  SaslClient client{mechanism, options, credentials,
                    is_unwanted ? ChannelBinding{} : session.transport().channel_binding()};
  Command command{fmt::format("AUTHENTICATE {}", mechanism.name)};
  command.set_shown(fmt::format("AUTHENTICATE {}", mechanism.name));
  std::optional<std::string> first;
  if (mechanism.speaks_first) {
    first = client.answer("");
    if (!first) throw SettingError{client.complaint()};
    if (session.has_capability("SASL-IR") && first->size() <= kMaxInitialAnswer) {
      command.add(" ").add(first->empty() ? "=" : *first);  // RFC 4959 §3
      wipe(*first);
      first.reset();
    }
  }
  const std::string tag = session.send(command);
  int challenges = 0;
  for (;;) {
    Response response = session.read();
    if (auto* answer = std::get_if<Tagged>(&response); answer != nullptr && answer->tag == tag) {
      if (first) wipe(*first);
      if (answer->status.kind == Status::Kind::ok) {
        if (const std::string doubt = client.doubt(); !doubt.empty()) {
          throw AuthenticationError{
              fmt::format("the log-in as {} by {} is not believed: {}", who(options), mechanism.name, doubt)};
        }
      }
      return {std::move(answer->status), client.complaint()};
    }
    const auto* challenge = std::get_if<Continuation>(&response);
    if (challenge == nullptr) continue;
    if (++challenges > kMaxChallenges) throw ProtocolError{"the server never stops asking during the log-in"};
    auto reply = first ? std::exchange(first, std::nullopt) : client.answer(challenge->text);
    session.send_line(reply ? *reply : "*");  // RFC 3501 §6.2.2
    if (!reply) {
      throw AuthenticationError{fmt::format("log-in of {} by {} was broken off: {}", who(options),
                                            mechanism.name, client.complaint())};
    }
    wipe(*reply);
  }
}

Verdict command_login(Session& session, const std::string& user, const Secret& password) {
  check_credentials(user, password);
  Command command{"LOGIN "};
  command.add_string(user).add(" ").add_string(password.reveal()).set_shown("LOGIN");
  return {session.run(command)};
}

std::string refusal(const AccountOptions& options, std::string_view mechanism, const Verdict& verdict) {
  return fmt::format("log-in of {} by {} was refused: {}{}{}", who(options), mechanism,
                     describe(verdict.status), verdict.complaint.empty() ? "" : "; ", verdict.complaint);
}

/// What a person may try next. Nothing weaker is tried unasked: whoever stands between could ask for that.
std::string advice(const Session& session, const SaslMechanism* mechanism, const Credentials& credentials) {
  if (mechanism == nullptr || !mechanism->hides_password || credentials.password.empty()) return {};
  if (mechanism->binds_channel) {
    const std::string_view unbound = mechanism->name.substr(0, mechanism->name.size() - 5);
    if (is_offered(session, unbound))
      return fmt::format("; if TLS ends before the server, `--auth {}` may do", unbound);
  }
  for (const std::string_view plain : {"PLAIN", "LOGIN"}) {
    if (!is_offered(session, plain)) continue;
    return fmt::format("; if the server holds no secret for {} of this account, `--auth {}` may do",
                       mechanism->name, plain);
  }
  return {};
}

Verdict attempt(Session& session, const SaslMechanism* mechanism, const AccountOptions& options,
                const Credentials& credentials) {
  return mechanism == nullptr ? command_login(session, options.url.user, credentials.password)
                              : authenticate(session, *mechanism, options, credentials);
}

/// The token may have expired while it lay in somebody's cache.
Verdict attempt_with_renewed_token(Session& session, const SaslMechanism& mechanism,
                                   const AccountOptions& options, Credentials& credentials, Verdict verdict) {
  Credentials renewed;
  renewed.token = credentials.renewed_token();
  if (renewed.token.reveal() == credentials.token.reveal()) {
    verdict.complaint += verdict.complaint.empty() ? "" : "; ";
    verdict.complaint += "the token command gives the same token again";
    return verdict;
  }
  auto& deadlines = session.transport().deadlines();
  deadlines.limit_phase(Deadlines::Clock::now() + options.connect_deadline, "logging in");
  try {
    verdict = authenticate(session, mechanism, options, renewed);
  } catch (const ThrottledError&) {
    throw;
  } catch (const NetworkError& error) {
    // Servers hang up on those whom they refuse.
    throw AuthenticationError{
        fmt::format("{}; with a new token: {}", refusal(options, mechanism.name, verdict), error.what())};
  }
  if (verdict.is_success()) credentials.token = std::move(renewed.token);
  return verdict;
}

}  // namespace

std::string log_in(Session& session, const AccountOptions& options, Credentials& credentials) {
  check_credentials(options.url.user, credentials.password);
  const SaslMechanism* mechanism = choose(session, options, credentials);
  const std::string name{mechanism == nullptr ? kLoginCommand : mechanism->name};
  Verdict verdict = attempt(session, mechanism, options, credentials);
  const bool is_token = mechanism != nullptr && mechanism->proof == SaslMechanism::Proof::token;
  if (!verdict.is_success() && is_token && credentials.renewed_token && !throttle_of(verdict.status))
    verdict = attempt_with_renewed_token(session, *mechanism, options, credentials, std::move(verdict));
  if (verdict.is_success()) return name;
  const std::string text = refusal(options, name, verdict);
  // Not the password's fault, and worth another try without anybody's doing.
  if (const auto throttle = throttle_of(verdict.status)) throw ThrottledError{text, throttle->pause};
  throw AuthenticationError{text + advice(session, mechanism, credentials)};
}

}  // namespace mailspoor::fetch::imap
