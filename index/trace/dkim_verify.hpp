#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "index/trace/authentication.hpp"
#include "index/trace/dkim_key.hpp"
#include "index/trace/dkim_signature.hpp"

namespace mailspoor::index {

/// What became of one DKIM-Signature.
struct DkimVerdict {
  std::size_t position = 0;  ///< Of the field among the header fields.
  DkimSignature signature;
  /// Words of RFC 8601 §2.7.1: `pass`; `fail`; `policy` for a signature that fits but whose key is too weak
  /// to prove anything; `permerror` for what no verifier may take; nullopt where no key is at hand.
  std::optional<std::string> result;
  std::string text;  ///< The same for people.
  std::optional<std::string> key_source;
  std::optional<std::string> key_date;
  std::vector<std::string> weaknesses;
  std::optional<std::uint64_t> body_octets;  ///< Of the canonical body; nullopt if it was not read.
};

/// So many of one message are verified, the top ones; ordinary ones have one to three.
inline constexpr std::size_t kMaxDkimSignatures = 50;

/// Verifies the DKIM signatures of a message (RFC 6376 §6, RFC 8463) with keys that were kept. Asks no
/// server. The body is read once, whatever its size and the number of signatures, and never held in memory.
/// @param fd  Open for reading, at any position; seekable.
/// @throws DatabaseError if the file cannot be read.
std::vector<DkimVerdict> verify_dkim(int fd, const std::string& path_for_errors, const DkimKeys& keys);

/// Puts the verdicts into the entries of their signatures.
void add_verdicts(std::vector<Authentication>& entries, const std::vector<DkimVerdict>& verdicts);

}  // namespace mailspoor::index
