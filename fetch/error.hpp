#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace mailspoor::fetch {

/// What fetch/ throws. Catch per account; the other accounts go on. Texts are fit for a terminal.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};
/// Name not found, port refused, timeout, connection lost, TLS or certificate trouble: exit code 13.
class NetworkError : public Error {
 public:
  using Error::Error;
};
/// The server's certificate is not trusted. `pin` trusts exactly this key when given as --pin.
class CertificateError : public NetworkError {
 public:
  CertificateError(const std::string& text, std::string pin) : NetworkError{text}, pin_{std::move(pin)} {}
  /// `sha256//BASE64` of the leaf's SubjectPublicKeyInfo (RFC 7469 §2.4); empty if no certificate was seen.
  const std::string& pin() const noexcept { return pin_; }

 private:
  std::string pin_;
};
/// The server asks to be left alone for a while: too many connections, octets or commands. What was asked for
/// is not to blame.
class ThrottledError : public NetworkError {
 public:
  ThrottledError(const std::string& text, std::optional<std::chrono::milliseconds> pause)
      : NetworkError{text}, pause_{pause} {}
  /// How long it asks for; nullopt if it does not say.
  std::optional<std::chrono::milliseconds> pause() const noexcept { return pause_; }

 private:
  std::optional<std::chrono::milliseconds> pause_;
};
/// Refused login, never retried unasked: exit code 12. The text carries the server's own.
class AuthenticationError : public Error {
 public:
  using Error::Error;
};
/// The server broke RFC 3501 in a way that cannot be gone around, or ended the session with BYE.
class ProtocolError : public Error {
 public:
  using Error::Error;
};
/// The settings cannot be used as they are (a URL, a pin, a mechanism): exit code 2.
class SettingError : public Error {
 public:
  using Error::Error;
};

}  // namespace mailspoor::fetch
