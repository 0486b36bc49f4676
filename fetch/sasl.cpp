#include "fetch/sasl.hpp"

#include <fmt/format.h>
#include <gsasl.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "deliver/base/text.hpp"
#include "fetch/base64.hpp"
#include "fetch/error.hpp"
#include "fetch/oauth.hpp"
#include "fetch/scram.hpp"

namespace mailspoor::fetch {
namespace {

using Proof = SaslMechanism::Proof;

// Binding to the connection counts for more than the longer hash. The order of the last two is RFC 7628's
// before Google's.
constexpr std::array kMechanisms{
    SaslMechanism{.name = "SCRAM-SHA-256-PLUS", .hides_password = true, .binds_channel = true},
    SaslMechanism{.name = "SCRAM-SHA-1-PLUS", .hides_password = true, .binds_channel = true},
    SaslMechanism{.name = "SCRAM-SHA-256", .hides_password = true},
    SaslMechanism{.name = "SCRAM-SHA-1", .hides_password = true},
    SaslMechanism{.name = "CRAM-MD5", .hides_password = true, .speaks_first = false},
    SaslMechanism{.name = "PLAIN"},
    SaslMechanism{.name = "LOGIN", .speaks_first = false},
    SaslMechanism{.name = "EXTERNAL", .proof = Proof::certificate},
    SaslMechanism{.name = "OAUTHBEARER", .proof = Proof::token},
    SaslMechanism{.name = "XOAUTH2", .proof = Proof::token},
};

struct GsaslDeleter {
  void operator()(Gsasl* context) const noexcept { gsasl_done(context); }
};
struct GsaslSessionDeleter {
  void operator()(Gsasl_session* session) const noexcept { gsasl_finish(session); }
};

constexpr std::string_view kForbidden{"\r\n\0", 3};
constexpr std::size_t kMaxShown = 200;

void check(int code) {
  if (code != GSASL_OK) throw NetworkError{std::string{"GNU SASL: "} + gsasl_strerror(code)};
}

const SaslMechanism& demanded_mechanism(const AccountOptions& options) {
  std::string names;
  for (const SaslMechanism& known : kMechanisms) {
    if (base::equal_ignoring_case(known.name, options.auth)) return known;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", known.name);
  }
  throw SettingError{
      fmt::format("the mechanism '{}' is not known, only {}", base::printable(options.auth), names)};
}

bool is_served(const SaslMechanism& mechanism, const Credentials& credentials) noexcept {
  return (mechanism.proof == Proof::token) == !credentials.token.empty();
}

void check_demand(const SaslMechanism& demanded, const Credentials& credentials,
                  const ChannelBinding& binding) {
  if (demanded.proof == Proof::token && credentials.token.empty())
    throw SettingError{fmt::format("{} takes an access token: give --token-command", demanded.name)};
  if (demanded.proof == Proof::password && !credentials.token.empty())
    throw SettingError{fmt::format("{} takes a password, but a token command is given", demanded.name)};
  if (demanded.binds_channel && binding.type == ChannelBinding::Type::none) {
    throw SettingError{
        fmt::format("{} needs TLS to bind the log-in to (1.3, or 1.2 with RFC 7627), and there is none here",
                    demanded.name)};
  }
}

/// What a hash is made of has one spelling only (RFC 4013). Asked for before anything is sent; GNU SASL finds
/// out after the first challenge, and then loses memory. By the flag that it uses itself, whose meaning 2.2
/// has turned round.
void check_preparable(const SaslMechanism& mechanism, const std::string& text, std::string_view what) {
  char* prepared = nullptr;
  const int code = gsasl_saslprep(text.c_str(), GSASL_ALLOW_UNASSIGNED, &prepared, nullptr);
  if (prepared != nullptr) OPENSSL_cleanse(prepared, std::strlen(prepared));
  gsasl_free(prepared);
  if (code == GSASL_OK) return;
  throw SettingError{
      fmt::format("the {} is no UTF-8, or has characters that {} cannot take; `--auth PLAIN` may do where "
                  "that is offered",
                  what, mechanism.name)};
}

}  // namespace

std::span<const SaslMechanism> sasl_mechanisms() noexcept { return kMechanisms; }

const SaslMechanism* choose_mechanism(const AccountOptions& options, const Credentials& credentials,
                                      const ChannelBinding& binding,
                                      const std::function<bool(std::string_view)>& is_offered) {
  if (!options.auth.empty()) {
    const SaslMechanism& demanded = demanded_mechanism(options);
    check_demand(demanded, credentials, binding);
    return is_offered(demanded.name) ? &demanded : nullptr;
  }
  for (const SaslMechanism& known : kMechanisms) {
    if (known.proof == Proof::certificate || !is_served(known, credentials)) continue;
    if (known.binds_channel && binding.type == ChannelBinding::Type::none) continue;
    if (is_offered(known.name)) return &known;
  }
  return nullptr;
}

struct SaslClient::Exchange {
  Exchange(const SaslMechanism& chosen, const Secret& password_or_token)
      : mechanism{chosen}, secret{std::string{password_or_token.reveal()}} {}
  virtual ~Exchange() = default;

