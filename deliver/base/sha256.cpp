#include "deliver/base/sha256.hpp"

#include <openssl/evp.h>

#include <new>
#include <stdexcept>

namespace mailspoor::base {
namespace {

struct MdDeleter {
  void operator()(EVP_MD* md) const noexcept { EVP_MD_free(md); }
};
struct MdContextDeleter {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

void require(bool done) {
  if (!done) throw std::runtime_error{"SHA-256 is not available from OpenSSL"};
}

}  // namespace

struct Sha256::Context {
  std::unique_ptr<EVP_MD_CTX, MdContextDeleter> state{EVP_MD_CTX_new()};
  void start() { require(state && EVP_DigestInit_ex2(state.get(), algorithm(), nullptr) == 1); }

 private:
  /// Fetched once: the implicit fetch of OpenSSL 3.0 costs more than hashing a small message.
  static const EVP_MD* algorithm() {
    static const std::unique_ptr<EVP_MD, MdDeleter> fetched{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
    require(fetched != nullptr);
    return fetched.get();
  }
};

Sha256::Sha256() : context_{std::make_unique<Context>()} { context_->start(); }
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view octets) {
  require(EVP_DigestUpdate(context_->state.get(), octets.data(), octets.size()) == 1);
}

Sha256 Sha256::fork() const {
  Sha256 other;
  require(EVP_MD_CTX_copy_ex(other.context_->state.get(), context_->state.get()) == 1);
  return other;
}

Sha256Digest Sha256::finish() {
  Sha256Digest digest{};
  require(EVP_DigestFinal_ex(context_->state.get(), digest.data(), nullptr) == 1);
  context_->start();
  return digest;
}

Sha256Digest sha256(std::string_view octets) {
  Sha256 hash;
  hash.update(octets);
  return hash.finish();
}

std::string to_hex(const Sha256Digest& digest) {
  return to_hex(std::string_view{reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace mailspoor::base
