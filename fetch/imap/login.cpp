#include "fetch/imap/login.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "deliver/base/text.hpp"
#include "fetch/sasl.hpp"

namespace mailspoor::fetch::imap {
namespace {

constexpr int kMaxChallenges = 10;  // PLAIN has one, LOGIN two
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

/// What the settings ask for, in capitals; empty if they leave the choice.
std::string demanded_mechanism(const AccountOptions& options) {
  if (options.auth.empty()) return {};
  for (const std::string_view known : SaslClient::kMechanisms) {
    if (base::equal_ignoring_case(known, options.auth)) return std::string{known};
  }
  throw SettingError{
      fmt::format("the mechanism '{}' is not known: PLAIN or LOGIN", base::printable(options.auth))};
}

/// The LOGIN command (RFC 3501 §6.2.3) only where SASL has nothing to offer.
std::string choose_mechanism(const Session& session, const AccountOptions& options) {
  const std::string demanded = demanded_mechanism(options);
  const bool has_command = !session.has_capability("LOGINDISABLED");
  for (const std::string_view known : SaslClient::kMechanisms) {
    if (!demanded.empty() && demanded != known) continue;
    if (session.has_capability(fmt::format("AUTH={}", known))) return std::string{known};
  }
  if (has_command && (demanded.empty() || demanded == "LOGIN")) return std::string{kLoginCommand};
  throw AuthenticationError{
      fmt::format("cannot log in as {}: the server offers no mechanism {} (it offers: {}{})", who(options),
                  demanded.empty() ? "known here" : demanded, offered_mechanisms(session),
                  has_command ? "" : "; LOGIN is disabled")};
}

Status authenticate(Session& session, const std::string& mechanism, const std::string& user,
                    const Secret& password) {
  SaslClient client{mechanism, user, password};
  Command command{"AUTHENTICATE " + mechanism};
  command.set_shown("AUTHENTICATE " + mechanism);
  const bool at_once = client.speaks_first() && session.has_capability("SASL-IR");
  if (at_once) {
    auto initial = client.answer("");
    command.add(" ").add(initial && !initial->empty() ? *initial : "=");
    if (initial) wipe(*initial);
  }
  const std::string tag = session.send(command);
  int challenges = 0;
  for (;;) {
    Response response = session.read();
    if (auto* answer = std::get_if<Tagged>(&response); answer != nullptr && answer->tag == tag)
      return answer->status;
    const auto* challenge = std::get_if<Continuation>(&response);
    if (challenge == nullptr) continue;
    if (++challenges > kMaxChallenges) throw ProtocolError{"the server never stops asking during the log-in"};
    // Once the initial answer has gone, the client has nothing more to say: cancel (RFC 3501 §6.2.2).
    auto reply = at_once ? std::nullopt : client.answer(challenge->text);
    session.send_line(reply ? *reply : "*");
    if (reply) wipe(*reply);
  }
}

Status command_login(Session& session, const std::string& user, const Secret& password) {
  check_credentials(user, password);
  Command command{"LOGIN "};
  command.add_string(user).add(" ").add_string(password.reveal()).set_shown("LOGIN");
  return session.run(command);
}

}  // namespace

std::string log_in(Session& session, const AccountOptions& options, const Secret& password) {
  check_credentials(options.url.user, password);
  std::string mechanism = choose_mechanism(session, options);
  const Status status = mechanism == kLoginCommand
                            ? command_login(session, options.url.user, password)
                            : authenticate(session, mechanism, options.url.user, password);
  if (status.kind == Status::Kind::ok) return mechanism;
  const std::string text =
      fmt::format("log-in of {} by {} was refused: {}", who(options), mechanism, describe(status));
  // RFC 5530: not the password's fault, and worth another try without anybody's doing.
  if (status.has_code("UNAVAILABLE")) throw NetworkError{text};
  throw AuthenticationError{text};
}

}  // namespace mailspoor::fetch::imap
