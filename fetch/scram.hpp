#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mailspoor::fetch {

/// Rounds of the hash that a server may ask for: fewer would let it, or who has stolen its place, try
/// passwords quickly (RFC 5802 §5.1), more are there to keep us busy. GNU SASL 2.2 takes 3 s for the most.
inline constexpr std::uint64_t kMinScramRounds = 4'096;
inline constexpr std::uint64_t kMaxScramRounds = 1'000'000;

/// Why the client must not answer a server-first-message of SCRAM; empty if it may. Fit for a terminal.
///
///     server-first-message = nonce "," salt "," iteration-count ["," extensions]   RFC 5802 §7
///     nonce                = "r=" c-nonce [s-nonce]
///     salt                 = "s=" base64
///     iteration-count      = "i=" posit-number
///
/// A mandatory extension would stand in front, as "m=".
std::string scram_first_fault(std::string_view message, std::string_view client_nonce);

/// What the server says in its server-final-message in place of a signature ("e=" ...), fit for a terminal;
/// empty if there is no such.
std::string scram_error(std::string_view message);

}  // namespace mailspoor::fetch
