#include "tests/fetch/dialogue.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace mailspoor::fetch {
namespace {

const Script kGoodbye{{"LOGOUT", "* BYE\r\n$TAG OK\r\n"}};

Script operator+(Script left, const Script& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

std::string listed(int sequence_number, int uid, std::uint64_t size) {
  return fmt::format("* {} FETCH (UID {} RFC822.SIZE {})\r\n", sequence_number, uid, size);
}

/// One message with UID 5 in INBOX, and what the server says when it is asked for, once per attempt.
Outcome fetch_one(const std::vector<std::string>& answers, Dialogue dialogue = {}) {
  Script script = Dialogue::with_inbox(1, 6, listed(1, 5, 5));
  for (const std::string& answer : answers) script.push_back({"UID FETCH 5 (UID FLAGS", answer});
  return dialogue.run(script + kGoodbye);
}

TEST(Dialogue, FetchesWhatIsMissingByteForByte) {
  constexpr char kOctets[] = "Subject: \xe4\xf6\0\r\n\r\nline\nbare\rcr\r\n";
  const std::string eight_bit{kOctets, sizeof kOctets - 1};
  const auto outcome =
      Dialogue{}.run(Dialogue::with_inbox(2, 9, listed(1, 3, 5) + listed(2, 8, eight_bit.size())) +
                     Script{{"UID FETCH 3,8 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])",
                             fetched(1, 3, "a\r\nb\n") + fetched(2, 8, eight_bit) + "$TAG OK\r\n"}} +
                     kGoodbye);
  EXPECT_EQ(outcome.error, "");
  auto& inbox = (*outcome.account)["INBOX"];
  EXPECT_EQ(inbox.messages.at(3).octets, "a\r\nb\n");
  EXPECT_EQ(inbox.messages.at(8).octets, eight_bit);
  EXPECT_EQ(inbox.messages.at(8).facts.flags, std::vector<std::string>{"\\Seen"});
  EXPECT_EQ(inbox.messages.at(8).facts.internal_date, "01-Feb-2024 10:00:00 +0100");
  EXPECT_EQ(inbox.messages.at(8).facts.announced_size, eight_bit.size());
  EXPECT_EQ(base::to_sequence_set(inbox.absent), "1:2,4:7");
  EXPECT_EQ(inbox.committed, 2);
  EXPECT_EQ(outcome.report.fetched, 2U);
  EXPECT_EQ(outcome.report.octets, 5U + eight_bit.size());
  EXPECT_EQ(outcome.report.held, 0U);
  ASSERT_EQ(outcome.plans.size(), 1U);
  EXPECT_EQ(base::to_sequence_set(outcome.plans[0].missing), "3,8");
  EXPECT_EQ(outcome.plans[0].missing_octets, 5U + eight_bit.size());
  EXPECT_NE(outcome.written.find("LOGOUT"), std::string::npos);
}

TEST(Dialogue, AsksNothingOfAMailboxThatIsHeldWhole) {
  Dialogue dialogue;
  dialogue.states = {{"INBOX", {base::UidSet{1, 8}, base::UidSet{1, 7}, {}, ServerState{9, 7, {}, 40}, {}}}};
  dialogue.states[0].second.since_compared = std::chrono::seconds{60};
  const auto outcome =
      dialogue.run(Dialogue::logged_in() +
                   Script{{"LIST", "* LIST () \"/\" INBOX\r\n$TAG OK\r\n"},
                          {"STATUS",
                           "* STATUS INBOX (MESSAGES 7 UIDNEXT 9 UIDVALIDITY 1 HIGHESTMODSEQ 40)\r\n"
                           "$TAG OK\r\n"}} +
                   kGoodbye);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.written.find("EXAMINE"), std::string::npos);
  EXPECT_EQ(outcome.report.held, 7U);
}

/// A session with one message, in which the server offers compression and answers `answer` to COMPRESS.
Outcome fetch_compressed(const std::string& answer, Dialogue dialogue = {}) {
  Script script = Dialogue::with_inbox(1, 6, listed(1, 5, 5));
  script[2].octets = "* CAPABILITY IMAP4rev1 COMPRESS=DEFLATE\r\n$TAG OK\r\n";
  if (!answer.empty()) script.insert(script.begin() + 5, {"COMPRESS DEFLATE", answer});
  script.push_back({"UID FETCH 5 (UID FLAGS", fetched(1, 5, std::string(200'000, 'x')) + "$TAG OK\r\n"});
  dialogue.has_compression = true;
  return dialogue.run(script + kGoodbye);
}

TEST(Dialogue, GoesOnCompressedWhereTheServerOffersIt) {
  const auto outcome = fetch_compressed("$TAG OK active\r\n");
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ((*outcome.account)["INBOX"].messages.at(5).octets, std::string(200'000, 'x'));
}

TEST(Dialogue, TakesCompressedOctetsGluedToTheAnswerToCompress) {
  const auto outcome = fetch_compressed("$TAG OK active\r\n* OK [ALERT] this is compressed\r\n");
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ((*outcome.account)["INBOX"].messages.at(5).octets, std::string(200'000, 'x'));
}

TEST(Dialogue, GoesOnUncompressedWhereTheServerRefuses) {
  for (const char* answer : {"$TAG NO [COMPRESSIONACTIVE] by TLS\r\n", "$TAG BAD what?\r\n"}) {
    const auto outcome = fetch_compressed(answer);
    EXPECT_EQ(outcome.error, "");
    EXPECT_EQ((*outcome.account)["INBOX"].messages.size(), 1U);
  }
}

TEST(Dialogue, DoesNotAskForCompressionThatTheAccountForbids) {
  Dialogue dialogue;
  dialogue.options.compress = false;
  const auto outcome = fetch_compressed("", std::move(dialogue));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.written.find("COMPRESS"), std::string::npos);
}

TEST(Dialogue, TellsThatTheServerHungUpWhenAskedForCompression) {
  EXPECT_EQ(fetch_compressed("* BYE sorry\r\n").error,
            "NetworkError: the server ended the session: BYE sorry (when asked for compression, which "
            "--no-compress does without)");
}

TEST(Dialogue, TakesTagLookAlikesInABodyForMail) {
  const std::string body = ")\r\ntag8 OK done\r\n* 1 FETCH (UID 5 BODY[] {3}\r\nbad)\r\n";
  const auto outcome = fetch_one({fetched(1, 5, body) + "$TAG OK\r\n"});
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ((*outcome.account)["INBOX"].messages.at(5).octets, body);
}

TEST(Dialogue, TakesAnEmptyMessage) {
  const auto outcome = fetch_one({fetched(1, 5, "") + "$TAG OK\r\n"});
  ASSERT_TRUE((*outcome.account)["INBOX"].messages.contains(5));
  EXPECT_EQ((*outcome.account)["INBOX"].messages.at(5).octets, "");
}

struct ShapeCase {
  std::string_view name, answer;
};
void PrintTo(const ShapeCase& shape, std::ostream* out) { *out << shape.name; }
constexpr char kNulsBefore[] =
    "\0\0* 1 FETCH (UID 5 FLAGS (\\Seen) INTERNALDATE \"1-Jan-2024\" BODY[] {5}\r\nhello)\r\n\0";
class FetchShape : public testing::TestWithParam<ShapeCase> {};

TEST_P(FetchShape, BringsTheMessageWithItsFacts) {
  const auto outcome = fetch_one({std::string{GetParam().answer} + "$TAG OK\r\n"});
  EXPECT_EQ(outcome.error, "");
  auto& inbox = (*outcome.account)["INBOX"];
  ASSERT_TRUE(inbox.messages.contains(5));
  EXPECT_EQ(inbox.messages.at(5).octets, "hello");
  EXPECT_EQ(inbox.messages.at(5).facts.flags, std::vector<std::string>{"\\Seen"});
  EXPECT_EQ(inbox.messages.at(5).facts.internal_date, "1-Jan-2024");
  EXPECT_TRUE(inbox.holes.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Servers, FetchShape,
    testing::Values(
        ShapeCase{"plain",
                  "* 1 FETCH (UID 5 FLAGS (\\Seen) INTERNALDATE \"1-Jan-2024\" BODY[] {5}\r\nhello)\r\n"},
        ShapeCase{"facts_behind",
                  "* 1 FETCH (BODY[] {5}\r\nhello INTERNALDATE \"1-Jan-2024\" UID 5 FLAGS (\\Seen))\r\n"},
        ShapeCase{"split_by_uid",
                  "* 1 FETCH (UID 5 BODY[] {5}\r\nhello)\r\n* 1 FETCH (UID 5 FLAGS (\\Seen))\r\n"
                  "* 1 FETCH (UID 5 INTERNALDATE \"1-Jan-2024\")\r\n"},
        ShapeCase{"split_facts_first",
                  "* 1 FETCH (UID 5 FLAGS (\\Seen) INTERNALDATE \"1-Jan-2024\")\r\n"
                  "* 1 FETCH (UID 5 BODY[] {5}\r\nhello)\r\n"},
        ShapeCase{"body_without_uid",
                  "* 1 FETCH (UID 5 FLAGS (\\Seen))\r\n"
                  "* 1 FETCH (BODY[] {5}\r\nhello INTERNALDATE \"1-Jan-2024\")\r\n"},
        ShapeCase{"uid_in_a_later_response",
                  "* 1 FETCH (BODY[] {5}\r\nhello)\r\n"
                  "* 1 FETCH (UID 5 FLAGS (\\Seen) INTERNALDATE \"1-Jan-2024\")\r\n"},
        ShapeCase{"between_unsolicited",
                  "* 3 EXISTS\r\n* OK Still here\r\n* 1 FETCH (FLAGS ())\r\n"
                  "* 1 FETCH (UID 5 FLAGS (\\Seen) INTERNALDATE \"1-Jan-2024\" BODY[] {5}\r\nhello)\r\n"
                  "* 2 EXPUNGE\r\n* VANISHED 300:310\r\n* 1 FETCH (UID 5 FLAGS (\\Seen \\Answered))\r\n"},
        ShapeCase{"quoted_body",
                  "* 1 FETCH (UID 5 FLAGS (\\Seen) INTERNALDATE \"1-Jan-2024\" BODY[] \"hello\")\r\n"},
        ShapeCase{"extra_parentheses",
                  "* 1 FETCH ((UID 5 FLAGS (\\Seen) INTERNALDATE \"1-Jan-2024\" BODY[] {5}\r\nhello))\r\n"},
        ShapeCase{
            "mixed_case_tabs_lf",
            "*  1\tfetch  ( uid 5\tFlags ( \\Seen NIL ) internalDate \"1-Jan-2024\" body[] {5}\nhello )\n"},
        ShapeCase{
            "unknown_items",
            "* 1 FETCH (MODSEQ (12) X-GM-LABELS (\"a b\" (\\x {2}\r\n)))) UID 5 FLAGS (\\Seen \\Recent) "
            "BODY[HEADER.FIELDS (TO)] {4}\r\nx)\r\n INTERNALDATE \"1-Jan-2024\" "
            "BODY[] {5}\r\nhello)\r\n"},
        ShapeCase{"literal8_and_plus",
                  "* 1 FETCH (UID 5 FLAGS (\\Seen) INTERNALDATE \"1-Jan-2024\" BODY[] ~{5+}\r\nhello)\r\n"},
        ShapeCase{"stray_line_end_behind_literal",
                  "* 1 FETCH (UID 5 FLAGS (\\Seen) INTERNALDATE \"1-Jan-2024\" BODY[] {5}\r\nhello\r\n)\r\n"},
        ShapeCase{"nul_before_responses", {kNulsBefore, sizeof kNulsBefore - 1}},
        ShapeCase{"others_not_asked_for",
                  "* 9 FETCH (UID 99 BODY[] {4}\r\nevil)\r\n"
                  "* 1 FETCH (UID 5 FLAGS (\\Seen) INTERNALDATE \"1-Jan-2024\" BODY[] {5}\r\nhello)\r\n"
                  "* 8 FETCH (BODY[] {4}\r\nevil UID 98)\r\n"},
        ShapeCase{"twice",
                  "* 1 FETCH (UID 5 FLAGS (\\Seen) INTERNALDATE \"1-Jan-2024\" BODY[] {5}\r\nhello)\r\n"
                  "* 1 FETCH (UID 5 FLAGS () INTERNALDATE \"2-Jan-2024\" BODY[] {5}\r\nagain)\r\n"},
        ShapeCase{"lines_that_mean_nothing",
                  "Server Unavailable. 15\r\n* [COPYUID 1 2 3]\r\n* XSOMETHING \"unfinished\r\n*\r\n* 1\r\n* "
                  "LIST\r\n"
                  "* 1 FETCH (UID 5 FLAGS (\\Seen) INTERNALDATE \"1-Jan-2024\" BODY[] {5}\r\nhello)\r\n"}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(Dialogue, AsksOnceMoreAloneForWhatDidNotComeAndThenNotesAHole) {
  const auto outcome = fetch_one({"$TAG OK Fetch completed\r\n", "$TAG OK Fetch completed\r\n"});
  auto& inbox = (*outcome.account)["INBOX"];
  EXPECT_EQ(inbox.holes.at(5), "the server answered 'OK Fetch completed' and sent no message");
  EXPECT_EQ(inbox.log.back(), "commit");
  EXPECT_EQ(outcome.report.holes, 1U);
  EXPECT_EQ(outcome.error, "");
}

TEST(Dialogue, TakesAMessageThatComesOnTheSecondAttempt) {
  const auto outcome = fetch_one({"$TAG NO [UNAVAILABLE] later\r\n", fetched(1, 5, "hello") + "$TAG OK\r\n"});
  auto& inbox = (*outcome.account)["INBOX"];
  EXPECT_EQ(inbox.messages.at(5).octets, "hello");
  EXPECT_TRUE(inbox.holes.empty());
}

TEST(Dialogue, CountsAHoleThatIsNoNewsApart) {
  Dialogue dialogue;
  MailboxState known;
  known.accepted = base::UidSet{5, 5};
  dialogue.states = {{"INBOX", known}};
  dialogue.options.max_message_size = 10;
  const auto outcome =
      dialogue.run(Dialogue::with_inbox(2, 7, listed(1, 5, 11) + listed(2, 6, 12)) + kGoodbye);
  EXPECT_EQ(outcome.report.holes, 2U);
  EXPECT_EQ(outcome.report.accepted_holes, 1U);
}

TEST(Dialogue, OnlyPlansWhereThatIsWanted) {
  Dialogue dialogue;
  dialogue.options.only_plans = true;
  dialogue.options.max_message_size = 10;
  const auto outcome = dialogue.run(
      Dialogue::with_inbox(3, 8, listed(1, 5, 7) + listed(2, 6, 12) + listed(3, 7, 9)) + kGoodbye);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.written.find("BODY"), std::string::npos);
  EXPECT_EQ((*outcome.account)["INBOX"].log, std::vector<std::string>{});
  ASSERT_EQ(outcome.plans.size(), 1U);
  EXPECT_EQ(base::to_sequence_set(outcome.plans[0].missing), "5:7");
  EXPECT_EQ(outcome.plans[0].missing_octets, 16U);
  EXPECT_EQ(outcome.plans[0].too_large, 1U);
  EXPECT_EQ(outcome.report.holes, 0U);
}

TEST(Dialogue, PutsTheServersWordsIntoAHole) {
  const auto outcome =
      fetch_one({"$TAG BAD \x1b[31mThrottled\r\n", "$TAG NO [SERVERBUG] UID FETCH \x1b[31mfailed\r\n"});
  EXPECT_EQ((*outcome.account)["INBOX"].holes.at(5), "NO [SERVERBUG] UID FETCH \\x1b[31mfailed");
}

constexpr std::string_view kThrottled =
    "$TAG BAD Request is throttled. Suggested Backoff Time: 4321 milliseconds\r\n";

TEST(Dialogue, WaitsAsLongAsTheServerAsksAndGoesOn) {
  const auto outcome =
      fetch_one({std::string{kThrottled}, std::string{kThrottled}, fetched(1, 5, "hello") + "$TAG OK\r\n"});
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ((*outcome.account)["INBOX"].messages.at(5).octets, "hello");
  EXPECT_TRUE((*outcome.account)["INBOX"].holes.empty());
  EXPECT_EQ(outcome.waits, std::vector<std::chrono::milliseconds>(2, std::chrono::milliseconds{4321}));
}

TEST(Dialogue, MakesNoHoleWhereTheServerIsThrottledThroughout) {
  const std::vector<std::string> answers(4, std::string{kThrottled});
  const auto outcome = fetch_one(answers);
  EXPECT_EQ(
      outcome.error,
      "ThrottledError: INBOX: the server is busy: BAD Request is throttled. Suggested Backoff Time: 4321 "
      "milliseconds; 3 waits were not enough: try again in 5 s");
  EXPECT_TRUE((*outcome.account)["INBOX"].holes.empty());
  EXPECT_TRUE(outcome.setbacks.begin()->second.suspects.empty());
}

TEST(Dialogue, DoesNotWaitBeyondTheDeadline) {
  Dialogue dialogue;
  dialogue.patience_limit = std::chrono::seconds{4};
  const auto outcome = fetch_one({std::string{kThrottled}}, dialogue);
  EXPECT_NE(outcome.error.find("does not suffice"), std::string::npos) << outcome.error;
}

TEST(Dialogue, AsksAThrottledWindowAgainForWhatItDidNotBring) {
  const auto outcome = Dialogue{}.run(
      Dialogue::with_inbox(3, 6, listed(1, 3, 5) + listed(2, 4, 5) + listed(3, 5, 5)) +
      Script{{"UID FETCH 3:5 (UID FLAGS", fetched(2, 4, "four") + std::string{kThrottled}},
             {"UID FETCH 3,5 (UID FLAGS", fetched(1, 3, "three") + fetched(3, 5, "five") + "$TAG OK\r\n"}} +
      kGoodbye);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ((*outcome.account)["INBOX"].messages.size(), 3U);
  EXPECT_EQ((*outcome.account)["INBOX"].committed, 3);
  EXPECT_EQ(outcome.waits.size(), 1U);
}

TEST(Dialogue, GivesABusyMessageTwoMoreChances) {
  const std::string busy = "$TAG NO [UNAVAILABLE] Server error\r\n";
  const auto good = fetch_one({busy, busy, busy, fetched(1, 5, "hello") + "$TAG OK\r\n"});
  EXPECT_TRUE((*good.account)["INBOX"].messages.contains(5));
  EXPECT_EQ(good.waits,
            (std::vector<std::chrono::milliseconds>{std::chrono::seconds{5}, std::chrono::seconds{20}}));
  const auto bad = fetch_one({busy, busy, busy, busy});
  EXPECT_EQ((*bad.account)["INBOX"].holes.at(5), "NO [UNAVAILABLE] Server error");
  EXPECT_EQ(bad.error, "");
}

TEST(Dialogue, WaitsNoMoreForAMessageThatWasAHoleBefore) {
  Dialogue dialogue;
  MailboxState state;
  state.holes.add(5);
  dialogue.states = {{"INBOX", state}};
  const auto outcome = fetch_one({"$TAG NO [UNAVAILABLE] Server error\r\n"}, dialogue);
  EXPECT_EQ((*outcome.account)["INBOX"].holes.size(), 1U);
  EXPECT_TRUE(outcome.waits.empty());
}

TEST(Dialogue, TakesManyBusyMessagesForABusyServer) {
  std::string listing;
  for (int i = 1; i <= 60; ++i) listing += listed(i, i, 5);
  Script script = Dialogue::with_inbox(60, 61, listing);
  script.push_back({"UID FETCH 1:60 (UID FLAGS", "$TAG NO [UNAVAILABLE] down\r\n"});
  for (int i = 0; i < 200; ++i)
    script.push_back({"(UID FLAGS INTERNALDATE", "$TAG NO [UNAVAILABLE] down\r\n"});
  const auto outcome = Dialogue{}.run_unrepeated(script);
  EXPECT_EQ(outcome.error.substr(0, 15), "ThrottledError:") << outcome.error;
  EXPECT_TRUE((*outcome.account)["INBOX"].holes.empty());
  EXPECT_EQ(outcome.waits.size(), 3U);
}

TEST(Dialogue, OpensABusyMailboxOnceMoreAtTheEnd) {
  Script script = Dialogue::with_inbox(1, 6, listed(1, 5, 5));
  const Script::value_type opened = script[5];
  script[5].octets = "$TAG NO [INUSE] somebody reads it\r\n";
  script.insert(script.begin() + 6, opened);
  script.push_back({"UID FETCH 5 (UID FLAGS", fetched(1, 5, "hello") + "$TAG OK\r\n"});
  const auto outcome = Dialogue{}.run(script + kGoodbye);
  EXPECT_EQ(outcome.error, "");
  EXPECT_TRUE((*outcome.account)["INBOX"].messages.contains(5));
  EXPECT_TRUE(outcome.report.failed_mailboxes.empty());
  EXPECT_EQ(outcome.waits.size(), 1U);
}

TEST(Dialogue, TellsOfAMailboxThatIsBusyToTheEnd) {
  Script script = Dialogue::with_inbox(1, 6, "");
  script.resize(6);
  script[5].octets = "$TAG NO [INUSE] somebody reads it\r\n";
  script.push_back(script[5]);
  const auto outcome = Dialogue{}.run(script + kGoodbye);
  EXPECT_EQ(outcome.report.failed_mailboxes,
            std::vector<std::string>{"INBOX: EXAMINE was refused: NO [INUSE] somebody reads it"});
}

TEST(Dialogue, ListsOnceMoreWhatABusyServerDidNotList) {
  Script script = Dialogue::logged_in();
  script.push_back({"LIST", "$TAG NO [UNAVAILABLE] not now\r\n"});
  script.push_back({"LIST", "* LIST () \"/\" INBOX\r\n* LIST () \"/\" a\r\n$TAG OK\r\n"});
  for (int i = 0; i < 2; ++i)
    script.push_back({"STATUS", i == 0 ? "* STATUS INBOX (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1)\r\n$TAG OK\r\n"
                                       : "* STATUS a (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1)\r\n$TAG OK\r\n"});
  const auto outcome = Dialogue{}.run(script + kGoodbye);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.report.mailboxes, 2U);
  EXPECT_TRUE(outcome.report.failed_mailboxes.empty());
}

TEST(Dialogue, LeavesToTheNextConnectionWhatIsThrottledOutsideAMailbox) {
  Script script = Dialogue::logged_in();
  script.push_back({"LIST", std::string{kThrottled}});
  EXPECT_EQ(Dialogue{}.run(script).error.substr(0, 15), "ThrottledError:");
}

TEST(Dialogue, TakesALogInThatIsPutOffForNoRefusal) {
  for (const char* words :
       {"NO [UNAVAILABLE] try later", "NO [ALERT] Too many simultaneous connections. (Failure)",
        "NO [INUSE] logged in elsewhere"}) {
    Script script = Dialogue::logged_in();
    script[1].octets = fmt::format("$TAG {}\r\n", words);
    const auto outcome = Dialogue{}.run(script);
    EXPECT_EQ(outcome.error.substr(0, 15), "ThrottledError:") << outcome.error;
    EXPECT_NE(outcome.error.find(words), std::string::npos) << outcome.error;
  }
}

TEST(Dialogue, TakesAFarewellForABusyServerOnlyWhereItIsAboutTheAccount) {
  EXPECT_EQ(
      fetch_one({"* BYE [OVERQUOTA] Account exceeded command or bandwidth limits.\r\n"}).error,
      "ThrottledError: the server ended the session: BYE [OVERQUOTA] Account exceeded command or bandwidth "
      "limits.");
  const auto outcome = fetch_one({"* BYE [UNAVAILABLE] Internal error occurred\r\n"});
  EXPECT_EQ(outcome.error,
            "NetworkError: the server ended the session: BYE [UNAVAILABLE] Internal error occurred");
  EXPECT_TRUE(outcome.setbacks.begin()->second.suspects.contains(5));
}

/// Four messages, from a server that lets a command touch two.
Script limited_inbox(int uid_next) {
  Script script = Dialogue::with_inbox(4, uid_next, "");
  script[2].octets = "* CAPABILITY IMAP4rev1 MESSAGELIMIT=2\r\n$TAG OK\r\n";
  script.back() = {"UID FETCH 1:8 (UID RFC822.SIZE)",
                   listed(3, 6, 5) + listed(4, 8, 5) + "$TAG OK [MESSAGELIMIT 2 6] partial\r\n"};
  script.push_back({"UID FETCH 1:5 (UID RFC822.SIZE)", listed(1, 2, 5) + listed(2, 4, 5) + "$TAG OK\r\n"});
  return script;
}

TEST(Dialogue, AsksForNoMoreMessagesAtOnceThanTheServerTakes) {
  const auto outcome = Dialogue{}.run(
      limited_inbox(9) +
      Script{{"UID FETCH 6,8 (UID FLAGS", fetched(3, 6, "six") + fetched(4, 8, "eight") + "$TAG OK\r\n"},
             {"UID FETCH 2,4 (UID FLAGS", fetched(1, 2, "two") + fetched(2, 4, "four") + "$TAG OK\r\n"}} +
      kGoodbye);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ((*outcome.account)["INBOX"].messages.size(), 4U);
  EXPECT_EQ(base::to_sequence_set((*outcome.account)["INBOX"].absent), "1,3,5,7");
}

TEST(Dialogue, AsksForTheRestOfAWindowThatTheServerCutShort) {
  Script script = Dialogue::with_inbox(3, 6, listed(1, 3, 5) + listed(2, 4, 5) + listed(3, 5, 5));
  script.push_back(
      {"UID FETCH 3:5 (UID FLAGS", fetched(3, 5, "five") + "$TAG OK [MESSAGELIMIT 1 5] partial\r\n"});
  script.push_back(
      {"UID FETCH 3:4 (UID FLAGS", fetched(1, 3, "three") + fetched(2, 4, "four") + "$TAG OK\r\n"});
  const auto outcome = Dialogue{}.run(script + kGoodbye);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ((*outcome.account)["INBOX"].messages.size(), 3U);
}

/// Up to the listing of messages with the UIDs from 1 on.
Script full_inbox(int messages) {
  std::string sizes;
  for (int uid = 1; uid <= messages; ++uid) sizes += listed(uid, uid, 1);
  return Dialogue::with_inbox(messages, messages + 1, sizes);
}

/// What comes in answer to a window, newest windows first.
Script windows(int messages, const std::string& end) {
  Script script;
  for (int last = messages; last > 0; last -= 200) {
    std::string answer;
    for (int uid = last - 199; uid <= last; ++uid) answer += fetched(uid, uid, "x");
    script.push_back({fmt::format("UID FETCH {}:{} (UID FLAGS", last - 199, last), answer + end});
  }
  return script;
}

TEST(Dialogue, CommitsOnTheWay) {
  for (const std::string end : {"$TAG OK\r\n", "$TAG OK [MESSAGELIMIT 200] never said before\r\n"}) {
    const auto outcome = Dialogue{}.run(full_inbox(2'400) + windows(2'400, end) + kGoodbye);
    EXPECT_EQ(outcome.error, "");
    const auto& log = (*outcome.account)["INBOX"].log;
    EXPECT_EQ(outcome.report.fetched, 2'400U);
    EXPECT_EQ(std::count(log.begin(), log.end(), "commit"), 4) << end;  // one is of finish()
  }
}

TEST(Dialogue, CommitsSoonerWhereMessagesHaveManyFlags) {
  std::string flags;
  for (int flag = 0; flag < 1'500; ++flag) flags += "a ";
  std::string answer;
  for (int uid = 1; uid <= 200; ++uid)
    answer += fmt::format(
        "* {} FETCH (UID {} FLAGS ({}) INTERNALDATE \"01-Feb-2024 10:00:00 +0100\" BODY[] {{1}}\r\nx)\r\n",
        uid, uid, flags);
  const auto outcome = Dialogue{}.run_unrepeated(
      full_inbox(200) + Script{{"UID FETCH 1:200 (UID FLAGS", answer + "$TAG OK\r\n"}} + kGoodbye);
  EXPECT_EQ(outcome.error, "");
  const auto& log = (*outcome.account)["INBOX"].log;
  EXPECT_EQ(std::count(log.begin(), log.end(), "commit"), 3);
}

TEST(Dialogue, EndsWhereAServerTellsOfMessagesAndSendsNone) {
  std::string flags;
  for (int flag = 0; flag < 1'500; ++flag) flags += "a ";
  Script script = full_inbox(800);
  for (int last = 800; last > 0; last -= 200) {
    std::string answer;
    for (int uid = last - 199; uid <= last; ++uid)
      answer += fmt::format("* {} FETCH (UID {} FLAGS ({}))\r\n", uid, uid, flags);
    script.push_back({last == 800 ? "UID FETCH 601:800 (UID FLAGS" : "", answer});
  }
  const auto outcome = Dialogue{}.run_unrepeated(script);
  EXPECT_EQ(outcome.error, "ProtocolError: the server tells too much of messages that it does not send");
}

TEST(Dialogue, TreatsNilAsNoMessage) {
  const auto outcome = fetch_one(
      {"* 1 FETCH (UID 5 BODY[] NIL)\r\n$TAG OK\r\n", "* 1 FETCH (UID 5 BODY[] NIL)\r\n$TAG OK\r\n"});
  EXPECT_EQ((*outcome.account)["INBOX"].holes.size(), 1U);
}

TEST(Dialogue, DropsWhatIsLargerThanTheLimit) {
  Dialogue dialogue;
  dialogue.options.max_message_size = 10;
  const auto outcome = fetch_one({fetched(1, 5, "eleven octs") + "$TAG OK\r\n"}, dialogue);
  auto& inbox = (*outcome.account)["INBOX"];
  EXPECT_TRUE(inbox.messages.empty());
  EXPECT_EQ(inbox.holes.at(5), "11 octets, more than the limit of 10");
}

TEST(Dialogue, DoesNotAskForWhatIsAnnouncedLargerThanTheLimit) {
  Dialogue dialogue;
  dialogue.options.max_message_size = 10;
  const auto outcome = dialogue.run(Dialogue::with_inbox(1, 6, listed(1, 5, 5'000'000'000)) + kGoodbye);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ((*outcome.account)["INBOX"].holes.at(5),
            "announced with 4294967295 octets or more, the limit is 10");
  EXPECT_EQ(outcome.report.holes, 1U);
}

TEST(Dialogue, FindsItsWayBackWhenALiteralIsLongerThanAnnounced) {
  // The rest of the message would be read as responses: it holds one that claims another body for UID 6.
  const std::string forged =
      "hello world\r\n* 2 FETCH (UID 6 FLAGS () INTERNALDATE \"x\" BODY[] {4}\r\nevil)\r\ntag8 OK\r\n";
  const auto outcome = Dialogue{}.run(
      Dialogue::with_inbox(2, 7, listed(1, 5, 5) + listed(2, 6, 4)) +
      Script{{"UID FETCH 5:6 (UID FLAGS", "* 1 FETCH (UID 5 BODY[] {5}\r\n" + forged + ")\r\n$TAG OK\r\n"},
             {"NOOP", "$TAG OK\r\n"},
             {"UID FETCH 5 (", "* 1 FETCH (UID 5 BODY[] {5}\r\n" + forged + ")\r\n$TAG OK\r\n"},
             {"NOOP", "$TAG OK\r\n"},
             {"UID FETCH 6 (", fetched(2, 6, "good") + "$TAG OK\r\n"}} +
      kGoodbye);
  EXPECT_EQ(outcome.error, "");
  auto& inbox = (*outcome.account)["INBOX"];
  ASSERT_EQ(inbox.messages.size(), 1U);
  EXPECT_EQ(inbox.messages.at(6).octets, "good");
  EXPECT_EQ(inbox.holes.at(5), "behind a message the answer ends too early: the announced size was wrong");
}

TEST(Dialogue, FindsItsWayBackWhenALiteralIsShorterThanAnnounced) {
  const std::string greedy = "* 1 FETCH (UID 5 BODY[] {25}\r\nhello)\r\n";
  const auto outcome = fetch_one({greedy + "$TAG OK Completed and more\r\n$TAG OK\r\n", "* BYE\r\n"});
  EXPECT_TRUE((*outcome.account)["INBOX"].messages.empty());
  EXPECT_NE(outcome.error, "");
}

TEST(Dialogue, EndsAtALiteralThatNoCounterHolds) {
  const auto outcome = fetch_one({"* 1 FETCH (UID 5 BODY[] {18446744073709551616}\r\nhello)\r\n$TAG OK\r\n"});
  EXPECT_EQ(outcome.error, "ProtocolError: a literal announces more octets than 64 bits can count");
}

TEST(Dialogue, KeepsWhatIsWholeWhenTheConnectionBreaksInALiteral) {
  const auto outcome = Dialogue{}.run(
      Dialogue::with_inbox(2, 7, listed(1, 5, 5) + listed(2, 6, 5)) +
      Script{{"UID FETCH 5:6 (UID FLAGS", fetched(1, 5, "hello") + "* 2 FETCH (UID 6 BODY[] {5}\r\nhel"}});
  EXPECT_EQ(outcome.error, "NetworkError: the server closed the connection");
  auto& inbox = (*outcome.account)["INBOX"];
  EXPECT_EQ(inbox.messages.size(), 1U);
  EXPECT_EQ(inbox.committed, 1);
  const std::vector<std::string> tail{inbox.log.end() - 3, inbox.log.end()};
  EXPECT_EQ(tail, (std::vector<std::string>{"begin", "abandon", "commit"}));
}

TEST(Dialogue, EndsWithTheWordsOfABye) {
  const auto outcome = fetch_one({"* BYE [UNAVAILABLE] Going down\r\n"});
  EXPECT_EQ(outcome.error, "NetworkError: the server ended the session: BYE [UNAVAILABLE] Going down");
}

TEST(Dialogue, RefusesNestingWithoutEnd) {
  const auto outcome =
      fetch_one({"* 1 FETCH (X " + std::string(64, '(') + std::string(64, ')') + ")\r\n$TAG OK\r\n"});
  EXPECT_EQ(outcome.error, "ProtocolError: an answer nests parentheses more than 64 deep");
}

TEST(Dialogue, TakesNestingOf64) {
  const auto outcome = fetch_one({"* 1 FETCH (X " + std::string(63, '(') + std::string(63, ')') +
                                  " UID 5 BODY[] {5}\r\nhello)\r\n$TAG OK\r\n"});
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ((*outcome.account)["INBOX"].messages.size(), 1U);
}

TEST(Dialogue, DropsTheEchoOfAnOpenRange) {
  Dialogue dialogue;
  dialogue.states = {
      {"INBOX",
       {base::UidSet{1, 8}, base::UidSet{8, 8}, {}, ServerState{9, 1, {}, 4}, std::chrono::seconds{60}}}};
  const auto outcome = dialogue.run(
      Dialogue::logged_in() +
      Script{{"LIST", "* LIST () \"/\" INBOX\r\n$TAG OK\r\n"},
             {"STATUS", "* STATUS INBOX (MESSAGES 1 UIDNEXT 0 UIDVALIDITY 1 HIGHESTMODSEQ 4)\r\n$TAG OK\r\n"},
             {"EXAMINE", "* 1 EXISTS\r\n* OK [UIDVALIDITY 1]\r\n$TAG OK [READ-ONLY]\r\n"},
             {"UID FETCH 9:* (UID RFC822.SIZE)", "* 1 FETCH (UID 8 RFC822.SIZE 5)\r\n$TAG OK\r\n"}} +
      kGoodbye);
  EXPECT_EQ(outcome.error, "");
  EXPECT_TRUE((*outcome.account)["INBOX"].log.empty());
  EXPECT_EQ(outcome.report.held, 1U);
}

TEST(Dialogue, DeclaresNothingAbsentWhenTheCountContradicts) {
  const auto outcome =
      Dialogue{}.run(Dialogue::with_inbox(3, 9, listed(1, 3, 5)) +
                     Script{{"UID SEARCH ALL", "* SEARCH 3\r\n$TAG OK\r\n"},
                            {"UID FETCH 3 (UID FLAGS", fetched(1, 3, "hello") + "$TAG OK\r\n"}} +
                     kGoodbye);
  EXPECT_EQ(outcome.error, "");
  EXPECT_TRUE((*outcome.account)["INBOX"].absent.empty());
  EXPECT_EQ((*outcome.account)["INBOX"].messages.size(), 1U);
}

TEST(Dialogue, GoesOnPastMailboxesThatCannotBeRead) {
  const auto outcome = Dialogue{}.run(
      Dialogue::logged_in() +
      Script{{"LIST",
              "* LIST () \"/\" Broken\r\n* LIST () \"/\" NoEpoch\r\n* LIST () \"/\" INBOX\r\n$TAG OK\r\n"},
             {"STATUS \"INBOX\"", "* STATUS INBOX (MESSAGES 1 UIDNEXT 6 UIDVALIDITY 1)\r\n$TAG OK\r\n"},
             {"STATUS \"Broken\"", "$TAG NO [NOPERM] no\r\n"},
             {"STATUS \"NoEpoch\"", "* STATUS NoEpoch (MESSAGES 1 UIDNEXT 6 UIDVALIDITY 0)\r\n$TAG OK\r\n"},
             {"EXAMINE \"Broken\"", "$TAG NO [NOPERM] Permission denied\r\n"},
             {"EXAMINE \"INBOX\"", "* 1 EXISTS\r\n* OK [UIDVALIDITY 1]\r\n$TAG OK [READ-WRITE]\r\n"},
             {"UID FETCH 1:5 (UID RFC", listed(1, 5, 5) + "$TAG OK\r\n"},
             {"UID FETCH 5 (", fetched(1, 5, "hello") + "$TAG OK\r\n"}} +
      kGoodbye);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ((*outcome.account)["INBOX"].messages.size(), 1U);
  EXPECT_EQ(outcome.report.failed_mailboxes,
            (std::vector<std::string>{
                "Broken: EXAMINE was refused: NO [NOPERM] Permission denied",
                "NoEpoch: the server gives it no UIDVALIDITY, so that its messages have no lasting names"}));
}

TEST(Dialogue, LeavesAMailboxWhoseEpochChangedDuringTheRun) {
  const auto examined = [](int uid_validity) {
    return fmt::format("* 1 EXISTS\r\n* OK [UIDVALIDITY {}]\r\n* OK [UIDNEXT 6]\r\n$TAG OK [READ-ONLY]\r\n",
                       uid_validity);
  };
  const auto outcome = Dialogue{}.run(
      Dialogue::logged_in() +
      Script{{"LIST", "* LIST () \"/\" INBOX\r\n* LIST () \"/\" B\r\n$TAG OK\r\n"},
             {"STATUS \"INBOX\"", "* STATUS INBOX (MESSAGES 1 UIDNEXT 6 UIDVALIDITY 1)\r\n$TAG OK\r\n"},
             {"STATUS \"B\"", "* STATUS B (MESSAGES 1 UIDNEXT 6 UIDVALIDITY 1)\r\n$TAG OK\r\n"},
             {"EXAMINE \"INBOX\"", examined(1)},
             {"UID FETCH 1:5 (UID RFC", listed(1, 5, 5) + "$TAG OK\r\n"},
             {"EXAMINE \"B\"", examined(1)},
             {"UID FETCH 1:5 (UID RFC", listed(1, 5, 5) + "$TAG OK\r\n"},
             {"EXAMINE \"INBOX\"", examined(2)},
             {"EXAMINE \"B\"", examined(1)},
             {"UID FETCH 5 (", fetched(1, 5, "hello") + "$TAG OK\r\n"}} +
      kGoodbye);
  EXPECT_EQ(outcome.error, "");
  ASSERT_EQ(outcome.report.failed_mailboxes.size(), 1U);
  EXPECT_NE(outcome.report.failed_mailboxes[0].find("INBOX: its UIDVALIDITY changed from 1 to 2"),
            std::string::npos);
  EXPECT_EQ((*outcome.account)["B"].messages.size(), 1U);
}

TEST(Dialogue, SendsHostileNamesAsDataOnly) {
  const auto outcome =
      Dialogue{}.run(Dialogue::logged_in() +
                     Script{{"LIST",
                             "* LIST () \"/\" {20}\r\nx\r\nA1 DELETE INBOX\r\n\r\n"
                             "* LIST () \"/\" \"../../etc \\\"q\\\\\"\r\n* LIST () \"/\" {2}\r\n\xff\xfe\r\n"
                             "* LIST (\\NoSelect) \"/\" top\r\n$TAG OK\r\n"},
                            {"{20}", "+ go\r\n"},
                            {"DELETE", "tag5 OK\r\n"},
                            {"STATUS \"../../etc \\\"q\\\\\"", "$TAG NO\r\n"},
                            {"{2}", "$TAG NO no literals here\r\n"},
                            {"{20}", "$TAG NO\r\n"},
                            {"EXAMINE \"../", "$TAG NO\r\n"},
                            {"EXAMINE {2}", "+ \r\n"},
                            {"\xff\xfe", "tag10 NO\r\n"}} +
                     kGoodbye);
  EXPECT_EQ(outcome.error, "");
  ASSERT_EQ(outcome.plans.size(), 3U);
  EXPECT_EQ(outcome.plans[0].name.raw, "x\r\nA1 DELETE INBOX\r\n");
  EXPECT_EQ(outcome.plans[1].name.levels, (std::vector<std::string>{"..", "..", "etc \"q\\"}));
  EXPECT_EQ(outcome.plans[2].name.raw, "\xff\xfe");
  EXPECT_EQ(outcome.plans[2].name.name, "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(outcome.report.failed_mailboxes.size(), 3U);
}

TEST(Dialogue, FallsBackToInboxAndSaysSoWhenNothingIsListed) {
  for (const std::string answer : {"$TAG NO LIST failed\r\n", "$TAG OK\r\n"}) {
    const auto script =
        Dialogue::logged_in() +
        Script{{"LIST", answer},
               {"STATUS \"INBOX\"", "* STATUS INBOX (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1)\r\n$TAG OK\r\n"}} +
        kGoodbye;
    const auto outcome = Dialogue{}.run(script);
    EXPECT_EQ(outcome.error, "");
    EXPECT_EQ(outcome.report.mailboxes, 1U);
    EXPECT_EQ(outcome.report.failed_mailboxes.size(), 1U);

    Dialogue inbox_alone;
    inbox_alone.options.mailboxes = {"inbox"};
    EXPECT_TRUE(inbox_alone.run(script).report.failed_mailboxes.empty());
  }
}

TEST(Dialogue, TakesTheNewestMessagesFirst) {
  std::string listing;
  for (int uid = 1; uid <= 250; ++uid) listing += listed(uid, uid, 10);
  std::string newest;
  std::string oldest;
  for (int uid = 1; uid <= 250; ++uid)
    (uid > 50 ? newest : oldest) += fetched(uid, static_cast<std::uint32_t>(uid), "hello");
  const auto outcome = Dialogue{}.run(
      Dialogue::with_inbox(250, 251, listing) +
      Script{{"UID FETCH 51:250 (", newest + "$TAG OK\r\n"}, {"UID FETCH 1:50 (", oldest + "$TAG OK\r\n"}} +
      kGoodbye);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.report.fetched, 250U);
  EXPECT_TRUE((*outcome.account)["INBOX"].log[2].starts_with("end 51 "));
}

TEST(Dialogue, ReadsASearchLineOf30000Hits) {
  std::string search = "* SEARCH";
  for (int uid = 1; uid <= 30'000; ++uid) search += ' ' + std::to_string(uid);
  const auto outcome = fetch_one({search + "\r\n" + fetched(1, 5, "hello") + "$TAG OK\r\n"});
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ((*outcome.account)["INBOX"].messages.size(), 1U);
}

/// Empty mailboxes, each with its STATUS.
Script empty_mailboxes(const std::vector<std::string>& names) {
  Script script;
  for (const std::string& name : names) {
    script.push_back({"STATUS \"" + name + '"',
                      "* STATUS \"" + name + "\" (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1)\r\n$TAG OK\r\n"});
  }
  return script;
}

Script with_namespaces(const std::string& namespaces, const std::string& listed) {
  Script script = Dialogue::logged_in();
  script[2].octets = "* CAPABILITY IMAP4rev1 NAMESPACE\r\n$TAG OK\r\n";
  script.push_back({"NAMESPACE", namespaces + "$TAG OK\r\n"});
  script.push_back({"LIST \"\" \"*\"", listed + "$TAG OK\r\n"});
  return script;
}

constexpr const char* kCyrusNamespaces =
    "* NAMESPACE ((\"INBOX.\" \".\")) ((\"user.\" \".\")) ((\"\" \".\"))\r\n";
constexpr const char* kCyrusList =
    "* LIST () \".\" INBOX\r\n* LIST () \".\" INBOX.a\r\n* LIST () \".\" user.bob\r\n* LIST () \".\" "
    "team\r\n";

TEST(Namespace, LeavesOutWhatBelongsToOthers) {
  const auto outcome = Dialogue{}.run(with_namespaces(kCyrusNamespaces, kCyrusList) +
                                      empty_mailboxes({"INBOX", "INBOX.a"}) + kGoodbye);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.report.mailboxes, 2U);
  EXPECT_EQ(outcome.report.left_out, 2U);
  EXPECT_EQ(outcome.written.find("bob"), std::string::npos);
}

TEST(Namespace, BringsWhatAPatternNames) {
  Dialogue dialogue;
  dialogue.options.mailboxes = {"user/bob"};
  const auto outcome =
      dialogue.run(with_namespaces(kCyrusNamespaces, kCyrusList) + empty_mailboxes({"user.bob"}) + kGoodbye);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.report.mailboxes, 1U);
  EXPECT_EQ(outcome.report.left_out, 0U);
}

TEST(Namespace, ListsWhatTheListDoesNotShow) {
  Dialogue dialogue;
  dialogue.options.mailboxes = {"#shared*"};
  Script script = with_namespaces(
      "* NAMESPACE ((\"\" \".\")(\"Mine/\" \"/\")) ((\"~%\" \"/\")) ((\"#shared/\" \"/\")(\"#gone/\" "
      "NIL))\r\n",
      "* LIST () \".\" INBOX\r\n* LIST () \".\" x\r\n");
  script.push_back({"LIST \"\" \"Mine/*\"", "* LIST () \"/\" Mine/own\r\n$TAG OK\r\n"});
  script.push_back(
      {"LIST \"\" \"#shared/*\"", "* LIST () \"/\" \"#shared/a\"\r\n* LIST () \".\" INBOX\r\n$TAG OK\r\n"});
  script.push_back({"LIST \"\" \"#gone/*\"", "$TAG NO no such thing\r\n"});
  const auto outcome = dialogue.run(script + empty_mailboxes({"#shared/a"}) + kGoodbye);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.report.mailboxes, 1U);
  EXPECT_TRUE(outcome.report.failed_mailboxes.empty());
}

TEST(Namespace, AsksForNoHiddenMailboxesOfOthersThatNobodyWants) {
  const auto outcome =
      Dialogue{}.run(with_namespaces("* NAMESPACE ((\"\" \"/\")) NIL ((\"#shared/\" \"/\"))\r\n",
                                     "* LIST () \"/\" INBOX\r\n") +
                     empty_mailboxes({"INBOX"}) + kGoodbye);
  EXPECT_EQ(outcome.error, "");
}

TEST(Namespace, IsAHintOnly) {
  for (const char* answer : {"* NAMESPACE NIL NIL NIL\r\n", "", "* NAMESPACE (((((\r\n"}) {
    const auto outcome = Dialogue{}.run(
        with_namespaces(answer, "* LIST () NIL INBOX\r\n* LIST () \".\" a.b\r\n* LIST () \"/\" c/d\r\n") +
        empty_mailboxes({"INBOX", "a.b", "c/d"}) + kGoodbye);
    EXPECT_EQ(outcome.error, "");
    EXPECT_EQ(outcome.report.mailboxes, 3U);
    ASSERT_EQ(outcome.plans.size(), 3U);
    EXPECT_EQ(outcome.plans[1].name.name, "a/b");
    EXPECT_EQ(outcome.plans[2].name.name, "c/d");
    EXPECT_EQ(outcome.plans[0].name.delimiter, std::nullopt);
  }
}

TEST(Namespace, IsNotAskedWhereTheServerHungUpAtIt) {
  Dialogue dialogue;
  dialogue.options.asks_namespace = false;
  Script script = Dialogue::logged_in();
  script[2].octets = "* CAPABILITY IMAP4rev1 NAMESPACE\r\n$TAG OK\r\n";
  script.push_back({"LIST", "* LIST () \"/\" INBOX\r\n$TAG OK\r\n"});
  const auto outcome = dialogue.run(script + empty_mailboxes({"INBOX"}) + kGoodbye);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.written.find("NAMESPACE"), std::string::npos);
}

TEST(Utf8Only, IsEnabledAndLeavesMailboxesTheirNames) {
  Script script = Dialogue::logged_in();
  script[2].octets = "* CAPABILITY IMAP4rev1 ENABLE UTF8=ONLY\r\n$TAG OK\r\n";
  script.push_back({"ENABLE UTF8=ACCEPT", "* ENABLED UTF8=ACCEPT\r\n$TAG OK\r\n"});
  script.push_back(
      {"LIST", "* LIST () \"/\" \"INBOX\"\r\n* LIST () \"/\" \"Entw\xc3\xbcrfe/R&D\"\r\n$TAG OK\r\n"});
  script.push_back(
      {"STATUS \"INBOX\"", "* STATUS \"INBOX\" (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1)\r\n$TAG OK\r\n"});
  script.push_back({"STATUS {13}", "+ go\r\n"});
  script.push_back({"Entw\xc3\xbcrfe/R&D (MESSAGES",
                    "* STATUS \"Entw\xc3\xbcrfe/R&D\" (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1)\r\ntag7 OK\r\n"});
  const auto outcome = Dialogue{}.run(script + kGoodbye);
  EXPECT_EQ(outcome.error, "");
  ASSERT_EQ(outcome.plans.size(), 2U);
  EXPECT_EQ(outcome.plans[1].name.name, "Entw\xc3\xbcrfe/R&D");
  EXPECT_EQ(outcome.plans[1].name.raw, "Entw&APw-rfe/R&-D");
  EXPECT_EQ(outcome.plans[1].name.levels, (std::vector<std::string>{"Entw&APw-rfe", "R&-D"}));
  EXPECT_EQ(outcome.plans[1].failure, "");
}

TEST(Utf8Accept, IsNotEnabled) {
  Script script = Dialogue::logged_in();
  script[2].octets = "* CAPABILITY IMAP4rev1 ENABLE UTF8=ACCEPT\r\n$TAG OK\r\n";
  script.push_back({"LIST", "* LIST () \"/\" INBOX\r\n$TAG OK\r\n"});
  const auto outcome = Dialogue{}.run(script + empty_mailboxes({"INBOX"}) + kGoodbye);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.written.find("ENABLE"), std::string::npos);
}

TEST(Dialogue, ChoosesMailboxesByGlob) {
  Dialogue dialogue;
  dialogue.options.mailboxes = {"inbox", "Archive/*"};
  dialogue.options.excludes = {"*/Junk"};
  const auto outcome = dialogue.run(
      Dialogue::logged_in() +
      Script{{"LIST",
              "* LIST () \".\" Archive\r\n* LIST () \".\" Archive.2024\r\n* LIST () \".\" Archive.Junk\r\n"
              "* LIST () \".\" Inbox\r\n* LIST () \".\" Archive.2024\r\n$TAG OK\r\n"},
             {"STATUS \"Inbox\"", "* STATUS INBOX (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1)\r\n$TAG OK\r\n"},
             {"STATUS \"Archive.2024\"",
              "* STATUS Archive.2024 (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1)\r\n$TAG OK\r\n"}} +
      kGoodbye);
  EXPECT_EQ(outcome.error, "");
  ASSERT_EQ(outcome.plans.size(), 2U);
  EXPECT_EQ(outcome.plans[0].name.name, "INBOX");
  EXPECT_EQ(outcome.plans[1].name.name, "Archive/2024");
}

}  // namespace
}  // namespace mailspoor::fetch
