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
