// What became of messages that are held: flags, expunges, and mailboxes in which nothing happened.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/fetch/dialogue.hpp"

namespace mailspoor::fetch {
namespace {

const Script kGoodbye{{"LOGOUT", "* BYE\r\n$TAG OK\r\n"}};
constexpr std::chrono::seconds kMinute{60};
constexpr std::chrono::hours kFortnight{24 * 14};

Script operator+(Script left, const Script& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

/// Log-in to a server with these capabilities.
Script logged_in(const std::string& capabilities) {
  return {{"NOOP", "$TAG OK\r\n"},
          {"AUTHENTICATE PLAIN", "$TAG OK [CAPABILITY IMAP4rev1 " + capabilities + "] logged in\r\n"},
          {"CAPABILITY", "* CAPABILITY IMAP4rev1 " + capabilities + "\r\n$TAG OK\r\n"}};
}

/// LIST and STATUS of INBOX.
Script inbox(const std::string& figures) {
  return {{"LIST", "* LIST () \"/\" INBOX\r\n$TAG OK\r\n"},
          {"STATUS \"INBOX\"", "* STATUS INBOX (" + figures + " UIDVALIDITY 1)\r\n$TAG OK\r\n"}};
}

Script examined(int messages, const std::string& more = "") {
  return {{"EXAMINE \"INBOX\"",
           fmt::format("* {} EXISTS\r\n* OK [UIDVALIDITY 1]\r\n{}$TAG OK [READ-ONLY]\r\n", messages, more)}};
}

/// INBOX holds UIDs 1 to 7, and 8 is known not to exist.
Dialogue with_seven(const ServerState& server, std::chrono::seconds since_compared = kMinute) {
  Dialogue dialogue;
  dialogue.states = {{"INBOX", {base::UidSet{1, 8}, base::UidSet{1, 7}, {}, server, since_compared}}};
  return dialogue;
}

std::vector<std::string> log_of(const Outcome& outcome) { return (*outcome.account)["INBOX"].log; }
using Log = std::vector<std::string>;

TEST(Changes, AnUnchangedAccountCostsOneListAndNoExamine) {
  auto dialogue = with_seven({9, 7, 2, 40});
  const auto outcome = dialogue.run(
      logged_in("LIST-STATUS CONDSTORE ESEARCH SPECIAL-USE") +
      Script{
          {"LIST \"\" \"*\" RETURN (SPECIAL-USE STATUS (MESSAGES UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ))",
           "* LIST () \"/\" INBOX\r\n"
           "* STATUS INBOX (MESSAGES 7 UIDNEXT 9 UIDVALIDITY 1 UNSEEN 2 HIGHESTMODSEQ 40)\r\n$TAG OK\r\n"}} +
      kGoodbye);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.written.find("EXAMINE"), std::string::npos);
  EXPECT_EQ((*outcome.account)["INBOX"].unchanged, 1);
  EXPECT_TRUE(log_of(outcome).empty());
  EXPECT_EQ(outcome.report.held, 7U);
}

TEST(Changes, AnExtendedListThatIsRefusedIsAskedPlainly) {
  for (const std::string answer : {"$TAG BAD what\r\n", "$TAG OK\r\n"}) {
    auto dialogue = with_seven({9, 7, 2, 40});
    const auto outcome = dialogue.run(logged_in("LIST-STATUS") + Script{{"RETURN (STATUS", answer}} +
                                      inbox("MESSAGES 7 UIDNEXT 9 UNSEEN 2 HIGHESTMODSEQ 40") + kGoodbye);
    EXPECT_EQ(outcome.error, "");
    EXPECT_EQ((*outcome.account)["INBOX"].unchanged, 1) << answer;
  }
}

TEST(Changes, CondstoreTellsTheFlagsThatChanged) {
  auto dialogue = with_seven({9, 7, 2, 40});
  const auto outcome = dialogue.run(
      logged_in("CONDSTORE") + inbox("MESSAGES 7 UIDNEXT 9 UNSEEN 1 HIGHESTMODSEQ 44") +
      examined(7, "* OK [HIGHESTMODSEQ 45]\r\n") +
      Script{
          {"UID FETCH 1:4294967295 (UID FLAGS) (CHANGEDSINCE 40)",
           "* 2 FETCH (UID 2 FLAGS (\\Seen $Work) MODSEQ (44))\r\n* 3 FETCH (UID 3 MODSEQ (45) FLAGS ())\r\n"
           "* 4 FETCH (UID 4 FLAGS (\\Seen \\Recent $Work) MODSEQ (44))\r\n$TAG OK\r\n"}} +
      kGoodbye);
  EXPECT_EQ(outcome.error, "");
  // The modseq of before the look, so that nothing is missed that happened during it.
  EXPECT_EQ(log_of(outcome), (Log{"open", "flags 3", "flags 2,4 $Work \\Seen", "synced 9 7 1 44", "commit"}));
  EXPECT_NE(outcome.written.find("EXAMINE \"INBOX\" (CONDSTORE)"), std::string::npos);
}

TEST(Changes, GmailTellsTheLabelsThatChanged) {
  auto dialogue = with_seven({9, 7, 2, 40});
  const auto outcome =
      dialogue.run(logged_in("CONDSTORE X-GM-EXT-1") +
                   inbox("MESSAGES 7 UIDNEXT 9 UNSEEN 2 HIGHESTMODSEQ 44") + examined(7) +
                   Script{{"UID FETCH 1:4294967295 (UID FLAGS X-GM-LABELS) (CHANGEDSINCE 40)",
                           "* 2 FETCH (X-GM-LABELS (Work \"\\\\Inbox\") UID 2 MODSEQ (44) FLAGS (\\Seen))\r\n"
                           "* 3 FETCH (X-GM-LABELS () UID 3 MODSEQ (44) FLAGS (\\Seen))\r\n"
                           "* 9 FETCH (X-GM-LABELS (Work) UID 90 MODSEQ (44) FLAGS ())\r\n"
                           "* 5 FETCH (UID 5 X-GM-LABELS (\"\\\\Inbox\" Work))\r\n$TAG OK\r\n"}} +
                   kGoodbye);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(log_of(outcome), (Log{"open", "flags 2:3 \\Seen", "labels 3", "labels 2,5 Work \\Inbox",
                                  "synced 9 7 2 44", "commit"}));
}

TEST(Changes, LabelsThatAreNotUnderstoodAreLeftOut) {
  auto dialogue = with_seven({9, 7, 2, 40});
  const auto outcome = dialogue.run(
      logged_in("CONDSTORE X-GM-EXT-1") + inbox("MESSAGES 7 UIDNEXT 9 UNSEEN 2 HIGHESTMODSEQ 44") +
      examined(7) +
      Script{{"UID FETCH 1:4294967295 (UID FLAGS X-GM-LABELS) (CHANGEDSINCE 40)", "$TAG BAD what\r\n"},
             {"UID FETCH 1:4294967295 (UID FLAGS) (CHANGEDSINCE 40)",
              "* 2 FETCH (UID 2 MODSEQ (44) FLAGS (\\Seen))\r\n$TAG OK\r\n"}} +
      kGoodbye);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(log_of(outcome), (Log{"open", "flags 2 \\Seen", "synced 9 7 2 44", "commit"}));
}

TEST(Changes, QresyncTellsWhatVanished) {
  auto dialogue = with_seven({9, 7, 2, 40});
  const auto outcome = dialogue.run(logged_in("CONDSTORE QRESYNC ENABLE") +
                                    Script{{"ENABLE QRESYNC", "* ENABLED QRESYNC\r\n$TAG OK\r\n"}} +
                                    inbox("MESSAGES 5 UIDNEXT 9 UNSEEN 1 HIGHESTMODSEQ 44") + examined(5) +
                                    Script{{"UID FETCH 1:4294967295 (UID FLAGS) (CHANGEDSINCE 40 VANISHED)",
                                            "* VANISHED (EARLIER) 3,6,300:310\r\n$TAG OK\r\n"}} +
                                    kGoodbye);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(log_of(outcome), (Log{"open", "gone 3,6", "synced 9 5 1 44", "commit"}));
}

TEST(Changes, MostOfAMailboxVanishesOnlyIfASearchSaysSo) {
  const auto script = [](const std::string& found) {
    return logged_in("CONDSTORE QRESYNC ENABLE ESEARCH") +
           Script{{"ENABLE QRESYNC", "* ENABLED QRESYNC\r\n$TAG OK\r\n"}} +
           inbox("MESSAGES 3 UIDNEXT 9 UNSEEN 1 HIGHESTMODSEQ 44") + examined(3) +
           Script{{"CHANGEDSINCE 40 VANISHED", "* VANISHED (EARLIER) 1:7\r\n$TAG OK\r\n"},
                  {"UID SEARCH RETURN (ALL) ALL",
                   "* ESEARCH (TAG \"$TAG\") UID ALL " + found + "\r\n$TAG OK\r\n"}} +
           kGoodbye;
  };
  const auto outcome = with_seven({9, 7, 2, 40}).run(script("2:4"));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(log_of(outcome), (Log{"open", "gone 1,5:7", "synced 9 3 1 44", "commit"}));
}

TEST(Changes, AnAnswerThatContradictsTheCountTakesNothingAway) {
  auto dialogue = with_seven({9, 7, 2, 40});
  const auto outcome = dialogue.run(
      logged_in("CONDSTORE") + inbox("MESSAGES 6 UIDNEXT 9 UNSEEN 1 HIGHESTMODSEQ 44") + examined(6) +
      Script{{"CHANGEDSINCE 40", "$TAG OK\r\n"}, {"UID SEARCH ALL", "* SEARCH 1 2\r\n$TAG OK\r\n"}} +
      kGoodbye);
  EXPECT_EQ(outcome.error, "");
  EXPECT_TRUE(log_of(outcome).empty());  // and the next run looks again
}

TEST(Changes, WithoutCondstoreTheCountTellsThatSomethingIsGone) {
  auto dialogue = with_seven({9, 7, 2, std::nullopt});
  const auto outcome =
      dialogue.run(logged_in("IDLE") + inbox("MESSAGES 6 UIDNEXT 9 UNSEEN 2") + examined(6) +
                   Script{{"UID FETCH 1:7 (UID FLAGS)",
                           "* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n* 2 FETCH (UID 2 FLAGS ())\r\n$TAG OK\r\n"},
                          {"UID SEARCH ALL", "* SEARCH 7 1 2 3 4 6\r\n$TAG OK\r\n"}} +
                   kGoodbye);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(log_of(outcome),
            (Log{"open", "flags 2", "flags 1 \\Seen", "gone 5", "synced 9 6 2 ?", "commit"}));
}

TEST(Changes, EverythingIsComparedFromTimeToTime) {
  auto dialogue = with_seven({9, 7, 2, 40}, kFortnight);
  std::string flags;
  for (const int uid : {1, 2, 3, 4, 6, 7, 8})
    flags += fmt::format("* 1 FETCH (UID {} FLAGS (\\Seen))\r\n", uid);
  const auto outcome = dialogue.run(
      logged_in("CONDSTORE") + inbox("MESSAGES 7 UIDNEXT 9 UNSEEN 2 HIGHESTMODSEQ 40") + examined(7) +
      Script{{"UID FETCH 1:* (UID FLAGS)", flags + "$TAG OK\r\n"},
             {"UID FETCH 8 (UID RFC822.SIZE)", "* 7 FETCH (UID 8 RFC822.SIZE 5)\r\n$TAG OK\r\n"},
             {"UID FETCH 8 (UID FLAGS INTERNALDATE", fetched(7, 8, "again") + "$TAG OK\r\n"}} +
      kGoodbye);
  EXPECT_EQ(outcome.error, "");
  const auto log = log_of(outcome);
  // UID 8, said to be absent once, is there: it is fetched. UID 5 is not.
  EXPECT_NE(std::find(log.begin(), log.end(), "back 8"), log.end());
  EXPECT_EQ((*outcome.account)["INBOX"].messages.at(8).octets, "again");
  EXPECT_EQ((Log{log.end() - 5, log.end()}),
            (Log{"open", "flags 1:4,6:7 \\Seen", "gone 5", "synced 9 7 2 40 compared", "commit"}));
}

TEST(Changes, AnEmptiedMailboxNeedsTwoWitnesses) {
  auto dialogue = with_seven({9, 7, 2, 40});
  const auto emptied =
      dialogue.run(logged_in("CONDSTORE") + inbox("MESSAGES 0 UIDNEXT 9 UNSEEN 0 HIGHESTMODSEQ 44") +
                   examined(0) + kGoodbye);
  EXPECT_EQ(log_of(emptied), (Log{"open", "gone 1:7", "synced 9 0 0 44", "commit"}));
  const auto doubtful =
      dialogue.run(logged_in("CONDSTORE") + inbox("MESSAGES 7 UIDNEXT 9 UNSEEN 0 HIGHESTMODSEQ 44") +
                   examined(0) + kGoodbye);
  EXPECT_EQ(doubtful.error, "");
  EXPECT_TRUE(log_of(doubtful).empty());
  EXPECT_EQ(doubtful.report.failed_mailboxes,
            std::vector<std::string>{"INBOX: STATUS tells of 7 messages and EXAMINE of none"});
}

TEST(Changes, AMailboxThatWasEmptyByMistakeIsFetchedAgain) {
  Dialogue dialogue;
  dialogue.states = {{"INBOX", {base::UidSet{1, 2}, {}, {}, ServerState{3, 0, 0, 44}, kMinute}}};
  const auto outcome = dialogue.run(
      logged_in("CONDSTORE") + inbox("MESSAGES 2 UIDNEXT 3 UNSEEN 0 HIGHESTMODSEQ 44") + examined(2) +
      Script{{"UID SEARCH ALL", "* SEARCH 1 2\r\n$TAG OK\r\n"},
             {"UID FETCH 1:2 (UID RFC822.SIZE)",
              "* 1 FETCH (UID 1 RFC822.SIZE 3)\r\n* 2 FETCH (UID 2 RFC822.SIZE 3)\r\n$TAG OK\r\n"},
             {"UID FETCH 1:2 (UID FLAGS INTERNALDATE",
              fetched(1, 1, "one") + fetched(2, 2, "two") + "$TAG OK\r\n"}} +
      kGoodbye);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ((*outcome.account)["INBOX"].messages.size(), 2U);
}

TEST(Changes, AMailboxThatDoesNotTellItsSizeIsNotTakenForEmpty) {
  const auto outcome = Dialogue{}.run(
      logged_in("IDLE") +
      Script{{"LIST", "* LIST () \"/\" INBOX\r\n$TAG OK\r\n"},
             {"STATUS \"INBOX\"", "$TAG NO\r\n"},
             {"EXAMINE \"INBOX\"", "* OK [UIDVALIDITY 1]\r\n* OK [UIDNEXT 9]\r\n$TAG OK\r\n"}} +
      kGoodbye);
  EXPECT_EQ(outcome.error, "");
  EXPECT_TRUE(log_of(outcome).empty());
  EXPECT_EQ(outcome.report.failed_mailboxes.size(), 1U);
}

TEST(Changes, AModseqThatWentBackMakesAllBeCompared) {
  auto dialogue = with_seven({9, 7, 2, 5000});
  std::string flags;
  for (int uid = 1; uid <= 7; ++uid) flags += fmt::format("* {} FETCH (UID {} FLAGS ())\r\n", uid, uid);
  const auto outcome =
      dialogue.run(logged_in("CONDSTORE") + inbox("MESSAGES 7 UIDNEXT 9 UNSEEN 2 HIGHESTMODSEQ 3000") +
                   examined(7) + Script{{"UID FETCH 1:* (UID FLAGS)", flags + "$TAG OK\r\n"}} + kGoodbye);
  EXPECT_EQ(log_of(outcome), (Log{"open", "flags 1:7", "synced 9 7 2 3000 compared", "commit"}));
}

TEST(Changes, TakesSetsOfAnyLength) {
  // Each second of 40,000 messages is gone: a set of some 120 KB.
  std::string odd;
  std::string even;
  base::UidSet kept;
  for (std::uint32_t uid = 1; uid <= 40'000; ++uid) {
    auto& set = uid % 2 == 0 ? even : odd;
    set += (set.empty() ? "" : ",") + std::to_string(uid);
    if (uid % 2 == 0) kept.add(uid);
  }
  Dialogue dialogue;
  dialogue.states = {
      {"INBOX",
       {base::UidSet{1, 40'000}, base::UidSet{1, 40'000}, {}, ServerState{40'001, 40'000, 0, 7}, kMinute}}};
  const auto outcome =
      dialogue.run(logged_in("CONDSTORE QRESYNC ENABLE ESEARCH") +
                   Script{{"ENABLE QRESYNC", "* ENABLED QRESYNC\r\n$TAG OK\r\n"}} +
                   inbox("MESSAGES 19999 UIDNEXT 40001 UNSEEN 0 HIGHESTMODSEQ 8") + examined(19'999) +
                   Script{{"CHANGEDSINCE 7 VANISHED", "* VANISHED (EARLIER) " + odd + "\r\n$TAG OK\r\n"},
                          {"UID SEARCH RETURN",
                           "* ESEARCH (TAG \"$TAG\") UID ALL " + even + " COUNT 20000\r\n$TAG OK\r\n"}} +
                   kGoodbye);
  EXPECT_EQ(outcome.error, "");
  const auto log = log_of(outcome);
  ASSERT_EQ(log.size(), 4U);
  EXPECT_TRUE(log[1] == "gone " + odd) << log[1].substr(0, 100);
}

TEST(Changes, NothingIsRememberedOfAMailboxWhoseFlagsWereRefused) {
  auto dialogue = with_seven({9, 7, 2, 40});
  const auto outcome = dialogue.run(
      logged_in("CONDSTORE") + inbox("MESSAGES 7 UIDNEXT 9 UNSEEN 2 HIGHESTMODSEQ 44") + examined(7) +
      Script{{"CHANGEDSINCE 40", "* 2 FETCH (UID 2 FLAGS (\\Seen))\r\n$TAG NO [SERVERBUG] no\r\n"}} +
      kGoodbye);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(log_of(outcome), (Log{"open", "flags 2 \\Seen", "commit"}));
}

TEST(Changes, ICloudIsNotTrustedWithQresync) {
  auto dialogue = with_seven({9, 7, 2, 40});
  dialogue.options.url = parse_server_url("imaps://alice@imap.mail.me.com");
  const auto outcome = dialogue.run(logged_in("CONDSTORE QRESYNC ENABLE") +
                                    inbox("MESSAGES 7 UIDNEXT 9 UNSEEN 2 HIGHESTMODSEQ 40") + kGoodbye);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.written.find("ENABLE"), std::string::npos);
}

/// The server has given INBOX, of which 3 messages are held, the UIDVALIDITY 2.
class NewEpoch : public testing::Test {
 protected:
  NewEpoch() {
    dialogue_.states = {{"INBOX@2", {{}, {}, {}, {}, {}, {}, FormerEpochs{1, 3}}}};
    dialogue_.recognisable = {{id(3, "<a@x>"), 100}, {id(4, "<b@x>"), 200}};
  }
  /// What a message is known by.
  static std::string id(int size, const std::string& message_id) {
    return fmt::format("{} 01-Feb-2024 10:00:00 +0100 {}", size, field(message_id));
  }
  static std::string field(const std::string& message_id) { return "Message-ID: " + message_id + "\r\n\r\n"; }
  static std::string listed(int uid, int size, const std::string& message_id) {
    return fmt::format(
        "* {} FETCH (UID {} INTERNALDATE \"01-Feb-2024 10:00:00 +0100\" RFC822.SIZE {} "
        "BODY[HEADER.FIELDS (MESSAGE-ID)] {{{}}}\r\n{})\r\n",
        uid, uid, size, field(message_id).size(), field(message_id));
  }
  static std::string facts(int uid, int size) {
    return fmt::format(
        "* {} FETCH (UID {} FLAGS (\\Seen) INTERNALDATE \"01-Feb-2024 10:00:00 +0100\" RFC822.SIZE {})\r\n",
        uid, uid, size);
  }
  /// Up to the listing of the sizes of UIDs 1 to 3, in a mailbox that has `messages`.
  static Script begin(int messages = 3) {
    const auto figures = fmt::format("MESSAGES {} UIDNEXT 4 UNSEEN 0", messages);
    return logged_in("IDLE") +
           Script{{"LIST", "* LIST () \"/\" INBOX\r\n$TAG OK\r\n"},
                  {"STATUS \"INBOX\"", "* STATUS INBOX (" + figures + " UIDVALIDITY 2)\r\n$TAG OK\r\n"},
                  {"EXAMINE \"INBOX\"",
                   fmt::format("* {} EXISTS\r\n* OK [UIDVALIDITY 2]\r\n* OK [UIDNEXT 4]\r\n$TAG OK\r\n",
                               messages)},
                  {"UID FETCH 1:3 (UID RFC822.SIZE)",
                   "* 1 FETCH (UID 1 RFC822.SIZE 3)\r\n* 2 FETCH (UID 2 RFC822.SIZE 4)\r\n"
                   "* 3 FETCH (UID 3 RFC822.SIZE 5)\r\n$TAG OK\r\n"}};
  }
  static Script ids(const std::string& answer) {
    return {{"UID FETCH 1:3 (UID INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])", answer}};
  }
  Outcome run(const Script& script) { return dialogue_.run(script + kGoodbye); }
  static Log log_of(const Outcome& outcome) { return (*outcome.account)["INBOX@2"].log; }
  static long times(const Outcome& outcome, const std::string& line) {
    const auto log = log_of(outcome);
    return std::count(log.begin(), log.end(), line);
  }

