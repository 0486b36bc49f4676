#include "tests/fetch/dialogue.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

#include <sstream>

#include "fetch/error.hpp"
#include "fetch/imap/engine.hpp"
#include "tests/fetch/borrowed_transport.hpp"
#include "tests/fetch/deflate_server.hpp"

namespace mailspoor::fetch {
namespace {

/// The whole vocabulary of a client that only reads. BODY.PEEK[] does not set \Seen, BODY[] does.
void expect_read_only(const std::string& written) {
  const std::vector<std::string> allowed{
      "NOOP",      "CAPABILITY",       "AUTHENTICATE ", "LOGIN ",      "ID (",           "LIST ",
      "STATUS ",   "EXAMINE ",         "UID FETCH ",    "UID SEARCH ", "ENABLE QRESYNC", "ENABLE UTF8=ACCEPT",
      "NAMESPACE", "COMPRESS DEFLATE", "LOGOUT"};
  std::istringstream lines{written};
  bool in_exchange = false;  // lines of SASL and of literals have no tag
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("tag")) {
      EXPECT_TRUE(in_exchange) << line;
      continue;
    }
    const std::string command = line.substr(line.find(' ') + 1);
    bool known = false;
    for (const std::string& start : allowed) known = known || command.starts_with(start);
    EXPECT_TRUE(known) << line;
    EXPECT_EQ(command.find("BODY["), std::string::npos) << line;
    EXPECT_LE(line.size(), 1000U);
    in_exchange = command.starts_with("AUTHENTICATE") || line.ends_with("}\r");
  }
}

std::string log_of(const MemoryAccount& account) {
  std::string text;
  for (const auto& [name, content] : account.mailboxes()) {
    text += name + '\n';
    for (const std::string& line : content.log) text += "  " + line + '\n';
  }
  return text;
}

}  // namespace

Dialogue::Dialogue() {
  options.url = parse_server_url("imaps://alice@imap.example.com");
  connection.connect_lines = {"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] ready"};
}

Script Dialogue::logged_in() {
  return {{"NOOP", "$TAG OK\r\n"},
          {"AUTHENTICATE PLAIN", "$TAG OK logged in\r\n"},
          {"CAPABILITY", "* CAPABILITY IMAP4rev1\r\n$TAG OK\r\n"}};
}

Script Dialogue::with_inbox(int messages, int uid_next, const std::string& listing) {
  Script script = logged_in();
  script.push_back({"LIST", "* LIST () \"/\" INBOX\r\n$TAG OK\r\n"});
  script.push_back(
      {"STATUS \"INBOX\"", fmt::format("* STATUS INBOX (MESSAGES {} UIDNEXT {} UIDVALIDITY 1)\r\n$TAG OK\r\n",
                                       messages, uid_next)});
  script.push_back(
      {"EXAMINE \"INBOX\"",
       fmt::format("* FLAGS (\\Seen)\r\n* {} EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 1] valid\r\n"
                   "* OK [UIDNEXT {}] next\r\n$TAG OK [READ-ONLY] done\r\n",
                   messages, uid_next)});
  script.push_back({"(UID RFC822.SIZE)", listing + "$TAG OK\r\n"});
  return script;
}

Outcome Dialogue::run(const Script& script) {
  const Outcome whole = run_once(script, std::numeric_limits<std::size_t>::max());
  for (const std::size_t chunk : {std::size_t{7}, std::size_t{1}}) {
    const Outcome cut = run_once(script, chunk);
    EXPECT_EQ(whole.error, cut.error);
    EXPECT_EQ(whole.waits, cut.waits);
    EXPECT_EQ(log_of(*whole.account), log_of(*cut.account));
    EXPECT_EQ(whole.written, cut.written);
  }
  expect_read_only(whole.written);
  return whole;
}

Outcome Dialogue::run_unrepeated(const Script& script) {
  Outcome outcome = run_once(script, std::numeric_limits<std::size_t>::max());
  expect_read_only(outcome.written);
  return outcome;
}

Outcome Dialogue::run_once(const Script& script, std::size_t chunk) {
  connection.chunk = has_compression ? std::numeric_limits<std::size_t>::max() : chunk;
  ReplayTransport server{script, connection};
  DeflateServer compressing{server, chunk};
  Outcome outcome;
  outcome.setbacks = setbacks;
  outcome.account = std::make_shared<MemoryAccount>();
  for (const auto& [name, uids] : held) (*outcome.account)[name].held = uids;
  outcome.account->held_mailboxes = held_mailboxes;
  outcome.account->samples = samples;
  for (const auto& [name, state] : states) {
    auto& mailbox = (*outcome.account)[name];
    mailbox.held = state.held;
    mailbox.stored = state.stored;
    mailbox.holed = state.holes;
    mailbox.server = state.server;
    mailbox.since_compared = state.since_compared;
    mailbox.former = state.former;
    mailbox.recognisable = recognisable;
    mailbox.lost = lost;
    mailbox.accepted = state.accepted;
  }
  MemoryObserver observer;
  spdlog::logger log{"test", std::make_shared<spdlog::sinks::null_sink_st>()};
  int renewals = 0;
  Credentials credentials{Secret{std::string{password}}, Secret{std::string{token}}, {}};
  if (!renewed_token.empty()) {
    credentials.renewed_token = [&] {
      ++renewals;
      return Secret{std::string{renewed_token}};
    };
  }
  std::chrono::milliseconds time = patience_limit;
  const auto wait = [&](std::chrono::milliseconds asked) {
    outcome.waits.push_back(asked);
    time -= asked;
    return time.count() >= 0;
  };
  Patience patience{wait, log};
  try {
    Transport& lender = has_compression ? static_cast<Transport&>(compressing) : server;
    imap::Engine engine{std::make_unique<BorrowedTransport>(lender),
                        options,
                        credentials,
                        "tag",
                        outcome.setbacks,
                        patience,
                        log};
    outcome.identity = engine.identity();
    engine.fetch(*outcome.account, observer, outcome.report);
  } catch (const AuthenticationError& error) {
    outcome.error = fmt::format("AuthenticationError: {}", error.what());
  } catch (const SettingError& error) {
    outcome.error = fmt::format("SettingError: {}", error.what());
  } catch (const ProtocolError& error) {
    outcome.error = fmt::format("ProtocolError: {}", error.what());
  } catch (const ThrottledError& error) {
    outcome.error = fmt::format("ThrottledError: {}", error.what());
  } catch (const NetworkError& error) {
    outcome.error = fmt::format("NetworkError: {}", error.what());
  }
  outcome.renewals = renewals;
  outcome.plans = observer.plans;
  outcome.written = server.written();
  return outcome;
}

std::string fetched(int sequence_number, std::uint32_t uid, const std::string& octets) {
  return fmt::format(
      "* {} FETCH (UID {} FLAGS (\\Seen) INTERNALDATE \"01-Feb-2024 10:00:00 +0100\" RFC822.SIZE {} "
      "BODY[] {{{}}}\r\n{})\r\n",
      sequence_number, uid, octets.size(), octets.size(), octets);
}

}  // namespace mailspoor::fetch
