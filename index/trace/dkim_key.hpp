#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailspoor::index {

enum class KeyType { rsa, ed25519 };

/// A DKIM key record (RFC 6376 §3.6.1), the TXT record of `selector._domainkey.domain`.
struct DkimKeyRecord {
  KeyType type = KeyType::rsa;
  std::string octets;                        ///< `p`, decoded.
  std::vector<std::string> hash_algorithms;  ///< `h`, lower case; empty allows all.
  bool is_revoked = false;                   ///< `p=` is empty.
  bool is_testing = false;                   ///< `t=y`: its owner is only trying.
  bool is_strict = false;                    ///< `t=s`: the domain of `i=` is that of `d=`, and no subdomain.
  std::vector<std::string> defects;          ///< Why no verifier may take it (§6.1.2).
};

DkimKeyRecord parse_dkim_key_record(std::string_view record);

/// A key record that somebody has kept, and what is known of its origin.
struct DkimKey {
  std::string record;               ///< The text of the TXT record.
  std::string source;               ///< Where it comes from: file and line.
  std::optional<std::string> date;  ///< Of the look-up, as written: `2024-03-05` or RFC 3339.
};

/// Key records by name.
class DkimKeys {
 public:
  DkimKeys() = default;

  /// Reads a key file. docs/dkim-keys.md describes it for users.
  ///
  ///     line   = [name blanks [date blanks] *(word blanks) record] ["\r"] "\n"
  ///     name   = selector "._domainkey." domain ["."]
  ///     date   = YYYY-MM-DD ["T" hh:mm:ss "Z"] / "-"             ; of the look-up
  ///     word   = 1*DIGIT / "IN" / "TXT"                          ; as dig prints them
  ///     record = text to the end of the line / quoted-string *(blanks quoted-string)
  ///
  /// A line that is empty or begins with `#` or `;` says nothing. A name may stand on several lines: each of
  /// its records is tried.
  /// @param source  What to call the file.
  /// @throws QueryError naming a line that cannot be read.
  static DkimKeys parse(std::string_view text, const std::string& source);
  /// @throws DatabaseError if the file cannot be read, QueryError as parse().
  static DkimKeys read(const std::string& path);

  /// The records of that name, in the order of the file.
  std::vector<const DkimKey*> find(std::string_view selector, std::string_view domain) const;
  std::size_t size() const noexcept { return keys_.size(); }

 private:
  std::multimap<std::string, DkimKey> keys_;  ///< By lower-case name without trailing dot.
};

}  // namespace mailspoor::index
