#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "fetch/secret.hpp"

namespace mailspoor::fetch {

/// The client's half of a SASL exchange (RFC 4422), by GNU SASL.
class SaslClient {
 public:
  /// The mechanisms that it can do, best first. All else is a SettingError of the caller's.
  static constexpr std::string_view kMechanisms[] = {"PLAIN", "LOGIN"};

  /// @throws SettingError where user or password cannot be used, NetworkError where GNU SASL cannot start.
  SaslClient(std::string_view mechanism, const std::string& user, const Secret& password);
  ~SaslClient();
  SaslClient(SaslClient&&) noexcept;

  /// Whether the client speaks first, so that its first answer can go with the command (RFC 4959).
  bool speaks_first() const noexcept;
  /// The answer to a challenge, both in base64; nullopt if the exchange cannot go on.
  std::optional<std::string> answer(std::string_view challenge);

 private:
  struct Exchange;
  std::unique_ptr<Exchange> exchange_;
};

/// @throws SettingError where `user` or `password` has octets that cannot be part of a log-in (CR, LF, NUL).
void check_credentials(std::string_view user, const Secret& password);

/// Overwrites `text`, which held a password.
void wipe(std::string& text) noexcept;

}  // namespace mailspoor::fetch
