#include "cli/account_failure.hpp"

#include <gtest/gtest.h>

namespace mailspoor::cli {
namespace {

TEST(ExitCodeOfSeveralAccounts, TellsWhatTheyHaveInCommon) {
  using enum ExitCode;
  EXPECT_EQ(joint_code({}), done);
  EXPECT_EQ(joint_code({done, done}), done);
  EXPECT_EQ(joint_code({network, network}), network);
  EXPECT_EQ(joint_code({network, authentication}), failed);
  EXPECT_EQ(joint_code({network, locked}), failed);
  EXPECT_EQ(joint_code({done, network}), partial);
  EXPECT_EQ(joint_code({partial, network}), partial);
  EXPECT_EQ(joint_code({done, partial}), partial);
  EXPECT_EQ(joint_code({done, locked}), locked) << "a busy account, and nothing else failed";
  EXPECT_EQ(joint_code({locked, partial}), partial);
}

}  // namespace
}  // namespace mailspoor::cli
