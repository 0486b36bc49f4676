#pragma once

#include <string>

#include "fetch/account.hpp"
#include "fetch/credentials.hpp"
#include "fetch/imap/session.hpp"

namespace mailspoor::fetch::imap {

/// Logs in by the mechanism that the options name, or the strongest that both sides know. A refusal is final:
/// nothing weaker is tried behind it. A refused token is renewed once.
/// @return the mechanism, or `LOGIN command`.
/// @throws AuthenticationError with the server's own words; SettingError; what Session and
/// Credentials::renewed_token throw.
std::string log_in(Session& session, const AccountOptions& options, const Credentials& credentials);

}  // namespace mailspoor::fetch::imap
