#include "deliver/base/maildrop.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "deliver/account_store.hpp"
#include "deliver/base/sha256.hpp"
#include "deliver/held_account.hpp"
#include "deliver/maildir_name.hpp"
#include "deliver/stored_folder.hpp"
#include "tests/deliver/test_tree.hpp"

namespace mailspoor::deliver {
namespace {

TEST(MaildropName, IsTheStartOfAHash) {
  const auto name = base::maildrop_name("whqtswO00WBw418f9t5JxYwZ");
  EXPECT_EQ(base::to_hex(name.hash), base::to_hex(base::sha256("whqtswO00WBw418f9t5JxYwZ")).substr(0, 16));
  EXPECT_EQ(base::maildrop_hash(base::to_hex(name.hash)), name.hash);
  for (const auto* digits : {"", "0123", "0123456789abcdeg", "0123456789abcdef0", "-123456789abcdef"})
    EXPECT_FALSE(base::maildrop_hash(digits)) << digits;
  EXPECT_EQ(base::maildrop_name("\xff").uidl, "\xEF\xBF\xBD");
}

TEST(MaildropName, OfANamelessMessageIsThatOfItsHeaderSection) {
  const auto digest = base::header_digest("A: b\r\nC: d\r\n\r\nbody\r\n");
  EXPECT_EQ(digest, base::header_digest("A: b\r\nC: d\r\n\r\n"));  // as TOP gives it
  EXPECT_EQ(digest, base::header_digest("A: b\r\nC: d\r\n"));
  EXPECT_NE(digest, base::header_digest("A: b\r\n\r\nC: d\r\n"));
  EXPECT_NE(base::nameless_maildrop_name(digest).hash, base::nameless_maildrop_name("").hash);
}

TEST(MaildropName, LeavesOutWhatServersNoteInMessages) {
  const auto digest = base::header_digest("A: b\r\n c\r\nC: d\r\n\r\n");
  EXPECT_EQ(digest, base::header_digest(
                        "A: b\r\n c\r\nstatus: RO\r\nX-UIDL: 1\r\n 2\r\nC: d\r\nX-Status: A\r\n\r\nbody"));
  EXPECT_NE(digest, base::header_digest("A: b\r\n c\r\nC: d\r\nStatus-Code: 1\r\n\r\n"));
  EXPECT_EQ(base::header_digest("A: b\r\nC: d\r\n"), base::to_hex(base::sha256("A: b\r\nC: d")));
}

class MaildropStore : public testing::Test {
 protected:
  AccountStore open() {
    return AccountStore{directory_.path(), "work", {.environment = still_environment(run_ += 1000)}};
  }
  std::filesystem::path folder() const { return directory_.path() / "mail/work"; }
  static MailboxIdentity inbox(std::uint32_t epoch) {
    return {.raw = "INBOX",
            .name = "INBOX",
            .levels = {"INBOX"},
            .delimiter = std::nullopt,
            .uid_validity = epoch,
            .object_id = {},
            .special_use = {},
            .is_maildrop = true};
  }
  /// Stores messages of these UIDLs, and gives the epoch.
  std::uint32_t fill(const std::vector<std::string>& uidls) {
    auto store = open();
    const auto state = store.maildrop();
    auto writer = store.open_mailbox(inbox(state.epoch));
    auto uid = state.next_uid;
    for (const auto& uidl : uidls) {
      const auto octets = octets_of(uidl);
      writer.begin();
      writer.append(octets);
      MessageFacts facts;
      facts.uid = uid++;
      facts.announced_size = octets.size();
      facts.name = base::maildrop_name(uidl);
      writer.end(facts);
    }
    writer.commit();
    store.save();
    return state.epoch;
  }
  static std::string octets_of(const std::string& uidl) { return "Subject: " + uidl + "\r\n\r\nbody\r\n"; }
  static const base::MaildropEntry* find(const MaildropState& state, const std::string& uidl) {
    for (const auto& entry : state.entries)
      if (entry.hash == base::maildrop_name(uidl).hash) return &entry;
    return nullptr;
  }

