#include "fetch/sasl.hpp"

#include <gsasl.h>
#include <openssl/crypto.h>

#include "fetch/error.hpp"

namespace mailspoor::fetch {
namespace {

struct GsaslDeleter {
  void operator()(Gsasl* context) const noexcept { gsasl_done(context); }
};
struct GsaslSessionDeleter {
  void operator()(Gsasl_session* session) const noexcept { gsasl_finish(session); }
};
struct GsaslTextDeleter {
  void operator()(char* text) const noexcept { gsasl_free(text); }
};

constexpr std::string_view kForbidden{"\r\n\0", 3};

void check(int code) {
  if (code != GSASL_OK) throw NetworkError{std::string{"GNU SASL: "} + gsasl_strerror(code)};
}

}  // namespace

struct SaslClient::Exchange {
  std::unique_ptr<Gsasl, GsaslDeleter> context;
  std::unique_ptr<Gsasl_session, GsaslSessionDeleter> session;
  bool speaks_first = false;
};

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

SaslClient::SaslClient(std::string_view mechanism, const std::string& user, const Secret& password)
    : exchange_{std::make_unique<Exchange>()} {
  check_credentials(user, password);
  Gsasl* context = nullptr;
  check(gsasl_init(&context));
  exchange_->context.reset(context);
  Gsasl_session* session = nullptr;
  check(gsasl_client_start(context, std::string{mechanism}.c_str(), &session));
  exchange_->session.reset(session);
  check(gsasl_property_set(session, GSASL_AUTHID, user.c_str()));
  check(gsasl_property_set(session, GSASL_PASSWORD, password.reveal().c_str()));
  exchange_->speaks_first = mechanism == "PLAIN";
}

SaslClient::~SaslClient() = default;
SaslClient::SaslClient(SaslClient&&) noexcept = default;

bool SaslClient::speaks_first() const noexcept { return exchange_->speaks_first; }

std::optional<std::string> SaslClient::answer(std::string_view challenge) {
  char* text = nullptr;
  const int code = gsasl_step64(exchange_->session.get(), std::string{challenge}.c_str(), &text);
  const std::unique_ptr<char, GsaslTextDeleter> owner{text};
  if (code != GSASL_OK && code != GSASL_NEEDS_MORE) return std::nullopt;
  std::string answer = text == nullptr ? std::string{} : std::string{text};
  if (text != nullptr) OPENSSL_cleanse(text, answer.size());
  return answer;
}

}  // namespace mailspoor::fetch
