#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "deliver/base/sha256.hpp"

namespace mailspoor::index {

/// What one pass over the octets of a message tells before anything is parsed, and what of them a MIME parser
/// may see. A parser that builds a tree needs memory for each part and field (GMime 1.3 GB for 7 MB of a
/// million empty parts), so the octets are counted first and cut where a limit is passed. Each cut is named
/// in `defects`.
struct OctetFacts {
  std::uint64_t size = 0;
  base::Sha256Digest sha256{};  ///< Of the octets as they are.
  /// The identity of the message: SHA-256 after a leading mbox `From ` line is dropped, each LF without CR is
  /// CRLF, and the last line has its CRLF; an empty message counts as one CRLF. So it is the same message
  /// whether it came by IMAP, POP3 or a pipe.
  base::Sha256Digest id{};
  std::string header_section;  ///< The first header section without the empty line, cut at kMaxHeaderOctets.

  std::uint64_t header_offset = 0;  ///< Where it begins: behind an mbox `From ` line.
  std::uint64_t body_offset = 0;    ///< Of the empty line behind it; the size if there is none.

  struct Span {
    std::uint64_t begin;
    std::uint64_t end;
  };
  std::vector<Span> kept;  ///< What a parser may see, ascending; an empty line goes between two of them.
  std::vector<std::string> defects;
};

inline constexpr std::uint64_t kMaxHeaderOctets =
    1U << 20U;  ///< Of one header section; ordinary ones have 2 to 20 KB.
inline constexpr std::uint64_t kMaxAllHeaderOctets =
    4U << 20U;  ///< Of all header sections of a message together.
inline constexpr std::size_t kMaxParts = 10'000;
inline constexpr std::size_t kMaxDepth = 100;

/// Reads the file from its beginning by pread, in constant memory.
/// @throws DatabaseError if it cannot be read.
OctetFacts scan_octets(int fd, const std::string& path_for_errors);

}  // namespace mailspoor::index
