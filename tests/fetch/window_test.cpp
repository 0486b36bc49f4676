#include <gtest/gtest.h>

#include "deliver/base/uid_set.hpp"
#include "fetch/imap/download.hpp"
#include "fetch/imap/uid_fetch.hpp"

namespace mailspoor::fetch::imap {
namespace {

std::vector<Announced> messages(std::uint32_t count, std::uint32_t octets, std::uint32_t step = 1) {
  std::vector<Announced> result;
  for (std::uint32_t i = 1; i <= count; ++i) result.push_back({i * step, octets});
  return result;
}

TEST(Window, HoldsAtMost200Messages) {
  auto todo = messages(1000, 10);
  EXPECT_EQ(base::to_sequence_set(take_window(todo)), "801:1000");
  EXPECT_EQ(todo.size(), 800U);
}

TEST(Window, HoldsAtMost4MiB) {
  auto todo = messages(10, 1024 * 1024);
  EXPECT_EQ(base::to_sequence_set(take_window(todo)), "7:10");
}

TEST(Window, HoldsNoMoreThanTheServerTakes) {
  auto todo = messages(10, 10);
  EXPECT_EQ(base::to_sequence_set(take_window(todo, 3)), "8:10");
  EXPECT_EQ(base::to_sequence_set(take_window(todo, 0)), "7");
}

TEST(Window, TakesOneMessageOfAnySize) {
  auto todo = messages(2, 4'000'000'000);
  EXPECT_EQ(base::to_sequence_set(take_window(todo)), "2");
}

TEST(Window, FitsACommandHoweverScattered) {
  auto todo = messages(1000, 10, 4'000'000);
  while (!todo.empty()) EXPECT_LE(base::to_sequence_set(take_window(todo)).size(), 900U);
}

TEST(SequenceSetChunks, CoverTheSetInOrder) {
  base::UidSet set;
  for (std::uint32_t uid = 1; uid < 10'000; uid += 7) set.add(uid, uid + 2);
  base::UidSet together;
  for (const std::string& chunk : sequence_set_chunks(set, 100)) {
    EXPECT_LE(chunk.size(), 100U);
    const auto part = base::parse_sequence_set(chunk);
    ASSERT_TRUE(part.has_value());
    together.add(*part);
  }
  EXPECT_EQ(together, set);
}

}  // namespace
}  // namespace mailspoor::fetch::imap
