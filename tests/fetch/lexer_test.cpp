#include "fetch/imap/lexer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fetch/replay_transport.hpp"

namespace mailspoor::fetch::imap {
namespace {

/// The tokens of one response, written as a(atom) q(quoted) l(literal) ( ), and `!` behind a broken one.
std::string tokens_of(const std::string& octets, std::size_t chunk) {
  ReplayTransport transport{octets, {.chunk = chunk}};
  Lexer lexer{transport};
  std::string text = lexer.start_response();
  for (const Token* token = &lexer.next(); !token->is(Token::Kind::end); token = &lexer.next()) {
    text += ' ';
    switch (token->kind) {
      case Token::Kind::atom:
        text += "a(" + token->text + ')';
        break;
      case Token::Kind::quoted:
        text += "q(" + token->text + (token->broken ? ")!" : ")");
        break;
      case Token::Kind::literal:
        text += "l(" + lexer.take_literal() + ')';
        break;
      case Token::Kind::open:
        text += '(';
        break;
      case Token::Kind::close:
        text += ')';
        break;
      case Token::Kind::end:
        break;
    }
  }
  return text;
}

struct TokenCase {
  std::string_view name;
  std::string octets;
  std::string tokens;
};
void PrintTo(const TokenCase& test, std::ostream* out) { *out << test.name; }
class LexerTokens : public testing::TestWithParam<TokenCase> {};

TEST_P(LexerTokens, AreTheSameWholeAndByteByByte) {
  EXPECT_EQ(tokens_of(GetParam().octets, 65536), GetParam().tokens);
  EXPECT_EQ(tokens_of(GetParam().octets, 1), GetParam().tokens);
}

INSTANTIATE_TEST_SUITE_P(
    Grammar, LexerTokens,
    testing::Values(TokenCase{"plain", "* LIST (\\A \\B) \"/\" x\r\n",
                              "* a(LIST) ( a(\\A) a(\\B) ) q(/) a(x)"},
                    TokenCase{"blanks_and_lf", "*\t A   b \t\n", "* a(A) a(b)"},
                    TokenCase{"escapes", "* \"a\\\"b\\\\c\"\r\n", "* q(a\"b\\c)"},
                    TokenCase{"empty_quoted", "* \"\"\r\n", "* q()"},
                    TokenCase{"quoted_without_end", "* \"abc\r\n* X\r\n", "* q(abc)!"},
                    TokenCase{"quoted_with_lone_cr", "* \"a\rb\"\r\n", "* q(a\rb)"},
                    TokenCase{"literal", "* {3}\r\na\r\n b\r\n", "* l(a\r\n) a(b)"},
                    TokenCase{"empty_literal", "* {0}\r\n b\r\n", "* l() a(b)"},
                    TokenCase{"literal_plus", "* {3+}\nabc\r\n", "* l(abc)"},
                    TokenCase{"literal8", "* ~{3}\r\na\nb\r\n", "* l(a\nb)"},
                    TokenCase{"odd_tilde", "* ~/Mail ~\r\n", "* a(~/Mail) a(~)"},
                    TokenCase{"brace_that_is_none", "* {x} a{b}\r\n", "* a({x}) a(a{b})"},
                    TokenCase{"section", "* BODY[HEADER.FIELDS (\"A\" B)]<0> x\r\n",
                              "* a(BODY[HEADER.FIELDS (\"A\" B)]<0>) a(x)"},
                    TokenCase{"section_without_end", "* body[x (y\r\n", "* a(body[x (y)"},
                    TokenCase{"brackets_elsewhere", "* [Gmail]/All x]y\r\n", "* a([Gmail]/All) a(x]y)"},
                    TokenCase{"quote_within_atom", "* a\"b c\"\r\n", "* a(a\"b) a(c\")"},
                    TokenCase{"glued", "* (a(b)\"c\"d)\r\n", "* ( a(a) ( a(b) ) q(c) a(d) )"},
                    TokenCase{"unbalanced", "* ))(\r\n", "* ) ) ("},
                    TokenCase{"stray_line_end", "* (x {2}\r\nab\r\n) y\r\n", "* ( a(x) l(ab) ) a(y)"},
                    TokenCase{"line_end_behind_literal", "* (x {2}\r\nab\r\n* y\r\n", "* ( a(x) l(ab)"},
                    TokenCase{"nul", std::string{"\0\r\n\0* a\0b\r\n", 11}, "* a(a) a(b)"},
                    TokenCase{"eight_bit", "* \xe4\xf6 \"\xff\"\r\n", "* a(\xe4\xf6) q(\xff)"},
                    TokenCase{"empty_plus", "+\r\n", "+"}),
    [](const auto& test) { return std::string{test.param.name}; });

struct FailureCase {
  std::string_view name;
  std::string octets;
};
void PrintTo(const FailureCase& test, std::ostream* out) { *out << test.name; }
class LexerFailure : public testing::TestWithParam<FailureCase> {};

TEST_P(LexerFailure, IsAProtocolError) {
  EXPECT_THROW(tokens_of(GetParam().octets, 65536), ProtocolError);
  EXPECT_THROW(tokens_of(GetParam().octets, 1), ProtocolError);
}

INSTANTIATE_TEST_SUITE_P(
    Grammar, LexerFailure,
    testing::Values(FailureCase{"overflow", "* {18446744073709551616}\r\n"},
                    FailureCase{"overflow_by_far", "* {99999999999999999999999}\r\n"},
                    FailureCase{"text_behind_brace", "* {3} x\r\nabc\r\n"},
                    FailureCase{"lone_cr_behind_brace", "* {3}\rabc\r\n"},
                    FailureCase{"no_brace", "* {3\r\nabc\r\n"}, FailureCase{"negative", "* {3-}\r\nabc\r\n"},
                    FailureCase{"glued_to_a_word", "* BODY[]{3}\r\nabc\r\n"},
                    FailureCase{"long_atom", "* " + std::string(kMaxToken + 1, 'a') + "\r\n"},
                    FailureCase{"long_quoted", "* \"" + std::string(kMaxToken + 1, 'a') + "\"\r\n"},
                    FailureCase{"long_name", "* {65537}\r\n" + std::string(65537, 'a') + "\r\n"},
                    FailureCase{"deep", "* " + std::string(kMaxNesting + 1, '(') + "\r\n"}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(Lexer, StreamsALiteralOfTheLargestSizeUntilTheConnectionEnds) {
  ReplayTransport transport{"* {18446744073709551615}\r\nabc", {}};
  Lexer lexer{transport};
  lexer.start_response();
  ASSERT_EQ(lexer.next().size, 18446744073709551615U);
  std::string taken;
  EXPECT_THROW(lexer.stream_literal([&](std::string_view piece) { taken += piece; }), NetworkError);
  EXPECT_EQ(taken, "abc");
}

TEST(Lexer, SkipsALiteralThatNobodyTook) {
  ReplayTransport transport{"* {5}\r\nab\r\nc d\r\n* e\r\n", {}};
  Lexer lexer{transport};
  lexer.start_response();
  lexer.next();
  EXPECT_EQ(lexer.next().text, "d");
  EXPECT_EQ(lexer.start_response(), "*");
  EXPECT_EQ(lexer.next().text, "e");
}

TEST(Lexer, TakesHumanTextAsItIs) {
  ReplayTransport transport{"* OK  [X] \"a ( {5}\r\n* NO\n", {}};
  Lexer lexer{transport};
  lexer.start_response();
  lexer.next();
  EXPECT_EQ(lexer.take_text(), "[X] \"a ( {5}");
  lexer.start_response();
  lexer.next();
  EXPECT_EQ(lexer.take_text(), "");
}

TEST(Lexer, CountsOctetsOutsideLiteralsOfOneResponse) {
  ReplayTransport transport{"* a {4}\r\n1234 b\r\n", {}};
  Lexer lexer{transport};
  lexer.start_response();
  lexer.skip_response();
  EXPECT_EQ(lexer.response_octets(), 13U);
}

TEST(Lexer, EndsAResponseThatNeverEnds) {
  std::string endless{"*"};
  for (int i = 0; i < 1000; ++i) endless += " a {5}\r\n12345";
  ReplayTransport transport{endless, {}};
  Lexer lexer{transport, 5000};
  lexer.start_response();
  EXPECT_THROW(lexer.skip_response(), ProtocolError);
}

TEST(Lexer, SkipsLinesUntilATagWhateverTheyHold) {
  for (const std::size_t chunk : {std::size_t{65536}, std::size_t{1}}) {
    ReplayTransport transport{"TAIL {900}\r\n\r\nxk7 OK\r\nk71 OK\r\nlast\r\nk7 OK done\r\n* x\r\n",
                              {.chunk = chunk}};
    Lexer lexer{transport};
    EXPECT_EQ(lexer.skip_lines_until("k7"), "last");
    EXPECT_EQ(lexer.take_text(), "OK done");
    lexer.start_response();
    EXPECT_EQ(lexer.next().text, "x");
  }
}

}  // namespace
}  // namespace mailspoor::fetch::imap
