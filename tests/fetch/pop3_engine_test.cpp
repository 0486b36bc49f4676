#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

#include <bit>
#include <limits>
#include <random>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "fetch/error.hpp"
#include "fetch/pop3/engine.hpp"
#include "fetch/replay_transport.hpp"
#include "tests/fetch/borrowed_transport.hpp"
#include "tests/fetch/memory_sink.hpp"

namespace mailspoor::fetch::pop3 {
namespace {

using Script = std::vector<ReplayTransport::Step>;
using Lines = std::vector<std::string>;

constexpr const char* kCapabilities = "+OK\r\nTOP\r\nUIDL\r\nPIPELINING\r\nSASL PLAIN CRAM-MD5\r\n.\r\n";
constexpr std::uint64_t kSeed = 7;

/// A maildrop in memory: each message that is held has a UIDL, and octets.
class MemoryMaildrop : public MemoryAccount {
 public:
  MemoryMaildrop() { held.epoch = {1}; }
  MaildropState maildrop() override { return held; }
  std::vector<HeldContent> contents(MailboxEpoch, const UidSet& uids) override {
    std::vector<HeldContent> found;
    for (const auto& [uid, text] : octets) {
      if (uids.contains(uid))
        found.push_back(
            {uid, "f" + std::to_string(uid), base::to_hex(base::sha256(text)), base::header_digest(text)});
    }
    return found;
  }
  std::vector<HeldContent> deletable(MailboxEpoch epoch, const UidSet& uids, std::chrono::hours age,
                                     std::uint64_t most) override {
    asked_age = age;
    return contents(epoch, uids.smallest(most));
  }
  void deleted(MailboxEpoch, const std::vector<HeldContent>& messages) override {
    for (const auto& message : messages) log.push_back("deleted " + message.file);
  }

  void hold(std::uint32_t uid, std::string_view uidl, const std::string& text) {
    held.is_known = true;
    held.stored.add(uid);
    held.next_uid = std::max(held.next_uid, uid + 1);
    held.entries.push_back({base::maildrop_name(uidl).hash, uid, text.size()});
    std::sort(held.entries.begin(), held.entries.end(),
              [](const auto& left, const auto& right) { return left.hash < right.hash; });
    octets[uid] = text;
  }

  MaildropState held;
  std::map<std::uint32_t, std::string> octets;
  std::chrono::hours asked_age{-1};
};

struct Outcome {
  Lines log;  ///< Of the mailbox.
  Lines account_log;
  FetchReport report;
  std::string error;
  std::string written;
  std::string mechanism;
};

class Pop3 : public testing::Test {
 protected:
  Pop3() {
    options.url = parse_server_url("pop3s://alice@pop.example.com");
    connection.connect_lines = {"+OK ready <1.2@h>"};
  }

  /// Up to the log-in.
  static Script logged_in() {
    return {{"CAPA", kCapabilities}, {"AUTH CRAM-MD5", "+ PDE+\r\n"}, {"", "+OK\r\n"}};
  }
  /// What STAT says agrees with the lists, unless the script has it.
  static Script with(Script more, Script before = logged_in()) {
    if (more.size() > 1 && more[0].awaits == "UIDL") {
      const auto lines = [](const std::string& text) {
        return std::count(text.begin(), text.end(), '\n') - 2;
      };
      const auto most = std::max({lines(more[0].octets), lines(more[1].octets), std::ptrdiff_t{0}});
      more.insert(more.begin(), {"STAT", fmt::format("+OK {} 9\r\n", most)});
    }
    before.insert(before.end(), more.begin(), more.end());
    return before;
  }

  /// Three times, with answers in pieces.
  Outcome run(const Script& script) {
    const auto whole = run_once(script, std::numeric_limits<std::size_t>::max());
    for (const std::size_t chunk : {std::size_t{7}, std::size_t{1}}) {
      const auto cut = run_once(script, chunk);
      EXPECT_EQ(whole.log, cut.log);
      EXPECT_EQ(whole.error, cut.error);
      EXPECT_EQ(whole.written, cut.written);
    }
    return whole;
  }

  /// With the answers to what the engine asks besides: whether the server has LIST with a number, and the
  /// marks behind 1, 3, 7, ... RETR, behind the last, and where the script has a step "MARK".
  Script with_marks(const Script& script) const {
    const auto has = [&](std::string_view command, std::string_view words) {
      return std::any_of(script.begin(), script.end(), [&](const auto& step) {
        return step.awaits == command && step.octets.find(words) != std::string::npos;
      });
    };
    const bool is_pipelined = has("CAPA", "PIPELINING");
    const bool has_list = has("LIST", "+OK");
    const bool is_known = has("LIST 1", "");
    std::set<std::uint32_t> listed;
    std::mt19937_64 random{kSeed};
    Script whole;
    std::uint64_t unmarked = 0, distance = 1;
    bool is_asked = is_known || options.only_plans;
    const auto ask = [&] {
      if (!std::exchange(is_asked, true))
        whole.push_back({"LIST 1", has_list && !listed.empty() ? "+OK 1 3\r\n" : "-ERR no\r\n"});
    };
    const auto mark = [&] {
      const auto numbers = static_cast<std::uint32_t>(listed.size());
      const auto bits = static_cast<unsigned>(std::bit_width(numbers)) - 1;
      if (!has_list || has("LIST 1", "-ERR") || listed.empty() || *listed.rbegin() != numbers) {
        whole.push_back({"STAT", "+OK 1 9\r\n"});
      } else {
        for (auto left = bits == 0 || !is_pipelined ? 1 : (12 + bits - 1) / bits; left > 0; --left) {
          const auto number = random() % numbers + 1;
          whole.push_back({fmt::format("LIST {}", number), fmt::format("+OK {} 3\r\n", number)});
        }
      }
      distance = std::min(2 * distance, std::uint64_t{32});
      unmarked = 0;
    };
    for (std::size_t at = 0; at < script.size(); ++at) {
      const auto& step = script[at];
      const auto next = at + 1 < script.size() ? script[at + 1].awaits : "";
      if (step.awaits == "MARK") {
        mark();
        continue;
      }
      if (step.awaits.starts_with("RETR") && has_list) ask();
      whole.push_back(step);
      if (step.awaits == "UIDL" || step.awaits == "LIST") {
        std::istringstream lines{step.octets};
        for (std::string line; std::getline(lines, line);) {
          if (const auto number = std::strtoul(line.c_str(), nullptr, 10); number > 0)
            listed.insert(static_cast<std::uint32_t>(number));
        }
        if (step.awaits == "LIST" && is_pipelined) ask();
      } else if (step.awaits.starts_with("RETR") && next != "MARK" &&
                 (++unmarked == distance || next == "RSET")) {
        mark();
      }
    }
    return whole;
  }

