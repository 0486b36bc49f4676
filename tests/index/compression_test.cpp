#include "index/store/compression.hpp"

#include <gtest/gtest.h>

#include <string>

#include "index/error.hpp"

namespace mailspoor::index {
namespace {

TEST(Compression, GivesBackWhatItTook) {
  std::string mixed;
  for (unsigned count = 0; count < 100'000; ++count) mixed += static_cast<char>(count * count / 7 % 256);
  for (const auto& octets :
       {std::string{}, std::string{"Subject: x\r\n"}, std::string(1U << 20U, ' '), mixed})
    EXPECT_EQ(decompressed(compressed(octets)), octets);
  EXPECT_LT(compressed(std::string(1U << 20U, ' ')).size(), 10'000U);
}

TEST(Compression, RefusesWhatIsDamaged) {
  const auto whole = compressed("Received: from a by b; Tue, 5 Mar 2024 10:00:00 +0000\r\n");
  EXPECT_THROW(decompressed(""), DatabaseError);
  EXPECT_THROW(decompressed("no zlib"), DatabaseError);
  EXPECT_THROW(decompressed(whole.substr(0, whole.size() - 1)), DatabaseError);
  auto changed = whole;
  changed.back() = static_cast<char>(~changed.back());  // of its checksum
  EXPECT_THROW(decompressed(changed), DatabaseError);
  EXPECT_THROW(decompressed(compressed(std::string(17U << 20U, ' '))), DatabaseError);
}

}  // namespace
}  // namespace mailspoor::index
