#include "fetch/sasl.hpp"

#include <fmt/format.h>
#include <gsasl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "deliver/base/base64.hpp"
#include "deliver/base/text.hpp"
#include "fetch/error.hpp"
#include "fetch/oauth.hpp"
#include "fetch/redaction.hpp"
#include "fetch/scram.hpp"

namespace mailspoor::fetch {
namespace {

using Proof = SaslMechanism::Proof;

// Binding to the connection counts for more than the longer hash. The order of the last two is RFC 7628's
// before Google's.
constexpr std::array kMechanisms{
    SaslMechanism{.name = "SCRAM-SHA-256-PLUS", .hides_password = true, .binds_channel = true, .answers = 2},
    SaslMechanism{.name = "SCRAM-SHA-1-PLUS", .hides_password = true, .binds_channel = true, .answers = 2},
    SaslMechanism{.name = "SCRAM-SHA-256", .hides_password = true, .answers = 2},
    SaslMechanism{.name = "SCRAM-SHA-1", .hides_password = true, .answers = 2},
    SaslMechanism{.name = "CRAM-MD5", .hides_password = true, .speaks_first = false},
    SaslMechanism{.name = "PLAIN"},
    SaslMechanism{.name = "LOGIN", .speaks_first = false, .answers = 2},
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

/// What a hash is made of has one spelling only (RFC 4013): `text` in that. By the flag that GNU SASL uses
/// itself, whose meaning 2.2 has turned round.
Secret prepared(const SaslMechanism& mechanism, const std::string& text, std::string_view what) {
  char* octets = nullptr;
  const int code = gsasl_saslprep(text.c_str(), GSASL_ALLOW_UNASSIGNED, &octets, nullptr);
  Secret result{octets == nullptr ? std::string{} : std::string{octets}};
  if (octets != nullptr) OPENSSL_cleanse(octets, std::strlen(octets));
  gsasl_free(octets);
  if (code == GSASL_OK) return result;
  throw SettingError{
      fmt::format("the {} is no UTF-8, or has characters that {} cannot take; `--auth PLAIN` may do where "
                  "that is offered",
                  what, mechanism.name)};
}

/// 24 characters; base64 has no comma, and the `=` of a padding would stand at the end.
std::string random_nonce() {
  std::array<unsigned char, 18> octets{};
  if (RAND_bytes(octets.data(), static_cast<int>(octets.size())) != 1)
    throw NetworkError{"OpenSSL has no random octets"};
  return base::to_base64({reinterpret_cast<const char*>(octets.data()), octets.size()});
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
  Exchange(const SaslMechanism& chosen, const Secret& password_or_token) : mechanism{chosen} {
    redaction.add(password_or_token.reveal());
  }
  virtual ~Exchange() = default;

  /// Both in plain octets.
  virtual std::optional<Secret> answer(std::string_view challenge) = 0;
  /// To a challenge that is no base64.
  virtual std::optional<Secret> answer_unreadable(std::string_view text) {
    return give_up(fmt::format("the server's challenge is no base64: '{}'",
                               base::printable(redaction.hidden(text).substr(0, kMaxShown))));
  }
  virtual std::string doubt() const { return {}; }
  std::nullopt_t give_up(std::string why) {
    complaint = std::move(why);
    return std::nullopt;
  }

  const SaslMechanism& mechanism;
  Redaction redaction;  ///< Of what was said here.
  std::string complaint;
  bool has_begun = false;
};

struct SaslClient::GnuExchange : Exchange {
  GnuExchange(const SaslMechanism& chosen, const std::string& user, const Secret& password)
      : Exchange{chosen, password} {
    Gsasl* library = nullptr;
    check(gsasl_init(&library));
    context.reset(library);
    Gsasl_session* started = nullptr;
    check(gsasl_client_start(library, std::string{chosen.name}.c_str(), &started));
    session.reset(started);
    if (chosen.hides_password) {
      // Asked for before anything is sent; GNU SASL finds out after the first challenge, and then loses
      // memory.
      prepared(chosen, user, "user name");
      prepared(chosen, password.reveal(), "password");
    }
    // EXTERNAL names whom to become, the others who one is.
    const bool is_external = chosen.proof == Proof::certificate;
    check(gsasl_property_set(started, is_external ? GSASL_AUTHZID : GSASL_AUTHID, user.c_str()));
    if (!is_external) check(gsasl_property_set(started, GSASL_PASSWORD, password.reveal().c_str()));
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

/// RFC 5802. Of our own, since GNU SASL 2.2 cannot say `y`.
struct SaslClient::ScramExchange : Exchange {
  ScramExchange(const SaslMechanism& chosen, const std::string& user, const Secret& password,
                const ChannelBinding& binding)
      : Exchange{chosen, password},
        hash{chosen.name.starts_with("SCRAM-SHA-256") ? ScramHash::sha256 : ScramHash::sha1},
        header{gs2_header(chosen, binding)},
        bound{chosen.binds_channel ? binding.octets : std::string{}},
        prepared_password{prepared(chosen, password.reveal(), "password")},
        nonce{random_nonce()},
        bare{fmt::format("n={},r={}", scram_name(prepared(chosen, user, "user name").reveal()), nonce)} {}

  std::optional<Secret> answer(std::string_view challenge) override {
    switch (step++) {
      case 0:
        return Secret{header + bare};
      case 1:
        return prove(challenge);
      case 2:
        return check(challenge);
      default:
        return give_up(fmt::format("the server asks for more than {} has to say", mechanism.name));
    }
  }
  std::string doubt() const override { return is_complete ? std::string{} : std::string{kLiar}; }

 private:
  static constexpr std::string_view kLiar =
      "the server cannot prove that it knows the password (its signature is missing or wrong): it may be "
      "another one";

  /// `y` where the client could bind to the connection and the server does not offer it: one that does learns
  /// that somebody has taken the offer away (§6).
  static std::string gs2_header(const SaslMechanism& chosen, const ChannelBinding& binding) {
    if (binding.type == ChannelBinding::Type::none) return "n,,";
    if (!chosen.binds_channel) return "y,,";
    return binding.type == ChannelBinding::Type::tls_unique ? "p=tls-unique,," : "p=tls-exporter,,";
  }

  std::optional<Secret> prove(std::string_view challenge) {
    if (std::string fault = scram_first_fault(challenge, nonce); !fault.empty()) return give_up(fault);
    const ScramFirst first = parse_scram_first(challenge);
    const std::string last = fmt::format("c={},r={}", base::to_base64(header + bound), first.nonce);
    const auto proofs =
        scram_proofs(hash, prepared_password.reveal(), first, fmt::format("{},{},{}", bare, challenge, last));
    expected = "v=" + base::to_base64(proofs.of_server);
    return Secret{fmt::format("{},p={}", last, base::to_base64(proofs.of_client))};
  }

  std::optional<Secret> check(std::string_view challenge) {
    if (const std::string error = scram_error(redaction.hidden(challenge)); !error.empty()) {
      complaint = fmt::format("the server says '{}'", error);
      return Secret{};  // its refusal follows
    }
    is_complete = challenge == expected || challenge.starts_with(expected + ',');  // extensions behind it
    if (!is_complete) return give_up(std::string{kLiar});
    return Secret{};
  }

  ScramHash hash;
  std::string header;
  std::string bound;
  Secret prepared_password;
  std::string nonce;
  std::string bare;      // client-first-message-bare
  std::string expected;  // of the server
  int step = 0;
  bool is_complete = false;
};

struct SaslClient::OauthExchange : Exchange {
  OauthExchange(const SaslMechanism& chosen, const ServerUrl& url, const Secret& token)
      : Exchange{chosen, token}, is_xoauth2{chosen.name == "XOAUTH2"} {
    message = is_xoauth2 ? xoauth2_message(url.user, token)
                         : oauthbearer_message(url.user, url.host, url.port, token);
  }

  std::optional<Secret> answer(std::string_view challenge) override {
    if (!message.empty()) return std::exchange(message, Secret{});
    return acknowledge(redaction.hidden(oauth_error(redaction.hidden(challenge))));
  }
  std::optional<Secret> answer_unreadable(std::string_view text) override {
    return acknowledge(fmt::format("'{}'", base::printable(redaction.hidden(text).substr(0, kMaxShown))));
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
    exchange_ = std::make_unique<GnuExchange>(mechanism, options.url.user, credentials.password);
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
  const auto octets = is_idle ? std::optional{std::string{}} : base::from_base64(challenge);
  const auto reply = octets ? exchange_->answer(*octets) : exchange_->answer_unreadable(challenge);
  if (!reply) return std::nullopt;
  auto line = base::to_base64(reply->reveal());
  exchange_->redaction.add(line);
  return line;
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
