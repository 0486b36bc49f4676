#pragma once

#include <functional>

#include "fetch/secret.hpp"

namespace mailspoor::fetch {

/// What a log-in proves itself with. A token goes before a password; both are empty where the client's
/// certificate is the proof.
struct Credentials {
  Secret password;
  Secret token;  ///< Access token of OAuth 2.0 (RFC 6750).
  /// Brings another token once the server has refused the first; what it throws passes through. May be empty.
  std::function<Secret()> renewed_token;
};

}  // namespace mailspoor::fetch