  Dialogue dialogue_;
};

TEST_F(NewEpoch, FetchesOnlyWhatIsNotRecognised) {
  const auto outcome = run(
      begin() + ids(listed(2, 4, "<b@x>") + listed(1, 3, "<a@x>") + listed(3, 5, "<c@x>") + "$TAG OK\r\n") +
      Script{{"UID FETCH 1:2 (UID FLAGS INTERNALDATE RFC822.SIZE)\r\n",
              "* 2 FETCH (FLAGS ())\r\n* 2 FETCH (UID 2 FLAGS ())\r\n" + facts(1, 3) + facts(2, 4) +
                  "$TAG OK\r\n"},
             {"UID FETCH 3 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])",
              fetched(3, 3, "three") + "$TAG OK\r\n"}});
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.report.fetched, 1U);
  EXPECT_EQ(outcome.report.recognised, 2U);
  EXPECT_EQ(outcome.report.held, 2U);
  const auto log = log_of(outcome);
  ASSERT_GE(log.size(), 4U);
  EXPECT_EQ((Log{log.begin(), log.begin() + 4}),
            (Log{"open", "place 1 as 100 \\Seen", "place 2 as 200 \\Seen", "commit"}));
  EXPECT_EQ((Log{log.end() - 4, log.end()}),
            (Log{"open", "former gone", "synced 4 3 0 ? compared", "commit"}));
  EXPECT_EQ(outcome.report.notes,
            (std::vector<std::string>{
                "INBOX: UIDVALIDITY changed from 1 to 2: 2 messages recognised, 1 new, 0 gone"}));
}

TEST_F(NewEpoch, FetchesWhatWasRecognisedAndIsLost) {
  dialogue_.lost = base::UidSet{200, 200};
  const auto outcome = run(begin() + ids(listed(1, 3, "<a@x>") + listed(2, 4, "<b@x>") + "$TAG OK\r\n") +
                           Script{{"UID FETCH 1:2 (UID FLAGS INTERNALDATE RFC822.SIZE)\r\n",
                                   facts(1, 3) + facts(2, 4) + "$TAG OK\r\n"},
                                  {"UID FETCH 2:3 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])",
                                   fetched(2, 2, "two") + fetched(3, 3, "three") + "$TAG OK\r\n"}});
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.report.recognised, 1U);
  EXPECT_EQ(outcome.report.fetched, 2U);
}

