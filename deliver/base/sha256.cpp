// The functions of SHA-256 itself, which OpenSSL 3 calls deprecated: EVP finds its way to them through
// providers and a configuration file, which costs more at start-up than delivering a message.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "deliver/base/sha256.hpp"

#include <openssl/sha.h>

#include <stdexcept>

namespace mailspoor::base {
namespace {

void require(int done) {
  if (done != 1) throw std::runtime_error{"SHA-256 is not available from OpenSSL"};
}

}  // namespace

struct Sha256::Context {
  Context() { start(); }
  void start() { require(SHA256_Init(&state)); }

  SHA256_CTX state{};
};

Sha256::Sha256() : context_{std::make_unique<Context>()} {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view octets) {
  require(SHA256_Update(&context_->state, octets.data(), octets.size()));
}

Sha256 Sha256::fork() const {
  Sha256 other;
  other.context_->state = context_->state;
  return other;
}

Sha256Digest Sha256::finish() {
  Sha256Digest digest{};
  require(SHA256_Final(digest.data(), &context_->state));
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
