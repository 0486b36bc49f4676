#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "deliver/base/hex.hpp"

namespace mailspoor::base {

using Sha256Digest = std::array<unsigned char, 32>;

/// Computes SHA-256 (FIPS 180-4) piece by piece.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::string_view octets);
  /// Another one that was given the same so far.
  Sha256 fork() const;
  /// The digest of all that was given; the object starts afresh.
  Sha256Digest finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

Sha256Digest sha256(std::string_view octets);

/// 64 lower-case hexadecimal digits.
std::string to_hex(const Sha256Digest& digest);

}  // namespace mailspoor::base