  Outcome run_once(const Script& script, std::size_t chunk) {
    class Server : public ReplayTransport {
     public:
      using ReplayTransport::ReplayTransport;
      bool is_in_step() const noexcept override { return true; }
    };
    connection.chunk = chunk;
    Server server{with_marks(script), connection};
    auto account = maildrop;
    MemoryObserver observer;
    Outcome outcome;
    Setbacks known = setbacks;
    spdlog::logger log{"test", std::make_shared<spdlog::sinks::null_sink_st>()};
    Patience patience{[](std::chrono::milliseconds) { return true; }, log};
    Credentials credentials{Secret{"secret"}, Secret{std::string{token}}, {}};
    try {
      Engine engine{
          std::make_unique<BorrowedTransport>(server), options, credentials, kSeed, known, patience, log};
      outcome.mechanism = engine.identity().mechanism;
      engine.fetch(account, observer, outcome.report);
    } catch (const AuthenticationError& error) {
      outcome.error = fmt::format("AuthenticationError: {}", error.what());
    } catch (const ProtocolError& error) {
      outcome.error = fmt::format("ProtocolError: {}", error.what());
    } catch (const ThrottledError& error) {
      outcome.error = fmt::format("ThrottledError: {}", error.what());
    } catch (const NetworkError& error) {
      outcome.error = fmt::format("NetworkError: {}", error.what());
    }
    setbacks_after = known;
    outcome.log = account["INBOX"].log;
    outcome.account_log = account.log;
    outcome.written = server.written();
    return outcome;
  }

  /// The commands from the first on that begins with `from`.
  static std::string commands(const Outcome& outcome, std::string_view from) {
    const auto at = outcome.written.find(from);
    return at == std::string::npos ? "" : outcome.written.substr(at);
  }

  static std::string without_marks(const std::string& commands) {
    static const std::regex mark{"LIST [0-9]+\r\n"};
    return std::regex_replace(commands, mark, "");
  }

  AccountOptions options;
  ReplayTransport::Options connection;
  MemoryMaildrop maildrop;
  Setbacks setbacks, setbacks_after;
  std::string token;
};

TEST_F(Pop3, FetchesEverythingAndLeavesTheServerAsItWas) {
  const auto outcome = run(with({{"UIDL", "+OK\r\n1 a\r\n2 b\r\n.\r\n"},
                                 {"LIST", "+OK\r\n1 5\r\n2 900\r\n.\r\n"},
                                 {"RETR 1", "+OK\r\nA\r\n..\r\n.\r\n"},
                                 {"RETR 2", "+OK 900 octets\r\nB\r\n.\r\n"},
                                 {"RSET", "+OK\r\n"},
                                 {"QUIT", "+OK bye\r\n"}}));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.mechanism, "CRAM-MD5");
  EXPECT_EQ(outcome.log, (Lines{"open", "begin", "end 1 '' 5 A\r\n.\r\n", "begin", "end 2 '' 900 B\r\n",
                                "commit", "synced 3 2 ? ? compared", "commit"}));
  EXPECT_EQ(without_marks(commands(outcome, "STAT")),
            "STAT\r\nUIDL\r\nLIST\r\nRETR 1\r\nRETR 2\r\nRSET\r\nQUIT\r\n");
  EXPECT_EQ(outcome.report.fetched, 2U);
  EXPECT_EQ(outcome.report.octets, 9U);
}

TEST_F(Pop3, AsksForNothingThatIsHeld) {
  maildrop.hold(1, "a", "A\r\n");
  const auto outcome =
      run(with({{"UIDL", "+OK\r\n1 a\r\n.\r\n"}, {"LIST", "+OK\r\n1 3\r\n.\r\n"}, {"QUIT", "+OK\r\n"}}));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.log, Lines{});
  EXPECT_EQ(commands(outcome, "STAT"), "STAT\r\nUIDL\r\nLIST\r\nLIST 1\r\nQUIT\r\n");
  EXPECT_EQ(outcome.report.held, 1U);
}

TEST_F(Pop3, AsksForNoMarkWhereNothingIsRetrieved) {
  options.only_plans = true;
  const auto outcome =
      run(with({{"UIDL", "+OK\r\n1 a\r\n.\r\n"}, {"LIST", "+OK\r\n1 3\r\n.\r\n"}, {"QUIT", "+OK\r\n"}}));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(commands(outcome, "STAT"), "STAT\r\nUIDL\r\nLIST\r\nQUIT\r\n");
}

TEST_F(Pop3, OneAtATimeWithoutPipelining) {
  const auto outcome =
      run(with({{"UIDL", "+OK\r\n1 a\r\n2 b\r\n.\r\n"},
                {"LIST", "-ERR no\r\n"},
                {"RETR 1", "+OK\r\nA\r\n.\r\n"},
                {"RETR 2", "+OK\r\nB\r\n.\r\n"},
                {"RSET", "+OK\r\n"},
                {"QUIT", "+OK\r\n"}},
               {{"CAPA", "-ERR what?\r\n"}, {"USER alice", "+OK\r\n"}, {"PASS secret", "+OK\r\n"}}));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.mechanism, "USER command");
  EXPECT_EQ(outcome.report.fetched, 2U);
}

TEST_F(Pop3, ARefusedMessageIsAHoleAndTheOthersCome) {
  const auto outcome = run(with({{"UIDL", "+OK\r\n1 a\r\n2 b\r\n.\r\n"},
                                 {"LIST", "+OK\r\n1 3\r\n2 3\r\n.\r\n"},
                                 {"RETR 1", "-ERR [SYS/TEMP] not now\r\n"},
                                 {"RETR 2", "+OK\r\nB\r\n.\r\n"},
                                 {"RSET", "-ERR what?\r\n"},
                                 {"QUIT", "+OK\r\n"}}));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.log, (Lines{"open", "hole 1 -ERR [SYS/TEMP] not now", "begin", "end 2 '' 3 B\r\n",
                                "commit", "synced 3 2 ? ? compared", "commit"}));
  EXPECT_EQ(outcome.report.holes, 1U);
}

TEST_F(Pop3, ABusyServerIsNoHole) {
  const auto outcome = run(with({{"UIDL", "+OK\r\n1 a\r\n.\r\n"},
                                 {"LIST", "+OK\r\n1 3\r\n.\r\n"},
                                 {"RETR 1", "-ERR exceeded command or bandwidth limits\r\n"}}));
  EXPECT_EQ(outcome.error, "ThrottledError: the server is busy: -ERR exceeded command or bandwidth limits");
  EXPECT_EQ(outcome.log, (Lines{"open", "roll back"}));
}

