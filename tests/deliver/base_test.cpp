#include <fcntl.h>
#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <limits>
#include <stdexcept>
#include <string>

#include "deliver/base/ascii.hpp"
#include "deliver/base/json_writer.hpp"
#include "deliver/base/quiet_thread.hpp"
#include "deliver/base/sha256.hpp"
#include "deliver/base/text.hpp"
#include "deliver/base/unique_fd.hpp"

namespace mailspoor::base {
namespace {

using namespace std::string_view_literals;

TEST(Sha256, GivesTheExamplesOfFips180) {
  EXPECT_EQ(to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, TakesPiecesAndStartsAfresh) {
  Sha256 hash;
  hash.update("a");
  hash.update("");
  hash.update("bc");
  EXPECT_EQ(hash.finish(), sha256("abc"));
  hash.update("abc");
  EXPECT_EQ(hash.finish(), sha256("abc"));
  Sha256 moved{std::move(hash)};
  moved.update("abc");
  EXPECT_EQ(moved.finish(), sha256("abc"));
}

bool is_held_back(int signal) {
  sigset_t signals;
  pthread_sigmask(SIG_SETMASK, nullptr, &signals);
  return sigismember(&signals, signal) == 1;
}

TEST(QuietThread, TakesNoSignals) {
  bool is_quiet = false;
  quiet_thread([&is_quiet] { is_quiet = is_held_back(SIGTERM); }).join();
  EXPECT_TRUE(is_quiet);
  EXPECT_FALSE(is_held_back(SIGTERM));
}

TEST(QuietThread, LeavesTheSignalsToItsCallerWhereItCannotBeMade) {
  struct Unmovable {
    Unmovable() = default;
    Unmovable(const Unmovable&) = default;
    Unmovable(Unmovable&&) { throw std::runtime_error{"no"}; }
    void operator()() const {}
  };
  EXPECT_THROW(quiet_thread(Unmovable{}), std::runtime_error);
  EXPECT_FALSE(is_held_back(SIGTERM));
}

TEST(Ascii, KnowsTheOctetsOfEachKind) {
  const auto octets_where = [](auto holds) {
    std::string octets;
    for (int octet = 0; octet < 256; ++octet) {
      if (holds(static_cast<char>(octet))) octets += static_cast<char>(octet);
    }
    return octets;
  };
  EXPECT_EQ(octets_where(is_digit), "0123456789");
  EXPECT_EQ(octets_where(is_letter), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
  EXPECT_EQ(octets_where(is_alphanumeric), "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
  EXPECT_EQ(octets_where(is_wsp), "\t ");
  EXPECT_EQ(octets_where(is_blank), "\t\n\r ");
  EXPECT_EQ(octets_where([](char c) { return hex_value(c) >= 0; }), "0123456789ABCDEFabcdef");
  EXPECT_TRUE(is_ascii("\0\x7F"sv));
  EXPECT_FALSE(is_ascii("a\x80"));
}

TEST(Hex, GoesThereAndBack) {
  EXPECT_EQ(to_hex("\0\x7f\xff"sv), "007fff");
  EXPECT_EQ(from_hex("007fFF"), "\0\x7f\xff"sv);
  EXPECT_EQ(from_hex(""), "");
  EXPECT_FALSE(from_hex("0"));
  EXPECT_FALSE(from_hex("0g"));
  EXPECT_FALSE(from_hex("0x"));
}

TEST(Text, TellsUtf8FromWhatIsNone) {
  for (const auto text : {""sv, "a\0b"sv, "\xC3\xA9"sv, "\xE2\x82\xAC"sv, "\xF0\x9F\x98\x80"sv,
                          "\xF4\x8F\xBF\xBF"sv, "\xED\x9F\xBF"sv}) {
    EXPECT_TRUE(is_utf8(text)) << to_hex(text);
    EXPECT_EQ(to_valid_utf8(text), text);
  }
  for (const auto text :
       {"\x80"sv, "\xC3"sv, "\xC0\x80"sv, "\xC1\xBF"sv, "\xE0\x80\x80"sv, "\xED\xA0\x80"sv,
        "\xF0\x80\x80\x80"sv, "\xF4\x90\x80\x80"sv, "\xF5\x80\x80\x80"sv, "\xE2\x82"sv, "\xFF"sv}) {
    EXPECT_FALSE(is_utf8(text)) << to_hex(text);
  }
}

TEST(Text, ReplacesEachOctetThatIsNoUtf8) {
  EXPECT_EQ(to_valid_utf8("a\xFF\xC3z"), "a\xEF\xBF\xBD\xEF\xBF\xBDz");
  EXPECT_EQ(to_valid_utf8("\xE2\x82"), "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Text, FindsTheOddOctetWhereverItStands) {
  for (std::size_t before = 0; before < 20; ++before) {
    for (std::size_t after = 0; after < 20; ++after) {
      const auto around = [&](std::string_view middle) {
        return std::string(before, 'a') + std::string{middle} + std::string(after, 'z');
      };
      EXPECT_FALSE(is_utf8(around("\x80"))) << before << ' ' << after;
      EXPECT_EQ(to_valid_utf8(around("\x80")), around("\xEF\xBF\xBD")) << before << ' ' << after;
      EXPECT_TRUE(is_utf8(around("\xC3\xA9"))) << before << ' ' << after;
      EXPECT_EQ(to_valid_utf8(around("\xC3\xA9")), around("\xC3\xA9")) << before << ' ' << after;
    }
  }
}

TEST(Text, TakesAndAppendsEveryCodePoint) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string text;
    append_utf8(text, c);
    ASSERT_TRUE(is_utf8(text)) << std::hex << static_cast<unsigned>(c);
    std::string_view rest{text};
    ASSERT_EQ(take_code_point(rest), c);
    ASSERT_TRUE(rest.empty());
  }
}

TEST(Text, AppendsTheReplacementForWhatIsNoCodePoint) {
  std::string text;
  append_utf8(text, 0xD800);
  append_utf8(text, 0x110000);
  EXPECT_EQ(text, "\xEF\xBF\xBD\xEF\xBF\xBD");
}

struct PrintableCase {
  std::string_view name, text, shown;
};
class Printable : public testing::TestWithParam<PrintableCase> {};
TEST_P(Printable, MakesControlsVisible) { EXPECT_EQ(printable(GetParam().text), GetParam().shown); }
INSTANTIATE_TEST_SUITE_P(Controls, Printable,
                         testing::Values(PrintableCase{"plain", "a\\b \xC3\xA9", "a\\b \xC3\xA9"},
                                         PrintableCase{"escape", "\x1b[31m", "\\x1b[31m"},
                                         PrintableCase{"nul", "a\0b"sv, "a\\x00b"},
                                         PrintableCase{"line_end", "a\r\n\tb", "a\\x0d\\x0a\\x09b"},
                                         PrintableCase{"del", "\x7f", "\\x7f"},
                                         PrintableCase{"c1", "\xC2\x9B", "\\u009b"},
                                         PrintableCase{"rlo", "\xE2\x80\xAE", "\\u202e"},
                                         PrintableCase{"isolate", "\xE2\x81\xA6", "\\u2066"},
                                         PrintableCase{"arabic_letter_mark", "\xD8\x9C", "\\u061c"},
                                         PrintableCase{"line_separator", "\xE2\x80\xA8", "\\u2028"},
                                         PrintableCase{"no_utf8", "\xC0\xAF", "\\xc0\\xaf"}),
                         [](const auto& test) { return std::string{test.param.name}; });

TEST(PrintableLines, KeepsNewLineAndTabOnly) {
  EXPECT_EQ(printable("a\r\n\tb\x1b", Lines::keep), "a\\x0d\n\tb\\x1b");
}

TEST(Text, ComparesAsciiWithoutCase) {
  EXPECT_TRUE(equal_ignoring_case("InBox", "INBOX"));
  EXPECT_FALSE(equal_ignoring_case("INBOX", "INBO"));
  EXPECT_FALSE(equal_ignoring_case("\xC3\xA9", "\xC3\x89"));
  EXPECT_TRUE(starts_with_ignoring_case("Subject: x", "subject:"));
  EXPECT_FALSE(starts_with_ignoring_case("Sub", "subject:"));
  EXPECT_EQ(to_lower("ABC\xC3\x89"), "abc\xC3\x89");
}

TEST(JsonWriter, WritesNestedValuesInOrder) {
  JsonWriter out;
  out.begin_object()
      .member("a", 1)
      .key("b")
      .begin_array()
      .value("x")
      .null()
      .value(true)
      .begin_object()
      .end_object();
  out.end_array().member("c", std::optional<int>{}).member("d", -2.5).key("e").literal("[1]").end_object();
  EXPECT_EQ(out.text(), R"({"a":1,"b":["x",null,true,{}],"c":null,"d":-2.5,"e":[1]})");
  EXPECT_EQ(out.take(), R"({"a":1,"b":["x",null,true,{}],"c":null,"d":-2.5,"e":[1]})");
  EXPECT_EQ(out.text(), "");
}

TEST(JsonWriter, EscapesWhatRfc8259Demands) {
  JsonWriter out;
  out.value("\"\\/\b\f\n\r\t\x01\x1f\x7f\0\xC3\xA9\xFF"sv);
  EXPECT_EQ(out.text(),
            "\"\\\"\\\\/\\u0008\\u000c\\n\\r\\t\\u0001\\u001f\\u007f\\u0000\xC3\xA9\xEF\xBF\xBD\"");
}

TEST(JsonWriter, WritesNumbersWhole) {
  JsonWriter out;
  out.begin_array()
      .value(std::numeric_limits<std::uint64_t>::max())
      .value(std::numeric_limits<std::int64_t>::min());
  out.value(std::nan("")).value(HUGE_VAL).value(0.1).end_array();
  EXPECT_EQ(out.text(), "[18446744073709551615,-9223372036854775808,null,null,0.1]");
}

TEST(UniqueFd, ClosesOnceAndMoves) {
  const auto is_open = [](int fd) { return fcntl(fd, F_GETFD) != -1; };
  UniqueFd first{open("/dev/null", O_RDONLY | O_CLOEXEC)};
  const int number = first.get();
  ASSERT_TRUE(is_open(number));
  UniqueFd second{std::move(first)};
  EXPECT_TRUE(is_open(number));
  second = UniqueFd{};
  EXPECT_FALSE(is_open(number));
  EXPECT_FALSE(second);
}

}  // namespace
}  // namespace mailspoor::base