TEST_F(NewEpoch, WhatIsPlacedCountsWhereTheConnectionIsLost) {
  const auto outcome =
      dialogue_.run(begin() + ids(listed(1, 3, "<a@x>") + listed(2, 4, "<b@x>") + "$TAG OK\r\n") +
                    Script{{"UID FETCH 1:2 (UID FLAGS INTERNALDATE RFC822.SIZE)\r\n", facts(1, 3)}});
  EXPECT_TRUE(outcome.error.starts_with("NetworkError")) << outcome.error;
  EXPECT_EQ(outcome.report.recognised, 1U);
  EXPECT_EQ(log_of(outcome), (Log{"open", "place 1 as 100 \\Seen", "commit"}));
}

TEST_F(NewEpoch, FetchesAllWhereTheServerRefuses) {
  for (const std::string answer : {"$TAG BAD what\r\n", "$TAG NO\r\n", "$TAG OK\r\n"}) {
    const auto outcome =
        run(begin() + ids(answer) +
            Script{{"UID FETCH 1:3 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])",
                    fetched(1, 1, "one") + fetched(2, 2, "two") + fetched(3, 3, "three") + "$TAG OK\r\n"}});
    EXPECT_EQ(outcome.error, "") << answer;
    EXPECT_EQ(outcome.report.fetched, 3U) << answer;
  }
}

