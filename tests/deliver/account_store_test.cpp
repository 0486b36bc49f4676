#include "deliver/account_store.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "deliver/journal.hpp"
#include "deliver/maildir_name.hpp"
#include "deliver/pending.hpp"
#include "tests/deliver/test_tree.hpp"

namespace mailspoor::deliver {
namespace {

using Names = std::vector<std::string>;

class Store : public testing::Test {
 protected:
  const std::filesystem::path& root() const { return directory_.path(); }
  std::filesystem::path account() const { return root() / "mail/work"; }
  AccountStore open() const {
    return AccountStore{root(), "work", {.environment = still_environment(run_ += 1000)}};
  }
  base::UidSet held(const std::string& raw, std::uint32_t uid_validity = 1) const {
    return open().state(mailbox_named(raw, uid_validity)).held;
  }
  /// Stores these UIDs in one batch each.
  void fill(const std::string& raw, const std::vector<std::uint32_t>& uids,
            std::uint32_t uid_validity = 1) const {
    auto store_of_account = open();
    auto writer = store_of_account.open_mailbox(mailbox_named(raw, uid_validity));
    for (const auto uid : uids) {
      store(writer, uid, "message " + std::to_string(uid));
      writer.commit();
    }
  }
  static std::filesystem::path file_of(const std::filesystem::path& folder, std::uint32_t uid) {
    for (const auto& file : maildir_files(folder)) {
      if (file.name.find(",U=" + std::to_string(uid) + ":") != std::string::npos)
        return folder / file.directory / file.name;
    }
    return {};
  }

