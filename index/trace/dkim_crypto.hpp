#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "index/trace/dkim_key.hpp"
#include "index/trace/dkim_signature.hpp"

struct evp_md_ctx_st;
struct evp_pkey_st;

namespace mailspoor::index {

/// Computes the hash that an algorithm signs, piece by piece.
class DkimDigest {
 public:
  explicit DkimDigest(DkimAlgorithm algorithm);
  void update(std::string_view octets);
  std::string finish();

 private:
  struct Deleter {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_md_ctx_st, Deleter> context_;
};

/// The public key of a key record.
class DkimPublicKey {
 public:
  /// nullopt if the octets are no key of that type: SubjectPublicKeyInfo or RSAPublicKey in DER (RFC 6376
  /// §3.6.1 and its erratum 3017), 32 octets of Ed25519 (RFC 8463 §4).
  static std::optional<DkimPublicKey> read(const DkimKeyRecord& record);

  /// Bits of the RSA modulus; nullopt for Ed25519.
  std::optional<int> rsa_bits() const;
  /// Whether the signature is one of this key over this digest.
  bool verifies(DkimAlgorithm algorithm, std::string_view digest, std::string_view signature) const;

 private:
  struct Deleter {
    void operator()(evp_pkey_st* key) const noexcept;
  };
  explicit DkimPublicKey(evp_pkey_st* key) noexcept : key_{key} {}
  std::unique_ptr<evp_pkey_st, Deleter> key_;
};

}  // namespace mailspoor::index