TEST_F(NewEpoch, TakesNothingForGoneWhileSomethingIsMissing) {
  // A hole, and a listing that is not complete: each time what is not found may be what is missing.
  const auto hole =
      run(begin() + ids("$TAG OK\r\n") +
          Script{{"UID FETCH 1:3 (UID FLAGS", fetched(1, 1, "one") + fetched(3, 3, "three") + "$TAG OK\r\n"},
                 {"UID FETCH 2 (UID FLAGS", "$TAG NO broken\r\n"}});
  EXPECT_EQ(hole.error, "");
  EXPECT_EQ(hole.report.holes, 1U);
  const auto log = log_of(hole);
  EXPECT_EQ(std::find(log.begin(), log.end(), "former gone"), log.end());
  ASSERT_EQ(hole.report.notes.size(), 1U);
  EXPECT_TRUE(hole.report.notes.front().ends_with("0 gone, 3 to be looked for in the next run"))
      << hole.report.notes.front();

  const auto incomplete =
      run(begin(4) + Script{{"UID SEARCH ALL", "* SEARCH 1 2 3\r\n$TAG OK\r\n"}} + ids("$TAG OK\r\n") +
          Script{{"UID FETCH 1:3 (UID FLAGS",
                  fetched(1, 1, "one") + fetched(2, 2, "two") + fetched(3, 3, "three") + "$TAG OK\r\n"}});
  EXPECT_EQ(incomplete.error, "");
  const auto second = log_of(incomplete);
  EXPECT_EQ(std::find(second.begin(), second.end(), "former gone"), second.end());
}

