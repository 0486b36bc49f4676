#include "tests/fetch/sasl_server.hpp"

#include <openssl/ssl.h>

#include <array>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace mailspoor::fetch {
namespace {

// GNU SASL's, so that ours is not measured by itself.
std::string to_base64_of_gnu(const std::string& octets) {
  char* text = nullptr;
  std::size_t size = 0;
  gsasl_base64_to(octets.data(), octets.size(), &text, &size);
  std::string result{text, size};
  gsasl_free(text);
  return result;
}

std::string from_base64_of_gnu(const std::string& text) {
  char* octets = nullptr;
  std::size_t size = 0;
  if (gsasl_base64_from(text.data(), text.size(), &octets, &size) != GSASL_OK) return "no base64";
  std::string result{octets, size};
  gsasl_free(octets);
  return result;
}

/// The binding as the server sees it: RFC 9266 §2, and RFC 5929 §3.1 for a full handshake.
std::string binding_of(SSL* tls, Gsasl_property property) {
  std::array<unsigned char, 64> octets{};
  std::size_t size = 32;
  if (property == GSASL_CB_TLS_EXPORTER) {
    const std::string label = "EXPORTER-Channel-Binding";
    SSL_export_keying_material(tls, octets.data(), size, label.data(), label.size(), octets.data(), 0, 1);
  } else {
    size = SSL_get_peer_finished(tls, octets.data(), octets.size());
  }
  return {octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(size)};
}

std::string without_line_end(std::string line) {
  while (line.ends_with('\n') || line.ends_with('\r')) line.pop_back();
  return line;
}

}  // namespace

SaslServer::SaslServer(Options options) : options_{std::move(options)} {
  Gsasl* context = nullptr;
  if (gsasl_init(&context) != GSASL_OK) throw std::runtime_error{"gsasl_init"};
  context_.reset(context);
  gsasl_callback_set(context, on_property);
  gsasl_callback_hook_set(context, this);
}

int SaslServer::on_property(Gsasl* context, Gsasl_session* session, Gsasl_property property) noexcept {
  return static_cast<SaslServer*>(gsasl_callback_hook_get(context))->give(session, property);
}

int SaslServer::give(Gsasl_session* session, Gsasl_property property) const {
  const auto is = [&](Gsasl_property given, const std::string& wanted) {
    const char* value = gsasl_property_fast(session, given);
    return value != nullptr && value == wanted;
  };
  switch (property) {
    case GSASL_PASSWORD:
      if (!is(GSASL_AUTHID, options_.user)) return GSASL_NO_PASSWORD;
      return gsasl_property_set(session, property, options_.password.c_str());
    case GSASL_SCRAM_ITER:
      return gsasl_property_set(session, property, std::to_string(options_.rounds).c_str());
    case GSASL_CB_TLS_EXPORTER:
    case GSASL_CB_TLS_UNIQUE: {
      if (!options_.binds) return GSASL_NO_CALLBACK;
      std::string octets = binding_of(peer_->tls(), property);
      if (options_.is_in_between) octets[0] = static_cast<char>(octets[0] ^ 1);
      return gsasl_property_set(session, property, to_base64_of_gnu(octets).c_str());
    }
    case GSASL_VALIDATE_SIMPLE:
      return is(GSASL_AUTHID, options_.user) && is(GSASL_PASSWORD, options_.password)
                 ? GSASL_OK
                 : GSASL_AUTHENTICATION_ERROR;
    case GSASL_VALIDATE_EXTERNAL:
      return is(GSASL_AUTHZID, options_.user) ? GSASL_OK : GSASL_AUTHENTICATION_ERROR;
    default:
      return GSASL_NO_CALLBACK;
  }
}

bool SaslServer::authenticate(TlsPeer& peer, const std::string& mechanism, std::string input) {
  Gsasl_session* started = nullptr;
  if (gsasl_server_start(context_.get(), mechanism.c_str(), &started) != GSASL_OK) return false;
  const std::unique_ptr<Gsasl_session, void (*)(Gsasl_session*)> session{started, gsasl_finish};
  peer_ = &peer;
  for (;;) {
    char* octets = nullptr;
    std::size_t size = 0;
    const int code = gsasl_step(started, input.data(), input.size(), &octets, &size);
    const std::string output{octets == nullptr ? "" : octets, octets == nullptr ? 0 : size};
    gsasl_free(octets);
    if (code != GSASL_OK && code != GSASL_NEEDS_MORE) return false;
    if (code == GSASL_OK && output.empty()) return true;
    peer.write("+ " + to_base64_of_gnu(output) + "\r\n");
    const std::string line = without_line_end(peer.read_line());
    if (code == GSASL_OK) return line.empty();
    if (line == "*") return false;
    input = from_base64_of_gnu(line);
  }
}

bool SaslServer::converse(TlsPeer& peer, const std::string& line) {
  std::istringstream words{line};
  std::string tag, command, mechanism, initial;
  words >> tag >> command >> mechanism >> initial;
  if (command != "AUTHENTICATE") return false;
  if (initial.empty() && mechanism == "EXTERNAL") {  // GNU SASL takes no answer for an empty one
    peer.write("+ \r\n");
    initial = without_line_end(peer.read_line());
  }
  const bool is_known = authenticate(peer, mechanism, initial == "=" ? "" : from_base64_of_gnu(initial));
  peer.write(tag + (is_known ? " OK welcome\r\n" : " NO [AUTHENTICATIONFAILED] no\r\n"));
  return true;
}

}  // namespace mailspoor::fetch