TEST_F(Pop3, LargeMessagesAreHolesWhateverTheServerAnnounces) {
  options.max_message_size = 4;
  const auto outcome = run(with({{"UIDL", "+OK\r\n1 a\r\n2 b\r\n3 c\r\n.\r\n"},
                                 {"LIST", "+OK\r\n1 9\r\n2 1\r\n3 3\r\n.\r\n"},
                                 {"RETR 2", "+OK\r\nlong\r\n.\r\n"},
                                 {"RETR 3", "+OK\r\nC\r\n.\r\n"},
                                 {"RSET", "+OK\r\n"},
                                 {"QUIT", "+OK\r\n"}}));
  EXPECT_EQ(outcome.log.back(), "commit");
  EXPECT_EQ(outcome.report.holes, 2U);
  EXPECT_EQ(outcome.report.fetched, 1U);
  const auto has = [&](const char* line) {
    return std::find(outcome.log.begin(), outcome.log.end(), line) != outcome.log.end();
  };
  EXPECT_TRUE(has("hole 1 announced with 9 octets, the limit is 4"));
  EXPECT_TRUE(has("hole 2 has 6 octets, the limit is 4"));
  EXPECT_TRUE(has("abandon"));
}

TEST_F(Pop3, AMessageAtWhichTheConnectionIsLostComesLastThenIsAHole) {
  const Script lost = with({{"UIDL", "+OK\r\n1 a\r\n2 b\r\n.\r\n"},
                            {"LIST", "+OK\r\n1 3\r\n2 3\r\n.\r\n"},
                            {"RETR 1", "+OK\r\nA"}});
  const auto first = run(lost);
  EXPECT_EQ(first.error, "NetworkError: the server closed the connection");
  EXPECT_EQ(first.log, (Lines{"open", "begin", "abandon", "roll back"}));
  setbacks = setbacks_after;
  const auto second = run(with({{"UIDL", "+OK\r\n1 a\r\n2 b\r\n.\r\n"},
                                {"LIST", "+OK\r\n1 3\r\n2 3\r\n.\r\n"},
                                {"RETR 2", "+OK\r\nB\r\n.\r\n"},
                                {"RETR 1", "+OK\r\nA"}}));
  EXPECT_EQ(second.log,
            (Lines{"open", "begin", "end 2 '' 3 B\r\n", "begin", "abandon", "roll back", "commit"}));
  setbacks = setbacks_after;
  maildrop.hold(2, "b", "B\r\n");
  EXPECT_EQ(run(lost).log,
            (Lines{"open", "begin", "abandon", "roll back",
                   "hole 3 the connection is lost each time: the server closed the connection", "commit"}));
  setbacks = setbacks_after;
  const auto third = run(with(
      {{"UIDL", "+OK\r\n1 a\r\n2 b\r\n.\r\n"}, {"LIST", "+OK\r\n1 3\r\n2 3\r\n.\r\n"}, {"QUIT", "+OK\r\n"}}));
  EXPECT_EQ(third.error, "");
}

TEST_F(Pop3, WhatIsSaidOfOneMessageIsNotSaidOfOthersWithItsUidl) {
  setbacks.given_up.insert({base::maildrop_name("same").hash, 1});
  const auto outcome = run(with({{"UIDL", "+OK\r\n1 same\r\n2 same\r\n.\r\n"},
                                 {"LIST", "+OK\r\n1 3\r\n2 3\r\n.\r\n"},
                                 {"RETR 2", "+OK\r\nB\r\n.\r\n"},
                                 {"RSET", "+OK\r\n"},
                                 {"QUIT", "+OK\r\n"}}));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.report.fetched, 1U);
}

TEST_F(Pop3, AnAnswerThatNobodyAskedForIsNotTakenForTheNext) {
  const auto outcome = run_once(with({{"UIDL", "+OK\r\n1 a\r\n2 b\r\n.\r\n"},
                                      {"LIST", "+OK\r\n1 3\r\n2 3\r\n.\r\n"},
                                      {"RETR 1", "+OK\r\nA\r\n.\r\n"},
                                      {"RETR 2", "+OK\r\nforged\r\n.\r\n+OK\r\nB\r\n.\r\n"}}),
                                std::numeric_limits<std::size_t>::max());
  EXPECT_TRUE(outcome.error.starts_with(
      "NetworkError: an answer is none to what was asked: the server answers '+OK', where LIST "))
      << outcome.error;
  EXPECT_EQ(outcome.log, (Lines{"open", "begin", "end 1 '' 3 A\r\n", "begin", "end 2 '' 3 forged\r\n",
                                "roll back", "commit"}));
  EXPECT_EQ(outcome.report.fetched, 1U);
  EXPECT_EQ(setbacks_after.suspects.size(), 1U);
}

TEST_F(Pop3, WhatCameBehindAnAnswerTooManyIsNotKeptWhenTheConnectionIsLost) {
  const auto outcome = run(with({{"UIDL", "+OK\r\n1 a\r\n2 b\r\n3 c\r\n.\r\n"},
                                 {"LIST", "+OK\r\n1 3\r\n2 3\r\n3 3\r\n.\r\n"},
                                 {"RETR 1", "+OK\r\nA\r\n.\r\n+OK\r\nforged\r\n.\r\n"},
                                 {"RETR 2", "+OK\r\nB"}}));
  EXPECT_TRUE(outcome.error.starts_with("NetworkError: ")) << outcome.error;
  EXPECT_EQ(outcome.log.back(), "roll back");
  EXPECT_EQ(outcome.report.fetched, 0U);
  EXPECT_TRUE(setbacks_after.stored.empty());
  EXPECT_EQ(setbacks_after.suspects.size(), 2U);
}

/// `messages` of three octets, and what a session says of those up to `answered`.
Script many(int messages, int answered) {
  std::string uidl = "+OK\r\n", list = "+OK\r\n";
  for (int number = 1; number <= messages; ++number) {
    uidl += fmt::format("{} u{}\r\n", number, number);
    list += fmt::format("{} 3\r\n", number);
  }
  Script steps = {{"UIDL", uidl + ".\r\n"}, {"LIST", list + ".\r\n"}};
  for (int number = 1; number <= answered; ++number)
    steps.push_back({fmt::format("RETR {}", number), "+OK\r\nA\r\n.\r\n"});
  return steps;
}