TEST_F(NewEpoch, TakesMostOfAMailboxForGoneOnlyIfASecondRunFindsNoneAndASearchAgrees) {
  dialogue_.states[0].second.former = FormerEpochs{1, 5};
  const auto first = run(
      begin() + ids(listed(1, 3, "<a@x>") + listed(2, 4, "<b@x>") + listed(3, 5, "<c@x>") + "$TAG OK\r\n") +
      Script{{"UID FETCH 1:2 (UID FLAGS INTERNALDATE RFC822.SIZE)\r\n",
              facts(1, 3) + facts(2, 4) + "$TAG OK\r\n"},
             {"UID FETCH 3 (UID FLAGS", fetched(3, 3, "three") + "$TAG OK\r\n"}});
  EXPECT_EQ(first.error, "");
  EXPECT_EQ(log_of(first).back(), "commit");
  EXPECT_EQ(times(first, "former gone"), 0);
  EXPECT_EQ(first.report.notes,
            std::vector<std::string>{"INBOX: UIDVALIDITY changed from 1 to 2: 2 messages recognised, 1 new, "
                                     "0 gone, 3 to be looked for in the next run"});

  dialogue_.states[0].second = {
      base::UidSet{1, 3}, base::UidSet{1, 3}, {}, ServerState{4, 3, 0, {}}, kMinute, {}, FormerEpochs{1, 3}};
  Script again = begin();
  again.pop_back();  // nothing is missing
  again.push_back({"UID FETCH 1:3 (UID FLAGS)", "$TAG OK\r\n"});
  const auto agreed = run(again + Script{{"UID SEARCH ALL", "* SEARCH 1 2 3\r\n$TAG OK\r\n"}});
  EXPECT_EQ(agreed.error, "");
  EXPECT_EQ(times(agreed, "former gone"), 1);
  for (const std::string answer : {"* SEARCH 1 2 3 4\r\n$TAG OK\r\n", "$TAG NO\r\n", "$TAG OK\r\n"}) {
    const auto denied = run(again + Script{{"UID SEARCH ALL", answer}});
    EXPECT_EQ(denied.error, "");
    EXPECT_EQ(times(denied, "former gone"), 0) << answer;
  }
}

