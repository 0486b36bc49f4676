#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fetch/error.hpp"
#include "fetch/pop3/listing.hpp"
#include "fetch/pop3/login.hpp"
#include "fetch/pop3/reader.hpp"
#include "fetch/pop3/session.hpp"
#include "fetch/replay_transport.hpp"

namespace mailspoor::fetch::pop3 {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kChunks[] = {1, 2, 3, 7, std::numeric_limits<std::size_t>::max()};

/// The message at the front of `wire`, and what is left of it; nullopt if it does not end.
std::optional<std::pair<std::string, std::string>> message_in(std::string_view wire, std::size_t chunk) {
  ReplayTransport transport{std::string{wire}, ReplayTransport::Options{.chunk = chunk}};
  Reader reader{transport};
  std::string message;
  try {
    reader.read_message([&](std::string_view octets) {
      EXPECT_FALSE(octets.empty());
      message += octets;
    });
  } catch (const NetworkError&) {
    return std::nullopt;
  }
  std::string rest;
  try {
    while (true) rest += reader.read_line() + '\n';
  } catch (const NetworkError&) {
  }
  return std::pair{message, rest};
}

struct MessageCase {
  std::string_view wire, message;
};
void PrintTo(const MessageCase& test, std::ostream* out) { *out << testing::PrintToString(test.wire); }
class Message : public testing::TestWithParam<MessageCase> {};

TEST_P(Message, IsUnstuffedWhereverReadsEnd) {
  const auto& [wire, message] = GetParam();
  for (const auto chunk : kChunks) {
    const auto found = message_in(std::string{wire} + "+OK next\r\n", chunk);
    ASSERT_TRUE(found) << chunk;
    EXPECT_EQ(found->first, message) << chunk;
    EXPECT_EQ(found->second, "+OK next\n") << chunk;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Wires, Message,
    testing::Values(
        MessageCase{".\r\n", ""}, MessageCase{"a\r\n.\r\n", "a\r\n"}, MessageCase{"..\r\n.\r\n", ".\r\n"},
        MessageCase{"...\r\n.\r\n", "..\r\n"}, MessageCase{"..a\r\n..b\r\n.\r\n", ".a\r\n.b\r\n"},
        // A dot that nobody has doubled, but not the end.
        MessageCase{".a\r\n.\r\n", ".a\r\n"},
        // Only CRLF ends a line.
        MessageCase{"a\n.\nb\r\n.\r\n", "a\n.\nb\r\n"}, MessageCase{"a\n.\r\nb\r\n.\r\n", "a\n.\r\nb\r\n"},
        MessageCase{"a\r.\r\nb\r\n.\r\n", "a\r.\r\nb\r\n"}, MessageCase{"a\r\r\n.\r\n", "a\r\r\n"},
        MessageCase{"a\r\n\r\n\r\n.\r\n", "a\r\n\r\n\r\n"},
        MessageCase{"a\r\n.\rb\r\n.\r\n", "a\r\n.\rb\r\n"}, MessageCase{"a\r\n.\r\r\n.\r\n", "a\r\n.\r\r\n"},
        MessageCase{"a\r\n.\n.\r\n.\r\n", "a\r\n.\n.\r\n"},
        MessageCase{"a\0b\xff\r\n.\r\n"sv, "a\0b\xff\r\n"sv}, MessageCase{"\r\n.\r\n", "\r\n"}));

TEST(Reader, WaitsForTheWholeEnd) {
  for (const auto wire :
       {""sv, "a"sv, "a\r\n"sv, "a\r\n."sv, "a\r\n.\r"sv, "a\r\n.\n"sv, "a\n.\n"sv, "a\r\n.\ra"sv})
    for (const auto chunk : kChunks) EXPECT_FALSE(message_in(wire, chunk)) << testing::PrintToString(wire);
}

TEST(Reader, EveryMessageComesBackFromWhatAServerMakesOfIt) {
  // All messages of up to six octets of those that matter, stuffed as RFC 1939 §3 says.
  constexpr std::string_view kOctets = ".\r\na";
  for (std::size_t length = 0; length <= 6; ++length) {
    std::size_t count = 1;
    for (std::size_t i = 0; i < length; ++i) count *= kOctets.size();
    for (std::size_t number = 0; number < count; ++number) {
      std::string message;
      for (std::size_t i = 0, rest = number; i < length; ++i, rest /= kOctets.size())
        message += kOctets[rest % kOctets.size()];
      message += "\r\n";
      std::string wire;
      for (std::size_t at = 0; at < message.size(); ++at) {
        const bool is_start = at == 0 || (at >= 2 && message.substr(at - 2, 2) == "\r\n");
        if (is_start && message[at] == '.') wire += '.';
        wire += message[at];
      }
      for (const std::size_t chunk : {std::size_t{1}, std::size_t{64}}) {
        const auto found = message_in(wire + ".\r\n", chunk);
        ASSERT_TRUE(found) << testing::PrintToString(message);
        ASSERT_EQ(found->first, message) << testing::PrintToString(wire);
      }
    }
  }
}

TEST(Reader, ReadsListsWithEitherLineEnd) {
  for (const auto chunk : kChunks) {
    ReplayTransport transport{"1 a\r\n2 b\n..\r\n.3\r\n.\nnext\n", ReplayTransport::Options{.chunk = chunk}};
    Reader reader{transport};
    std::vector<std::string> lines;
    reader.read_lines([&](std::string_view line) { lines.emplace_back(line); });
    EXPECT_EQ(lines, (std::vector<std::string>{"1 a", "2 b", ".", "3"}));
    EXPECT_EQ(reader.read_line(), "next");
  }
}

TEST(Reader, RefusesALineWithoutEnd) {
  ReplayTransport transport{std::string(200'000, 'x'), ReplayTransport::Options{}};
  Reader reader{transport};
  EXPECT_THROW(reader.read_line(), ProtocolError);
}

TEST(Reply, IsTakenApart) {
  EXPECT_TRUE(parse_reply("+OK").is_ok());
  EXPECT_EQ(parse_reply("+ok  2 messages").text, " 2 messages");
  EXPECT_EQ(parse_reply("+OK [not a code] hi").text, "[not a code] hi");
  const auto refused = parse_reply("-ERR [IN-USE] Do you have another session?");
  EXPECT_EQ(refused.kind, Reply::Kind::error);
  EXPECT_EQ(refused.code, "IN-USE");
  EXPECT_EQ(refused.text, "Do you have another session?");
  EXPECT_EQ(describe(refused), "-ERR [IN-USE] Do you have another session?");
  EXPECT_EQ(describe(parse_reply("-ERR \x1b[2J")), "-ERR \\x1b[2J");
  EXPECT_EQ(parse_reply("+ ").kind, Reply::Kind::challenge);
  EXPECT_EQ(parse_reply("+").kind, Reply::Kind::challenge);
  EXPECT_EQ(parse_reply("+ PDE+").text, "PDE+");
  for (const auto* line : {"", "OK", "+OKAY", "-ERROR", "* OK hi", "220 hi", "+x", "\xff"})
    EXPECT_THROW(parse_reply(line), ProtocolError) << line;
}

TEST(Reply, SaysWhetherWaitingHelps) {
  const auto throttle = [](std::string_view line) { return throttle_of(parse_reply(line)); };
  for (const auto* line : {"-ERR [IN-USE] x", "-ERR [in-use] x", "-ERR [LOGIN-DELAY] x", "-ERR [SYS/TEMP] x",
                           "-ERR maildrop already locked", "-ERR Unable to lock maildrop",
                           "-ERR Maximum number of connections from user+IP exceeded"})
    EXPECT_TRUE(throttle(line)) << line;
  for (const auto* line :
       {"+OK [IN-USE]", "-ERR", "-ERR [AUTH] mailbox locked", "-ERR [SYS/PERM] mailbox locked",
        "-ERR account locked", "-ERR no such message", "-ERR [SYSTEM] x"})
    EXPECT_FALSE(throttle(line)) << line;
  EXPECT_TRUE(throttle("-ERR [SYS/TEMP] x")->may_be_particular);
  EXPECT_FALSE(throttle("-ERR [IN-USE] x")->may_be_particular);
}

TEST(Reply, OfAGreetingSaysWhatBecomesOfTheRun) {
  EXPECT_THROW(refuse_greeting("h", "-ERR [SYS/TEMP] later"), ThrottledError);
  EXPECT_THROW(refuse_greeting("h", "-ERR [SYS/PERM] never"), ProtocolError);
  EXPECT_THROW(refuse_greeting("h", "-ERR go away"), NetworkError);
}

TEST(ApopTimestamp, IsThatOfTheGreeting) {
  EXPECT_EQ(apop_timestamp("POP3 ready <1896.697170952@dbc.mtview.ca.us>"),
            "<1896.697170952@dbc.mtview.ca.us>");
  for (const auto* greeting : {"", "hi", "<", "<a", "<a>", "a>", "<a b@c>", "<\x80@c>"})
    EXPECT_EQ(apop_timestamp(greeting), "") << greeting;
}

TEST(Listing, PutsBothListsTogether) {
  Listing listing;
  for (const auto* line : {" 2  b c ", "1 a", "3", "4 ", "2 again"})
    EXPECT_TRUE(listing.take_uidl(line)) << line;
  for (const auto* line : {"x y", "", "0 z", "-1 z", "99999999999 z", "7z"})
    EXPECT_FALSE(listing.take_uidl(line)) << line;
  for (const auto* line : {"1 10", "\t2 20 rest", "5 50", "6", "3 x"})
    EXPECT_TRUE(listing.take_size(line)) << line;
  EXPECT_FALSE(listing.take_size("y"));
  const auto messages = listing.messages();
  ASSERT_EQ(messages.size(), 6U);
  for (std::uint32_t number = 1; number <= 6; ++number) EXPECT_EQ(messages[number - 1].number, number);
  EXPECT_EQ(messages[0].name->uidl, "a");
  EXPECT_EQ(messages[0].octets, 10U);
  EXPECT_EQ(messages[1].name->uidl, "b c");
  EXPECT_EQ(messages[1].octets, 20U);
  EXPECT_FALSE(messages[2].name);
  EXPECT_FALSE(messages[2].octets);
  EXPECT_FALSE(messages[3].name);
  EXPECT_EQ(messages[4].octets, 50U);
  EXPECT_FALSE(messages[5].octets);
}

TEST(Listing, BelievesNoSizeThatCannotBeAddedUp) {
  Listing listing;
  EXPECT_TRUE(listing.take_size("1 18446744073709551615"));
  EXPECT_TRUE(listing.take_size("2 18446744073709551616"));
  const auto messages = listing.messages();
  EXPECT_EQ(messages[0].octets, std::uint64_t{1} << 50U);
  EXPECT_FALSE(messages[1].octets);
}

TEST(Listing, TakesAnyOctetsForAUidl) {
  Listing listing;
  listing.take_uidl("1 \xff\x80../../x");
  listing.take_uidl("2 " + std::string(300, 'u'));
  const auto messages = listing.messages();
  EXPECT_EQ(messages[0].name->uidl, "\xEF\xBF\xBD\xEF\xBF\xBD../../x");
  EXPECT_NE(messages[0].name->hash, base::maildrop_name("\xEF\xBF\xBD\xEF\xBF\xBD../../x").hash);
  EXPECT_EQ(messages[1].name->uidl.size(), 300U);
}

TEST(Stat, IsTwoNumbers) {
  EXPECT_EQ(parse_stat("2 320"), (std::pair<std::uint64_t, std::uint64_t>{2, 320}));
  EXPECT_EQ(parse_stat("0 0 and more"), (std::pair<std::uint64_t, std::uint64_t>{0, 0}));
  for (const auto* text : {"", "2", "x", "2 x", "-1 0"}) EXPECT_FALSE(parse_stat(text)) << text;
}

}  // namespace
}  // namespace mailspoor::fetch::pop3