TEST_F(Pop3, KeepsWhatWasProvenWhenTheConnectionIsLost) {
  for (const auto& [answered, proven] : std::map<int, unsigned>{{0, 0}, {1, 1}, {2, 1}, {10, 7}, {69, 63}}) {
    auto script = many(80, answered);
    script.push_back({fmt::format("RETR {}", answered + 1), "+OK\r\nA"});
    const auto outcome = run(with(script));
    EXPECT_EQ(outcome.error, "NetworkError: the server closed the connection");
    EXPECT_EQ(outcome.report.fetched, proven);
    EXPECT_EQ(setbacks_after.stored, proven == 0 ? UidSet{} : UidSet(1, proven));
    EXPECT_EQ(setbacks_after.suspects.size(), static_cast<std::size_t>(answered) + 1 - proven);
    EXPECT_EQ(outcome.log.back(), proven == 0 ? "roll back" : "commit");
    EXPECT_EQ(outcome.written.find("RSET"), std::string::npos);
  }
}

TEST_F(Pop3, KeepsWhatWasProvenWhenTheServerIsBusy) {
  auto script = many(80, 10);
  script.push_back({"RETR 11", "-ERR rate limit hit\r\n"});
  const auto outcome = run(with(script));
  EXPECT_EQ(outcome.error, "ThrottledError: the server is busy: -ERR rate limit hit");
  EXPECT_EQ(outcome.report.fetched, 7U);
  EXPECT_EQ(outcome.log.back(), "commit");
}

TEST_F(Pop3, AsksForMoreBeforeWhatCameIsProven) {
  auto script = many(80, 80);
  script.push_back({"RSET", "+OK\r\n"});
  script.push_back({"QUIT", "+OK\r\n"});
  const auto outcome = run(with(script));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.report.fetched, 80U);
  for (const int number : {1, 3, 7, 15, 31, 63}) {
    const std::regex marked{
        fmt::format("RETR {}\r\nLIST [0-9]+\r\nLIST [0-9]+\r\nRETR {}\r\n", number, number + 1)};
    EXPECT_TRUE(std::regex_search(outcome.written, marked)) << number;
  }
}

TEST_F(Pop3, WhereNoMessageIsListedAloneStatProvesOnceNothingIsInFlight) {
  auto script = many(3, 3);
  script.insert(script.begin() + 2, {"LIST 1", "-ERR no argument here\r\n"});
  script.insert(script.begin() + 4, {"MARK", ""});
  script.push_back({"RSET", "+OK\r\n"});
  script.push_back({"QUIT", "+OK\r\n"});
  const auto whole = run(with(script));
  EXPECT_EQ(whole.error, "");
  EXPECT_EQ(whole.report.fetched, 3U);
  EXPECT_EQ(commands(whole, "RETR"), "RETR 1\r\nSTAT\r\nRETR 2\r\nRETR 3\r\nSTAT\r\nRSET\r\nQUIT\r\n");
  script = many(4, 4);
  script.insert(script.begin() + 2, {"LIST 1", "-ERR no argument here\r\n"});
  script.push_back({"STAT", "+OK 4 12\r\n+OK\r\n"});
  const auto forged = run_once(with(script), 1 << 20);
  EXPECT_TRUE(forged.error.starts_with("NetworkError: an answer is none")) << forged.error;
  EXPECT_EQ(forged.report.fetched, 3U);
  EXPECT_EQ(setbacks_after.suspects.size(), 1U);
}

/// Whoever sends a message may know how many there are, their sizes and their UIDLs.
TEST_F(Pop3, AMessageCannotHoldTheProofThatItIsOne) {
  auto script = many(80, 3);
  std::string forged = "+OK\r\n.\r\n+OK 80 240\r\n";
  for (int guess = 0; guess < 2; ++guess) forged += "+OK 1 3\r\n";
  for (int number = 5; number <= 8; ++number) forged += "+OK\r\nforged\r\n.\r\n";
  script.push_back({"RETR 4", forged});
  const auto outcome = run(with(script));
  EXPECT_TRUE(outcome.error.starts_with("NetworkError: ")) << outcome.error;
  EXPECT_EQ(outcome.report.fetched, 3U);
  EXPECT_EQ(outcome.report.holes, 1U);
}

TEST_F(Pop3, AMessageWhoseAnswerDoesNotEndCostsNoOther) {
  const std::string forged = "+OK\r\nA\r\n.\r\n+OK\r\nforged\r\n.\r\n";
  const auto session = [&](Script more) {
    Script script = {{"UIDL", "+OK\r\n1 a\r\n2 b\r\n.\r\n"}, {"LIST", "+OK\r\n1 3\r\n2 3\r\n.\r\n"}};
    script.insert(script.end(), more.begin(), more.end());
    auto outcome = run_once(with(script), std::numeric_limits<std::size_t>::max());
    setbacks = setbacks_after;
    return outcome;
  };
  auto outcome = session({{"RETR 1", forged}, {"RETR 2", "+OK\r\nB\r\n.\r\n"}});
  EXPECT_TRUE(outcome.error.starts_with("NetworkError: an answer is none")) << outcome.error;
  EXPECT_EQ(outcome.report.fetched, 0U);
  outcome = session({{"RETR 1", forged}});
  EXPECT_TRUE(outcome.error.starts_with("NetworkError: an answer is none")) << outcome.error;
  EXPECT_EQ(outcome.report.holes, 0U);
  outcome = session({{"RETR 1", forged}});
  EXPECT_EQ(outcome.report.holes, 1U);
  EXPECT_EQ(outcome.log[outcome.log.size() - 2],
            "hole 1 the server's answer does not end where it should: the server answers '+OK', where LIST 2 "
            "was asked");
  EXPECT_EQ(outcome.log.back(), "commit");
  outcome = session({{"RETR 2", "+OK\r\nB\r\n.\r\n"}, {"RSET", "+OK\r\n"}, {"QUIT", "+OK\r\n"}});
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.report.fetched, 1U);
}

/// As Dovecot sends a message whose first line is a dot.
TEST_F(Pop3, AnAnswerTooManyIsLaidToAMessageThatCameEmpty) {
  const auto outcome = run(with({{"UIDL", "+OK\r\n1 a\r\n2 b\r\n3 c\r\n.\r\n"},
                                 {"LIST", "+OK\r\n1 3\r\n2 9\r\n3 3\r\n.\r\n"},
                                 {"RETR 1", "+OK\r\nA\r\n.\r\n"},
                                 {"RETR 2", "+OK\r\n.\r\n+OK\r\nforged\r\n.\r\n"},
                                 {"RETR 3", "+OK\r\nC\r\n.\r\n"}}));
  EXPECT_TRUE(outcome.error.starts_with("NetworkError: an answer is none")) << outcome.error;
  EXPECT_EQ(outcome.report.fetched, 1U);
  EXPECT_EQ(outcome.report.holes, 1U);
  EXPECT_TRUE(outcome.log[outcome.log.size() - 2].starts_with("hole 2 ")) << outcome.log.back();
  EXPECT_EQ(setbacks_after.given_up.size(), 1U);
  EXPECT_TRUE(setbacks_after.suspects.empty());
}

