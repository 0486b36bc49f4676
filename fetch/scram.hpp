#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mailspoor::fetch {

/// Rounds of the hash that a server may ask for: fewer would let it, or who has stolen its place, try
/// passwords quickly (RFC 5802 §5.1), more are there to keep us busy.
inline constexpr std::uint64_t kMinScramRounds = 4'096;
inline constexpr std::uint64_t kMaxScramRounds = 1'000'000;

/// Of the mechanism's name: SCRAM-SHA-1 (RFC 5802), SCRAM-SHA-256 (RFC 7677).
enum class ScramHash { sha1, sha256 };

/// A server-first-message in which scram_first_fault() finds nothing.
struct ScramFirst {
  std::string nonce;
  std::string salt;  ///< Octets.
  int rounds = 0;
};
ScramFirst parse_scram_first(std::string_view message);

/// What shows that each side knows the password, in octets (RFC 5802 §3).
struct ScramProofs {
  std::string of_client;
  std::string of_server;
};

/// @param password  Prepared (RFC 4013).
/// @param messages  client-first-message-bare "," server-first-message ","
/// client-final-message-without-proof.
/// @throws NetworkError if OpenSSL fails.
ScramProofs scram_proofs(ScramHash hash, std::string_view password, const ScramFirst& first,
                         std::string_view messages);

/// `user` as an attribute's value: RFC 5802 §5.1.
std::string scram_name(std::string_view user);

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
