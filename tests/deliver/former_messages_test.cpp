#include "deliver/former_messages.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include "deliver/directory.hpp"
#include "deliver/held_account.hpp"
#include "deliver/journal.hpp"
#include "deliver/maildir_name.hpp"
#include "deliver/message_id.hpp"
#include "tests/deliver/test_tree.hpp"

namespace mailspoor::deliver {
namespace {

constexpr const char* kDate = "05-Mar-2024 10:00:02 +0000";

std::string message(const std::string& id, const std::string& body = "") {
  return "Subject: x\r\nMessage-ID: " + id + "\r\n\r\n" + body;
}
std::string field(const std::string& id) { return "Message-ID: " + id + "\r\n\r\n"; }

/// A mailbox that had the UIDVALIDITY 1 and has 2.
class NewEpoch : public testing::Test {
 protected:
  NewEpoch() {
    environment_.random = [this] { return random_++; };
  }
  AccountStore open() {
    AccountStore store{root_.path(), "work", {.environment = environment_}};
    return store;
  }
  std::filesystem::path folder(const std::string& name = "") const {
    return root_.path() / "mail/work" / name;
  }
  void fill(std::uint32_t uid_validity, const std::vector<std::pair<std::uint32_t, std::string>>& messages,
            const std::string& mailbox = "INBOX") {
    auto store = open();
    auto writer = store.open_mailbox(mailbox_named(mailbox, uid_validity));
    for (const auto& [uid, octets] : messages) deliver::store(writer, uid, octets);
    writer.commit();
  }
  /// What of epoch 2 is recognised: UIDs with the octets that the server has.
  static std::vector<Recognised> recognised(
      AccountStore& store, const std::vector<std::pair<std::uint32_t, std::string>>& messages,
      const std::string& date = kDate) {
    auto former = store.former(mailbox_named("INBOX", 2));
    for (const auto& [uid, octets] : messages)
      former.listed(uid, octets.size(), date, octets.substr(0, octets.find("\r\n\r\n") + 4));
    return former.recognised();
  }
  static std::vector<std::uint32_t> uids_of(const std::vector<Recognised>& recognised) {
    std::vector<std::uint32_t> uids;
    for (const auto& one : recognised) uids.push_back(one.uid);
    return uids;
  }
  /// (UIDVALIDITY, UID) and info of the files in cur/.
  static std::map<std::pair<std::uint32_t, std::uint32_t>, std::string> files(
      const std::filesystem::path& folder) {
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::string> found;
    for (const auto& file : names_in(folder / "cur")) {
      const auto name = parse_maildir_name(file);
      const std::pair key{name.uid_validity.value(), name.uid.value()};
      EXPECT_TRUE(found.emplace(key, name.info).second) << file;
    }
    return found;
  }
  std::filesystem::path file(std::uint32_t uid_validity, std::uint32_t uid) const {
    for (const auto& name : names_in(folder() / "cur")) {
      if (name.find(fmt::format(",V={},U={}:", uid_validity, uid)) != std::string::npos)
        return folder() / "cur" / name;
    }
    ADD_FAILURE() << "no file " << uid_validity << ' ' << uid;
    return {};
  }
  static ino_t inode(const std::filesystem::path& path) {
    struct stat status {};
    EXPECT_EQ(lstat(path.c_str(), &status), 0) << path;
    return status.st_ino;
  }
  template <typename Event>
  std::vector<Event> events(const std::string& folder_name = "") const {
    std::vector<Event> found;
    read_journal(folder(folder_name) / "mailspoor.journal", 0, [&](const JournalEntry& entry) {
      if (const auto* event = std::get_if<Event>(&entry.event)) found.push_back(*event);
    });
    return found;
  }
  using Files = std::map<std::pair<std::uint32_t, std::uint32_t>, std::string>;

