#include "deliver/journal.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "deliver/error.hpp"
#include "deliver/journal_file.hpp"
#include "deliver/journal_line.hpp"
#include "tests/deliver/test_tree.hpp"

namespace mailspoor::deliver {
namespace {

using namespace std::string_literals;

StoredEvent stored_event(std::uint32_t uid) {
  return {.uid_validity = 7,
          .uid = uid,
          .file = "1709632802.M0P42Q1R0000000000000000.host,S=9,V=7,U=" + std::to_string(uid),
          .flags = {"\\Seen", "$Label1"},
          .internal_date = "05-Mar-2024 10:00:02 +0000",
          .announced_size = 9,
          .sha256 = std::string(64, 'a'),
          .time = "2024-03-05T10:00:02Z"};
}

TEST(JournalLine, IsWrittenAsDocumented) {
  EXPECT_EQ(
      to_journal_line(stored_event(2)),
      R"({"event":"stored","uid_validity":7,"uid":2,"file":"1709632802.M0P42Q1R0000000000000000.host,S=9,V=7,U=2",)"
      R"("flags":["\\Seen","$Label1"],"internal_date":"05-Mar-2024 10:00:02 +0000","announced_size":9,)"
      R"("sha256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","time":"2024-03-05T10:00:02Z"})");
  EXPECT_EQ(to_journal_line(AbsentEvent{.uid_validity = 7, .uids = uids("3:5,9")}),
            R"({"event":"absent","uid_validity":7,"uids":"3:5,9"})");
  EXPECT_EQ(to_journal_line(HoleEvent{.uid_validity = 7, .uid = 3, .reason = "NO \"x\"", .time = "t"}),
            R"({"event":"hole","uid_validity":7,"uid":3,"reason":"NO \"x\"","time":"t"})");
  EXPECT_EQ(to_journal_line(AcceptedEvent{.uid_validity = 7, .uids = uids("3,5:6"), .time = "t"}),
            R"({"event":"accepted","uid_validity":7,"uids":"3,5:6","time":"t"})");
  const DeliveredEvent delivered{.file = "1.M1.h,S=9",
                                 .sha256 = "00",
                                 .envelope = {.sender = "", .recipients = {"a@b", "c@d"}},
                                 .time = "t"};
  EXPECT_EQ(
      to_journal_line(delivered),
      R"({"event":"delivered","sha256":"00","file":"1.M1.h,S=9","sender":"","recipients":["a@b","c@d"],"time":"t"})");
  EXPECT_TRUE(to_journal_line(delivered).starts_with(delivered_line_start("00")));
  EXPECT_EQ(
      to_journal_line(DeliveredEvent{
          .file = "1.M1.h,S=9", .sha256 = "00", .envelope = {}, .time = "t", .is_again = true}),
      R"({"event":"redelivered","sha256":"00","file":"1.M1.h,S=9","sender":null,"recipients":[],"time":"t"})");
  for (const auto& event :
       {delivered, DeliveredEvent{.file = "x", .sha256 = "", .envelope = {}, .time = "", .is_again = true}})
    EXPECT_EQ(parse_journal_line(to_journal_line(event)), JournalEvent{event});
  EXPECT_FALSE(parse_journal_line(R"({"event":"delivered","file":"../x"})"));
  EXPECT_EQ(to_journal_line(CommitEvent{.lines = 3}), R"({"event":"commit","lines":3})");
}

TEST(JournalLine, GoesThereAndBackBothWays) {
  auto plain = stored_event(2);
  auto bare = stored_event(3);
  bare.flags = {};
  bare.announced_size = {};
  bare.internal_date = "";
  auto odd = stored_event(4);
  odd.flags = {"\"quoted\\", "\xC3\xA9", "a\nb", ""};
  auto great = stored_event(UINT32_MAX);
  great.announced_size = UINT64_MAX;
  auto renumbered = stored_event(5);
  renumbered.former = FormerPlacement{.uid_validity = 6, .uid = 1, .file = "1.M1.h,S=9,V=6,U=1"};
  auto oddly_renumbered = renumbered;
  oddly_renumbered.former->file = "1.M1.\xC3\xA9,V=6,U=1";
  auto named = renumbered;
  named.email_id = "M6d99ac3275bb4e";
  named.gmail = GmailFacts{.message = UINT64_MAX, .thread = 2, .labels = {"\\Inbox", "Muy&AOk-"}};
  auto by_gmail = plain;
  by_gmail.gmail = GmailFacts{.message = 1, .thread = 0, .labels = {}};
  auto by_pop3 = plain;
  by_pop3.uidl = "whqtswO00WBw418f9t5JxYwZ";
  auto nameless = plain;
  nameless.uidl = "";
  for (const auto& event :
       {plain, bare, odd, great, renumbered, oddly_renumbered, named, by_gmail, by_pop3, nameless}) {
    const auto line = to_journal_line(event);
    EXPECT_EQ(parse_journal_line(line), JournalEvent{event}) << line;
    EXPECT_EQ(parse_any_line(line), JournalEvent{event}) << line;
  }
  EXPECT_EQ(scan_stored_line(to_journal_line(plain)), plain);
  EXPECT_EQ(scan_stored_line(to_journal_line(bare)), bare);
  EXPECT_EQ(scan_stored_line(to_journal_line(renumbered)), renumbered);
  EXPECT_EQ(scan_stored_line(to_journal_line(named)), named);
  EXPECT_EQ(scan_stored_line(to_journal_line(by_gmail)), by_gmail);
  EXPECT_EQ(scan_stored_line(to_journal_line(by_pop3)), by_pop3);
  EXPECT_FALSE(scan_stored_line(to_journal_line(odd)));
}

TEST(JournalLine, LeavesOutAFormerPlacementThatIsNone) {
  const auto whole = stored_event(5);
  for (const std::string former :
       {R"("former":null)", R"("former":{"uid_validity":1,"uid":0,"file":"a"})",
        R"("former":{"uid_validity":1,"uid":2,"file":"../a"})", R"("former":{})"}) {
    auto line = to_journal_line(whole);
    line.insert(line.size() - 1, ',' + former);
    EXPECT_EQ(parse_journal_line(line), JournalEvent{whole}) << line;
  }
}

TEST(JournalLine, ReadsWhatItWroteOfChanges) {
  const FlagsEvent flags{.uid_validity = 1,
                         .uid = 2,
                         .file = "1.M2.h,U=2",
                         .flags = {"\\Seen", "$Ünusual"},
                         .time = "2024-03-05T10:00:02Z"};
  EXPECT_EQ(parse_journal_line(to_journal_line(flags)), JournalEvent{flags});
  const LabelsEvent labels{.uid_validity = 1,
                           .uid = 2,
                           .file = "1.M2.h,U=2",
                           .labels = {"\\Inbox", "Muy&AOk-"},
                           .time = "2024-03-05T10:00:02Z"};
  EXPECT_EQ(parse_journal_line(to_journal_line(labels)), JournalEvent{labels});
  const HoleEvent hole{.uid_validity = 1,
                       .uid = 2,
                       .reason = "-ERR",
                       .time = "2024-03-05T10:00:02Z",
                       .name = base::maildrop_name("a b")};
  EXPECT_EQ(to_journal_line(hole),
            R"({"event":"hole","uid_validity":1,"uid":2,"reason":"-ERR","time":"2024-03-05T10:00:02Z",)"
            R"("uidl":"a b","uidl_hash":"c8687a08aa5d6ed2"})");
  EXPECT_EQ(parse_journal_line(to_journal_line(hole)), JournalEvent{hole});
  const DeletedEvent deleted{.uid_validity = 1,
                             .uid = 2,
                             .file = "1.M2.h,U=2,I=c8687a08aa5d6ed2",
                             .sha256 = std::string(64, 'a'),
                             .time = "2024-03-05T10:00:02Z"};
  EXPECT_EQ(parse_journal_line(to_journal_line(deleted)), JournalEvent{deleted});
  const RelistedEvent relisted{.uid_validity = 1,
                               .entry = {.hash = base::maildrop_name("a b").hash, .uid = 2, .size = 11},
                               .time = "2024-03-05T10:00:02Z"};
  EXPECT_EQ(to_journal_line(relisted),
            R"({"event":"relisted","uid_validity":1,"uid":2,"uidl_hash":"c8687a08aa5d6ed2",)"
            R"("announced_size":11,"time":"2024-03-05T10:00:02Z"})");
  EXPECT_EQ(parse_journal_line(to_journal_line(relisted)), JournalEvent{relisted});
  const RenamedEvent renamed{
      .from = "Old", .from_folder = ".Old", .to = "Ärger/New", .time = "2024-03-05T10:00:02Z"};
  EXPECT_EQ(parse_journal_line(to_journal_line(renamed)), JournalEvent{renamed});
  for (const bool is_listed : {false, true}) {
    const UnlistedEvent unlisted{.is_listed = is_listed, .time = "2024-03-05T10:00:02Z"};
    EXPECT_EQ(parse_journal_line(to_journal_line(unlisted)), JournalEvent{unlisted});
  }
  const AcceptedEvent accepted{.uid_validity = 1, .uids = uids("2,4:9"), .time = "2024-03-05T10:00:02Z"};
  EXPECT_EQ(parse_journal_line(to_journal_line(accepted)), JournalEvent{accepted});
  const GoneEvent gone{.uid_validity = 1,
                       .uid = 2,
                       .file = "1.M2.h,U=2",
                       .sha256 = "ab",
                       .last_seen = "2024-03-05T10:00:02Z",
                       .first_missed = "2024-03-06T10:00:02Z"};
  EXPECT_EQ(parse_journal_line(to_journal_line(gone)), JournalEvent{gone});
  SyncedEvent synced{.uid_validity = 1,
                     .server = {.uid_next = 10, .messages = 9, .unseen = 0, .highest_modseq = UINT64_MAX},
                     .time = "2024-03-05T10:00:02Z",
                     .compared = "2024-03-01T10:00:02Z"};
  EXPECT_EQ(parse_journal_line(to_journal_line(synced)), JournalEvent{synced});
  synced.server.unseen.reset();
  synced.server.highest_modseq.reset();
  EXPECT_EQ(parse_journal_line(to_journal_line(synced)), JournalEvent{synced});
}

TEST(JournalLine, TakesNoChangeOfAFileThatLeavesItsFolder) {
  for (const std::string file : {"../x", "", ".hidden", "a/b"}) {
    FlagsEvent flags;
    flags.uid = 2;
    flags.file = file;
    EXPECT_EQ(parse_journal_line(to_journal_line(flags)), std::nullopt);
    LabelsEvent labels;
    labels.uid = 2;
    labels.file = file;
    EXPECT_EQ(parse_journal_line(to_journal_line(labels)), std::nullopt);
    GoneEvent gone;
    gone.uid = 2;
    gone.file = file;
    EXPECT_EQ(parse_journal_line(to_journal_line(gone)), std::nullopt);
  }
  EXPECT_EQ(parse_journal_line(R"({"event":"synced","uid_validity":1,"messages":2})"), std::nullopt);
}

TEST(JournalLine, KeepsWhatALaterVersionAdded) {
  EXPECT_EQ(parse_journal_line(R"({"event":"later","uid":1})"), JournalEvent{OtherEvent{.name = "later"}});
  auto line = to_journal_line(stored_event(2));
  line.insert(1, R"("new":{"a":[1,{}]},)");
  EXPECT_EQ(parse_journal_line(line), JournalEvent{stored_event(2)});
  EXPECT_EQ(parse_journal_line(R"( {"lines" : 2, "event" : "commit"} )"),
            JournalEvent{CommitEvent{.lines = 2}});
}

TEST(JournalLine, IsNothingElse) {
  for (const auto& line :
       {""s, "x"s, "[]"s, "{}"s, R"({"event":1})"s, R"({"event":"commit"})"s,
        R"({"event":"commit","lines":-1})"s, R"({"event":"stored","uid_validity":1,"uid":0,"file":"a"})"s,
        R"({"event":"stored","uid_validity":1,"uid":1,"file":"../a"})"s,
        R"({"event":"stored","uid_validity":1,"uid":1,"file":".a"})"s,
        R"({"event":"stored","uid_validity":1,"uid":1,"file":""})"s,
        R"({"event":"stored","uid_validity":1,"uid":4294967296,"file":"a"})"s,
        R"({"event":"absent","uid_validity":1,"uids":"*"})"s, R"({"event":"hole","uid_validity":1})"s,
        R"({"event":"accepted","uid_validity":1,"uids":"x"})"s, R"({"event":"accepted","uids":"1"})"s,
        R"({"event":"commit","lines":1)"s, std::string(100000, '[')}) {
    EXPECT_FALSE(parse_journal_line(line)) << line.substr(0, 80);
  }
}

class Journal : public testing::Test {
 protected:
  std::filesystem::path path() const { return directory_.path() / "mailspoor.journal"; }
  JournalReading read(std::uint64_t offset = 0) {
    uids_.clear();
    return read_journal(path(), offset, [&](const JournalEntry& entry) {
      const auto* stored = std::get_if<StoredEvent>(&entry.event);
      uids_.push_back(stored != nullptr ? stored->uid : 0);
    });
  }
  static std::string line(std::uint32_t uid) { return to_journal_line(stored_event(uid)) + '\n'; }
  static std::string commit(std::uint64_t lines) {
    return to_journal_line(CommitEvent{.lines = lines}) + '\n';
  }

