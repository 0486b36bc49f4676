#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fetch/imap/response.hpp"
#include "fetch/throttle.hpp"

namespace mailspoor::fetch::imap {

/// What a refusal or a farewell says of it; nullopt if it is another one.
std::optional<Throttle> throttle_of(const Status& status);

/// The UIDs below which a command went without, as it would have touched too many messages (RFC 9738 §3.1);
/// nullopt if it did not.
std::optional<std::uint32_t> cut_at(const Status& status) noexcept;
/// The part of a sequence set that such a command left; empty if it left none.
std::string below(std::string_view set, std::uint32_t uid);

/// For a greeting that is `* BYE ...`.
/// @throws ThrottledError if it asks for patience, else NetworkError.
[[noreturn]] void refuse_greeting(std::string_view peer, std::string_view greeting);

}  // namespace mailspoor::fetch::imap