TEST_F(NewEpoch, AHoleIsNotLookedForInEveryRunAndAnAcceptedOneIsNotWaitedFor) {
  auto& state = dialogue_.states[0].second;
  auto held = base::UidSet{1, 3};
  held.remove(2);
  state = {held, held, base::UidSet{2, 2}, ServerState{4, 3, 0, {}}, kMinute, {}, FormerEpochs{1, 3}};
  Script again = begin();
  again.back() = {"UID FETCH 2 (UID RFC822.SIZE)", "* 2 FETCH (UID 2 RFC822.SIZE 4)\r\n$TAG OK\r\n"};
  again.push_back({"UID FETCH 1:3 (UID FLAGS)", "$TAG OK\r\n"});
  again.push_back({"UID FETCH 2 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])", "$TAG NO broken\r\n"});
  const auto hole = run(again);
  EXPECT_EQ(hole.error, "");
  EXPECT_EQ(hole.report.holes, 1U);
  EXPECT_EQ(hole.written.find("MESSAGE-ID"), std::string::npos);
  EXPECT_EQ(times(hole, "former gone"), 0);

  state.accepted = base::UidSet{2, 2};
  const auto accepted = run(again + Script{{"UID SEARCH ALL", "* SEARCH 1 2 3\r\n$TAG OK\r\n"}});
  EXPECT_EQ(accepted.error, "");
  EXPECT_EQ(times(accepted, "former gone"), 1);
}

TEST_F(NewEpoch, AnEmptyMailboxHasLostAllInTheSecondRun) {
  const Script empty =
      logged_in("IDLE") +
      Script{{"LIST", "* LIST () \"/\" INBOX\r\n$TAG OK\r\n"},
             {"STATUS \"INBOX\"", "* STATUS INBOX (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 2)\r\n$TAG OK\r\n"},
             {"EXAMINE \"INBOX\"", "* 0 EXISTS\r\n* OK [UIDVALIDITY 2]\r\n* OK [UIDNEXT 1]\r\n$TAG OK\r\n"}};
  const auto first = run(empty);
  EXPECT_EQ(first.error, "");
  EXPECT_EQ(log_of(first), (Log{"open", "synced 1 0 ? ? compared", "commit"}));
  dialogue_.states[0].second.server = ServerState{1, 0, {}, {}};
  const auto second = run(empty);
  EXPECT_EQ(second.error, "");
  EXPECT_EQ(log_of(second), (Log{"open", "former gone", "commit"}));
}

/// INBOX and Old are held, of Old UIDs 1 to 3 with UIDVALIDITY 7.
class Renames : public testing::Test {
 protected:
  Renames() {
    dialogue_.states = {
        {"INBOX", {base::UidSet{1, 1}, base::UidSet{1, 1}, {}, ServerState{2, 1, 0, 40}, kMinute, {}}},
        {"Old@7", {base::UidSet{1, 3}, base::UidSet{1, 3}, {}, ServerState{4, 3, 0, 40}, kMinute, {}}}};
    dialogue_.held_mailboxes = {held("Old")};
    for (const std::uint32_t uid : {1U, 2U, 3U})
      dialogue_.samples["Old"].push_back({uid, {}, "01-Feb-2024 10:00:00 +0100", uid * 10});
  }
  static HeldMailbox held(const std::string& name, bool was_unlisted = false) {
    return {{name, name, {name}, '/', {}}, {7}, was_unlisted};
  }
  /// The list of mailboxes: INBOX and one more, if any.
  static Script list(const std::string& other, const std::string& figures,
                     const std::string& capabilities = "LIST-STATUS CONDSTORE") {
    std::string text =
        "* LIST () \"/\" INBOX\r\n"
        "* STATUS INBOX (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 1 UNSEEN 0 HIGHESTMODSEQ 40)\r\n";
    if (!other.empty())
      text += "* LIST () \"/\" " + other + "\r\n* STATUS " + other + " (" + figures + ")\r\n";
    return logged_in(capabilities) + Script{{"RETURN (STATUS", text + "$TAG OK\r\n"}};
  }
  static Script sample(const std::string& name, const std::vector<int>& sizes) {
    std::string text;
    for (std::size_t index = 0; index < sizes.size(); ++index) {
      text += fmt::format("* 1 FETCH (UID {} INTERNALDATE \"01-Feb-2024 10:00:00 +0100\" RFC822.SIZE {})\r\n",
                          index + 1, sizes[index]);
    }
    return {
        {"EXAMINE \"" + name + "\"",
         fmt::format("* {} EXISTS\r\n* OK [UIDVALIDITY 7]\r\n* OK [UIDNEXT 4]\r\n$TAG OK\r\n", sizes.size())},
        {"UID FETCH 1:3 (UID INTERNALDATE RFC822.SIZE)", text + "$TAG OK\r\n"}};
  }
  Log run(const Script& script) {
    outcome_ = dialogue_.run(script + kGoodbye);
    EXPECT_EQ(outcome_.error, "");
    return outcome_.account->log;
  }

  Dialogue dialogue_;
  Outcome outcome_;
};

constexpr const char* kSame = "MESSAGES 3 UIDNEXT 4 UIDVALIDITY 7 UNSEEN 0 HIGHESTMODSEQ 40";