  TemporaryDirectory directory_;
  std::vector<std::uint32_t> uids_;
};

using Uids = std::vector<std::uint32_t>;

TEST_F(Journal, ThatDoesNotExistIsEmpty) {
  const auto reading = read();
  EXPECT_EQ(reading.offset, 0U);
  EXPECT_FALSE(reading.open);
}

TEST_F(Journal, CountsALineOnceACommitCoversIt) {
  write_text(path(), line(1) + line(2) + commit(2) + line(3));
  const auto reading = read();
  EXPECT_EQ(uids_, (Uids{1, 2}));
  EXPECT_EQ(reading.offset, (line(1) + line(2) + commit(2)).size());
  EXPECT_TRUE(reading.open);
  EXPECT_TRUE(reading.unreadable.empty());
}

TEST_F(Journal, GoesOnWhereTheLastReadingEnded) {
  write_text(path(), line(1) + commit(1) + line(2));
  const auto first = read();
  write_text(path(), line(1) + commit(1) + line(2) + commit(1) + line(3) + commit(1));
  const auto second = read(first.offset);
  EXPECT_EQ(uids_, (Uids{2, 3}));
  EXPECT_FALSE(second.open);
  EXPECT_EQ(second.offset, std::filesystem::file_size(path()));
  EXPECT_EQ(read(second.offset).offset, second.offset);
  EXPECT_EQ(uids_, Uids{});
}

TEST_F(Journal, LeavesABatchThatWasCutShort) {
  write_text(path(), line(1) + line(2) + line(3) + commit(1) + line(4) + commit(0) + line(5) + commit(9));
  EXPECT_FALSE(read().open);
  EXPECT_EQ(uids_, (Uids{3, 5}));
}

TEST_F(Journal, LeavesATornLastLine) {
  const auto whole = line(1) + commit(1);
  write_text(path(), whole + line(2).substr(0, 40));
  const auto reading = read();
  EXPECT_EQ(uids_, Uids{1});
  EXPECT_EQ(reading.offset, whole.size());
  EXPECT_TRUE(reading.open);
  EXPECT_TRUE(reading.unreadable.empty());
}

TEST_F(Journal, TornAtAnyOctetGivesNoEntryTooMany) {
  const auto whole = line(1) + line(2) + commit(2);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write_text(path(), whole.substr(0, size));
    const auto reading = read();
    ASSERT_EQ(uids_, Uids{}) << size;
    ASSERT_EQ(reading.offset, 0U);
    ASSERT_EQ(reading.open, size > 0);
  }
}

