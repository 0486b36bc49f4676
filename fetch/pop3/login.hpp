#pragma once

#include <string>

#include "fetch/account.hpp"
#include "fetch/credentials.hpp"
#include "fetch/pop3/session.hpp"

namespace mailspoor::fetch::pop3 {

/// Logs in, see fetch::log_in(). APOP (RFC 1939 §7) goes before mechanisms and USER where the password could
/// be read on its way, and is else used only where it is demanded or USER is not there: servers greet with
/// its timestamp that do not hold the passwords it takes.
/// @return the mechanism, `APOP` or `USER command`.
/// @throws what that and Session throw; ProtocolError for [SYS/PERM].
std::string log_in(Session& session, const AccountOptions& options, Credentials& credentials);

/// The timestamp of a greeting, `<...@...>`; empty if it has none.
std::string apop_timestamp(std::string_view greeting);

}  // namespace mailspoor::fetch::pop3
