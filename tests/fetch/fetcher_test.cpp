#include "fetch/fetcher.hpp"

#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "deliver/base/base64.hpp"
#include "fetch/error.hpp"
#include "fetch/oauth.hpp"
#include "fetch/transport.hpp"
#include "tests/fetch/dialogue.hpp"

namespace mailspoor::fetch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A run over as many connections as there are scripts. Time stands still while it waits.
class FetcherTest : public testing::Test {
 protected:
  FetcherTest() { options.url = parse_server_url("imaps://alice@imap.example.com"); }

  std::unique_ptr<Transport> connect() {
    ++connections;
    if (refusals > 0) {
      --refusals;
      throw ThrottledError{"no room", std::nullopt};
    }
    if (scripts.empty()) throw NetworkError{"nobody there"};
    auto transport = std::make_unique<ReplayTransport>(scripts.front(),
                                                       ReplayTransport::Options{.connect_lines = {greeting}});
    scripts.pop_front();
    return transport;
  }

  /// What was thrown; empty if nothing was.
  std::string run(std::unique_ptr<Transport> transport) {
    MemoryObserver observer;
    try {
      Fetcher fetcher{std::move(transport), options, credentials, log,
                      [this](milliseconds time) { waits.push_back(time); }};
      fetcher.fetch(
          account, observer, [this](const AccountOptions&) { return connect(); }, report);
    } catch (const ThrottledError& error) {
      return std::string{"ThrottledError: "} + error.what();
    } catch (const NetworkError& error) {
      return std::string{"NetworkError: "} + error.what();
    }
    return {};
  }

  static Script whole() {
    Script script = Dialogue::with_inbox(1, 6, "* 1 FETCH (UID 5 RFC822.SIZE 5)\r\n");
    script.push_back({"UID FETCH 5 (UID FLAGS", fetched(1, 5, "hello") + "$TAG OK\r\n"});
    script.push_back({"LOGOUT", "* BYE\r\n$TAG OK\r\n"});
    return script;
  }
  /// INBOX and A, of one message each.
  static Script two_mailboxes() {
    Script script = Dialogue::logged_in();
    const auto examine = [](const std::string& name) {
      return ReplayTransport::Step{"EXAMINE \"" + name + '"',
                                   "* 1 EXISTS\r\n* OK [UIDVALIDITY 1]\r\n* OK [UIDNEXT 6]\r\n$TAG OK\r\n"};
    };
    script.push_back({"LIST", "* LIST () \"/\" INBOX\r\n* LIST () \"/\" A\r\n$TAG OK\r\n"});
    for (const std::string name : {"INBOX", "A"})
      script.push_back({"STATUS \"" + name + '"',
                        "* STATUS " + name + " (MESSAGES 1 UIDNEXT 6 UIDVALIDITY 1)\r\n$TAG OK\r\n"});
    for (const std::string name : {"INBOX", "A"}) {
      script.push_back(examine(name));
      script.push_back({"(UID RFC822.SIZE)", "* 1 FETCH (UID 5 RFC822.SIZE 5)\r\n$TAG OK\r\n"});
    }
    for (const std::string name : {"INBOX", "A"}) {
      script.push_back(examine(name));
      script.push_back({"UID FETCH 5 (UID FLAGS", fetched(1, 5, "hello") + "$TAG OK\r\n"});
    }
    script.push_back({"LOGOUT", "* BYE\r\n$TAG OK\r\n"});
    return script;
  }
  static Script refused(const std::string& words) {
    Script script = Dialogue::logged_in();
    script[1].octets = "$TAG " + words + "\r\n";
    return script;
  }

  std::string greeting = "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hi";
  AccountOptions options;
  Credentials credentials{Secret{"secret"}, {}, {}};
  spdlog::logger log{"test", std::make_shared<spdlog::sinks::null_sink_st>()};
  std::deque<Script> scripts;
  int refusals = 0;  // of connections, before those that have a script
  int connections = 0;
  MemoryAccount account;
  FetchReport report;
  std::vector<milliseconds> waits;
};

TEST_F(FetcherTest, WaitsForAServerThatHasNoRoomAtTheLogIn) {
  scripts = {refused("NO [UNAVAILABLE] Maximum number of connections from user+IP exceeded"),
             refused("BAD Request is throttled. Suggested Backoff Time: 7000 milliseconds"), whole()};
  EXPECT_EQ(run(connect()), "");
  EXPECT_TRUE(account["INBOX"].messages.contains(5));
  EXPECT_EQ(waits, (std::vector<milliseconds>{seconds{5}, seconds{7}}));
}

