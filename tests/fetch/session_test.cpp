#include "fetch/imap/session.hpp"

#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <sstream>
#include <string>

#include "fetch/replay_transport.hpp"
#include "tests/fetch/borrowed_transport.hpp"

namespace mailspoor::fetch::imap {
namespace {

class SessionTest : public testing::Test {
 protected:
  SessionTest() { log.set_level(spdlog::level::debug); }

  Session start(ReplayTransport& server) {
    return Session{std::make_unique<BorrowedTransport>(server), "k", log};
  }

  std::ostringstream logged;
  spdlog::logger log{"fetch", std::make_shared<spdlog::sinks::ostream_sink_st>(logged)};
};

TEST_F(SessionTest, GivesUntaggedResponsesToTheHandler) {
  ReplayTransport server{"* 3 EXISTS\r\n* FLAGS ()\r\nk1 OK [READ-ONLY] done\r\n", {}};
  Session session = start(server);
  int seen = 0;
  const Status status = session.run(Command{"EXAMINE x"}, [&](const Response&) { ++seen; });
  EXPECT_EQ(describe(status), "OK [READ-ONLY] done");
  EXPECT_EQ(seen, 2);
  EXPECT_EQ(server.written(), "k1 EXAMINE x\r\n");
}

TEST_F(SessionTest, NeverSendsALiteralThatTheServerRefuses) {
  ReplayTransport server{"k1 NO too long\r\n", {}};
  Session session = start(server);
  Command command{"EXAMINE "};
  command.add_string("a\r\nb");
  EXPECT_EQ(describe(session.run(command)), "NO too long");
  EXPECT_EQ(server.written(), "k1 EXAMINE {4}\r\n");
}

TEST_F(SessionTest, RefusesANulInAString) {
  Command command{"EXAMINE "};
  EXPECT_THROW(command.add_string(std::string_view{"a\0b", 3}), SettingError);
}

TEST_F(SessionTest, TakesLiteralMinusUpToItsLimit) {
  ReplayTransport server{"* CAPABILITY LITERAL-\r\nk1 OK\r\nk2 OK\r\n+ \r\nk3 OK\r\n", {}};
  Session session = start(server);
  session.ask_capabilities();
  session.run(std::move(Command{"X "}.add_string("\xff")));
  session.run(std::move(Command{"X "}.add_string(std::string(4097, '\xff'))));
  EXPECT_NE(server.written().find("k2 X {1+}\r\n\xff\r\n"), std::string::npos);
  EXPECT_NE(server.written().find("k3 X {4097}\r\n\xff"), std::string::npos);
}

TEST_F(SessionTest, LogsNoSecret) {
  ReplayTransport server{"k1 OK\r\n", {}};
  Session session = start(server);
  Command command{"LOGIN "};
  command.add_string("alice").add(" ").add_string("hunter2").set_shown("LOGIN");
  session.run(command);
  EXPECT_NE(logged.str().find("C: k1 LOGIN"), std::string::npos);
  EXPECT_EQ(logged.str().find("hunter2"), std::string::npos);
}

TEST_F(SessionTest, LogsServerTextWithoutControls) {
  ReplayTransport server{"* OK \x1b]0;title\x07\r\nk1 OK\r\n", {}};
  Session session = start(server);
  session.run(Command{"NOOP"});
  EXPECT_EQ(logged.str().find('\x1b'), std::string::npos);
}

TEST_F(SessionTest, FindsItselfAgainAfterAHandoverInMidLine) {
  ReplayTransport server{"ne {99}\r\n* 4 EXISTS\r\nk1 OK\r\n* 5 EXISTS\r\n", {}};
  Session session = start(server);
  session.resync();
  EXPECT_EQ(std::get<Exists>(session.read()).messages, 5U);
}

TEST_F(SessionTest, TellsTheLastWordsOfAServerThatHangsUpAtTheHandover) {
  ReplayTransport server{"* BYE Autologout\r\n", {}};
  Session session = start(server);
  try {
    session.resync();
    FAIL();
  } catch (const NetworkError& error) {
    EXPECT_STREQ(error.what(), "the server closed the connection, its last words: * BYE Autologout");
  }
}

TEST_F(SessionTest, IgnoresWhatGoesWrongAtLogout) {
  ReplayTransport server{"* BYE\r\n", {}};
  Session session = start(server);
  session.log_out();
}

TEST_F(SessionTest, CountsChatterAsNoProgress) {
  ReplayTransport server{"* OK Still here\r\n* XNEWS x\r\n* 1 FETCH (UID 3)\r\n", {}};
  Session session = start(server);
  Deadlines& deadlines = session.transport().deadlines();
  session.read();
  session.read();
  deadlines.waited(std::chrono::seconds{119});  // 60 s idle: judged after 120
  EXPECT_THROW(deadlines.waited(std::chrono::seconds{1}), NetworkError);
}

}  // namespace
}  // namespace mailspoor::fetch::imap
