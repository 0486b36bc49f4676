#include "fetch/imap/login.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "deliver/base/text.hpp"
#include "fetch/error.hpp"
#include "fetch/imap/throttling.hpp"
#include "fetch/login.hpp"

namespace mailspoor::fetch::imap {
namespace {

constexpr int kMaxChallenges = 10;              // PLAIN has one, SCRAM three
constexpr std::size_t kMaxInitialAnswer = 900;  // keeps the command within 1000 octets

class ImapLogin : public LoginProtocol {
 public:
  ImapLogin(Session& session, const AccountOptions& options) : session_{session}, options_{options} {}

  Transport& transport() override { return session_.transport(); }
  Redaction& redaction() override { return session_.redaction(); }
  bool is_offered(std::string_view mechanism) const override {
    return session_.has_capability(fmt::format("AUTH={}", mechanism));
  }
  std::string offered_mechanisms() const override;
  bool is_command(std::string_view) const override { return false; }
  bool may_use_command(std::string_view demanded) const override {
    return has_command() && (demanded.empty() || base::equal_ignoring_case(demanded, "LOGIN"));
  }
  /// For users such as `DOMAIN\alice\shared` of Exchange, which takes the last part for a mailbox in the
  /// LOGIN command only.
  bool prefers_command() const override {
    return options_.url.user.find_first_of("\\/") != std::string::npos;
  }
  std::string command_name() const override { return "LOGIN command"; }
  LoginVerdict authenticate(const SaslMechanism& mechanism, SaslClient& client) override;
  LoginVerdict log_in_by_command(const Secret& password) override;

 private:
  bool has_command() const { return !session_.has_capability("LOGINDISABLED"); }

  Session& session_;
  const AccountOptions& options_;
};

LoginVerdict verdict_of(const Status& status, std::string complaint = {}) {
  return {.is_success = status.kind == Status::Kind::ok,
          .words = describe(status),
          .throttle = throttle_of(status),
          .complaint = std::move(complaint)};
}

std::string ImapLogin::offered_mechanisms() const {
  std::string names;
  for (const std::string& capability : session_.capabilities()) {
    if (!base::starts_with_ignoring_case(capability, "AUTH=")) continue;
    if (!names.empty()) names += ", ";
    names += base::printable(capability.substr(5));
  }
  return (names.empty() ? "none" : names) + (has_command() ? "" : "; LOGIN is disabled");
}

LoginVerdict ImapLogin::authenticate(const SaslMechanism& mechanism, SaslClient& client) {
  Command command{fmt::format("AUTHENTICATE {}", mechanism.name)};
  command.set_shown(fmt::format("AUTHENTICATE {}", mechanism.name));
  std::optional<std::string> first;
  if (mechanism.speaks_first) {
    first = client.answer("");
    if (!first) throw SettingError{client.complaint()};
    if (session_.has_capability("SASL-IR") && first->size() <= kMaxInitialAnswer) {
      session_.redaction().add(*first);
      command.add(" ").add(first->empty() ? "=" : *first);  // RFC 4959 §3
      wipe(*first);
      first.reset();
    }
  }
  const std::string tag = session_.send(command);
  int challenges = 0;
  for (;;) {
    Response response = session_.read();
    if (auto* answer = std::get_if<Tagged>(&response); answer != nullptr && answer->tag == tag) {
      if (first) wipe(*first);
      if (answer->status.kind == Status::Kind::ok) check_doubt(client, options_);
      return verdict_of(answer->status, client.complaint());
    }
    const auto* challenge = std::get_if<Continuation>(&response);
    if (challenge == nullptr) continue;
    if (++challenges > kMaxChallenges) throw ProtocolError{"the server never stops asking during the log-in"};
    auto reply = first ? std::exchange(first, std::nullopt) : client.answer(challenge->text);
    session_.send_line(reply ? *reply : "*");  // RFC 3501 §6.2.2
    if (!reply) break_off(client, options_);
    wipe(*reply);
  }
}

LoginVerdict ImapLogin::log_in_by_command(const Secret& password) {
  Command command{"LOGIN "};
  command.add_string(options_.url.user).add(" ").add_string(password.reveal()).set_shown("LOGIN");
  return verdict_of(session_.run(command));
}

}  // namespace

std::string log_in(Session& session, const AccountOptions& options, Credentials& credentials) {
  ImapLogin protocol{session, options};
  return fetch::log_in(protocol, options, credentials);
}

}  // namespace mailspoor::fetch::imap
