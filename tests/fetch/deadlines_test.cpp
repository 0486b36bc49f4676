#include "fetch/deadlines.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "fetch/error.hpp"

namespace mailspoor::fetch {
namespace {

using std::chrono::seconds;
const Deadlines::Clock::time_point kStart{seconds{1000}};

TEST(Deadlines, EndAWaitAtTheIdleTimeout) {
  const Deadlines deadlines{seconds{60}};
  EXPECT_EQ(deadlines.end_of_wait(kStart), kStart + seconds{60});
  EXPECT_EQ(deadlines.expiry(kStart, kStart + seconds{59}), "");
  EXPECT_EQ(deadlines.expiry(kStart, kStart + seconds{60}), "no answer for 60 s");
}

TEST(Deadlines, EndAWaitAtThePhaseThoughOctetsCome) {
  Deadlines deadlines{seconds{60}};
  deadlines.limit_phase(kStart + seconds{30}, "logging in");
  EXPECT_EQ(deadlines.end_of_wait(kStart + seconds{29}), kStart + seconds{30});
  EXPECT_EQ(deadlines.expiry(kStart + seconds{30}, kStart + seconds{30}), "logging in took too long");
  deadlines.end_phase();
  EXPECT_EQ(deadlines.expiry(kStart + seconds{30}, kStart + seconds{31}), "");
}

TEST(Deadlines, EndTheRun) {
  Deadlines deadlines{seconds{60}};
  deadlines.limit_run(kStart + seconds{5});
  EXPECT_EQ(deadlines.end_of_wait(kStart), kStart + seconds{5});
  EXPECT_EQ(deadlines.expiry(kStart + seconds{5}, kStart + seconds{5}),
            "the deadline of the whole run has passed");
}

TEST(Deadlines, RefuseAServerThatDripsOrChatters) {
  Deadlines deadlines{seconds{10}};
  for (int i = 0; i < 19; ++i) {
    deadlines.useful(1);
    deadlines.waited(seconds{1});
  }
  EXPECT_THROW(deadlines.waited(seconds{1}), NetworkError);
}

TEST(Deadlines, DemandTheRateThatIsWanted) {
  const auto gets_through = [](std::uint64_t minimum, std::uint64_t octets_a_second) {
    Deadlines deadlines{seconds{10}};
    deadlines.demand_rate(minimum);
    try {
      for (int i = 0; i < 20; ++i) {
        deadlines.useful(octets_a_second);
        deadlines.waited(seconds{1});
      }
      return true;
    } catch (const NetworkError& error) {
      return false;
    }
  };
  EXPECT_TRUE(gets_through(5000, 5000));
  EXPECT_FALSE(gets_through(5000, 4999));
  EXPECT_TRUE(gets_through(0, 0));
  EXPECT_FALSE(gets_through(std::numeric_limits<std::uint64_t>::max(), 1'000'000));
}

TEST(Deadlines, AcceptASlowLineAndAServerThatThinks) {
  Deadlines slow{seconds{10}};
  for (int i = 0; i < 100; ++i) {
    slow.useful(200);
    slow.waited(seconds{1});
  }
  Deadlines thinking{seconds{10}};
  for (int i = 0; i < 100; ++i) {
    thinking.waited(seconds{9});
    thinking.answered();
  }
}

TEST(Deadlines, RefuseAServerThatTalksWithoutEndAndSaysNothing) {
  Deadlines deadlines{seconds{10}};
  for (int i = 0; i < 100; ++i) {
    deadlines.useless(Deadlines::kMaxUseless / 2);
    deadlines.answered();
  }
  deadlines.useless(Deadlines::kMaxUseless);
  EXPECT_THROW(deadlines.useless(1), ProtocolError);
}

}  // namespace
}  // namespace mailspoor::fetch
