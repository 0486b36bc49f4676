#pragma once

#include <string>

#include "fetch/account.hpp"
#include "fetch/credentials.hpp"
#include "fetch/imap/session.hpp"

namespace mailspoor::fetch::imap {

/// Logs in, see fetch::log_in(). @return the mechanism, or `LOGIN command`. @throws what that and Session
/// throw.
std::string log_in(Session& session, const AccountOptions& options, Credentials& credentials);

}  // namespace mailspoor::fetch::imap