TEST_F(Journal, NamesUnreadableLinesAndSkipsThem) {
  write_text(path(), line(1) + "\n\xFF{\n" + line(2) + commit(3));
  const auto reading = read();
  EXPECT_EQ(uids_, (Uids{1, 2}));
  EXPECT_EQ(reading.unreadable, (std::vector<std::uint64_t>{line(1).size() + 1}));
}

TEST_F(Journal, GivesThePlaceOfEachEntry) {
  write_text(path(), line(1) + line(22) + commit(2));
  std::vector<std::pair<std::uint64_t, std::uint64_t>> places;
  read_journal(path(), 0, [&](const JournalEntry& entry) { places.emplace_back(entry.offset, entry.end); });
  EXPECT_EQ(places, (std::vector<std::pair<std::uint64_t, std::uint64_t>>{
                        {0, line(1).size()}, {line(1).size(), (line(1) + line(22)).size()}}));
}

TEST_F(Journal, IsReadFromItsStartWhenItShrank) {
  write_text(path(), line(1) + commit(1));
  EXPECT_EQ(read(1'000'000).offset, std::filesystem::file_size(path()));
  EXPECT_EQ(uids_, Uids{1});
}

TEST_F(Journal, TakesLinesLongerThanItsBuffer) {
  std::string set;
  for (unsigned uid = 2; uid < 1'000'000; uid += 4) set += (set.empty() ? "" : ",") + std::to_string(uid);
  write_text(path(), R"({"event":"absent","uid_validity":1,"uids":")" + set + "\"}\n" + line(7) + commit(2));
  EXPECT_FALSE(read().open);
  EXPECT_EQ(uids_, (Uids{0, 7}));
}