TEST_F(Renames, AreKnownByTheMessages) {
  EXPECT_EQ(run(list("New", kSame) + sample("New", {10, 20, 30})), Log{"rename Old to New"});
  EXPECT_EQ(outcome_.report.notes, std::vector<std::string>{"Old: renamed to New"});
  EXPECT_EQ((*outcome_.account)["New"].unchanged, 1);
  EXPECT_EQ(outcome_.report.fetched, 0U);
}

TEST_F(Renames, AreNotSeenWhereAMessageDiffers) {
  const Script differs = list("New", kSame) + sample("New", {10, 20, 31}) +
                         Script{{"STATUS \"Old\" (MESSAGES)", "$TAG NO [NONEXISTENT] no\r\n"},
                                {"UID FETCH 1:3 (UID RFC822.SIZE)", "$TAG NO not now\r\n"}};
  EXPECT_EQ(run(differs), Log{"unlisted Old"});
}

TEST_F(Renames, AreKnownByTheObjectId) {
  dialogue_.held_mailboxes[0].name.object_id = "F1";
  const std::string capabilities = "LIST-STATUS CONDSTORE OBJECTID";
  const std::string figures{kSame};
  EXPECT_EQ(run(list("New", figures + " MAILBOXID (F1)", capabilities)), Log{"rename Old to New"});
  EXPECT_NE(outcome_.written.find("HIGHESTMODSEQ MAILBOXID"), std::string::npos);
  // Another object id, and other messages.
  const Script other = list("New", figures + " MAILBOXID (F2)", capabilities) + sample("New", {10, 20, 31}) +
                       Script{{"STATUS \"Old\" (MESSAGES)", "$TAG NO [NONEXISTENT] no\r\n"},
                              {"UID FETCH 1:3 (UID RFC822.SIZE)", "$TAG NO not now\r\n"}};
  EXPECT_EQ(run(other), Log{"unlisted Old"});
}

TEST_F(Renames, AMailboxIsMissedAtTheSecondTimeAndIfItIsDenied) {
  const auto status = [](const std::string& answer) {
    return list("", "") + Script{{"STATUS \"Old\" (MESSAGES)", answer + "\r\n"}};
  };
  EXPECT_EQ(run(status("$TAG NO [NONEXISTENT] no")), Log{"unlisted Old"});
  EXPECT_TRUE((*outcome_.account)["Old@7"].log.empty());
  for (const std::string answer : {"* STATUS Old (MESSAGES 3)\r\n$TAG OK", "$TAG NO [UNAVAILABLE] later",
                                   "$TAG NO [INUSE] later", "$TAG BAD what"})
    EXPECT_TRUE(run(status(answer)).empty()) << answer;
  dialogue_.held_mailboxes = {held("Old", true)};
  EXPECT_TRUE(run(status("$TAG NO [UNAVAILABLE] later")).empty());
  EXPECT_TRUE((*outcome_.account)["Old@7"].log.empty());
  EXPECT_TRUE(run(status("$TAG NO no such mailbox")).empty());
  EXPECT_EQ((*outcome_.account)["Old@7"].log, (Log{"open", "gone 1:3", "commit"}));
  // It is there again.
  EXPECT_EQ(run(list("Old", kSame)), Log{"listed Old"});
}

TEST_F(Renames, WhatWasAdoptedIsNotMissed) {
  dialogue_.states.push_back({"Old@0", {base::UidSet{1, 3}, base::UidSet{1, 3}, {}, {}, {}, {}}});
  for (const bool was_unlisted : {false, true}) {
    dialogue_.held_mailboxes = {held("Old", was_unlisted)};
    dialogue_.held_mailboxes[0].epoch = {0};
    EXPECT_TRUE(run(list("", "")).empty());
    EXPECT_EQ(outcome_.written.find("Old"), std::string::npos);
  }
}

TEST_F(Renames, NothingIsMissedWhereTheListMayNotBeWhole) {
  dialogue_.held_mailboxes = {held("Old", true)};
  const Script refused = logged_in("CONDSTORE") +
                         Script{{"LIST", "* LIST () \"/\" INBOX\r\n$TAG NO [SERVERBUG] no\r\n"},
                                {"STATUS \"INBOX\"",
                                 "* STATUS INBOX (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 1 UNSEEN 0 HIGHESTMODSEQ "
                                 "40)\r\n$TAG OK\r\n"}};
  EXPECT_TRUE(run(refused).empty());
  const Script without_inbox =
      logged_in("CONDSTORE") + Script{{"LIST", "* LIST () \"/\" Other\r\n$TAG OK\r\n"},
                                      {"STATUS \"Other\"",
                                       "* STATUS Other (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1 UNSEEN 0 "
                                       "HIGHESTMODSEQ 40)\r\n$TAG OK\r\n"}};
  EXPECT_TRUE(run(without_inbox).empty());
  dialogue_.options.mailboxes = {"INBOX"};
  EXPECT_TRUE(run(list("", "")).empty());
}