TEST_F(Pop3, WhatWasAHoleBeforeComesLast) {
  maildrop.hold(9, "x", "X\r\n");
  maildrop.held.holes.add(1);
  maildrop.held.entries.push_back({base::maildrop_name("a").hash, 1, 3});
  std::sort(maildrop.held.entries.begin(), maildrop.held.entries.end(),
            [](const auto& left, const auto& right) { return left.hash < right.hash; });
  const auto outcome = run(with({{"UIDL", "+OK\r\n1 a\r\n2 b\r\n.\r\n"},
                                 {"LIST", "+OK\r\n1 3\r\n2 3\r\n.\r\n"},
                                 {"RETR 2", "+OK\r\nB\r\n.\r\n"},
                                 {"RETR 1", "+OK\r\nA\r\n.\r\n"},
                                 {"RSET", "+OK\r\n"},
                                 {"QUIT", "+OK\r\n"}}));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.report.fetched, 2U);
}

TEST_F(Pop3, WhatAMessageMayBeThatWasGivenUpIsNotGone) {
  for (const std::uint32_t number : {1U, 2U})
    setbacks.suspects[{base::maildrop_name("same").hash, number}] = 0;
  maildrop.hold(1, "same", "A\r\n");
  maildrop.hold(2, "same", "B\r\n");
  const std::string capabilities = "+OK\r\nUIDL\r\nPIPELINING\r\nSASL CRAM-MD5\r\n.\r\n";  // no TOP
  const Script before = {{"CAPA", capabilities}, {"AUTH CRAM-MD5", "+ PDE+\r\n"}, {"", "+OK\r\n"}};
  const Script lists = {{"UIDL", "+OK\r\n1 same\r\n2 same\r\n.\r\n"}, {"LIST", "+OK\r\n1 3\r\n2 3\r\n.\r\n"}};
  auto script = with(lists, before);
  script.push_back({"RETR 1", "-ERR no\r\n"});
  script.push_back({"RETR 2", "+OK\r\nB"});
  EXPECT_EQ(run(script).error, "NetworkError: the server closed the connection");
  setbacks = setbacks_after;
  script = with(lists, before);
  script.push_back({"RETR 2", "+OK\r\nB\r\n.\r\n"});
  script.push_back({"RSET", "+OK\r\n"});
  script.push_back({"QUIT", "+OK\r\n"});
  const auto outcome = run(script);
  EXPECT_EQ(outcome.error, "");
  for (const auto& line : outcome.log) EXPECT_FALSE(line.starts_with("gone")) << line;
}

TEST_F(Pop3, NoOctetsWhereSomeWereAnnouncedAreNoMessage) {
  const auto outcome = run(with({{"UIDL", "+OK\r\n1 a\r\n2 b\r\n.\r\n"},
                                 {"LIST", "+OK\r\n1 9\r\n2 0\r\n.\r\n"},
                                 {"RETR 1", "+OK\r\n.\r\n"},
                                 {"RETR 2", "+OK\r\n.\r\n"},
                                 {"RSET", "+OK\r\n"},
                                 {"QUIT", "+OK\r\n"}}));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.report.holes, 1U);
  EXPECT_EQ(outcome.report.fetched, 1U);
}

TEST_F(Pop3, AMessageAtWhoseTopTheConnectionIsLostIsFetchedUnlooked) {
  const auto lost = run(with({{"UIDL", "-ERR\r\n"},
                              {"LIST", "+OK\r\n1 3\r\n2 3\r\n.\r\n"},
                              {"TOP 1 0", "+OK\r\nA: 1\r\n\r\n.\r\n"},
                              {"TOP 2 0", "+OK\r\nB"}}));
  EXPECT_EQ(lost.error, "NetworkError: the server closed the connection");
  setbacks = setbacks_after;
  const auto outcome = run(with({{"UIDL", "-ERR\r\n"},
                                 {"LIST", "+OK\r\n1 3\r\n2 3\r\n.\r\n"},
                                 {"TOP 1 0", "+OK\r\nA: 1\r\n\r\n.\r\n"},
                                 {"RETR 1", "+OK\r\nA: 1\r\n\r\n.\r\n"},
                                 {"RETR 2", "+OK\r\nB: 1\r\n\r\n.\r\n"},
                                 {"RSET", "+OK\r\n"},
                                 {"QUIT", "+OK\r\n"}}));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.report.fetched, 2U);
}

TEST_F(Pop3, ListsThatCannotBeReadAreTold) {
  maildrop.hold(1, "a", "A\r\n");
  const auto failures = [&](const std::string& stat) {
    return run(with({{"STAT", stat},
                     {"UIDL", "+OK\r\n1 a\r\nwhat?\r\n.\r\n"},
                     {"LIST", "+OK\r\n1 3\r\n.\r\n"},
                     {"QUIT", "+OK\r\n"}}))
        .report.failed_mailboxes;
  };
  EXPECT_EQ(failures("+OK 1 3\r\n"), Lines{});
  EXPECT_EQ(failures("+OK 2 6\r\n"),
            Lines{"INBOX: 1 messages are listed, 1 lines cannot be read, and STAT says +OK 2 6"});
}

TEST_F(Pop3, ListsThatLackMessagesAreTold) {
  for (std::uint32_t uid = 1; uid <= 3; ++uid) maildrop.hold(uid, "u" + std::to_string(uid), "A\r\n");
  auto outcome = run(with({{"STAT", "+OK 3 9\r\n"},
                           {"UIDL", "+OK\r\n1 u1\r\n3 u3\r\n.\r\n"},
                           {"LIST", "+OK\r\n1 3\r\n3 3\r\n.\r\n"},
                           {"QUIT", "+OK\r\n"}}));
  EXPECT_EQ(outcome.report.failed_mailboxes, Lines{"INBOX: 2 messages are listed, and STAT says +OK 3 9"});
  EXPECT_EQ(outcome.log, Lines{});  // none is gone
  outcome = run(with({{"STAT", "+OK 3 9\r\n"},
                      {"UIDL", "+OK\r\n1 u1\r\n2 u2\r\n3 u3\r\n.\r\n"},
                      {"LIST", "+OK\r\n1 3\r\n2 3\r\n.\r\n"},
                      {"STAT", "+OK 2 6\r\n"},
                      {"QUIT", "+OK\r\n"}}));
  EXPECT_EQ(outcome.report.failed_mailboxes, Lines{"INBOX: STAT says +OK 3 9 first, then +OK 2 6"});
  EXPECT_EQ(outcome.log, Lines{});
}

