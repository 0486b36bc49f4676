#include "fetch/pop3/login.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "deliver/base/hex.hpp"
#include "deliver/base/text.hpp"
#include "fetch/error.hpp"
#include "fetch/login.hpp"

namespace mailspoor::fetch::pop3 {
namespace {

constexpr int kMaxAnswers = 10;               // PLAIN has one, SCRAM three
constexpr std::size_t kMaxCommand = 255 - 2;  // RFC 5034 §4, less CRLF

std::string md5(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_md5(), nullptr) != 1)
    throw SettingError{"OpenSSL offers no MD5 here, which APOP needs"};
  return base::to_hex({reinterpret_cast<const char*>(digest.data()), size});
}

class Pop3Login : public LoginProtocol {
 public:
  Pop3Login(Session& session, const AccountOptions& options)
      : session_{session}, options_{options}, timestamp_{apop_timestamp(session.greeting())} {}

  Transport& transport() override { return session_.transport(); }
  Redaction& redaction() override { return session_.redaction(); }
  bool is_offered(std::string_view mechanism) const override {
    const auto offered = session_.arguments_of("SASL");
    return std::any_of(offered.begin(), offered.end(),
                       [&](const std::string& name) { return base::equal_ignoring_case(name, mechanism); });
  }
  std::string offered_mechanisms() const override {
    std::string names;
    for (const auto& name : session_.arguments_of("SASL"))
      names += (names.empty() ? "" : ", ") + base::printable(name);
    return names.empty() ? "none" : names;
  }
  bool is_command(std::string_view demanded) const override {
    return base::equal_ignoring_case(demanded, "USER") || base::equal_ignoring_case(demanded, "APOP");
  }
  bool may_use_command(std::string_view demanded) const override {
    return demanded.empty() || is_command(demanded);
  }
  bool prefers_command() const override { return options_.auth.empty() && is_readable() && uses_apop(); }
  std::string command_name() const override { return uses_apop() ? "APOP" : "USER command"; }
  LoginVerdict authenticate(const SaslMechanism& mechanism, SaslClient& client) override;
  LoginVerdict log_in_by_command(const Secret& password) override;

 private:
  bool is_readable() const { return !session_.transport().is_encrypted(); }
  bool uses_apop() const {
    if (!options_.auth.empty()) return base::equal_ignoring_case(options_.auth, "APOP");
    return !timestamp_.empty() &&
           (is_readable() || (session_.has_list() && !session_.has_capability("USER")));
  }
  LoginVerdict verdict_of(const Reply& reply, std::string complaint = {}) const;

  Session& session_;
  const AccountOptions& options_;
  std::string timestamp_;
};

LoginVerdict Pop3Login::verdict_of(const Reply& reply, std::string complaint) const {
  if (reply.has_code("SYS/PERM"))
    throw ProtocolError{fmt::format("log-in of {} fails for good: {}", who(options_), describe(reply))};
  auto throttle = throttle_of(reply);
  if (throttle && !throttle->pause && reply.has_code("LOGIN-DELAY")) {
    // RFC 2449 §6.5: seconds, and USER where they differ
    const auto arguments = session_.arguments_of("LOGIN-DELAY");
    std::uint32_t seconds = 0;
    if (!arguments.empty()) {
      const auto& text = arguments.front();
      std::from_chars(text.data(), text.data() + text.size(), seconds);
    }
    if (seconds > 0) throttle->pause = std::chrono::seconds{seconds};
  }
  return {.is_success = reply.is_ok(),
          .words = describe(reply),
          .throttle = throttle,
          .complaint = std::move(complaint)};
}

///     "AUTH" SP mechanism [SP initial-response]      RFC 5034 §4
LoginVerdict Pop3Login::authenticate(const SaslMechanism& mechanism, SaslClient& client) {
  std::string command = fmt::format("AUTH {}", mechanism.name);
  std::optional<std::string> first;
  int answers = 0;
  if (mechanism.speaks_first) {
    first = client.answer("");
    if (!first) throw SettingError{client.complaint()};
    // Microsoft's takes a token behind its challenge only.
    const bool is_token = mechanism.proof == SaslMechanism::Proof::token;
    if (!is_token && command.size() + 1 + first->size() <= kMaxCommand) {
      session_.redaction().add(*first);
      command += ' ' + (first->empty() ? "=" : *first);
      wipe(*first);
      first.reset();
      ++answers;
    }
  }
  session_.send(command, fmt::format("AUTH {}", mechanism.name));
  wipe(command);
  for (;;) {
    const Reply reply = session_.read_reply();
    // Some say +OK where they mean to go on.
    const bool is_final = reply.kind == Reply::Kind::error || (reply.is_ok() && answers >= mechanism.answers);
    if (is_final) {
      if (first) wipe(*first);
      if (reply.is_ok()) check_doubt(client, options_);
      return verdict_of(reply, client.complaint());
    }
    if (++answers > kMaxAnswers) throw ProtocolError{"the server never stops asking during the log-in"};
    auto answer = first ? std::exchange(first, std::nullopt) : client.answer(reply.text);
    session_.send_secret(answer ? *answer : "*");
    if (!answer) break_off(client, options_);
    wipe(*answer);
  }
}

LoginVerdict Pop3Login::log_in_by_command(const Secret& password) {
  const auto& user = options_.url.user;
  if (uses_apop()) {
    if (timestamp_.empty()) {
      throw AuthenticationError{
          fmt::format("cannot log in as {}: APOP needs a timestamp, and {}", who(options_),
                      options_.url.tls == Tls::starttls ? "a greeting from before TLS is not believed"
                                                        : "the greeting has none")};
    }
    std::string text = timestamp_;
    text += password.reveal();
    const std::string digest = md5(text);
    wipe(text);
    session_.redaction().add(digest);  // of which a password could be guessed
    session_.send(fmt::format("APOP {} {}", user, digest), "APOP");
    return verdict_of(session_.read_reply());
  }
  session_.send(fmt::format("USER {}", user));
  if (const Reply reply = session_.read_reply(); !reply.is_ok()) return verdict_of(reply);
  std::string line = "PASS ";
  line += password.reveal();
  session_.send_secret(line);
  wipe(line);
  return verdict_of(session_.read_reply());
}

}  // namespace

///     timestamp = "<" 1*(printable but "<", ">" and blank) ">", a msg-id (RFC 1939 §7)
std::string apop_timestamp(std::string_view greeting) {
  const auto begin = greeting.find('<');
  if (begin == std::string_view::npos) return {};
  const auto end = greeting.find('>', begin);
  if (end == std::string_view::npos) return {};
  const auto timestamp = greeting.substr(begin, end - begin + 1);
  const auto is_printable = [](char c) { return c > 0x20 && c < 0x7F; };
  // A digest must not be made of anything that the server likes (CVE-2007-1558).
  if (timestamp.find('@') == std::string_view::npos ||
      !std::all_of(timestamp.begin(), timestamp.end(), is_printable))
    return {};
  return std::string{timestamp};
}

std::string log_in(Session& session, const AccountOptions& options, Credentials& credentials) {
  Pop3Login protocol{session, options};
  return fetch::log_in(protocol, options, credentials);
}

}  // namespace mailspoor::fetch::pop3
