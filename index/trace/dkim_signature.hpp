#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "index/message/header_section.hpp"

namespace mailspoor::index {

enum class Canonicalization { simple, relaxed };
enum class DkimAlgorithm { rsa_sha1, rsa_sha256, ed25519_sha256 };

/// A DKIM-Signature field (RFC 6376 §3.5), or an ARC-Message-Signature, which has the same tags but `v`, and
/// whose `i` is the instance (RFC 8617 §4.1.2). What cannot be read is left as it begins, and named in
/// `defects`.
struct DkimSignature {
  std::string algorithm_name;  ///< `a`, lower case.
  std::optional<DkimAlgorithm> algorithm;
  std::string domain;                   ///< `d`, lower case.
  std::string selector;                 ///< `s`, lower case.
  std::optional<std::string> identity;  ///< `i`; its domain is `d` or a subdomain.
  std::optional<std::uint32_t> arc_instance;
  Canonicalization header_canonicalization = Canonicalization::simple;
  Canonicalization body_canonicalization = Canonicalization::simple;
  std::vector<std::string> signed_fields;    ///< `h`, lower case, as often as written.
  std::string body_hash;                     ///< `bh`, decoded; empty if there is none.
  std::string signature;                     ///< `b`, decoded.
  std::optional<std::uint64_t> body_length;  ///< `l`: only so many octets of the body are covered.
  std::optional<std::int64_t> timestamp;     ///< `t`, unix seconds.
  std::optional<std::int64_t> expiration;    ///< `x`, unix seconds.
  /// Why no verifier may take it (§6.1.1); empty if nothing is wrong.
  std::vector<std::string> defects;
};

enum class SignatureField { dkim, arc };
DkimSignature parse_dkim_signature(std::string_view field_body, SignatureField field = SignatureField::dkim);

/// The field body with an empty `b` tag, as it was when it was signed (§3.7).
std::string without_signature_value(std::string_view field_body);

/// The fields of which a reader wants to know whether somebody vouches for them, as usually spelled.
inline constexpr std::string_view kTellingFields[] = {"From", "To", "Subject", "Date", "Message-ID"};

/// Which of kTellingFields a signature covers. A field that stands more often in the message than in `h` is
/// not covered: the top one, which mail programs show, is free.
struct SignedFields {
  std::vector<std::string> covered;
  std::vector<std::string> uncovered;
};
SignedFields signed_fields(const DkimSignature& signature, const std::vector<HeaderField>& fields);

}  // namespace mailspoor::index
