#pragma once

#include <cstddef>
#include <string_view>

#include "fetch/fetcher.hpp"

// What Exchange sends in place of a message that it cannot convert.
namespace mailspoor::fetch::imap {

/// Octets of a message's front that tell: a stub has some 800 in all.
inline constexpr std::size_t kStubOctets = 4096;

/// Whether the server is one that sends them, as far as it says what it is. The same octets elsewhere are a
/// message that somebody copied there.
bool sends_stubs(const ServerIdentity& server);

/// Whether a message that begins so is no message but the server's excuse for one.
bool is_stub(std::string_view octets);

}  // namespace mailspoor::fetch::imap