TEST_F(Journal, IsNotReadThroughALink) {
  write_text(directory_.path() / "elsewhere", line(1) + commit(1));
  std::filesystem::create_symlink("elsewhere", path());
  EXPECT_THROW(read(), Error);
}

TEST_F(Journal, BeginsANewLineBehindATornOne) {
  write_text(path(), line(1) + commit(1) + "{\"event\":\"st");
  JournalAppender journal{Directory::open(directory_.path())};
  journal.append({to_journal_line(stored_event(2)), to_journal_line(stored_event(3))});
  journal.append_commit(2);
  journal.sync();
  EXPECT_EQ(read_text(path()), line(1) + commit(1) + "{\"event\":\"st\n" + line(2) + line(3) + commit(2));
  const auto reading = read();
  EXPECT_EQ(uids_, (Uids{1, 2, 3}));
  EXPECT_EQ(reading.unreadable.size(), 1U);
}

TEST_F(Journal, KnowsWhetherItIsSettled) {
  const auto settled = [&](const std::string& text) {
    write_text(path(), text);
    return is_settled(Directory::open(directory_.path()));
  };
  EXPECT_TRUE(is_settled(Directory::open(directory_.path())));
  EXPECT_TRUE(settled(""));
  EXPECT_TRUE(settled(commit(UINT64_MAX)));
  EXPECT_TRUE(settled(line(1) + commit(1)));
  EXPECT_FALSE(settled(line(1)));
  EXPECT_FALSE(settled(commit(1) + line(1)));
  EXPECT_FALSE(settled(commit(1) + "{"));
  EXPECT_FALSE(settled(line(1) + commit(1).substr(0, 10)));
  EXPECT_FALSE(settled(commit(1) + "x\n"));
}

}  // namespace
}  // namespace mailspoor::deliver
