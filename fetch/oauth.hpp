#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "fetch/secret.hpp"

namespace mailspoor::fetch {

/// Whether a token can stand in a message: visible ASCII (RFC 6750 §2.1 allows less).
bool is_access_token(std::string_view token) noexcept;

/// The one message of XOAUTH2 (Google's and Microsoft's description of it).
///
///     "user=" user ^A "auth=Bearer " token ^A ^A
Secret xoauth2_message(std::string_view user, const Secret& token);

/// The one message of OAUTHBEARER.
///
///     "n,a=" saslname "," ^A "host=" host ^A "port=" port ^A "auth=Bearer " token ^A ^A   RFC 7628 §3.1
Secret oauthbearer_message(std::string_view user, std::string_view host, std::uint16_t port,
                           const Secret& token);

/// What a server's error message says, fit for a terminal: `status 401, schemes bearer, scope mail`. It is a
/// JSON object (RFC 7628 §3.2.2); anything else is shown as it came, cut short.
std::string oauth_error(std::string_view message);

}  // namespace mailspoor::fetch
