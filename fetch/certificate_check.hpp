#pragma once

#include <string>

struct ssl_ctx_st;
struct ssl_st;

namespace mailspoor::fetch {

/// Watches the check of a server's certificate: what was wrong with it, in words, and the pin of its key. It
/// changes no verdict. Outlives the connection. Behind a proxy that speaks TLS, the server's comes last.
class CertificateCheck {
 public:
  /// Hooks into the check that `context` will do.
  void watch(ssl_ctx_st* context);

  /// `sha256//BASE64` of the leaf's SubjectPublicKeyInfo (RFC 7469 §2.4); empty until it has come.
  const std::string& pin() const noexcept { return pin_; }
  /// Why the chain is not trusted; empty if it is, or if none has come.
  const std::string& problem() const noexcept { return problem_; }
  /// Names and addresses that the leaf is for, separated by commas; fit for a terminal.
  const std::string& names() const noexcept { return names_; }
  /// The connection whose certificate was checked last, for as long as it is open; nullptr if there was none.
  ssl_st* connection() const noexcept { return connection_; }

 private:
  friend struct CertificateCallback;
  std::string pin_;
  std::string problem_;
  std::string names_;
  ssl_st* connection_ = nullptr;
};

}  // namespace mailspoor::fetch