TEST_F(FetcherTest, WaitsForAServerThatHasNoRoomAtTheGreeting) {
  refusals = 2;
  scripts = {whole()};
  EXPECT_EQ(run(nullptr), "");
  EXPECT_TRUE(account["INBOX"].messages.contains(5));
  EXPECT_EQ(waits, (std::vector<milliseconds>{seconds{5}, seconds{20}}));
}

TEST_F(FetcherTest, SaysWhenToTryAgainOnceItHasWaitedEnough) {
  refusals = 10;
  EXPECT_EQ(run(nullptr), "ThrottledError: no room; 3 waits were not enough: try again in 5 minutes");
  EXPECT_EQ(connections, 4);
}

TEST_F(FetcherTest, DoesNotWaitBeyondTheDeadline) {
  options.deadline = seconds{4};
  refusals = 10;
  EXPECT_EQ(run(nullptr),
            "ThrottledError: no room; the run's time does not suffice for waiting: try again in 5 s");
  EXPECT_TRUE(waits.empty());
}

TEST_F(FetcherTest, GoesOnAfterAThrottledList) {
  Script throttled = Dialogue::logged_in();
  throttled.push_back({"LIST", "$TAG NO [THROTTLED] slowly\r\n"});
  scripts = {throttled, whole()};
  EXPECT_EQ(run(connect()), "");
  EXPECT_TRUE(account["INBOX"].messages.contains(5));
  EXPECT_EQ(waits, std::vector<milliseconds>{seconds{5}});
}

TEST_F(FetcherTest, AsksAServerThatWasBusyOverOneConnection) {
  options.connections = 2;
  Script throttled = Dialogue::logged_in();
  throttled.push_back({"LIST", "$TAG NO [THROTTLED] slowly\r\n"});
  scripts = {throttled, two_mailboxes()};
  EXPECT_EQ(run(connect()), "");
  EXPECT_EQ(report.fetched, 2U);
  EXPECT_EQ(connections, 2);
}

/// In a process of its own, which may have no threads. Root may have them always.
TEST_F(FetcherTest, UsesOneConnectionWhereNoThreadIsToBeHad) {
  options.connections = 2;
  scripts = {two_mailboxes()};
  const auto run_without_threads = [this] {
    const rlimit none{};
    const bool is_ready = (geteuid() != 0 || setuid(65534) == 0) && setrlimit(RLIMIT_NPROC, &none) == 0;
    std::_Exit(is_ready && run(connect()).empty() && report.fetched == 2 ? 0 : 1);
  };
  EXPECT_EXIT(run_without_threads(), testing::ExitedWithCode(0), "");
}

TEST_F(FetcherTest, DoesWithoutNamespaceWhereTheServerHangsUpAtIt) {
  Script exchange = Dialogue::logged_in();  // Exchange 2003
  exchange[2].octets = "* CAPABILITY IMAP4rev1 NAMESPACE\r\n$TAG OK\r\n";
  Script again = whole();
  again[2].octets = exchange[2].octets;
  scripts = {exchange, again};
  EXPECT_EQ(run(connect()), "");
  EXPECT_TRUE(account["INBOX"].messages.contains(5));
}

TEST_F(FetcherTest, KeepsARenewedTokenForTheNextConnection) {
  credentials.token = Secret{"old"};
  int renewals = 0;
  credentials.renewed_token = [&] {
    ++renewals;
    return Secret{"new"};
  };
  const auto by_token = [](Script script, const std::vector<std::string>& tokens) {
    Script log_in;
    for (const std::string& token : tokens) {
      const std::string message = base::to_base64(
          oauthbearer_message("alice", "imap.example.com", 993, Secret{std::string{token}}).reveal());
      log_in.push_back(
          {"AUTHENTICATE OAUTHBEARER " + message, token == "old" ? "$TAG NO expired\r\n" : "$TAG OK\r\n"});
    }
    script.erase(script.begin() + 1);
    script.insert(script.begin() + 1, log_in.begin(), log_in.end());
    return script;
  };
  greeting = "* OK [CAPABILITY IMAP4rev1 AUTH=OAUTHBEARER SASL-IR] hi";
  scripts = {by_token(Dialogue::logged_in(), {"old", "new"}), by_token(whole(), {"new"})};
  EXPECT_EQ(run(connect()), "");
  EXPECT_TRUE(account["INBOX"].messages.contains(5));
  EXPECT_EQ(renewals, 1);
}

TEST_F(FetcherTest, TriesNoSecondConnectionWhereTheFirstCannotBeMade) {
  EXPECT_EQ(run(nullptr), "NetworkError: nobody there");
  EXPECT_EQ(connections, 1);
  EXPECT_TRUE(waits.empty());
}

}  // namespace
}  // namespace mailspoor::fetch