  TemporaryDirectory root_;
  Environment environment_ = still_environment();
  std::uint64_t random_ = 0;
};

TEST_F(NewEpoch, RenamesTheFilesOfWhatIsRecognised) {
  fill(1, {{3, message("<a@x>")}, {4, message("<b@x>", "b")}, {9, message("<c@x>")}});
  const auto first = inode(file(1, 3));
  auto store = open();
  const auto mailbox = mailbox_named("INBOX", 2);
  ASSERT_TRUE(store.state(mailbox).former);
  EXPECT_EQ(store.state(mailbox).former->uid_validity, 1U);
  EXPECT_EQ(store.state(mailbox).former->messages, 3U);
  const auto found =
      recognised(store, {{2, message("<b@x>", "b")}, {1, message("<a@x>")}, {5, message("<new@x>")}});
  ASSERT_EQ(uids_of(found), (std::vector<std::uint32_t>{1, 2}));
  {
    auto writer = store.open_mailbox(mailbox);
    for (const auto& [uid, held] : found) EXPECT_TRUE(writer.place(held, facts_of(uid, {"\\Seen"})));
    EXPECT_EQ(files(folder()), (Files{{{1, 3}, ""}, {{1, 4}, ""}, {{1, 9}, ""}}));  // nothing before commit()
    deliver::store(writer, 5, message("<new@x>"));
    writer.commit();
    EXPECT_EQ(files(folder()), (Files{{{1, 9}, ""}, {{2, 1}, "S"}, {{2, 2}, "S"}, {{2, 5}, ""}}));
    EXPECT_EQ(writer.counts().placed, 2U);
    EXPECT_EQ(writer.counts().renumbered, 2U);
    EXPECT_EQ(writer.held(), uids("1:2,5"));
    writer.former_gone();
    writer.commit();
    EXPECT_EQ(writer.counts().gone, 1U);
  }
  EXPECT_EQ(files(folder()), (Files{{{2, 1}, "S"}, {{2, 2}, "S"}, {{2, 5}, ""}}));
  EXPECT_EQ(names_in(folder(".mailspoor-gone/cur")).size(), 1U);
  EXPECT_EQ(inode(file(2, 1)), first);
  const auto stored = events<StoredEvent>();
  ASSERT_EQ(stored.size(), 6U);
  EXPECT_EQ(stored[3].former, (FormerPlacement{1, 3, stored[0].file}));
  EXPECT_EQ(stored[3].sha256, stored[0].sha256);
  EXPECT_EQ(stored[3].internal_date, kDate);
  ASSERT_EQ(events<GoneEvent>().size(), 1U);
  EXPECT_EQ(events<GoneEvent>()[0].file, stored[2].file);
  EXPECT_EQ(events<GoneEvent>()[0].uid_validity, 1U);
  // All journals say the same to who reads them anew.
  EXPECT_FALSE(store.state(mailbox).former);
}

TEST_F(NewEpoch, IsRecognisedByThoseWhoOnlyLookToo) {
  HeldAccount none{root_.path(), "work"};
  EXPECT_FALSE(none.former(mailbox_named("INBOX", 2)));
  fill(1, {{3, message("<a@x>")}, {4, message("<b@x>")}});
  HeldAccount held{root_.path(), "work"};
  EXPECT_FALSE(held.former(mailbox_named("Other", 2)));
  auto former = held.former(mailbox_named("INBOX", 2));
  ASSERT_TRUE(former);
  former->listed(1, message("<b@x>").size(), kDate, field("<b@x>"));
  former->listed(2, message("<c@x>").size(), kDate, field("<c@x>"));
  EXPECT_EQ(uids_of(former->recognised()), std::vector<std::uint32_t>{1});
}

TEST_F(NewEpoch, RecognisesNothingThatIsNotTheOnlyOne) {
  fill(1, {{1, message("<twice@x>", "a")},
           {2, message("<twice@x>", "b")},
           {3, message("<once@x>")},
           {4, "Subject: none\r\n\r\n"},
           {5, message("<other-size@x>")}});
  auto store = open();
  EXPECT_TRUE(uids_of(recognised(store, {{11, message("<twice@x>", "a")},
                                         {12, message("<once@x>")},
                                         {13, message("<once@x>")},
                                         {14, "Subject: none\r\n\r\n"},
                                         {15, message("<other-size@x>", "more")}}))
                  .empty());
  EXPECT_TRUE(uids_of(recognised(store, {{12, message("<once@x>")}}, "05-Mar-2024 10:00:03 +0000")).empty());
  EXPECT_EQ(uids_of(recognised(store, {{12, message("<once@x>")}}, " 5-Mar-2024 11:00:02 +0100")),
            std::vector<std::uint32_t>{12});
}

TEST_F(NewEpoch, TheOctetsDecideAboutWhatWasFetched) {
  fill(1, {{1, message("<twice@x>", "a")}, {2, message("<twice@x>", "b")}});
  const auto second = inode(file(1, 2));
  auto store = open();
  auto writer = store.open_mailbox(mailbox_named("INBOX", 2));
  deliver::store(writer, 7, message("<twice@x>", "b"));
  deliver::store(writer, 8, message("<twice@x>", "b"));  // once more than before
  writer.commit();
  EXPECT_EQ(files(folder()), (Files{{{1, 1}, ""}, {{2, 7}, ""}, {{2, 8}, ""}}));
  EXPECT_EQ(inode(file(2, 7)), second);
  EXPECT_TRUE(names_in(folder() / "tmp").empty());
  EXPECT_EQ(writer.counts().renumbered, 1U);
  EXPECT_EQ(writer.counts().placed, 0U);
}

TEST_F(NewEpoch, AFileThatIsGoneOrChangedIsNotHad) {
  fill(1, {{1, message("<a@x>")}, {2, message("<b@x>")}});
  auto store = open();
  const auto found = recognised(store, {{1, message("<a@x>")}, {2, message("<b@x>")}});
  ASSERT_EQ(found.size(), 2U);
  std::filesystem::remove(file(1, 1));
  write_text(file(1, 2), "shorter");
  auto writer = store.open_mailbox(mailbox_named("INBOX", 2));
  for (const auto& [uid, held] : found) EXPECT_FALSE(writer.place(held, facts_of(uid)));
  writer.commit();
  EXPECT_EQ(writer.counts().messages, 0U);
}

TEST_F(NewEpoch, WhatAMuaSetStaysUntilTheServersOwnFlagsChange) {
  fill(1, {{1, message("<a@x>")}, {2, message("<b@x>")}});
  {
    auto store = open();
    auto writer = store.open_mailbox(mailbox_named("INBOX"));
    writer.flags(uids("1:2"), {"\\Answered"});
    writer.commit();
  }
  for (const std::uint32_t uid : {1U, 2U}) {
    const auto path = file(1, uid);
    std::filesystem::rename(path, path.string() + "Sa");
  }
  auto store = open();
  const auto found = recognised(store, {{1, message("<a@x>")}, {2, message("<b@x>")}});
  ASSERT_EQ(found.size(), 2U);
  auto writer = store.open_mailbox(mailbox_named("INBOX", 2));
  EXPECT_TRUE(writer.place(found[0].held, facts_of(1, {"\\Answered"})));
  EXPECT_TRUE(writer.place(found[1].held, facts_of(2, {"\\Flagged"})));
  writer.commit();
  EXPECT_EQ(files(folder()), (Files{{{2, 1}, "RSa"}, {{2, 2}, "Fa"}}));
}

TEST_F(NewEpoch, AFileThatAMuaMovesMeanwhileIsFound) {
  fill(1, {{1, message("<a@x>")}, {2, message("<b@x>")}});
  auto store = open();
  const auto found = recognised(store, {{1, message("<a@x>")}, {2, message("<b@x>")}});
  auto writer = store.open_mailbox(mailbox_named("INBOX", 2));
  for (const auto& [uid, held] : found) ASSERT_TRUE(writer.place(held, facts_of(uid)));
  const auto path = file(1, 1);
  std::filesystem::rename(path, path.string() + "S");
  const auto other = file(1, 2);
  std::filesystem::rename(other, folder() / "new" / parse_maildir_name(other.filename().string()).unique);
  writer.commit();
  EXPECT_EQ(files(folder()), (Files{{{2, 1}, ""}, {{2, 2}, ""}}));
  EXPECT_TRUE(names_in(folder() / "new").empty());
}

TEST_F(NewEpoch, AnEpochThatComesBackIsRecognisedAsWell) {
  fill(1, {{1, message("<a@x>")}});
  for (const std::uint32_t uid_validity : {2U, 1U, 2U}) {
    auto store = open();
    const auto mailbox = mailbox_named("INBOX", uid_validity);
    ASSERT_TRUE(store.state(mailbox).held.empty());
    auto former = store.former(mailbox);
    former.listed(1, message("<a@x>").size(), kDate, field("<a@x>"));
    const auto found = former.recognised();
    ASSERT_EQ(found.size(), 1U);
    auto writer = store.open_mailbox(mailbox);
    EXPECT_TRUE(writer.place(found[0].held, facts_of(1)));
    writer.former_gone();
    writer.commit();
    EXPECT_EQ(writer.counts().gone, 0U);
    EXPECT_EQ(files(folder()), (Files{{{uid_validity, 1}, ""}}));
  }
}

TEST_F(NewEpoch, TheMessageOfAnotherMailboxIsLinked) {
  fill(1, {{1, message("<a@x>")}}, "Archive");
  auto store = open();
  HeldMessage held;
  {
    auto former = store.former(mailbox_named("Archive", 2));
    former.listed(1, message("<a@x>").size(), kDate, field("<a@x>"));
    held = former.recognised().at(0).held;
  }
  auto writer = store.open_mailbox(mailbox_named("INBOX", 2));
  auto facts = facts_of(6, {"\\Flagged"});
  facts.internal_date = "06-Mar-2024 10:00:02 +0000";
  EXPECT_TRUE(writer.place(held, facts));
  EXPECT_TRUE(names_in(folder() / "cur").empty());
  writer.commit();
  EXPECT_EQ(files(folder()), (Files{{{2, 6}, "F"}}));
  const auto other = names_in(folder(".Archive") / "cur").at(0);
  EXPECT_EQ(inode(file(2, 6)), inode(folder(".Archive") / "cur" / other));
  const auto stored = events<StoredEvent>();
  ASSERT_EQ(stored.size(), 1U);
  EXPECT_FALSE(stored[0].former);
  EXPECT_EQ(stored[0].internal_date, "06-Mar-2024 10:00:02 +0000");
  EXPECT_EQ(stored[0].sha256, events<StoredEvent>(".Archive").at(0).sha256);
}

TEST_F(NewEpoch, AMessageIsFoundByWhatTheServerCallsIt) {
  {
    auto store = open();
    auto writer = store.open_mailbox(mailbox_named("Archive"));
    for (const std::uint32_t uid : {1U, 2U, 3U}) {
      writer.begin();
      writer.append(message(fmt::format("<{}@x>", uid)));
      auto facts = facts_of(uid);
      facts.announced_size = message("<1@x>").size();
      if (uid == 1) facts.email_id = "M1";
      if (uid == 2) facts.gmail = GmailFacts{.message = 1, .thread = 2, .labels = {"\\Inbox"}};
      writer.end(facts);
    }
    EXPECT_FALSE(store.has_ids());
    writer.commit();
    EXPECT_TRUE(store.has_ids());
    EXPECT_TRUE(store.find("M1", {}));  // in the same run
  }
  auto store = open();
  EXPECT_FALSE(store.find("M2", {}));
  EXPECT_FALSE(store.find("", {}));
  EXPECT_FALSE(store.find("1", {}));
  EXPECT_TRUE(store.find("", GmailFacts{.message = 1, .thread = {}, .labels = {}}));
  const auto held = store.find("M1", {});
  ASSERT_TRUE(held);
  auto writer = store.open_mailbox(mailbox_named("INBOX"));
  auto facts = facts_of(7);
  facts.announced_size = message("<1@x>").size();
  facts.email_id = "M2";
  EXPECT_FALSE(writer.place(*held, facts));  // another one
  facts.email_id = "M1";
  EXPECT_TRUE(writer.place(*held, facts));
  writer.commit();
  EXPECT_EQ(events<StoredEvent>().at(0).email_id, "M1");
  for (const auto& name : names_in(folder(".Archive") / "cur"))
    std::filesystem::remove(folder(".Archive") / "cur" / name);
  EXPECT_FALSE(store.find("", GmailFacts{.message = 1, .thread = {}, .labels = {}}));
  EXPECT_TRUE(store.find("M1", {}));  // as it lies in INBOX
}

TEST_F(NewEpoch, WhatTheServerCallsAMessageIsBelievedOnlyWithItsSizeAndDate) {
  const auto octets = message("<a@x>");
  auto facts = facts_of(1);
  facts.email_id = "M1";
  facts.announced_size = octets.size();
  auto store = open();
  {
    auto writer = store.open_mailbox(mailbox_named("Archive"));
    writer.begin();
    writer.append(octets);
    writer.end(facts);
    writer.commit();
  }
  const auto held = store.find("M1", {});
  ASSERT_TRUE(held);
  auto writer = store.open_mailbox(mailbox_named("INBOX"));
  const auto is_placed = [&](const std::string& date, const std::optional<std::uint64_t>& size) {
    facts.internal_date = date;
    facts.announced_size = size;
    return writer.place(*held, facts);
  };
  EXPECT_FALSE(is_placed("05-Mar-2024 10:00:03 +0000", octets.size()));
  EXPECT_FALSE(is_placed("", octets.size()));
  EXPECT_FALSE(is_placed(kDate, octets.size() + 1));
  EXPECT_FALSE(is_placed(kDate, std::nullopt));
  EXPECT_TRUE(is_placed(" 5-Mar-2024 11:00:02 +0100", octets.size()));
}

struct MessageIdCase {
  const char* name;
  const char* header_section;
  const char* id;  ///< Empty: none.
};
class MessageIdOf : public testing::TestWithParam<MessageIdCase> {};

TEST_P(MessageIdOf, IsReadWithoutWhiteSpace) {
  EXPECT_EQ(message_id(GetParam().header_section).value_or(""), GetParam().id);
}
INSTANTIATE_TEST_SUITE_P(
    Forms, MessageIdOf,
    testing::Values(MessageIdCase{"plain", "From: a\r\nMessage-ID: <a@x>\r\nTo: b\r\n\r\n", "<a@x>"},
                    MessageIdCase{"line_feeds", "From: a\nmessage-id:<a@x>\n\n", "<a@x>"},
                    MessageIdCase{"folded", "Message-Id:\r\n <a\r\n\t@x>\r\nTo: b\r\n", "<a@x>"},
                    MessageIdCase{"blank_before_the_colon", "MESSAGE-ID \t: <a@x>\r\n", "<a@x>"},
                    MessageIdCase{"no_end_of_line", "Message-ID: <a@x>", "<a@x>"},
                    MessageIdCase{"first_of_two", "Message-ID: <a@x>\r\nMessage-ID: <b@x>\r\n\r\n", "<a@x>"},
                    MessageIdCase{"in_the_body", "Subject: a\r\n\r\nMessage-ID: <a@x>\r\n", ""},
                    MessageIdCase{"continues_another_field", "Subject: a\r\n Message-ID: <a@x>\r\n\r\n", ""},
                    MessageIdCase{"longer_name", "Message-ID-X: <a@x>\r\nX-Message-ID: <b@x>\r\n", ""},
                    MessageIdCase{"empty_field", "Message-ID:  \r\n\r\n", ""},
                    MessageIdCase{"nothing", "", ""}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(MessageId, OfAnyLengthIsNotTaken) {
  EXPECT_TRUE(message_id("Message-ID: " + std::string(2'000, 'x') + "\r\n"));
  EXPECT_FALSE(message_id("Message-ID: " + std::string(2'001, 'x') + "\r\n"));
  std::string folded = "Message-ID: ";
  for (int line = 0; line < 100'000; ++line) folded += "x\r\n ";
  EXPECT_FALSE(message_id(folded));
}

TEST(MessageId, OfAFileIsReadBehindMuchElse) {
  const TemporaryDirectory directory;
  const auto fields = [](int lines) {
    std::string text;
    for (int line = 0; line < lines; ++line) text += "X-Field: 0123456789012345678901234567890123456789\n";
    return text;
  };
  write_text(directory.path() / "a", fields(1'000) + "Message-ID: <a@x>\n\nbody");
  write_text(directory.path() / "b", fields(10'000) + "Message-ID: <a@x>\n\nbody");
  write_text(directory.path() / "c", "");
  const auto here = Directory::open(directory.path());
  EXPECT_EQ(file_message_id(here, "a"), "<a@x>");
  EXPECT_EQ(file_message_id(here, "b"), std::nullopt);
  EXPECT_EQ(file_message_id(here, "c"), std::nullopt);
  EXPECT_EQ(file_message_id(here, "d"), std::nullopt);
}

}  // namespace
}  // namespace mailspoor::deliver
