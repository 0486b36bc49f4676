#include "index/trace/dkim_crypto.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <new>

namespace mailspoor::index {
namespace {

const unsigned char* octets_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

const EVP_MD* hash_of(DkimAlgorithm algorithm) noexcept {
  return algorithm == DkimAlgorithm::rsa_sha1 ? EVP_sha1() : EVP_sha256();
}

/// OpenSSL keeps what went wrong for the thread, and somebody else would take it for theirs.
struct ErrorQueue {
  ~ErrorQueue() { ERR_clear_error(); }
};

struct KeyContextDeleter {
  void operator()(EVP_PKEY_CTX* context) const noexcept { EVP_PKEY_CTX_free(context); }
};
struct DigestContextDeleter {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

bool rsa_verifies(EVP_PKEY* key, const EVP_MD* hash, std::string_view digest, std::string_view signature) {
  const std::unique_ptr<EVP_PKEY_CTX, KeyContextDeleter> context{EVP_PKEY_CTX_new(key, nullptr)};
  if (!context) throw std::bad_alloc{};
  return EVP_PKEY_verify_init(context.get()) > 0 &&
         EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) > 0 &&
         EVP_PKEY_CTX_set_signature_md(context.get(), hash) > 0 &&
         EVP_PKEY_verify(context.get(), octets_of(signature), signature.size(), octets_of(digest),
                         digest.size()) == 1;
}

bool ed25519_verifies(EVP_PKEY* key, std::string_view digest, std::string_view signature) {
  const std::unique_ptr<EVP_MD_CTX, DigestContextDeleter> context{EVP_MD_CTX_new()};
  if (!context) throw std::bad_alloc{};
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) > 0 &&
         EVP_DigestVerify(context.get(), octets_of(signature), signature.size(), octets_of(digest),
                          digest.size()) == 1;
}

}  // namespace

void DkimDigest::Deleter::operator()(evp_md_ctx_st* context) const noexcept { EVP_MD_CTX_free(context); }
void DkimPublicKey::Deleter::operator()(evp_pkey_st* key) const noexcept { EVP_PKEY_free(key); }

DkimDigest::DkimDigest(DkimAlgorithm algorithm) : context_{EVP_MD_CTX_new()} {
  if (!context_ || EVP_DigestInit_ex(context_.get(), hash_of(algorithm), nullptr) != 1)
    throw std::bad_alloc{};
}

void DkimDigest::update(std::string_view octets) {
  if (EVP_DigestUpdate(context_.get(), octets.data(), octets.size()) != 1) throw std::bad_alloc{};
}

std::string DkimDigest::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_DigestFinal_ex(context_.get(), digest.data(), &size) != 1) throw std::bad_alloc{};
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::optional<DkimPublicKey> DkimPublicKey::read(const DkimKeyRecord& record) {
  const ErrorQueue errors;
  const auto size = record.octets.size();
  EVP_PKEY* key = nullptr;
  if (record.type == KeyType::ed25519) {
    key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets_of(record.octets), size);
  } else {
    const auto* at = octets_of(record.octets);
    key = d2i_PUBKEY(nullptr, &at, static_cast<long>(size));
    at = octets_of(record.octets);
    if (key == nullptr) key = d2i_PublicKey(EVP_PKEY_RSA, nullptr, &at, static_cast<long>(size));
  }
  if (key == nullptr) return std::nullopt;
  DkimPublicKey owned{key};
  const int wanted = record.type == KeyType::ed25519 ? EVP_PKEY_ED25519 : EVP_PKEY_RSA;
  if (EVP_PKEY_get_base_id(key) != wanted) return std::nullopt;
  return owned;
}

std::optional<int> DkimPublicKey::rsa_bits() const {
  if (EVP_PKEY_get_base_id(key_.get()) != EVP_PKEY_RSA) return std::nullopt;
  return EVP_PKEY_get_bits(key_.get());
}

bool DkimPublicKey::verifies(DkimAlgorithm algorithm, std::string_view digest,
                             std::string_view signature) const {
  const ErrorQueue errors;
  if ((algorithm == DkimAlgorithm::ed25519_sha256) == rsa_bits().has_value()) return false;
  return algorithm == DkimAlgorithm::ed25519_sha256
             ? ed25519_verifies(key_.get(), digest, signature)
             : rsa_verifies(key_.get(), hash_of(algorithm), digest, signature);
}

}  // namespace mailspoor::index