/// An account with X-GM-EXT-1: what INBOX shows lies in All Mail.
TEST(Gmail, FetchesAllMailAndPlacesTheRest) {
  const std::string date = "INTERNALDATE \"01-Feb-2024 10:00:00 +0100\" RFC822.SIZE 3";
  const auto facts = [&](int uid, int id, const std::string& labels) {
    return fmt::format("UID {} FLAGS () {} X-GM-MSGID {} X-GM-THRID 7 X-GM-LABELS ({})", uid, date, id,
                       labels);
  };
  const auto examine = [](const std::string& name, int messages) {
    return Script{
        {"EXAMINE \"" + name + "\"", fmt::format("* {} EXISTS\r\n* OK [UIDVALIDITY 1]\r\n* OK [UIDNEXT "
                                                 "{}]\r\n$TAG OK\r\n",
                                                 messages, messages + 1)}};
  };
  const std::string sizes =
      "* 1 FETCH (UID 1 RFC822.SIZE 3)\r\n* 2 FETCH (UID 2 RFC822.SIZE 3)\r\n$TAG OK\r\n";
  const std::string items = "UID FLAGS INTERNALDATE RFC822.SIZE X-GM-MSGID X-GM-THRID X-GM-LABELS";
  const auto outcome = Dialogue{}.run(
      logged_in("X-GM-EXT-1 LIST-STATUS SPECIAL-USE") +
      Script{
          {"RETURN (SPECIAL-USE STATUS",
           "* LIST () \"/\" INBOX\r\n* STATUS INBOX (MESSAGES 2 UIDNEXT 3 UIDVALIDITY 1)\r\n"
           "* LIST (\\All) \"/\" All\r\n* STATUS All (MESSAGES 2 UIDNEXT 3 UIDVALIDITY 1)\r\n$TAG OK\r\n"}} +
      examine("All", 2) + Script{{"UID FETCH 1:2 (UID RFC822.SIZE)", sizes}} + examine("INBOX", 2) +
      Script{{"UID FETCH 1:2 (UID RFC822.SIZE)", sizes}} + examine("All", 2) +
      Script{{"UID FETCH 1:2 (" + items + " BODY.PEEK[])",
              "* 1 FETCH (" + facts(1, 11, "\"\\\\Inbox\"") + " BODY[] {3}\r\none)\r\n* 2 FETCH (" +
                  facts(2, 12, "") + " BODY[] {3}\r\ntwo)\r\n$TAG OK\r\n"}} +
      examine("INBOX", 2) +
      Script{{"UID FETCH 1:2 (" + items + ")\r\n",
              "* 1 FETCH (" + facts(1, 11, "") + ")\r\n* 2 FETCH (" + facts(2, 13, "") + ")\r\n$TAG OK\r\n"},
             {"UID FETCH 2 (" + items + " BODY.PEEK[])",
              "* 2 FETCH (" + facts(2, 13, "") + " BODY[] {3}\r\nnew)\r\n$TAG OK\r\n"}} +
      kGoodbye);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.report.fetched, 3U);
  EXPECT_EQ(outcome.report.recognised, 1U);
  const auto& first = (*outcome.account)["All"].messages.at(1).facts;
  ASSERT_TRUE(first.gmail);
  EXPECT_EQ(first.gmail->message, 11U);
  EXPECT_EQ(first.gmail->labels, std::vector<std::string>{"\\Inbox"});
  const auto log = log_of(outcome);
  EXPECT_NE(std::find(log.begin(), log.end(), "place 1 as 1001"), log.end());
}

/// A server that hangs up while one message is awaited, connection after connection.
class HangsUp : public testing::Test {
 protected:
  /// Windows of the mailbox INBOX with UIDs 1 to 4: what a connection is asked, and what it answers.
  static Outcome run(const Script& windows, imap::Setback setback = {}) {
    std::string sizes;
    for (const int uid : {1, 2, 3, 4})
      sizes += fmt::format("* {} FETCH (UID {} RFC822.SIZE 5)\r\n", uid, uid);
    Dialogue dialogue;
    dialogue.setbacks[{{"INBOX"}, 1}] = std::move(setback);
    return dialogue.run(Dialogue::with_inbox(4, 5, sizes) + windows);
  }
};

TEST_F(HangsUp, SuspectsTheMessageThatWasOnItsWay) {
  const auto outcome = run({{"UID FETCH 1:4", fetched(1, 1, "one") + "* 2 FETCH (UID 2 BODY[] {9}\r\ncut"}});
  EXPECT_TRUE(outcome.error.starts_with("NetworkError"));
  EXPECT_EQ(outcome.report.fetched, 1U);
  EXPECT_EQ((*outcome.account)["INBOX"].committed, 1);
  EXPECT_EQ(outcome.setbacks.begin()->second.suspects, base::UidSet(2, 2));
}

TEST_F(HangsUp, SuspectsAllThatWasAwaitedWhereNothingCame) {
  const auto outcome = run({{"UID FETCH 1:4", fetched(1, 1, "one")}});
  EXPECT_EQ(outcome.setbacks.begin()->second.suspects, base::UidSet(2, 4));
}

TEST_F(HangsUp, AsksForSuspectsLastAndAloneAndGivesUpTheOneThatDoesIt) {
  const auto outcome = run({{"UID FETCH 1 ", fetched(1, 1, "one") + "$TAG OK\r\n"},
                            {"UID FETCH 4 ", fetched(4, 4, "four") + "$TAG OK\r\n"},
                            {"UID FETCH 3 ", ""}},
                           {base::UidSet{2, 4}, {}});
  EXPECT_TRUE(outcome.error.starts_with("NetworkError"));
  EXPECT_EQ(outcome.report.fetched, 2U);
  EXPECT_EQ(outcome.report.holes, 1U);
  EXPECT_TRUE((*outcome.account)["INBOX"].holes.at(3).starts_with("the connection is lost at this message"));
  const auto& setback = outcome.setbacks.begin()->second;
  EXPECT_EQ(setback.given_up, base::UidSet(3, 3));
  EXPECT_TRUE(setback.suspects.contains(2));
  EXPECT_FALSE(setback.suspects.contains(3));
}

TEST_F(HangsUp, DoesNotAskAgainForWhatWasGivenUp) {
  const auto outcome = run(Script{{"UID FETCH 4 ", fetched(4, 4, "four") + "$TAG OK\r\n"}} + kGoodbye,
                           {{}, base::UidSet{1, 3}});
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.report.fetched, 1U);
}

}  // namespace
}  // namespace mailspoor::fetch
