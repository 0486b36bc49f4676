#include "cli/server_check.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/deliver/test_tree.hpp"

namespace mailspoor::cli {
namespace {

using deliver::TemporaryDirectory;

fetch::MailboxUids mailbox_of(const base::UidSet& uids) {
  return {.name = {.raw = "INBOX", .name = "INBOX", .levels = {"INBOX"}, .delimiter = '/', .object_id = {}},
          .epoch = {1},
          .uids = uids,
          .failure = {}};
}

class ServerUids : public testing::Test {
 protected:
  TemporaryDirectory root_;
  std::string account_ = "work";
  ServerFindings findings_;
};

TEST_F(ServerUids, AreKeptAsRanges) {
  ServerCheck check{root_.path(), account_, findings_};
  check.take(mailbox_of({1, 3'000'000}));
  ASSERT_EQ(findings_.server_only.size(), 1U);
  EXPECT_EQ(findings_.server_only[0].uids->ranges().size(), 1U);
  EXPECT_EQ(findings_.messages, 3'000'000U);
}

TEST_F(ServerUids, AreToldOneByOneUpToAThousand) {
  for (const std::uint32_t count : {1'000U, 1'001U, 3'000'000U}) {
    const OneSided messages{account_, "INBOX", 1, base::UidSet{5, 4 + count}};
    std::vector<Finding> told;
    messages.for_each([&](const Finding& finding) { told.push_back(finding); });
    ASSERT_EQ(told.size(), std::min(count, 1'001U)) << count;
    EXPECT_EQ(told[0].uid, 5U);
    EXPECT_EQ(told[999].uid, 1'004U);
    EXPECT_FALSE(told[999].more);
    if (count == 1'000) continue;
    EXPECT_EQ(told[1'000].more, count - 1'000) << "those that have no row";
    EXPECT_FALSE(told[1'000].uid);
    EXPECT_EQ(told[1'000].uid_validity, 1U);
  }
}

TEST_F(ServerUids, AreNotBelievedWhereTheyAreTooMany) {
  ServerCheck check{root_.path(), account_, findings_};
  check.take(mailbox_of({1, 4'294'967'295}));
  EXPECT_TRUE(findings_.server_only.empty());
  EXPECT_EQ(findings_.failed.size(), 1U);
}

TEST_F(ServerUids, OfMailboxesThatAreLeftOutAreNotTakenForAbsent) {
  {
    deliver::AccountStore store{root_.path(), account_};
    store.open_mailbox(deliver::mailbox_named("user/bob"));
    store.open_mailbox(deliver::mailbox_named("Old"));
  }
  ServerCheck check{root_.path(), account_, findings_};
  check.take_unlisted([](const fetch::MailboxName& name) { return name.raw.starts_with("user/"); });
  ASSERT_EQ(findings_.here_only.size(), 1U);
  EXPECT_EQ(findings_.here_only[0].mailbox, "Old");
  EXPECT_FALSE(findings_.here_only[0].uids);
}

TEST_F(ServerUids, ThatAreHolesTellTheReason) {
  {
    deliver::AccountStore store{root_.path(), account_};
    auto writer = store.open_mailbox(deliver::mailbox_named("INBOX"));
    deliver::store(writer, 1, "x");
    writer.hole(3, "too large");
    writer.commit();
  }
  ServerCheck check{root_.path(), account_, findings_};
  check.take(mailbox_of({2, 4}));
  std::vector<std::pair<std::uint32_t, std::optional<std::string>>> told;
  ASSERT_EQ(findings_.server_only.size(), 1U);
  findings_.server_only[0].for_each(
      [&](const Finding& finding) { told.emplace_back(finding.uid.value(), finding.reason); });
  EXPECT_EQ(told, (decltype(told){{2, {}}, {3, "too large"}, {4, {}}}));
  EXPECT_FALSE(findings_.server_only[0].is_accepted());
  ASSERT_EQ(findings_.here_only.size(), 1U);
  EXPECT_EQ(findings_.here_only[0].uids, base::UidSet(1, 1));
}

}  // namespace
}  // namespace mailspoor::cli