  /// Both in plain octets.
  virtual std::optional<Secret> answer(std::string_view challenge) = 0;
  /// To a challenge that is no base64.
  virtual std::optional<Secret> answer_unreadable(std::string_view text) {
    return give_up(fmt::format("the server's challenge is no base64: '{}'",
                               base::printable(hidden(text).substr(0, kMaxShown))));
  }
  virtual std::string doubt() const { return {}; }
  std::nullopt_t give_up(std::string why) {
    complaint = std::move(why);
    return std::nullopt;
  }
  /// `text` without the secret: what a server repeats must not reach the terminal or a log either.
  std::string hidden(std::string_view text) const {
    std::string result;
    for (;;) {
      const auto at = secret.empty() ? std::string_view::npos : text.find(secret.reveal());
      result += text.substr(0, at);
      if (at == std::string_view::npos) return result;
      result += '?';
      text.remove_prefix(at + secret.reveal().size());
    }
  }

  const SaslMechanism& mechanism;
  Secret secret;
  std::string complaint;
  bool has_begun = false;
};

struct SaslClient::GnuExchange : Exchange {
  GnuExchange(const SaslMechanism& chosen, const std::string& user, const Secret& password,
              const ChannelBinding& binding)
      : Exchange{chosen, password} {
    Gsasl* library = nullptr;
    check(gsasl_init(&library));
    context.reset(library);
    Gsasl_session* started = nullptr;
    check(gsasl_client_start(library, std::string{chosen.name}.c_str(), &started));
    session.reset(started);
    if (chosen.hides_password) {
      check_preparable(chosen, user, "user name");
      check_preparable(chosen, password.reveal(), "password");
    }
    // EXTERNAL names whom to become, the others who one is.
    const bool is_external = chosen.proof == Proof::certificate;
    check(gsasl_property_set(started, is_external ? GSASL_AUTHZID : GSASL_AUTHID, user.c_str()));
    if (!is_external) check(gsasl_property_set(started, GSASL_PASSWORD, password.reveal().c_str()));
    // Only with -PLUS: without, GNU SASL 2.2 fails where it should tell the server that we could have.
    if (chosen.binds_channel) {
      const bool is_unique = binding.type == ChannelBinding::Type::tls_unique;
      check(gsasl_property_set(started, is_unique ? GSASL_CB_TLS_UNIQUE : GSASL_CB_TLS_EXPORTER,
                               to_base64(binding.octets).c_str()));
    }
  }

  std::optional<Secret> answer(std::string_view challenge) override {
    if (is_complete)
      return give_up(fmt::format("the server asks for more than {} has to say", mechanism.name));
    char* octets = nullptr;
    std::size_t size = 0;
    const int code = gsasl_step(session.get(), challenge.data(), challenge.size(), &octets, &size);
    std::string text{octets == nullptr ? "" : octets, octets == nullptr ? 0 : size};
    if (octets != nullptr) OPENSSL_cleanse(octets, size);
    gsasl_free(octets);
    is_complete = code == GSASL_OK;
    if (code == GSASL_OK || code == GSASL_NEEDS_MORE) return Secret{std::move(text)};
    return give_up(fmt::format("GNU SASL: {}", gsasl_strerror(code)));
  }

  std::unique_ptr<Gsasl, GsaslDeleter> context;
  std::unique_ptr<Gsasl_session, GsaslSessionDeleter> session;
  bool is_complete = false;
};

struct SaslClient::ScramExchange : GnuExchange {
  using GnuExchange::GnuExchange;