  TemporaryDirectory directory_;
  mutable std::uint64_t run_ = 0;
};

TEST_F(Store, AcceptedHolesStayAcceptedAndNoOthersAre) {
  const auto note_holes = [&](const char* mailbox, const std::vector<std::uint32_t>& uids) {
    auto store = open();
    auto writer = store.open_mailbox(mailbox_named(mailbox));
    for (const auto uid : uids) writer.hole(uid, "too large");
    writer.commit();
    return store.state(mailbox_named(mailbox)).accepted;
  };
  const auto accepted = [&](const char* folder) {
    std::vector<std::pair<std::uint32_t, bool>> found;
    for (const auto& hole : folder_holes(root() / "mail" / folder))
      found.emplace_back(hole.uid, hole.is_accepted);
    return found;
  };
  EXPECT_EQ(note_holes("INBOX", {5, 7}), base::UidSet{});
  note_holes("Archive", {1});
  EXPECT_EQ(open().accept_holes(), 3U);
  EXPECT_EQ(open().accept_holes(), 0U) << "nothing is noted twice";
  EXPECT_EQ(note_holes("INBOX", {5, 7, 9}), uids("5,7"));
  using Holes = std::vector<std::pair<std::uint32_t, bool>>;
  EXPECT_EQ(accepted("work"), (Holes{{5, true}, {7, true}, {9, false}}));
  EXPECT_EQ(accepted("work/.Archive"), (Holes{{1, true}}));
  open().save();  // and read again from what it keeps
  EXPECT_EQ(note_holes("INBOX", {7, 9}), uids("5,7"));
  fill("INBOX", {5});
  EXPECT_EQ(accepted("work"), (Holes{{7, true}, {9, false}})) << "what is stored is no hole";
}

TEST_F(Store, KeepsTheHolesOfAMailboxIntoWhichMessagesAreAdopted) {
  {
    auto store_of_account = open();
    auto writer = store_of_account.open_mailbox(mailbox_named("Archive", 77));
    store(writer, 1, "message 1");
    writer.hole(2, "too large");
    writer.commit();
  }
  const auto holes = folder_holes(account() / ".Archive");
  ASSERT_EQ(holes.size(), 1U);
  fill("Archive", {5}, kAdoptedEpoch);
  EXPECT_EQ(folder_holes(account() / ".Archive"), holes);
  EXPECT_EQ(open().accept_holes(), 1U);
  const auto state = open().state(mailbox_named("Archive", 77));
  EXPECT_EQ(state.stored, uids("1"));
  ASSERT_TRUE(state.former);
  EXPECT_EQ(state.former->messages, 1U) << "to be recognised by the next sync";
}

TEST_F(Store, MakesATreeForItsOwnerOnly) {
  const auto deep = root() / "a/b";
  const AccountStore store_of_account{deep, "work"};
  for (const auto* const name : {"", "mail", "mail/work", "locks", "pending"}) {
    struct stat status {};
    ASSERT_EQ(stat((deep / name).c_str(), &status), 0) << name;
    EXPECT_EQ(status.st_mode & 0777U, 0700U) << name;
  }
}

TEST_F(Store, HoldsNothingOfAnUnknownMailboxAndMakesNothingForIt) {
  EXPECT_TRUE(held("Archive").empty());
  EXPECT_EQ(names_in(account()), Names{});
}

TEST_F(Store, LaysFoldersOutAsMaildirPlusPlus) {
  fill("INBOX", {1});
  fill("Archive/2024", {1});
  EXPECT_EQ(names_in(account()),
            (Names{".Archive.2024", "cur", "mailspoor.journal", "mailspoor.json", "new", "tmp"}));
  EXPECT_EQ(names_in(account() / ".Archive.2024"),
            (Names{"cur", "maildirfolder", "mailspoor.journal", "mailspoor.json", "new", "tmp"}));
  const auto folders = stored_folders(root());
  ASSERT_EQ(folders.size(), 2U);
  EXPECT_EQ(folders[0].folder, "work");
  EXPECT_EQ(folders[0].identity.mailbox, "INBOX");
  EXPECT_EQ(folders[1].folder, "work/.Archive.2024");
  EXPECT_EQ(folders[1].path, account() / ".Archive.2024");
  EXPECT_EQ(folders[1].identity.mailbox_raw, "Archive/2024");
  EXPECT_EQ(folders[1].journal_size, std::filesystem::file_size(folders[1].journal));
}

TEST_F(Store, RemembersAcrossRuns) {
  fill("INBOX", {1, 2, 9});
  EXPECT_EQ(held("INBOX"), uids("1:2,9"));
  EXPECT_TRUE(held("INBOX", 2).empty());
}

TEST_F(Store, ANewUidValidityLeavesTheOldFilesAndLines) {
  fill("INBOX", {1, 2});
  fill("INBOX", {3}, 2);
  EXPECT_EQ(maildir_files(account()).size(), 3U);
  EXPECT_EQ(held("INBOX", 2), uids("3"));
  EXPECT_EQ(held("INBOX", 1), uids("1:2"));
  EXPECT_EQ(stored_folders(root()).at(0).identity.uid_validity, 2U);
}

TEST_F(Store, KeepsMailboxesApartWhoseNamesMeet) {
  fill("Work", {1});
  fill("work", {2});
  fill("WORK", {3});
  fill("..", {4});
  fill("mailspoor-gone", {5});
  EXPECT_EQ(held("Work"), uids("1"));
  EXPECT_EQ(held("work"), uids("2"));
  EXPECT_EQ(held("WORK"), uids("3"));
  EXPECT_EQ(held(".."), uids("4"));
  EXPECT_EQ(held("mailspoor-gone"), uids("5"));
  EXPECT_EQ(stored_folders(root()).size(), 5U);
  EXPECT_FALSE(std::filesystem::exists(account() / ".mailspoor-gone"));
  EXPECT_EQ(names_in(root()), (Names{"locks", "mail", "pending", "state"}));
}

TEST_F(Store, KnowsAnAdoptedMailboxByItsLevels) {
  fill("Archive", {1}, kAdoptedEpoch);
  fill("Archive/2024", {1, 2}, kAdoptedEpoch);
  const auto named = [](const std::string& raw, const std::vector<std::string>& levels) {
    return MailboxIdentity{
        .raw = raw, .name = raw, .levels = levels, .delimiter = '.', .uid_validity = 7, .object_id = {}};
  };
  const auto archive = named("INBOX.Archive", {"INBOX", "Archive"});
  const auto older = named("Archive.2024", {"Archive", "2024"});
  for (const auto& [mailbox, folder, messages] :
       {std::tuple{archive, "work/.INBOX.Archive", 1U}, std::tuple{older, "work/.Archive.2024", 2U}}) {
    auto store = open();
    const auto state = store.state(mailbox);
    ASSERT_TRUE(state.former) << mailbox.raw;
    EXPECT_EQ(state.former->messages, messages);
    EXPECT_EQ(store.open_mailbox(mailbox).folder(), folder);
    EXPECT_EQ(store.open_mailbox(mailbox).folder(), folder);
  }
  // They have names and a UIDVALIDITY now, so that no other mailbox takes them.
  auto store = open();
  EXPECT_EQ(store.open_mailbox(archive).folder(), "work/.INBOX.Archive");
  for (const auto& other :
       {named("Archive", {"Archive"}), named("INBOX.Archive.2024", {"INBOX", "Archive", "2024"}),
        named("INBOX.INBOX", {"INBOX", "INBOX"})}) {
    EXPECT_FALSE(store.state(other).former) << other.raw;
    const auto writer = store.open_mailbox(other);
    EXPECT_NE(writer.folder(), "work/.INBOX.Archive");
    EXPECT_NE(writer.folder(), "work/.Archive.2024");
    EXPECT_NE(writer.folder(), "work");
  }
}

TEST_F(Store, KeepsARawNameThatIsNoText) {
  auto mailbox = mailbox_named("a\xFF\n\"");
  {
    auto store_of_account = open();
    auto writer = store_of_account.open_mailbox(mailbox);
    store(writer, 1, "x");
    writer.commit();
  }
  EXPECT_EQ(open().state(mailbox).held, uids("1"));
  EXPECT_EQ(stored_folders(root()).at(0).identity.mailbox_raw, mailbox.raw);
}

TEST_F(Store, RefusesAccountNamesThatAreNoFileName) {
  for (const auto* const name : {"", ".", "..", "a/b", "a b", ".a", "-a", "a\n"})
    EXPECT_THROW((AccountStore{root(), name}), Error) << name;
  EXPECT_THROW((AccountStore{root(), std::string(121, 'a')}), Error);
  EXPECT_NO_THROW((AccountStore{root(), "alice%2F@imap.example.com+pop3"}));
}

TEST_F(Store, RemovesLitterOfSyncAndOfNobodyElse) {
  fill("INBOX", {1});
  fill("A", {1});
  write_text(account() / "tmp/sync-1.M1P1Q1R0.host", "litter");
  write_text(account() / ".A/tmp/sync-1.M1P1Q2R0.host", "litter");
  write_text(account() / "tmp/1.M1P1Q1.host", "of a delivery agent");
  write_text(root() / "pending/.work~1.M1P1Q1R0.host", "");
  write_text(root() / "pending/.other~1.M1P1Q1R0.host", "");
  open();
  EXPECT_EQ(names_in(account() / "tmp"), Names{"1.M1P1Q1.host"});
  EXPECT_EQ(names_in(account() / ".A/tmp"), Names{});
  EXPECT_FALSE(std::filesystem::exists(root() / "pending/.work~1.M1P1Q1R0.host"));
  EXPECT_TRUE(std::filesystem::exists(root() / "pending/.other~1.M1P1Q1R0.host"));
}

TEST_F(Store, SettlesABatchWithoutCommitByItsFiles) {
  fill("INBOX", {1, 2, 3});
  const auto journal = account() / "mailspoor.journal";
  auto text = read_text(journal);
  // As if killed behind the renames of a batch of UIDs 2 and 3, of which the disk kept one.
  const auto first_commit = text.find("{\"event\":\"commit\"");
  const auto start = text.find('\n', first_commit) + 1;
  std::string batch = text.substr(start);
  for (auto at = batch.find("{\"event\":\"commit\""); at != std::string::npos;
       at = batch.find("{\"event\":\"commit\"")) {
    batch.erase(at, batch.find('\n', at) + 1 - at);
  }
  write_text(journal, text.substr(0, start) + batch);
  std::filesystem::remove(file_of(account(), 2));
  remove_pending(root(), list_pending(root()));

  EXPECT_EQ(held("INBOX"), uids("1,3"));
  std::vector<std::uint32_t> counted;
  const auto reading = read_journal(journal, 0, [&](const JournalEntry& entry) {
    counted.push_back(std::get<StoredEvent>(entry.event).uid);
  });
  EXPECT_EQ(counted, (std::vector<std::uint32_t>{1, 3}));
  EXPECT_FALSE(reading.open);
  EXPECT_EQ(list_pending(root()).size(), 1U);
  const auto settled = read_text(journal);
  open();
  EXPECT_EQ(read_text(journal), settled);
}

TEST_F(Store, SettlesATornLine) {
  fill("INBOX", {1});
  const auto journal = account() / "mailspoor.journal";
  const auto whole = read_text(journal);
  write_text(journal, whole + "{\"event\":\"stored\",\"uid_val");
  EXPECT_EQ(held("INBOX"), uids("1"));
  fill("INBOX", {2});
  EXPECT_EQ(held("INBOX"), uids("1:2"));
  EXPECT_TRUE(read_text(journal).starts_with(whole + "{\"event\":\"stored\",\"uid_val\n"));
}

TEST_F(Store, FindsWhatItHoldsWithoutTheJournal) {
  fill("INBOX", {1, 2});
  fill("A", {7});
  std::filesystem::remove(account() / "mailspoor.journal");
  EXPECT_EQ(held("INBOX"), uids("1:2"));
  fill("INBOX", {3});
  EXPECT_EQ(held("INBOX"), uids("1:3"));
}

TEST_F(Store, FindsWhatItHoldsWithoutItsIdentity) {
  fill("INBOX", {1});
  fill("A", {2});
  std::filesystem::remove(account() / "mailspoor.json");
  write_text(account() / ".A/mailspoor.json", "{\"schema\":1,");
  EXPECT_EQ(held("INBOX"), uids("1"));
  EXPECT_EQ(held("A"), uids("2"));
  fill("A", {3});
  EXPECT_EQ(stored_folders(root()).size(), 1U);
  EXPECT_EQ(held("A"), uids("2:3"));
}

TEST_F(Store, HoldsWhatAMuaRenamedOrDeleted) {
  fill("INBOX", {1, 2, 3});
  const auto first = file_of(account(), 1);
  std::filesystem::rename(first, first.string() + "S");
  std::filesystem::rename(file_of(account(), 2), account() / "new" / "1.M1P1.elsewhere");
  std::filesystem::remove(file_of(account(), 3));
  EXPECT_EQ(held("INBOX"), uids("1:3"));
}

TEST_F(Store, IsNotDeceivedByAFileMovedFromAMailboxOfTheSameUidValidity) {
  fill("A", {5});
  fill("B", {1});
  const auto file = file_of(account() / ".A", 5);
  std::filesystem::rename(file, account() / ".B/cur" / file.filename());
  EXPECT_EQ(held("B"), uids("1"));
  EXPECT_EQ(held("A"), uids("5"));
  std::filesystem::remove(account() / ".B/mailspoor.journal");
  EXPECT_EQ(held("B"), uids("1"));
}

TEST_F(Store, CountsNoFileOfAnotherEpoch) {
  fill("INBOX", {1}, 1);
  std::filesystem::remove(account() / "mailspoor.journal");
  EXPECT_TRUE(held("INBOX", 2).empty());
}

TEST_F(Store, AMailboxThatIsRenamedKeepsWhatIsHeld) {
  fill("A", {1, 2});
  fill("B/C", {1});
  {
    auto store = open();
    store.rename(mailbox_named("A"), mailbox_named("B/A.b"));
    // In the same run: held, and more comes.
    EXPECT_EQ(store.state(mailbox_named("B/A.b")).held, uids("1:2"));
    EXPECT_TRUE(store.state(mailbox_named("A")).held.empty());
    auto writer = store.open_mailbox(mailbox_named("B/A.b"));
    deliver::store(writer, 3, "c");
    writer.commit();
  }
  EXPECT_EQ(held("B/A.b"), uids("1:3"));
  EXPECT_TRUE(held("A").empty());
  EXPECT_EQ(held("B/C"), uids("1"));
  EXPECT_FALSE(std::filesystem::exists(account() / ".A"));
  const auto folder = account() / maildir_folder({"B", "A.b"}, "B/A.b");
  std::vector<RenamedEvent> renamed;
  read_journal(folder / "mailspoor.journal", 0, [&](const JournalEntry& entry) {
    if (const auto* event = std::get_if<RenamedEvent>(&entry.event)) renamed.push_back(*event);
  });
  ASSERT_EQ(renamed.size(), 1U);
  EXPECT_EQ(renamed[0].from, "A");
  EXPECT_EQ(renamed[0].from_folder, ".A");
  EXPECT_EQ(renamed[0].to, "B/A.b");
  fill("A", {9});  // another one
  EXPECT_EQ(held("A"), uids("9"));
  EXPECT_EQ(held("B/A.b"), uids("1:3"));
}

TEST_F(Store, RemembersFromRunToRunThatAMailboxIsNotListed) {
  fill("INBOX", {1});
  fill("A", {1});
  const auto was_unlisted = [](AccountStore& store) {
    const auto mailboxes = store.mailboxes();
    EXPECT_EQ(mailboxes.size(), 1U);
    EXPECT_EQ(mailboxes.at(0).identity.levels, std::vector<std::string>{"A"});
    return mailboxes.at(0).was_unlisted;
  };
  {
    auto store = open();
    EXPECT_FALSE(was_unlisted(store));
    store.unlisted(mailbox_named("A"), false);
    EXPECT_FALSE(was_unlisted(store));  // it is this run that says so
    store.save();
  }
  {
    auto store = open();
    EXPECT_TRUE(was_unlisted(store));
    store.unlisted(mailbox_named("A"), true);
  }
  auto store = open();
  EXPECT_FALSE(was_unlisted(store));
}

TEST_F(Store, TellsWhatTheServerSaidOfTheOldestAndTheNewest) {
  fill("A", {1, 2, 3, 4, 5, 6, 7, 9});
  auto store = open();
  std::vector<std::uint32_t> sampled;
  for (const auto& facts : store.sample(mailbox_named("A"), 4)) {
    EXPECT_EQ(facts.internal_date, facts_of(1).internal_date);
    sampled.push_back(facts.uid);
  }
  EXPECT_EQ(sampled, (std::vector<std::uint32_t>{1, 2, 7, 9}));
  EXPECT_EQ(store.sample(mailbox_named("A"), 100).size(), 8U);
  EXPECT_TRUE(store.sample(mailbox_named("none"), 4).empty());
}

TEST_F(Store, DoesNotFollowALinkInThePlaceOfADirectory) {
  fill("INBOX", {1});
  const auto elsewhere = root() / "elsewhere";
  std::filesystem::create_directory(elsewhere);
  for (const auto* const name : {"cur", "new", "tmp"}) {
    const auto path = account() / name;
    const auto aside = account() / "aside";
    std::filesystem::rename(path, aside);
    std::filesystem::create_symlink(elsewhere, path);
    EXPECT_THROW(
        {
          auto store_of_account = open();
          store_of_account.open_mailbox(mailbox_named("INBOX", 2));
        },
        Error)
        << name;
    std::filesystem::remove(path);
    std::filesystem::rename(aside, path);
  }
  std::filesystem::rename(account() / "mailspoor.journal", elsewhere / "journal");
  std::filesystem::create_symlink(elsewhere / "journal", account() / "mailspoor.journal");
  EXPECT_THROW(open(), Error);
  EXPECT_EQ(names_in(elsewhere), Names{"journal"});
}

TEST_F(Store, PassesByALinkInThePlaceOfAFolder) {
  std::filesystem::create_directories(root() / "elsewhere/cur");
  open();
  std::filesystem::create_symlink(root() / "elsewhere", account() / ".A");
  EXPECT_TRUE(stored_folders(root()).empty());
  fill("A", {1});
  EXPECT_EQ(held("A"), uids("1"));
  EXPECT_EQ(names_in(root() / "elsewhere"), Names{"cur"});
}

TEST_F(Store, SaysWhereItMayNotWrite) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  std::filesystem::permissions(root(),
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  EXPECT_THROW(open(), Error);
  std::filesystem::permissions(root(), std::filesystem::perms::owner_all);
}

TEST_F(Store, IsForOneProcessAtATime) {
  int ready[2];
  int done[2];
  ASSERT_EQ(pipe(ready), 0);
  ASSERT_EQ(pipe(done), 0);
  const auto child = fork();
  if (child == 0) {
    close(done[1]);
    const AccountStore store_of_account{root(), "work"};
    char octet = 'r';
    static_cast<void>(write(ready[1], &octet, 1) == 1);
    static_cast<void>(read(done[0], &octet, 1) == 0);
    _exit(0);
  }
  close(done[0]);
  char octet = 0;
  ASSERT_EQ(read(ready[0], &octet, 1), 1);
  try {
    open();
    ADD_FAILURE();
  } catch (const LockedError& error) {
    EXPECT_EQ(error.holder(), child);
    EXPECT_NE(std::string{error.what()}.find("process " + std::to_string(child) + ", which started at 20"),
              std::string::npos)
        << error.what();
  }
  EXPECT_NO_THROW((AccountStore{root(), "other"}));
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THROW((AccountStore{root(), "work", {.lock_wait = std::chrono::seconds{1}}}), LockedError);
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::seconds{1});
  close(done[1]);
  EXPECT_NO_THROW((AccountStore{root(), "work", {.lock_wait = std::chrono::seconds{20}}}));
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
}

}  // namespace
}  // namespace mailspoor::deliver
