#pragma once

#include <string>

#include "fetch/account.hpp"
#include "fetch/imap/session.hpp"
#include "fetch/secret.hpp"

namespace mailspoor::fetch::imap {

/// Logs in by the mechanism that the options name, or the best that both sides know.
/// @return the mechanism, or `LOGIN command`.
/// @throws AuthenticationError with the server's own words; SettingError; what Session throws.
std::string log_in(Session& session, const AccountOptions& options, const Secret& password);

}  // namespace mailspoor::fetch::imap
