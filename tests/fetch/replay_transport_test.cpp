#include "fetch/replay_transport.hpp"

#include <gtest/gtest.h>

#include <array>

#include "fetch/error.hpp"

namespace mailspoor::fetch {
namespace {

std::string read_some(Transport& transport) {
  std::array<char, 64> buffer{};
  return {buffer.data(), transport.read(buffer)};
}

TEST(ReplayTransport, CutsOctetsIntoChunks) {
  ReplayTransport transport{"abcde", {.chunk = 2}};
  EXPECT_EQ(read_some(transport), "ab");
  EXPECT_EQ(read_some(transport), "cd");
  EXPECT_EQ(read_some(transport), "e");
  EXPECT_EQ(read_some(transport), "");
}

TEST(ReplayTransport, AnswersEachCommandWithItsTag) {
  ReplayTransport transport{{{"ONE", "$TAG OK\r\n"}, {"TWO", "$TAG $TAG\r\n"}}, {}};
  transport.write("a1 ONE\r\na2 TWO\r\n");
  EXPECT_EQ(read_some(transport), "a1 OK\r\n");
  EXPECT_EQ(read_some(transport), "a2 a2\r\n");
}

TEST(ReplayTransport, SaysWhatItWaitsFor) {
  ReplayTransport transport{{{"ONE", ""}}, {}};
  transport.write("a1 TWO\r\n");
  EXPECT_THROW(read_some(transport), NetworkError);
}

}  // namespace
}  // namespace mailspoor::fetch
