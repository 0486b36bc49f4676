#include "deliver/stored_folder.hpp"

#include <gtest/gtest.h>

#include "deliver/journal_line.hpp"
#include "deliver/pending.hpp"
#include "deliver/placed_files.hpp"
#include "tests/deliver/test_tree.hpp"

namespace mailspoor::deliver {
namespace {

TEST(StoredFolders, OfNoRootAreNone) {
  const TemporaryDirectory directory;
  EXPECT_TRUE(stored_folders(directory.path() / "none").empty());
  EXPECT_TRUE(stored_folders(directory.path()).empty());
  EXPECT_TRUE(list_pending(directory.path()).empty());
  EXPECT_TRUE(maildir_files(directory.path() / "none").empty());
  EXPECT_TRUE(folder_holes(directory.path() / "none").empty());
  EXPECT_TRUE(FolderFiles{directory.path() / "none"}.find("a", "").empty());
}

TEST(StoredFolders, NameThoseThatDoNotSayWhatTheyAre) {
  const TemporaryDirectory directory;
  const auto mail = directory.path() / "mail";
  std::filesystem::create_directories(mail / "work" / ".Old");
  std::filesystem::create_directory(mail / "work" / ".Plain");
  write_text(mail / "work" / "mailspoor.json",
             R"({"schema":1,"account":"work","mailbox":"INBOX","mailbox_raw":"INBOX","uid_validity":1})");
  write_text(mail / "work" / ".Old" / "mailspoor.json", "{");
  std::vector<std::string> damaged;
  EXPECT_EQ(stored_folders(directory.path(), &damaged).size(), 1U);
  EXPECT_EQ(damaged, std::vector<std::string>{"work/.Old"});
}

TEST(MaildirFiles, AreThoseOfCurAndNew) {
  const TemporaryDirectory directory;
  for (const auto* const name : {"cur", "new", "tmp"})
    std::filesystem::create_directory(directory.path() / name);
  for (const auto* const name : {"cur/a:2,S", "cur/.hidden", "new/b", "tmp/c"})
    write_text(directory.path() / name, "");
  EXPECT_EQ(
      maildir_files(directory.path()),
      (std::vector<MaildirFile>{{.directory = "new", .name = "b"}, {.directory = "cur", .name = "a:2,S"}}));
}

TEST(MaildirFiles, AreFoundAfterAMuaRenamedThem) {
  const TemporaryDirectory directory;
  const auto& folder = directory.path();
  for (const auto* const name : {"cur", "new"}) std::filesystem::create_directory(folder / name);
  write_text(folder / "cur/a,U=1:2,S", "");
  write_text(folder / "new/b,U=2", "");
  FolderFiles files{folder};
  EXPECT_EQ(files.find("a,U=1", "S"), folder / "cur/a,U=1:2,S");
  EXPECT_EQ(files.find("a,U=1", ""), folder / "cur/a,U=1:2,S");
  EXPECT_EQ(files.find("b,U=2", "S"), folder / "new/b,U=2");
  EXPECT_TRUE(files.find("a,U=", "S").empty());
}

TEST(FolderHoles, AreOpenUntilTheirUidIsStoredOrAbsent) {
  const TemporaryDirectory directory;
  const auto folder = directory.path() / "mail/work";
  const auto hole = [](std::uint32_t uid_validity, std::uint32_t uid, const char* reason, const char* time) {
    return to_journal_line(
               HoleEvent{.uid_validity = uid_validity, .uid = uid, .reason = reason, .time = time}) +
           '\n';
  };
  {
    AccountStore store_of_account{directory.path(), "work"};
    auto writer = store_of_account.open_mailbox(mailbox_named("INBOX", 2));
  }
  write_text(folder / "mailspoor.journal",
             hole(1, 9, "old", "t0") + hole(2, 3, "first", "t1") + hole(2, 4, "x", "t1") +
                 hole(2, 5, "y", "t1") + hole(2, 3, "second", "t2") +
                 to_journal_line(StoredEvent{.uid_validity = 2,
                                             .uid = 4,
                                             .file = "f",
                                             .flags = {},
                                             .internal_date = {},
                                             .announced_size = {},
                                             .sha256 = {},
                                             .time = {}}) +
                 '\n' + to_journal_line(AbsentEvent{.uid_validity = 2, .uids = uids("5")}) + '\n' +
                 to_journal_line(CommitEvent{.lines = 7}) + '\n' + hole(2, 8, "not committed", "t3"));
  EXPECT_EQ(
      folder_holes(folder),
      (std::vector<Hole>{{.uid_validity = 2, .uid = 3, .reason = "second", .tries = 2, .first = "t1"}}));
}

TEST(Pending, ListsOnlyWholeNotes) {
  const TemporaryDirectory directory;
  const auto queue = directory.path() / "pending";
  std::filesystem::create_directory(queue);
  write_text(queue / ".work~1", "half");
  write_text(queue / "work~3", "work/.B");
  write_text(queue / "work~2", "work");
  EXPECT_EQ(list_pending(directory.path()),
            (std::vector<PendingNote>{{.file = "work~2", .folder = "work"},
                                      {.file = "work~3", .folder = "work/.B"}}));
}

}  // namespace
}  // namespace mailspoor::deliver
