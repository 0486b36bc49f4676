#pragma once

#include <string>

#include "fetch/account.hpp"
#include "fetch/credentials.hpp"
#include "fetch/imap/session.hpp"

namespace mailspoor::fetch::imap {

/// Logs in by the mechanism that the options name, or the strongest that both sides know. A refusal is final:
/// nothing weaker is tried behind it. A refused token is renewed once; `credentials` keeps the new one where
/// that was taken, for the next connection.
/// @return the mechanism, or `LOGIN command`.
/// @throws AuthenticationError with the server's own words; SettingError; what Session and
/// Credentials::renewed_token throw.
std::string log_in(Session& session, const AccountOptions& options, Credentials& credentials);

}  // namespace mailspoor::fetch::imap
