#pragma once

#include <gsasl.h>

#include <memory>
#include <string>

#include "tests/fetch/tls_server.hpp"

namespace mailspoor::fetch {

/// The server's half of SASL by GNU SASL, in the AUTHENTICATE command of IMAP. Knows one user.
class SaslServer {
 public:
  struct Options {
    std::string user = "alice";
    std::string password = "secret";
    int rounds = 4096;
    bool binds = false;          ///< Offers -PLUS, or did before somebody took that away.
    bool is_in_between = false;  ///< Its channel binding is that of another connection.
  };
  explicit SaslServer(Options options);
  SaslServer(const SaslServer&) = delete;
  SaslServer& operator=(const SaslServer&) = delete;

  /// For TlsServer::Options::converse.
  bool converse(TlsPeer& peer, const std::string& line);

 private:
  static int on_property(Gsasl* context, Gsasl_session* session, Gsasl_property property) noexcept;
  int give(Gsasl_session* session, Gsasl_property property) const;
  /// @return whether the client is whom it says to be.
  bool authenticate(TlsPeer& peer, const std::string& mechanism, std::string input);

  Options options_;
  std::unique_ptr<Gsasl, void (*)(Gsasl*)> context_{nullptr, gsasl_done};
  TlsPeer* peer_ = nullptr;
};

}  // namespace mailspoor::fetch