TEST_F(Pop3, AServerThatCannotListForNowIsWaitedFor) {
  maildrop.hold(1, "a", "A\r\n");
  const auto error = [&](const std::string& refusal) {
    return run(with({{"STAT", "+OK 1 3\r\n"}, {"UIDL", refusal}})).error;
  };
  EXPECT_EQ(error("-ERR [SYS/TEMP] database busy\r\n"),
            "ThrottledError: the server is busy: -ERR [SYS/TEMP] database busy");
  EXPECT_EQ(error("-ERR [SYS/PERM] disk\r\n"), "ProtocolError: UIDL fails for good: -ERR [SYS/PERM] disk");
}

TEST_F(Pop3, AListThatNeverEndsIsNotReadForEver) {
  std::string lines = "+OK\r\n";
  for (int count = 0; count <= 1'000'000; ++count) lines += "x\r\n";
  const auto outcome =
      run_once(with({{"STAT", "+OK 0 0\r\n"}, {"UIDL", lines}}), std::numeric_limits<std::size_t>::max());
  EXPECT_EQ(outcome.error, "ProtocolError: the server lists messages without end");
}

TEST_F(Pop3, AReusedUidlIsFetchedAndStoredOnlyIfItsOctetsAreNew) {
  maildrop.hold(1, "a", "H: 1\r\n\r\nA\r\n");
  maildrop.hold(2, "b", "H: 2\r\n\r\nB\r\n");
  const auto outcome = run(with({{"UIDL", "+OK\r\n1 a\r\n2 b\r\n.\r\n"},
                                 {"LIST", "+OK\r\n1 99\r\n2 98\r\n.\r\n"},
                                 {"TOP 1 0", "+OK\r\nH: other\r\n\r\n.\r\n"},
                                 {"TOP 2 0", "+OK\r\nStatus: RO\r\n\r\n.\r\n"},
                                 {"RETR 1", "+OK\r\nH: other\r\n\r\nX\r\n.\r\n"},
                                 {"RETR 2", "+OK\r\nH: 2\r\n\r\nB\r\n.\r\n"},
                                 {"RSET", "+OK\r\n"},
                                 {"QUIT", "+OK\r\n"}}));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.log, (Lines{"open", "begin", "end 3 '' 99 H: other\r\n\r\nX\r\n", "begin", "abandon",
                                "commit", "gone 1", "relisted 2 98", "synced 5 2 ? ? compared", "commit"}));
}

TEST_F(Pop3, WhatWasGoneComesBackAsWhatItWas) {
  maildrop.hold(1, "a", "A\r\n");
  maildrop.hold(2, "b", "B\r\n");
  maildrop.held.stored = {};
  const auto outcome = run(with({{"UIDL", "+OK\r\n1 a\r\n2 b\r\n.\r\n"},
                                 {"LIST", "+OK\r\n1 3\r\n2 3\r\n.\r\n"},
                                 {"RETR 1", "+OK\r\nA\r\n.\r\n"},
                                 {"RETR 2", "+OK\r\nX\r\n.\r\n"},
                                 {"RSET", "+OK\r\n"},
                                 {"QUIT", "+OK\r\n"}}));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.log, (Lines{"open", "begin", "back 1", "end 1 '' 3 A\r\n", "begin", "end 4 '' 3 X\r\n",
                                "commit", "synced 5 2 ? ? compared", "commit"}));
}

TEST_F(Pop3, AHoleThatNothingNamesStaysOne) {
  maildrop.held.is_known = true;
  maildrop.held.next_uid = 6;
  maildrop.held.holes.add(5);
  maildrop.held.accepted.add(5);
  maildrop.held.entries = {{0, 5, {}}};
  const auto outcome = run(with({{"UIDL", "-ERR\r\n"},
                                 {"LIST", "+OK\r\n1 3\r\n2 3\r\n.\r\n"},
                                 {"RETR 1", "+OK\r\nA\r\n.\r\n"},
                                 {"RETR 2", "-ERR no\r\n"},
                                 {"RSET", "+OK\r\n"},
                                 {"QUIT", "+OK\r\n"}},
                                {{"CAPA", "+OK\r\nPIPELINING\r\nSASL CRAM-MD5\r\n.\r\n"},
                                 {"AUTH CRAM-MD5", "+ PDE+\r\n"},
                                 {"", "+OK\r\n"}}));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.log, (Lines{"open", "begin", "end 6 '' 3 A\r\n", "hole 5 -ERR no", "commit",
                                "synced 8 2 ? ? compared", "commit"}));
  EXPECT_EQ(outcome.report.accepted_holes, 1U);
}

TEST_F(Pop3, WhatIsNotListedIsGone) {
  for (std::uint32_t uid = 1; uid <= 3; ++uid) maildrop.hold(uid, "u" + std::to_string(uid), "A\r\n");
  maildrop.held.deleted.add(3);
  const auto outcome =
      run(with({{"UIDL", "+OK\r\n1 u1\r\n.\r\n"}, {"LIST", "+OK\r\n1 3\r\n.\r\n"}, {"QUIT", "+OK\r\n"}}));
  EXPECT_EQ(outcome.log, (Lines{"open", "gone 2", "synced 4 1 ? ? compared", "commit"}));
}

TEST_F(Pop3, MostOfAMaildropIsGoneOnlyIfStatSaysSo) {
  for (std::uint32_t uid = 1; uid <= 3; ++uid) maildrop.hold(uid, "u" + std::to_string(uid), "A\r\n");
  const auto log = [&](const std::string& stat) {
    return run(with(
                   {{"STAT", stat}, {"UIDL", "+OK\r\n.\r\n"}, {"LIST", "+OK\r\n.\r\n"}, {"QUIT", "+OK\r\n"}}))
        .log;
  };
  EXPECT_EQ(log("+OK 3 9\r\n"), Lines{});
  EXPECT_EQ(log("-ERR\r\n"), Lines{});
  EXPECT_EQ(log("+OK 0 0\r\n"), (Lines{"open", "gone 1:3", "synced 4 0 ? ? compared", "commit"}));
}

TEST_F(Pop3, GmailListsOnlyAWindow) {
  connection.connect_lines = {"+OK Gpop ready for requests from 192.0.2.1 abc"};
  maildrop.hold(1, "u1", "A\r\n");
  const auto outcome = run(with({{"UIDL", "+OK\r\n.\r\n"}, {"LIST", "+OK\r\n.\r\n"}, {"QUIT", "+OK\r\n"}}));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.log, Lines{});
}

