#include "deliver/adopted_message.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/deliver/test_tree.hpp"

namespace mailspoor::deliver {
namespace {

TEST(AdoptedMessage, IsReadFromNothingButAFile) {
  const TemporaryDirectory directory;
  const auto fifo = directory.path() / "fifo";
  const auto link = directory.path() / "link";
  write_text(directory.path() / "file", "Subject: x\n\nx\n");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  std::filesystem::create_symlink("file", link);
  EXPECT_THROW(AdoptedMessage{fifo}, UnreadableError) << "and waits for no writer";
  EXPECT_THROW(AdoptedMessage{link}, UnreadableError);
  EXPECT_THROW(AdoptedMessage{directory.path()}, UnreadableError);
  EXPECT_NO_THROW(AdoptedMessage{directory.path() / "file"});
}

}  // namespace
}  // namespace mailspoor::deliver
