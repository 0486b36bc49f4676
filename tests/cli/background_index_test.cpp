#include "cli/background_index.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "cli/config.hpp"
#include "deliver/pending.hpp"
#include "index/error.hpp"
#include "tests/deliver/test_tree.hpp"

namespace mailspoor::cli {
namespace {

using deliver::TemporaryDirectory;
using index::IndexLock;

constexpr auto kNever = std::chrono::steady_clock::time_point::max();

/// A root with a message that waits to be indexed.
void fill(const std::filesystem::path& root) {
  deliver::AccountStore store{root, "work"};
  auto writer = store.open_mailbox(deliver::mailbox_named("INBOX"));
  deliver::store(writer, 1, "Subject: x\r\n\r\nx\r\n");
  writer.commit();
}

TEST(IndexingDuringASync, IsCompleteAtItsEnd) {
  const TemporaryDirectory root;
  fill(root.path());
  BackgroundIndex background{root.path()};
  background.notify();
  const auto finished = background.finish(kNever);
  EXPECT_TRUE(finished.is_complete);
  EXPECT_EQ(finished.report.index.messages, 1U);
}

TEST(IndexingDuringASync, WaitsForNobodyWhereNothingIsNew) {
  const TemporaryDirectory root;
  fill(root.path());
  BackgroundIndex{root.path()}.finish(kNever);
  const auto others = IndexLock::take(database_of(root.path()), IndexLock::Wait::no);
  ASSERT_TRUE(others);
  EXPECT_TRUE(BackgroundIndex{root.path()}.finish(kNever).is_complete)
      << "waits for ever if it needs the lock";
}

TEST(IndexingDuringASync, LeavesTheRestWhereItsTimeIsOver) {
  const TemporaryDirectory root;
  fill(root.path());
  const auto others = IndexLock::take(database_of(root.path()), IndexLock::Wait::no);
  ASSERT_TRUE(others);
  EXPECT_FALSE(BackgroundIndex{root.path()}.finish(std::chrono::steady_clock::now()).is_complete);
  EXPECT_EQ(deliver::list_pending(root.path()).size(), 1U);
}

TEST(IndexingDuringASync, LetsOthersMendTheIndexAfterItFailed) {
  const TemporaryDirectory root;
  fill(root.path());
  const auto database = database_of(root.path());
  deliver::write_text(database, std::string(10'000, 'x'));
  BackgroundIndex background{root.path()};
  background.notify();
  while (!std::filesystem::exists(database.string() + ".lock")) std::this_thread::yield();
  EXPECT_TRUE(IndexLock::take(database, IndexLock::Wait::yes)) << "waits for ever if it keeps the lock";
  EXPECT_THROW(background.finish(kNever), index::DatabaseError);
  EXPECT_TRUE(IndexLock::take(database, IndexLock::Wait::no));
}

}  // namespace
}  // namespace mailspoor::cli