  TemporaryDirectory directory_;
  std::uint64_t run_ = 0;
};

TEST_F(MaildropStore, KnowsWhatIsHeldByItsNames) {
  const auto epoch = fill({"a", "b c", "../d"});
  EXPECT_EQ(fill({"e"}), epoch);
  for (const bool has_cache : {true, false}) {
    if (!has_cache) std::filesystem::remove_all(directory_.path() / "state");
    auto store = open();
    const auto state = store.maildrop();
    EXPECT_TRUE(state.is_known);
    EXPECT_EQ(state.epoch, epoch);
    EXPECT_EQ(state.next_uid, 5U);
    EXPECT_EQ(base::to_sequence_set(state.stored), "1:4");
    ASSERT_NE(find(state, "b c"), nullptr);
    EXPECT_EQ(*find(state, "b c"),
              (base::MaildropEntry{base::maildrop_name("b c").hash, 2, octets_of("b c").size()}));
    EXPECT_EQ(find(state, "f"), nullptr);
  }
  EXPECT_EQ(folder_uidls(folder(), base::UidSet{2, 3}),
            (std::map<std::uint32_t, std::string>{{2, "b c"}, {3, "../d"}}));
  EXPECT_EQ(HeldAccount(directory_.path(), "work").maildrop().epoch, epoch);
}

TEST_F(MaildropStore, KnowsItByTheFilesAlone) {
  const auto epoch = fill({"a", "b"});
  std::filesystem::remove_all(directory_.path() / "state");
  std::filesystem::remove(folder() / "mailspoor.journal");
  std::filesystem::remove(folder() / "mailspoor.json");
  auto store = open();
  const auto state = store.maildrop();
  EXPECT_FALSE(state.is_known);
  EXPECT_EQ(state.epoch, epoch);
  EXPECT_EQ(base::to_sequence_set(state.stored), "1:2");
  EXPECT_EQ(state.next_uid, 3U);
  ASSERT_NE(find(state, "a"), nullptr);
  EXPECT_EQ(*find(state, "a"), (base::MaildropEntry{base::maildrop_name("a").hash, 1, {}}));
}

TEST_F(MaildropStore, TellsWhatLiesInItsFiles) {
  const auto epoch = fill({"a", "b"});
  auto store = open();
  const auto contents = store.contents(epoch, base::UidSet{2, 9});
  ASSERT_EQ(contents.size(), 1U);
  EXPECT_EQ(contents[0].uid, 2U);
  EXPECT_EQ(contents[0].sha256, base::to_hex(base::sha256(octets_of("b"))));
  EXPECT_EQ(contents[0].header_digest, base::header_digest("Subject: b\r\n"));
}

TEST_F(MaildropStore, KnowsWhatLayInFilesThatAUserTookAway) {
  const auto epoch = fill({"a"});
  for (const auto& file : maildir_files(folder()))
    std::filesystem::remove(folder() / file.directory / file.name);
  auto store = open();
  const auto contents = store.contents(epoch, base::UidSet{1, 1});
  ASSERT_EQ(contents.size(), 1U);
  EXPECT_EQ(contents[0].file, "");
  EXPECT_EQ(contents[0].sha256, base::to_hex(base::sha256(octets_of("a"))));
  EXPECT_EQ(contents[0].header_digest, "");
  EXPECT_TRUE(store.deletable(epoch, base::UidSet{1, 1}, std::chrono::hours{0}, 100).empty());
}

TEST_F(MaildropStore, KeepsWhatTheServerCallsAMessageNow) {
  const auto epoch = fill({"a", "b"});
  const base::MaildropEntry now{base::maildrop_name("new").hash, 1, 99};
  {
    auto store = open();
    auto writer = store.open_mailbox(inbox(epoch));
    writer.relisted(now);
    writer.commit();
    store.save();
  }
  for (const bool has_journal : {true, false}) {
    if (!has_journal) {
      std::filesystem::remove_all(directory_.path() / "state");
      std::filesystem::remove(folder() / "mailspoor.journal");
      auto store = open();
      auto writer = store.open_mailbox(inbox(epoch));
      writer.relisted(now);
      writer.commit();
    }
    auto store = open();
    const auto state = store.maildrop();
    EXPECT_EQ(state.entries.size(), 2U);
    ASSERT_NE(find(state, "new"), nullptr);
    EXPECT_EQ(*find(state, "new"), now);
    EXPECT_EQ(base::to_sequence_set(state.stored), "1:2");
    // What lies here may be less than what the server has now.
    EXPECT_EQ(store.deletable(epoch, base::UidSet{1, 2}, std::chrono::hours{0}, 100).size(),
              has_journal ? 1U : 0U);
  }
}

TEST_F(MaildropStore, LetsOnlyThoseBeDeletedThatLieHereAsTheyWereStored) {
  const auto epoch = fill({"a", "b", "c"});
  for (const auto& file : maildir_files(folder()))
    if (parse_maildir_name(file.name).uid == 2U)
      write_text(folder() / file.directory / file.name, octets_of("B"));
  auto store = open();
  const auto uids_of = [](const std::vector<HeldContent>& contents) {
    std::vector<std::uint32_t> uids;
    for (const auto& content : contents) uids.push_back(content.uid);
    return uids;
  };
  using Uids = std::vector<std::uint32_t>;
  const auto deletable = [&](int hours, std::uint64_t most) {
    return uids_of(store.deletable(epoch, base::UidSet{1, 3}, std::chrono::hours{hours}, most));
  };
  EXPECT_EQ(deletable(0, 100), (Uids{1, 3}));
  EXPECT_EQ(deletable(0, 1), (Uids{1}));
  EXPECT_EQ(deletable(24 * 365, 100), Uids{});
  store.deleted(epoch, store.deletable(epoch, base::UidSet{1, 1}, std::chrono::hours{0}, 1));
  EXPECT_EQ(base::to_sequence_set(store.maildrop().deleted), "1");
  EXPECT_EQ(base::to_sequence_set(store.maildrop().stored), "1:3");
}

TEST_F(MaildropStore, HolesHaveNamesToo) {
  const auto epoch = fill({"a"});
  auto store = open();
  {
    auto writer = store.open_mailbox(inbox(epoch));
    writer.hole(2, "-ERR no", base::maildrop_name("b"));
    writer.hole(3, "-ERR no", base::MaildropName{});
    writer.commit();
  }
  const auto state = store.maildrop();
  EXPECT_EQ(base::to_sequence_set(state.holes), "2:3");
  EXPECT_EQ(state.next_uid, 4U);
  ASSERT_NE(find(state, "b"), nullptr);
  EXPECT_EQ(find(state, "b")->uid, 2U);
  const auto holes = folder_holes(folder());
  ASSERT_EQ(holes.size(), 2U);
  EXPECT_EQ(holes[0].uidl, "b");
  EXPECT_EQ(holes[1].uidl, "");
}

TEST_F(MaildropStore, FlagsStayWhereAnAccountComesByPop3FromNowOn) {
  const auto octets = octets_of("a");
  {
    auto store = open();
    auto writer = store.open_mailbox(mailbox_named("INBOX", 7));
    writer.begin();
    writer.append(octets);
    MessageFacts facts;
    facts.uid = 1;
    facts.flags = {"\\Seen"};
    writer.end(facts);
    writer.commit();
    store.save();
  }
  fill({"a"});
  const auto files = maildir_files(folder());
  ASSERT_EQ(files.size(), 1U);
  EXPECT_TRUE(parse_maildir_name(files[0].name).uidl_hash);
  EXPECT_EQ(parse_maildir_name(files[0].name).info, "S");
}

TEST_F(MaildropStore, AnAccountThatCameByImapGetsAnEpochOfItsOwn) {
  {
    auto store = open();
    auto writer = store.open_mailbox(mailbox_named("INBOX", 7));
    deliver::store(writer, 1, "message 1");
    writer.commit();
  }
  auto store = open();
  const auto state = store.maildrop();
  EXPECT_FALSE(state.is_known);
  EXPECT_NE(state.epoch, 7U);
  EXPECT_NE(state.epoch, 0U);
  EXPECT_TRUE(state.stored.empty());
}

}  // namespace
}  // namespace mailspoor::deliver
