#include "fetch/imap/comparison.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

#include <memory>
#include <string>

#include "fetch/replay_transport.hpp"
#include "tests/fetch/borrowed_transport.hpp"

namespace mailspoor::fetch::imap {
namespace {

/// Of messages that are held, UIDs 1 to 100.
Comparison compare(const std::string& answer, std::uint64_t& room) {
  spdlog::logger log{"test", std::make_shared<spdlog::sinks::null_sink_st>()};
  ReplayTransport server{{{"UID FETCH 1:* (UID FLAGS)", answer + "$TAG OK\r\n"}}, {}};
  Session session{std::make_unique<BorrowedTransport>(server), "k", log};
  return compare_flags(session, "1:*", std::nullopt, base::UidSet{1, 100}, room);
}

TEST(Comparison, CountsTheFlagsOfACombinationOnce) {
  std::uint64_t room = 1000;
  const auto news = compare(
      "* 1 FETCH (UID 1 FLAGS (b a))\r\n* 2 FETCH (UID 2 FLAGS (a b))\r\n* 3 FETCH (UID 3 FLAGS ())\r\n",
      room);
  EXPECT_EQ(news.failure, "");
  ASSERT_EQ(news.flags.size(), 2U);
  EXPECT_EQ(news.flags.at({"a", "b"}), base::UidSet(1, 2));
  EXPECT_EQ(room, 1000 - memory_of({"a", "b"}));
}

TEST(Comparison, EndsWhereFlagsTakeTooMuch) {
  std::string answer;
  for (int uid = 1; uid <= 100; ++uid) {
    answer += fmt::format("* {} FETCH (UID {} FLAGS (f{}", uid, uid, uid);
    for (int flag = 0; flag < 1'000; ++flag) answer += " x";
    answer += "))\r\n";
  }
  std::uint64_t room = 500'000;
  const auto news = compare(answer + "* 2 FETCH (UID 2 FLAGS (rare))\r\n", room);
  EXPECT_EQ(news.failure, "its messages have too many combinations of flags");
  std::uint64_t taken = 0;
  for (const auto& [flags, uids] : news.flags) taken += memory_of(flags);
  EXPECT_LE(taken, 500'000U);
  EXPECT_EQ(room, 500'000 - taken);
  EXPECT_EQ(news.seen.size(), 100U);
}

}  // namespace
}  // namespace mailspoor::fetch::imap