TEST_F(Pop3, DeletesOnlyWhereThatIsAskedFor) {
  maildrop.hold(1, "a", "A\r\n");
  maildrop.hold(2, "b", "B\r\n");
  options.delete_after = std::chrono::hours{48};
  const auto outcome = run(with({{"UIDL", "+OK\r\n7 a\r\n8 b\r\n9 new\r\n.\r\n"},
                                 {"LIST", "+OK\r\n7 3\r\n8 3\r\n9 3\r\n.\r\n"},
                                 {"RETR 9", "+OK\r\nN\r\n.\r\n"},
                                 {"RSET", "+OK\r\n"},
                                 {"TOP 7 0", "+OK\r\nA\r\n.\r\n"},
                                 {"TOP 8 0", "+OK\r\nB\r\n\r\n.\r\n"},
                                 {"RSET", "+OK\r\n"},
                                 {"DELE 7", "+OK\r\n"},
                                 {"DELE 8", "-ERR no\r\n"},
                                 {"QUIT", "+OK\r\n"}}));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.account_log, Lines{"deleted f1"});
  EXPECT_EQ(commands(outcome, "TOP 7"), "TOP 7 0\r\nTOP 8 0\r\nRSET\r\nDELE 7\r\nDELE 8\r\nQUIT\r\n");
  EXPECT_EQ(outcome.report.notes.size(), 1U);
}

TEST_F(Pop3, SaysThatNothingIsDeletedWhereQuitFails) {
  maildrop.hold(1, "a", "A\r\n");
  options.delete_after = std::chrono::hours{48};
  const auto leaving = [&](const Script& end) {
    auto script = with({{"UIDL", "+OK\r\n7 a\r\n.\r\n"},
                        {"LIST", "+OK\r\n7 3\r\n.\r\n"},
                        {"TOP 7 0", "+OK\r\nA\r\n.\r\n"},
                        {"RSET", "+OK\r\n"}});
    script.insert(script.end(), end.begin(), end.end());
    return run_once(script, std::numeric_limits<std::size_t>::max());
  };
  auto outcome = leaving({{"DELE 7", "+OK\r\n"}, {"QUIT", "-ERR no\r\n"}});
  EXPECT_EQ(outcome.report.notes, Lines{});
  EXPECT_EQ(
      outcome.report.failed_mailboxes,
      Lines{"INBOX: 1 messages were to be deleted from the server, and are not: QUIT was refused: -ERR no"});
  outcome = leaving({{"DELE 7", "+OK\r\n"}});
  EXPECT_EQ(outcome.report.failed_mailboxes.size(), 1U);
  // Answers have no names: which messages is not known.
  outcome = leaving({{"DELE 7", "+OK\r\n+OK\r\n"}});
  EXPECT_EQ(outcome.account_log, Lines{});
  EXPECT_EQ(commands(outcome, "DELE"), "DELE 7\r\n");
}

TEST_F(Pop3, DeletesNoMessageThatMerelyHasTheUidlOfAHeldOne) {
  maildrop.hold(1, "a", "A\r\n");
  options.delete_after = std::chrono::hours{0};
  const Script lists = {{"UIDL", "+OK\r\n1 a\r\n.\r\n"}, {"LIST", "+OK\r\n1 3\r\n.\r\n"}};
  auto script = with(lists);
  for (const auto& step : Script{{"TOP 1 0", "+OK\r\nX\r\n.\r\n"},
                                 {"RETR 1", "+OK\r\nX\r\n\r\nbody\r\n.\r\n"},
                                 {"RSET", "+OK\r\n"},
                                 {"QUIT", "+OK\r\n"}})
    script.push_back(step);
  auto outcome = run(script);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(commands(outcome, "TOP"), "TOP 1 0\r\nRETR 1\r\nLIST 1\r\nRSET\r\nQUIT\r\n");
  EXPECT_EQ(outcome.log, (Lines{"open", "begin", "end 2 '' ? X\r\n\r\nbody\r\n", "commit", "gone 1",
                                "synced 3 1 ? ? compared", "commit"}));
  // TOP gives something else than RETR, which counts.
  script = with(lists);
  for (const auto& step : Script{{"TOP 1 0", "+OK\r\nX\r\n.\r\n"},
                                 {"RETR 1", "+OK\r\nA\r\n.\r\n"},
                                 {"RSET", "+OK\r\n"},
                                 {"DELE 1", "+OK\r\n"},
                                 {"QUIT", "+OK\r\n"}})
    script.push_back(step);
  outcome = run(script);
  EXPECT_EQ(outcome.log,
            (Lines{"open", "begin", "abandon", "relisted 1 3", "synced 3 1 ? ? compared", "commit"}));
  EXPECT_EQ(outcome.account_log, Lines{"deleted f1"});
  script = with(lists);
  for (const auto& step : Script{{"TOP 1 0", "-ERR\r\n"}, {"QUIT", "+OK\r\n"}}) script.push_back(step);
  outcome = run(script);
  EXPECT_EQ(commands(outcome, "TOP"), "TOP 1 0\r\nQUIT\r\n");
  EXPECT_EQ(outcome.account_log, Lines{});
}

TEST_F(Pop3, DeletesNothingWhereMarksCannotBeTakenBack) {
  maildrop.hold(1, "a", "A\r\n");
  options.delete_after = std::chrono::hours{48};
  const auto outcome = run(with({{"UIDL", "+OK\r\n7 a\r\n9 new\r\n.\r\n"},
                                 {"LIST", "+OK\r\n7 3\r\n9 3\r\n.\r\n"},
                                 {"RETR 9", "+OK\r\nN\r\n.\r\n"},
                                 {"TOP 7 0", "+OK\r\nA\r\n.\r\n"},
                                 {"RSET", "-ERR no\r\n"},
                                 {"QUIT", "+OK\r\n"}}));
  EXPECT_EQ(outcome.account_log, Lines{});
  EXPECT_EQ(commands(outcome, "DELE"), "");
}

TEST_F(Pop3, RefusedLogInsSayWhetherWaitingHelps) {
  const auto refused = [&](const std::string& reply) {
    return run({{"CAPA", kCapabilities}, {"AUTH CRAM-MD5", "+ PDE+\r\n"}, {"", reply + "\r\n"}}).error;
  };
  EXPECT_TRUE(refused("-ERR [AUTH] wrong").starts_with("AuthenticationError: "))
      << refused("-ERR [AUTH] wrong");
  EXPECT_TRUE(refused("-ERR wrong").starts_with("AuthenticationError: "));
  EXPECT_TRUE(refused("-ERR [IN-USE] twice").starts_with("ThrottledError: "));
  EXPECT_TRUE(refused("-ERR [LOGIN-DELAY] slow").starts_with("ThrottledError: "));
  EXPECT_TRUE(refused("-ERR [SYS/PERM] never").starts_with("ProtocolError: "));
}

