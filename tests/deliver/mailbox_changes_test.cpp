#include <sys/stat.h>

#include "deliver/journal.hpp"
#include "deliver/maildir_name.hpp"
#include "tests/deliver/test_tree.hpp"

namespace mailspoor::deliver {
namespace {

constexpr const char* kThen = "2024-03-05T10:00:02Z";  // of still_environment()

class Changes : public testing::Test {
 protected:
  Changes() {
    environment_.random = [this] { return random_++; };
  }
  AccountStore open() {
    AccountStore store{root_.path(), "work", {.environment = environment_}};
    return store;
  }
  std::filesystem::path folder(const std::string& name = "") const {
    return root_.path() / "mail/work" / name;
  }

  static void add(MailboxWriter& writer, std::uint32_t uid, std::string_view octets,
                  std::vector<std::string> flags = {}) {
    writer.begin();
    writer.append(octets);
    writer.end({.uid = uid, .flags = std::move(flags), .internal_date = {}, .announced_size = {}});
  }
  void fill(const std::string& mailbox, const std::vector<std::pair<std::uint32_t, std::string>>& messages) {
    auto store = open();
    auto writer = store.open_mailbox(mailbox_named(mailbox));
    for (const auto& [uid, octets] : messages) add(writer, uid, octets);
    writer.synced({.uid_next = 100, .messages = messages.size(), .unseen = {}, .highest_modseq = {}}, true);
    writer.commit();
  }
  template <typename Work>
  WriterCounts change(const std::string& mailbox, Work work) {
    auto store = open();
    auto writer = store.open_mailbox(mailbox_named(mailbox));
    work(writer);
    writer.commit();
    return writer.counts();
  }
  /// The info of each file in cur/, by UID.
  static std::map<std::uint32_t, std::string> infos(const std::filesystem::path& folder) {
    std::map<std::uint32_t, std::string> found;
    for (const auto& name : names_in(folder / "cur"))
      found[parse_maildir_name(name).uid.value()] = parse_maildir_name(name).info;
    return found;
  }
  template <typename Event>
  std::vector<Event> events(const std::string& folder_name = "") const {
    std::vector<Event> found;
    read_journal(folder(folder_name) / "mailspoor.journal", 0, [&](const JournalEntry& entry) {
      if (const auto* event = std::get_if<Event>(&entry.event)) found.push_back(*event);
    });
    return found;
  }
  static ino_t inode(const std::filesystem::path& path) {
    struct stat status {};
    EXPECT_EQ(lstat(path.c_str(), &status), 0) << path;
    return status.st_ino;
  }
  std::filesystem::path only_file(const std::filesystem::path& directory) const {
    const auto names = names_in(directory);
    EXPECT_EQ(names.size(), 1U) << directory;
    return directory / names.at(0);
  }

