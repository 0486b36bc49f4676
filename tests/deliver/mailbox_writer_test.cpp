#include "deliver/mailbox_writer.hpp"

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "deliver/base/sha256.hpp"
#include "deliver/journal.hpp"
#include "deliver/maildir_name.hpp"
#include "deliver/pending.hpp"
#include "tests/deliver/test_tree.hpp"

namespace mailspoor::deliver {
namespace {

using namespace std::string_literals;

class Writing : public testing::Test {
 protected:
  const std::filesystem::path& root() const { return directory_.path(); }
  std::filesystem::path inbox() const { return root() / "mail/work"; }
  AccountStore open_store() const {
    return AccountStore{root(), "work", {.environment = still_environment()}};
  }

  TemporaryDirectory directory_;
};

struct OctetsCase {
  std::string name, octets;
};
class WritingOctets : public Writing, public testing::WithParamInterface<OctetsCase> {};
TEST_P(WritingOctets, KeepsEveryOne) {
  auto store_of_account = open_store();
  auto writer = store_of_account.open_mailbox(mailbox_named("INBOX"));
  store(writer, 5, GetParam().octets);
  writer.commit();
  const auto names = names_in(inbox() / "cur");
  ASSERT_EQ(names.size(), 1U);
  EXPECT_EQ(read_text(inbox() / "cur" / names[0]), GetParam().octets);
  EXPECT_EQ(parse_maildir_name(names[0]).size, GetParam().octets.size());
  std::string sha256;
  read_journal(inbox() / "mailspoor.journal", 0,
               [&](const JournalEntry& entry) { sha256 = std::get<StoredEvent>(entry.event).sha256; });
  EXPECT_EQ(sha256, base::to_hex(base::sha256(GetParam().octets)));
}
INSTANTIATE_TEST_SUITE_P(
    Messages, WritingOctets,
    testing::Values(OctetsCase{"empty", ""}, OctetsCase{"nul", "a\0b\0"s},
                    OctetsCase{"bare_ends", "a\rb\nc\r\nd"},
                    OctetsCase{"from_line", "From x@y Tue Mar  5 10:00:02 2024\nFrom a\r\n>From b\r\n"},
                    OctetsCase{"dot_line", "a\r\n.\r\nb\n.\nc"}, OctetsCase{"octets", "\xFF\xFE\x80\x1A\x04"},
                    OctetsCase{"buffer", std::string(65536, 'x')},
                    OctetsCase{"buffer_and_one", std::string(65537, 'y')}),
    [](const auto& test) { return test.param.name; });

TEST_F(Writing, KeepsFiftyMegabytesInPiecesOfAnySize) {
  std::string octets;
  octets.resize(50'000'000);
  std::uint32_t state = 1;
  for (auto& octet : octets) octet = static_cast<char>((state = state * 1664525U + 1013904223U) >> 24U);
  auto store_of_account = open_store();
  auto writer = store_of_account.open_mailbox(mailbox_named("INBOX"));
  writer.begin();
  for (std::size_t at = 0, size = 1; at < octets.size(); at += size, size = size * 3 % 200'003 + 1) {
    writer.append(std::string_view{octets}.substr(at, size));
  }
  writer.end(facts_of(1));
  writer.commit();
  EXPECT_EQ(read_text(inbox() / "cur" / names_in(inbox() / "cur").at(0)), octets);
  EXPECT_EQ(writer.counts().octets, octets.size());
}

TEST_F(Writing, NamesTheFileAndNotesTheFacts) {
  auto store_of_account = open_store();
  auto writer = store_of_account.open_mailbox(mailbox_named("INBOX", 77));
  writer.begin();
  writer.append("abc");
  writer.end({.uid = 5,
              .flags = {"\\Seen", "\\Flagged", "$Junk"},
              .internal_date = "17-Jul-1996 02:44:25 -0700",
              .announced_size = 4});
  writer.commit();
  const auto unique = "1709632802.M0P42Q1R0000000000000000.host.example,S=3,V=77,U=5"s;
  const auto path = inbox() / "cur" / (unique + ":2,FS");
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mtime, 837596665);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(
      read_text(inbox() / "mailspoor.journal"),
      R"({"event":"stored","uid_validity":77,"uid":5,"file":")" + unique +
          R"(","flags":["\\Seen","\\Flagged","$Junk"],"internal_date":"17-Jul-1996 02:44:25 -0700",)" +
          R"("announced_size":4,"sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",)" +
          R"("time":"2024-03-05T10:00:02Z"})" + "\n" + R"({"event":"commit","lines":1})" + "\n");
}