TEST_F(Pop3, HidesASecretThatTheServerRepeats) {
  const auto outcome = run({{"CAPA", "+OK\r\nUSER\r\n.\r\n"},
                            {"USER alice", "+OK\r\n"},
                            {"PASS secret", "-ERR [AUTH] unknown command PASS secret\r\n"}});
  EXPECT_EQ(outcome.error,
            "AuthenticationError: log-in of alice at pop.example.com by USER command was refused: -ERR "
            "[AUTH] unknown command ?");
  options.auth = "PLAIN";
  const auto refused = [&](const std::string& answer) {
    return run({{"CAPA", kCapabilities}, {"AUTH PLAIN AGFsaWNlAHNlY3JldA==", answer}}).error;
  };
  EXPECT_TRUE(refused("-ERR [SYS/PERM] not alice secret AGFsaWNlAHNlY3JldA==\r\n")
                  .ends_with("-ERR [SYS/PERM] not alice ? ?"));
  EXPECT_TRUE(refused("bad AGFsaWNlAHNlY3JldA==\r\n").find("'bad ?'") != std::string::npos);
}

TEST_F(Pop3, AnInitialResponseMayTravelWithTheCommand) {
  options.auth = "PLAIN";
  const Script rest = {{"UIDL", "+OK\r\n.\r\n"}, {"LIST", "+OK\r\n.\r\n"}, {"QUIT", "+OK\r\n"}};
  EXPECT_EQ(run(with(rest, {{"CAPA", kCapabilities}, {"AUTH PLAIN AGFsaWNlAHNlY3JldA==", "+OK\r\n"}})).error,
            "");
}

TEST_F(Pop3, ATokenComesBehindTheChallengeOnly) {
  token = "abc";
  const Script rest = {{"UIDL", "+OK\r\n.\r\n"}, {"LIST", "+OK\r\n.\r\n"}, {"QUIT", "+OK\r\n"}};
  const std::string offer = "+OK\r\nSASL XOAUTH2\r\n.\r\n";
  const auto outcome =
      run(with(rest, {{"CAPA", offer}, {"AUTH XOAUTH2\r", "+ \r\n"}, {"dXNlcj", "+OK\r\n"}}));
  EXPECT_EQ(outcome.error, "");
  // Some say +OK where they mean to go on.
  EXPECT_EQ(run(with(rest, {{"CAPA", offer}, {"AUTH XOAUTH2\r", "+OK\r\n"}, {"dXNlcj", "+OK\r\n"}})).error,
            "");
  token.clear();
  const Script login = {{"CAPA", "+OK\r\nSASL LOGIN\r\n.\r\n"},
                        {"AUTH LOGIN", "+OK VXNlcm5hbWU6\r\n"},
                        {"YWxpY2U=", "+OK UGFzc3dvcmQ6\r\n"},
                        {"c2VjcmV0", "+OK\r\n"}};
  EXPECT_EQ(run(with(rest, login)).error, "");
}

TEST_F(Pop3, ApopHidesThePasswordWhereItCouldBeRead) {
  options.url.tls = Tls::none;
  connection.encrypted = false;
  connection.connect_lines = {"+OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>"};
  const Script rest = {{"UIDL", "+OK\r\n.\r\n"}, {"LIST", "+OK\r\n.\r\n"}, {"QUIT", "+OK\r\n"}};
  // MD5 of the timestamp and `secret`.
  const auto outcome = run(with(rest, {{"CAPA", "+OK\r\nSASL PLAIN\r\n.\r\n"}, {"APOP alice ", "+OK\r\n"}}));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.mechanism, "APOP");
  EXPECT_NE(outcome.written.find("APOP alice 3f18b52881e44c0cc6067f46e0ced7bc"), std::string::npos)
      << outcome.written;
  connection.encrypted = true;
  options.url.tls = Tls::implicit;
  EXPECT_EQ(
      run(with(rest,
               {{"CAPA", "+OK\r\nUSER\r\n.\r\n"}, {"USER alice", "+OK\r\n"}, {"PASS secret", "+OK\r\n"}}))
          .mechanism,
      "USER command");
  options.auth = "APOP";
  EXPECT_EQ(run(with(rest, {{"CAPA", "+OK\r\nUSER\r\n.\r\n"}, {"APOP alice ", "+OK\r\n"}})).mechanism,
            "APOP");
  connection.connect_lines = {"+OK ready"};
  EXPECT_TRUE(run({{"CAPA", "+OK\r\nUSER\r\n.\r\n"}}).error.starts_with("AuthenticationError: "));
}

TEST_F(Pop3, AsksForMessagesAsTheyAre) {
  const Script rest = {{"UIDL", "+OK\r\n.\r\n"}, {"LIST", "+OK\r\n.\r\n"}, {"QUIT", "+OK\r\n"}};
  for (const auto* answer : {"+OK\r\n", "-ERR not now\r\n"}) {
    const Script before = {{"CAPA", "+OK\r\nUSER\r\nUTF8 USER\r\n.\r\n"},
                           {"UTF8", answer},
                           {"USER", "+OK\r\n"},
                           {"PASS", "+OK\r\n"}};
    EXPECT_EQ(run(with(rest, before)).error, "");
  }
}

TEST_F(Pop3, ServersThatListNothingAreCounted) {
  const auto outcome = run(with({{"STAT", "+OK 2 9\r\n"},
                                 {"UIDL", "-ERR no\r\n"},
                                 {"LIST", "-ERR no\r\n"},
                                 {"TOP 1 0", "+OK\r\nA: 1\r\n\r\n.\r\n"},
                                 {"TOP 2 0", "+OK\r\nB: 1\r\n\r\n.\r\n"},
                                 {"RETR 1", "+OK\r\nA: 1\r\n\r\na\r\n.\r\n"},
                                 {"RETR 2", "+OK\r\nB: 1\r\n\r\nb\r\n.\r\n"},
                                 {"RSET", "+OK\r\n"},
                                 {"QUIT", "+OK\r\n"}}));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.report.fetched, 2U);
  const auto nothing = run(with({{"STAT", "-ERR no\r\n"}, {"UIDL", "-ERR no\r\n"}, {"LIST", "-ERR no\r\n"}}));
  EXPECT_TRUE(nothing.error.starts_with("ProtocolError: ")) << nothing.error;
}

}  // namespace
}  // namespace mailspoor::fetch::pop3