  TemporaryDirectory root_;
  Environment environment_ = still_environment();
  std::uint64_t random_ = 0;
};

TEST_F(Changes, ServerFlagsRenameTheFileOnce) {
  fill("INBOX", {{1, "a"}, {2, "b"}, {3, "c"}});
  const auto set = [](MailboxWriter& writer) {
    writer.flags(uids("1:2"), {"\\Seen", "$Label"});
    writer.flags(uids("2"), {"\\Answered"});
    writer.flags(uids("3"), {});
    writer.flags(uids("77"), {"\\Seen"});  // never stored
  };
  EXPECT_EQ(change("INBOX", set).flags_changed, 2U);
  EXPECT_EQ(infos(folder()), (std::map<std::uint32_t, std::string>{{1, "S"}, {2, "R"}, {3, ""}}));
  ASSERT_EQ(events<FlagsEvent>().size(), 2U);
  EXPECT_EQ(events<FlagsEvent>().front().flags, (std::vector<std::string>{"\\Seen", "$Label"}));
  EXPECT_EQ(change("INBOX", set).flags_changed, 0U);
  EXPECT_EQ(events<FlagsEvent>().size(), 2U);
  EXPECT_EQ(change("INBOX", [](MailboxWriter& writer) { writer.flags(uids("1"), {}); }).flags_changed, 1U);
  EXPECT_EQ(infos(folder())[1], "");
}

TEST_F(Changes, LabelsChangeInTheJournalOnce) {
  {
    auto store = open();
    auto writer = store.open_mailbox(mailbox_named("INBOX"));
    for (const std::uint32_t uid : {1U, 2U}) {
      writer.begin();
      writer.append(uid == 1 ? "a" : "b");
      writer.end({.uid = uid,
                  .flags = {},
                  .internal_date = {},
                  .announced_size = {},
                  .email_id = {},
                  .gmail = GmailFacts{.message = uid, .thread = 9, .labels = {"Work", "\\Inbox"}}});
    }
    writer.commit();
  }
  const auto before = names_in(folder() / "cur");
  const auto set = [](MailboxWriter& writer) {
    writer.labels(uids("1"), {"\\Inbox", "Work"});  // in another order
    writer.labels(uids("2,77"), {"Play"});
  };
  EXPECT_EQ(change("INBOX", set).labels_changed, 1U);
  ASSERT_EQ(events<LabelsEvent>().size(), 1U);
  EXPECT_EQ(events<LabelsEvent>().front(), (LabelsEvent{.uid_validity = 1,
                                                        .uid = 2,
                                                        .file = events<StoredEvent>().back().file,
                                                        .labels = {"Play"},
                                                        .time = kThen}));
  EXPECT_EQ(names_in(folder() / "cur"), before);
  EXPECT_EQ(change("INBOX", set).labels_changed, 0U);
  // With flags, and of one that leaves.
  const auto counts = change("INBOX", [](MailboxWriter& writer) {
    writer.labels(uids("1:2"), {});
    writer.flags(uids("1:2"), {"\\Seen"});
    writer.gone(uids("2"));
  });
  EXPECT_EQ(counts.labels_changed, 1U);
  EXPECT_EQ(counts.flags_changed, 1U);
  EXPECT_EQ(counts.gone, 1U);
  EXPECT_TRUE(events<LabelsEvent>().back().labels.empty());
}

TEST_F(Changes, WhatAMuaSetStaysUntilTheServersOwnFlagsChange) {
  fill("INBOX", {{1, "a"}});
  const auto path = only_file(folder() / "cur");
  std::filesystem::rename(path, path.string() + "FSa");  // flagged, seen and Dovecot's first keyword
  EXPECT_EQ(change("INBOX", [](MailboxWriter& writer) { writer.flags(uids("1"), {}); }).flags_changed, 0U);
  EXPECT_EQ(infos(folder())[1], "FSa");
  EXPECT_EQ(
      change("INBOX", [](MailboxWriter& writer) { writer.flags(uids("1"), {"\\Answered"}); }).flags_changed,
      1U);
  EXPECT_EQ(infos(folder())[1], "Ra");
}

TEST_F(Changes, AFileThatAMuaMovedToNewIsFound) {
  fill("INBOX", {{1, "a"}});
  const auto path = only_file(folder() / "cur");
  std::filesystem::rename(path, folder() / "new" / parse_maildir_name(path.filename().string()).unique);
  EXPECT_EQ(change("INBOX", [](MailboxWriter& writer) { writer.flags(uids("1"), {"\\Seen"}); }).flags_changed,
            1U);
  EXPECT_EQ(infos(folder())[1], "S");
  EXPECT_TRUE(names_in(folder() / "new").empty());
}

TEST_F(Changes, WhatIsGoneLeavesItsFolderAndIsKept) {
  fill("INBOX", {{1, "a"}, {2, "b"}});
  environment_.now = [] { return std::chrono::system_clock::time_point{std::chrono::seconds{1709719202}}; };
  EXPECT_EQ(change("INBOX", [](MailboxWriter& writer) { writer.gone(uids("2,50")); }).gone, 1U);
  EXPECT_EQ(infos(folder()).size(), 1U);
  EXPECT_EQ(read_text(only_file(folder(".mailspoor-gone") / "cur")), "b");
  ASSERT_EQ(events<GoneEvent>().size(), 1U);
  const auto gone = events<GoneEvent>().front();
  EXPECT_EQ(gone.uid, 2U);
  EXPECT_EQ(gone.last_seen, kThen);
  EXPECT_EQ(gone.first_missed, "2024-03-06T10:00:02Z");
  const auto state = open().state(mailbox_named("INBOX"));
  EXPECT_EQ(state.held, uids("1:2"));
  EXPECT_EQ(state.stored, uids("1"));
  // Told again, it is not news.
  EXPECT_EQ(change("INBOX", [](MailboxWriter& writer) { writer.gone(uids("2")); }).gone, 0U);
}

TEST_F(Changes, AnAccountHasEqualOctetsOnce) {
  fill("INBOX", {{1, "same"}, {2, "other"}});
  fill("Archive", {{1, "same"}, {2, "twice"}, {3, "twice"}});
  const auto inbox = names_in(folder() / "cur");
  const auto archive = names_in(folder(".Archive") / "cur");
  ASSERT_EQ(archive.size(), 3U);
  EXPECT_EQ(inode(folder() / "cur" / inbox[0]), inode(folder(".Archive") / "cur" / archive[0]));
  EXPECT_EQ(inode(folder(".Archive") / "cur" / archive[1]), inode(folder(".Archive") / "cur" / archive[2]));
  EXPECT_NE(inode(folder() / "cur" / inbox[1]), inode(folder() / "cur" / inbox[0]));
}

TEST_F(Changes, AFileThatAMuaHasWrittenAnewIsNoTwin) {
  fill("INBOX", {{1, "same"}});
  write_text(only_file(folder() / "cur"), "Same");
  fill("Archive", {{1, "same"}});
  EXPECT_EQ(read_text(only_file(folder(".Archive") / "cur")), "same");
  EXPECT_EQ(read_text(only_file(folder() / "cur")), "Same");
}

TEST_F(Changes, WhatMovedIsNotKeptTwice) {
  fill("INBOX", {{1, "moved"}});
  fill("Archive", {{7, "moved"}});
  EXPECT_EQ(change("INBOX", [](MailboxWriter& writer) { writer.gone(uids("1")); }).gone, 1U);
  EXPECT_TRUE(infos(folder()).empty());
  EXPECT_TRUE(names_in(folder(".mailspoor-gone") / "cur").empty());
  EXPECT_EQ(read_text(only_file(folder(".Archive") / "cur")), "moved");
  // And the last copy is.
  EXPECT_EQ(change("Archive", [](MailboxWriter& writer) { writer.gone(uids("7")); }).gone, 1U);
  EXPECT_EQ(read_text(only_file(folder(".mailspoor-gone") / "cur")), "moved");
}

TEST_F(Changes, NothingIsRemovedForATwinThatIsNoneAnyMore) {
  fill("INBOX", {{1, "twin"}});
  fill("Archive", {{7, "twin"}});
  const auto path = only_file(folder(".Archive") / "cur");
  std::filesystem::remove(path);
  write_text(path, "damaged");
  change("INBOX", [](MailboxWriter& writer) { writer.gone(uids("1")); });
  EXPECT_EQ(read_text(only_file(folder(".mailspoor-gone") / "cur")), "twin");
}

TEST_F(Changes, AHoleOfWhatCameBackIsTriedAgain) {
  fill("INBOX", {{1, "a"}});
  change("INBOX", [](MailboxWriter& writer) { writer.absent(uids("2")); });
  change("INBOX", [](MailboxWriter& writer) {
    writer.back(uids("2"));
    writer.hole(2, "no");
  });
  const auto state = open().state(mailbox_named("INBOX"));
  EXPECT_EQ(state.held, uids("1"));
  EXPECT_EQ(state.holes, uids("2"));
}

TEST_F(Changes, WhatComesBackIsStoredAgain) {
  fill("INBOX", {{1, "a"}});
  change("INBOX", [](MailboxWriter& writer) { writer.gone(uids("1")); });
  auto store = open();
  auto writer = store.open_mailbox(mailbox_named("INBOX"));
  writer.back(uids("1"));
  add(writer, 1, "a");
  writer.commit();
  EXPECT_EQ(store.state(mailbox_named("INBOX")).stored, uids("1"));
  EXPECT_EQ(infos(folder()).size(), 1U);
}

TEST_F(Changes, TheStateOfTheServerIsRemembered) {
  fill("INBOX", {{1, "a"}});
  const ServerState wanted{.uid_next = 100, .messages = 1, .unseen = {}, .highest_modseq = {}};
  {
    auto store = open();
    const auto state = store.state(mailbox_named("INBOX"));
    EXPECT_EQ(state.server, wanted);
    EXPECT_EQ(state.since_compared, std::chrono::seconds{0});
    store.save();
  }
  // From the cache, from a damaged one, and without one.
  const auto cache = root_.path() / "state/work.json";
  for (const std::string& text : {read_text(cache), read_text(cache).substr(0, 50), std::string{}}) {
    write_text(cache, text);
    const auto state = open().state(mailbox_named("INBOX"));
    EXPECT_EQ(state.server, wanted) << text;
    EXPECT_EQ(state.held, uids("1")) << text;
  }
}

TEST_F(Changes, ACacheOfAnotherJournalCountsForNothing) {
  fill("INBOX", {{1, "a"}, {2, "b"}});
  {
    auto store = open();
    static_cast<void>(store.state(mailbox_named("INBOX")));
    store.save();
  }
  // Somebody put a copy from yesterday in its place, which has grown since.
  auto journal = read_text(folder() / "mailspoor.journal");
  for (auto at = journal.find("\"uid\":2"); at != std::string::npos; at = journal.find("\"uid\":2", at))
    journal.replace(at, 7, "\"uid\":9");
  const auto commit = journal.rfind("{\"event\":\"commit\"");
  journal.insert(commit, "{\"event\":\"other\"}\n");
  write_text(folder() / "mailspoor.journal", journal);
  EXPECT_EQ(open().state(mailbox_named("INBOX")).held, uids("1:2,9"));  // 2 by its file
}

TEST_F(Changes, AMailboxThatIsUnchangedWasSeen) {
  fill("INBOX", {{1, "a"}});
  const auto at = [](std::int64_t seconds) {
    return [seconds] { return std::chrono::system_clock::time_point{std::chrono::seconds{seconds}}; };
  };
  environment_.now = at(1709719202);
  {
    auto store = open();
    static_cast<void>(store.state(mailbox_named("INBOX")));
    store.seen(mailbox_named("INBOX"));
    store.save();
  }
  environment_.now = at(1709805602);
  change("INBOX", [](MailboxWriter& writer) { writer.gone(uids("1")); });
  ASSERT_EQ(events<GoneEvent>().size(), 1U);
  EXPECT_EQ(events<GoneEvent>().front().last_seen, "2024-03-06T10:00:02Z");
  EXPECT_EQ(events<GoneEvent>().front().first_missed, "2024-03-07T10:00:02Z");
}

}  // namespace
}  // namespace mailspoor::deliver