  std::optional<Secret> answer(std::string_view challenge) override {
    if (nonce.empty()) {
      auto first = GnuExchange::answer(challenge);
      if (first) nonce = first->reveal().substr(first->reveal().rfind(",r=") + 3);
      return first;
    }
    if (!has_proof_of_ours) {
      if (std::string fault = scram_first_fault(challenge, nonce); !fault.empty()) return give_up(fault);
      auto last = GnuExchange::answer(challenge);
      has_proof_of_ours = last.has_value();
      return last;
    }
    if (is_complete) return GnuExchange::answer(challenge);
    if (const std::string error = scram_error(hidden(challenge)); !error.empty() && complaint.empty()) {
      complaint = fmt::format("the server says '{}'", error);
      return Secret{};  // its refusal follows
    }
    auto nothing = GnuExchange::answer(challenge);
    if (!nothing) complaint = std::string{kLiar};
    return nothing;
  }
  std::string doubt() const override { return is_complete ? std::string{} : std::string{kLiar}; }

  static constexpr std::string_view kLiar =
      "the server cannot prove that it knows the password (its signature is missing or wrong): it may be "
      "another one";
  std::string nonce;
  bool has_proof_of_ours = false;
};

struct SaslClient::OauthExchange : Exchange {
  OauthExchange(const SaslMechanism& chosen, const ServerUrl& url, const Secret& token)
      : Exchange{chosen, token}, is_xoauth2{chosen.name == "XOAUTH2"} {
    message = is_xoauth2 ? xoauth2_message(url.user, token)
                         : oauthbearer_message(url.user, url.host, url.port, token);
  }

  std::optional<Secret> answer(std::string_view challenge) override {
    if (!message.empty()) return std::exchange(message, Secret{});
    return acknowledge(hidden(oauth_error(hidden(challenge))));
  }
  std::optional<Secret> answer_unreadable(std::string_view text) override {
    return acknowledge(fmt::format("'{}'", base::printable(hidden(text).substr(0, kMaxShown))));
  }

 private:
  /// An error wants an answer before the server refuses: nothing for XOAUTH2, ^A for OAUTHBEARER (RFC 7628
  /// §3.2.3).
  std::optional<Secret> acknowledge(const std::string& error) {
    const bool is_first = complaint.empty();
    complaint = "the server says " + error;
    if (!is_first) return std::nullopt;
    return Secret{is_xoauth2 ? "" : "\1"};
  }

  bool is_xoauth2;
  Secret message;
};

SaslClient::SaslClient(const SaslMechanism& mechanism, const AccountOptions& options,
                       const Credentials& credentials, const ChannelBinding& binding) {
  check_credentials(options.url.user, credentials.password);
  if (mechanism.proof == Proof::token) {
    if (!is_access_token(credentials.token.reveal()))
      throw SettingError{"the access token has blanks, control characters or octets outside ASCII"};
    exchange_ = std::make_unique<OauthExchange>(mechanism, options.url, credentials.token);
  } else if (mechanism.name.starts_with("SCRAM-")) {
    exchange_ = std::make_unique<ScramExchange>(mechanism, options.url.user, credentials.password, binding);
  } else {
    exchange_ = std::make_unique<GnuExchange>(mechanism, options.url.user, credentials.password, binding);
  }
}

SaslClient::~SaslClient() = default;
SaslClient::SaslClient(SaslClient&&) noexcept = default;

const SaslMechanism& SaslClient::mechanism() const noexcept { return exchange_->mechanism; }
const std::string& SaslClient::complaint() const noexcept { return exchange_->complaint; }
std::string SaslClient::doubt() const { return exchange_->doubt(); }

std::optional<std::string> SaslClient::answer(std::string_view challenge) {
  const bool is_first = !std::exchange(exchange_->has_begun, true);
  // LOGIN's are prompts for a person, and not everybody's are in base64.
  const bool is_idle = (is_first && mechanism().speaks_first) || mechanism().name == "LOGIN";
  const auto octets = is_idle ? std::optional{std::string{}} : from_base64(challenge);
  const auto reply = octets ? exchange_->answer(*octets) : exchange_->answer_unreadable(challenge);
  if (!reply) return std::nullopt;
  return to_base64(reply->reveal());
}

void check_credentials(std::string_view user, const Secret& password) {
  if (user.empty()) throw SettingError{"no user name: write it into the URL, as imaps://user@host"};
  if (user.find_first_of(kForbidden) != std::string_view::npos) {
    throw SettingError{"the user name has a line end or a NUL"};
  }
  if (password.reveal().find_first_of(kForbidden) != std::string::npos) {
    throw SettingError{"the password has a line end or a NUL"};
  }
}

void wipe(std::string& text) noexcept {
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

}  // namespace mailspoor::fetch