TEST_F(Writing, ShowsNothingBeforeTheCommit) {
  auto store_of_account = open_store();
  {
    auto writer = store_of_account.open_mailbox(mailbox_named("INBOX"));
    for (std::uint32_t uid = 1; uid <= 40; ++uid) store(writer, uid, "x");  // more than are synced at a time
    writer.begin();
    writer.append("half");
    EXPECT_EQ(names_in(inbox() / "cur").size(), 0U);
    EXPECT_EQ(names_in(inbox() / "tmp").size(), 41U);
    EXPECT_TRUE(writer.held().empty());
  }
  EXPECT_EQ(names_in(inbox() / "tmp").size(), 0U);
  EXPECT_EQ(names_in(inbox() / "cur").size(), 0U);
  EXPECT_EQ(read_text(inbox() / "mailspoor.journal"), "");
}

TEST_F(Writing, ForgetsWhatIsAbandoned) {
  auto store_of_account = open_store();
  auto writer = store_of_account.open_mailbox(mailbox_named("INBOX"));
  writer.begin();
  writer.append("half of the first");
  writer.abandon();
  writer.begin();
  writer.append("half of the second");
  store(writer, 3, "third");
  writer.commit();
  EXPECT_EQ(names_in(inbox() / "tmp").size(), 0U);
  const auto names = names_in(inbox() / "cur");
  ASSERT_EQ(names.size(), 1U);
  EXPECT_EQ(read_text(inbox() / "cur" / names[0]), "third");
}

TEST_F(Writing, RollsBackToTheSavepointOrTheLastCommit) {
  auto store_of_account = open_store();
  auto writer = store_of_account.open_mailbox(mailbox_named("INBOX"));
  store(writer, 1, "committed");
  writer.commit();
  store(writer, 2, "lost");
  writer.absent(uids("9"));
  writer.hole(8, "refused");
  writer.begin();
  writer.append("half");
  writer.roll_back();
  for (std::uint32_t uid = 2; uid <= 70; ++uid) store(writer, uid, "kept");  // more than are synced at a time
  writer.savepoint();
  for (std::uint32_t uid = 71; uid <= 200; ++uid) store(writer, uid, "lost");
  writer.roll_back();
  writer.roll_back();
  store(writer, 71, "another");
  writer.commit();
  EXPECT_EQ(names_in(inbox() / "tmp").size(), 0U);
  EXPECT_EQ(names_in(inbox() / "cur").size(), 71U);
  EXPECT_EQ(writer.counts().messages, 71U);
  EXPECT_EQ(writer.counts().absent + writer.counts().holes, 0U);
  EXPECT_EQ(writer.held(), uids("1:71"));
  EXPECT_EQ(store_of_account.state(mailbox_named("INBOX")).stored, uids("1:71"));
  for (const auto& name : names_in(inbox() / "cur"))
    EXPECT_NE(read_text(inbox() / "cur" / name), "lost") << name;
}

TEST_F(Writing, RollsBackFilesThatWereToTakeTheFormerName) {
  auto store_of_account = open_store();
  {
    auto former = store_of_account.open_mailbox(mailbox_named("INBOX", 1));
    store(former, 1, "octets");
    former.commit();
  }
  auto writer = store_of_account.open_mailbox(mailbox_named("INBOX", 2));
  store(writer, 5, "octets");
  writer.roll_back();
  store(writer, 6, "octets");
  writer.commit();
  EXPECT_EQ(writer.counts().renumbered, 1U);
  const auto names = names_in(inbox() / "cur");
  ASSERT_EQ(names.size(), 1U);
  EXPECT_EQ(parse_maildir_name(names[0]).uid, 6U);
}

TEST_F(Writing, StoresAUidOnce) {
  auto store_of_account = open_store();
  auto writer = store_of_account.open_mailbox(mailbox_named("INBOX"));
  store(writer, 1, "a");
  store(writer, 1, "again in this batch");
  writer.commit();
  store(writer, 1, "again in the next");
  writer.commit();
  EXPECT_EQ(names_in(inbox() / "cur").size(), 1U);
  EXPECT_EQ(names_in(inbox() / "tmp").size(), 0U);
  EXPECT_EQ(writer.counts().messages, 1U);
}

TEST_F(Writing, HoldsWhatIsStoredOrAbsentAndNoHole) {
  {
    auto store_of_account = open_store();
    auto writer = store_of_account.open_mailbox(mailbox_named("INBOX"));
    store(writer, 1, "a");
    writer.absent(uids("2:4"));
    writer.hole(5, "[EXPUNGEISSUED]");
    writer.commit();
    EXPECT_EQ(writer.held(), uids("1:4"));
    writer.absent(uids("1:4,6"));
    writer.absent(uids("6"));
    writer.commit();
    EXPECT_EQ(writer.counts().absent, 4U);
    EXPECT_EQ(writer.counts().holes, 1U);
  }
  auto store_of_account = open_store();
  EXPECT_EQ(store_of_account.state(mailbox_named("INBOX")).held, uids("1:4,6"));
  const auto holes = folder_holes(inbox());
  ASSERT_EQ(holes.size(), 1U);
  EXPECT_EQ(holes[0].uid, 5U);
}

TEST_F(Writing, SplitsALongListOfAbsentUids) {
  base::UidSet every_other;
  for (std::uint32_t uid = 1; uid < 5000; uid += 2) every_other.add(uid);
  auto store_of_account = open_store();
  auto writer = store_of_account.open_mailbox(mailbox_named("INBOX"));
  writer.absent(every_other);
  writer.commit();
  base::UidSet read;
  int lines = 0;
  read_journal(inbox() / "mailspoor.journal", 0, [&](const JournalEntry& entry) {
    ++lines;
    read.add(std::get<AbsentEvent>(entry.event).uids);
  });
  EXPECT_EQ(read, every_other);
  EXPECT_EQ(lines, 3);
}

TEST_F(Writing, LeavesNoNoteForNothing) {
  auto store_of_account = open_store();
  auto writer = store_of_account.open_mailbox(mailbox_named("INBOX"));
  writer.commit();
  EXPECT_TRUE(list_pending(root()).empty());
  EXPECT_EQ(read_text(inbox() / "mailspoor.journal"), "");
}

TEST_F(Writing, LeavesANoteForEachCommit) {
  auto store_of_account = open_store();
  auto writer = store_of_account.open_mailbox(mailbox_named("Archive/2024"));
  store(writer, 1, "a");
  writer.commit();
  const auto first = list_pending(root());
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].folder, "work/.Archive.2024");
  EXPECT_EQ(writer.folder(), "work/.Archive.2024");
  store(writer, 2, "b");
  writer.commit();
  remove_pending(root(), first);
  remove_pending(root(), first);
  EXPECT_EQ(list_pending(root()).size(), 1U);
}

/// Runs in a child: the limit and the mount must not outlive the test.
template <typename Work>
void in_child(Work work) {
  const auto child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    work();
    std::cout << std::flush;
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST_F(Writing, ThatMeetsALimitStoresNothingOfTheBatch) {
  in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    auto store_of_account = open_store();
    auto writer = store_of_account.open_mailbox(mailbox_named("INBOX"));
    store(writer, 1, "small");
    const rlimit limit{.rlim_cur = 100'000, .rlim_max = 100'000};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
    writer.begin();
    try {
      writer.append(std::string(1'000'000, 'x'));
      FAIL();
    } catch (const Error& error) {
      EXPECT_NE(std::string{error.what()}.find((inbox() / "tmp" / "sync-").string()), std::string::npos)
          << error.what();
      EXPECT_NE(std::string{error.what()}.find("File too large"), std::string::npos) << error.what();
    }
    EXPECT_THROW(writer.begin(), Error);
    EXPECT_THROW(writer.commit(), Error);
    EXPECT_EQ(names_in(inbox() / "tmp").size(), 0U);
    EXPECT_EQ(names_in(inbox() / "cur").size(), 0U);
  });
}

TEST_F(Writing, OntoAFullDiskStoresNothingOfTheBatchAndGoesOnLater) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can mount a small file system";
  const auto small = root() / "small";
  std::filesystem::create_directory(small);
  if (mount("tmpfs", small.c_str(), "tmpfs", 0, "size=256k") != 0)
    GTEST_SKIP() << "mounting is not permitted";
  const auto cur = small / "mail" / "work" / "cur";
  {
    AccountStore store_of_account{small, "work"};
    auto writer = store_of_account.open_mailbox(mailbox_named("INBOX"));
    store(writer, 1, "first");
    writer.commit();
    store(writer, 2, "second");
    try {
      store(writer, 3, std::string(1'000'000, 'x'));
      ADD_FAILURE();
    } catch (const Error& error) {
      EXPECT_NE(std::string{error.what()}.find("No space left on device"), std::string::npos) << error.what();
    }
    EXPECT_EQ(names_in(cur).size(), 1U);
    EXPECT_EQ(names_in(small / "mail" / "work" / "tmp").size(), 0U);
  }
  {
    AccountStore store_of_account{small, "work"};
    auto writer = store_of_account.open_mailbox(mailbox_named("INBOX"));
    EXPECT_EQ(writer.held(), uids("1"));
    store(writer, 2, "second");
    writer.commit();
    EXPECT_EQ(names_in(cur).size(), 2U);
  }
  umount(small.c_str());
}

}  // namespace
}  // namespace mailspoor::deliver
