#include <gtest/gtest.h>

#include "index/error.hpp"
#include "index/query/compiler.hpp"
#include "index/query/parser.hpp"

namespace mailspoor::index {
namespace {

/// The tree, written so that a reader sees its shape: `and(or(a b) not(from:c))`.
std::string shape(const Query& query) {
  std::string operands;
  for (const auto& operand : query.operands) operands += (operands.empty() ? "" : " ") + shape(operand);
  switch (query.kind) {
    case Query::Kind::everything:
      return "*";
    case Query::Kind::negation:
      return "not(" + operands + ")";
    case Query::Kind::conjunction:
      return "and(" + operands + ")";
    case Query::Kind::disjunction:
      return "or(" + operands + ")";
    case Query::Kind::term:
      break;
  }
  std::string text = query.field != nullptr ? std::string{query.field->name} + ":" : "";
  text += query.is_quoted ? "\"" + query.value + "\"" : query.value;
  return text + (query.is_prefix ? "*" : "");
}

struct QueryCase {
  std::string_view name, text, tree;
};
class QueryParser : public testing::TestWithParam<QueryCase> {};

TEST_P(QueryParser, MakesTheTree) { EXPECT_EQ(shape(parse_query(GetParam().text)), GetParam().tree); }

INSTANTIATE_TEST_SUITE_P(
    Grammar, QueryParser,
    testing::Values(QueryCase{"word", "invoice", "invoice"}, QueryCase{"words_are_anded", "a b", "and(a b)"},
                    QueryCase{"explicit_and", "a AND b", "and(a b)"}, QueryCase{"or", "a OR b", "or(a b)"},
                    QueryCase{"and_binds_tighter", "a b OR c d", "or(and(a b) and(c d))"},
                    QueryCase{"parentheses", "a (b OR c)", "and(a or(b c))"},
                    QueryCase{"no_blank_before_parenthesis", "a(b)", "and(a b)"},
                    QueryCase{"not", "a NOT b", "and(a not(b))"}, QueryCase{"minus", "a -b", "and(a not(b))"},
                    QueryCase{"minus_first", "-from:b a", "and(not(from:b) a)"},
                    QueryCase{"minus_group", "-(a b)", "not(and(a b))"},
                    QueryCase{"twice_not", "NOT -a", "not(not(a))"},
                    QueryCase{"lower_case_words_are_words", "a or b", "and(a or b)"},
                    QueryCase{"phrase", "\"a b\"", "\"a b\""},
                    QueryCase{"quote_in_phrase", "\"a \"\"b\"\"\"", "\"a \"b\"\""},
                    QueryCase{"field", "from:alice", "from:alice"},
                    QueryCase{"field_in_capitals", "FROM:alice", "from:alice"},
                    QueryCase{"field_phrase", "subject:\"a b\"", "subject:\"a b\""},
                    QueryCase{"prefix", "invoi*", "invoi*"},
                    QueryCase{"alias", "rfc822msgid:x@y", "msgid:x@y"}, QueryCase{"everything", "*", "*"},
                    QueryCase{"nothing", "  ", "*"}, QueryCase{"range", "date:2024..", "date:2024.."},
                    QueryCase{"minus_alone_is_a_word", "a - b", "and(a - b)"}),
    [](const auto& test) { return std::string{test.param.name}; });

/// The message of the error that a query makes, from parsing or from compiling.
std::string error_of(std::string_view text) {
  try {
    compile(parse_query(text), {});
  } catch (const QueryError& error) {
    return error.what();
  }
  return {};
}

TEST(QueryErrors, NameTheColumnAndSuggest) {
  EXPECT_EQ(error_of("a form:bank"),
            "query, column 3: unknown field `form:`; did you mean `from:`? (a colon inside a word needs "
            "quotation marks)");
  EXPECT_NE(error_of("a (b").find("closing parenthesis is missing"), std::string::npos);
  EXPECT_NE(error_of("a )").find("column 3"), std::string::npos);
  EXPECT_NE(error_of("\"a").find("column 1: a closing quotation mark is missing"), std::string::npos);
  EXPECT_NE(error_of("a OR").find("a search term is missing"), std::string::npos);
  EXPECT_NE(error_of("from:").find("wants a value"), std::string::npos);
  EXPECT_NE(error_of("date:soon").find("is no date"), std::string::npos);
  EXPECT_NE(error_of("ip:300.1.1.1").find("is no IP address"), std::string::npos);
  EXPECT_NE(error_of("ip:10.0.0.0/33").find("is no IP address"), std::string::npos);
  EXPECT_NE(error_of("id:xyz").find("is no id"), std::string::npos);
  EXPECT_NE(error_of("size:big").find("is no size"), std::string::npos);
  EXPECT_NE(error_of("---").find("no word"), std::string::npos);
}

TEST(QueryErrors, BoundHostileQueries) {
  std::string terms;
  for (int count = 0; count < 10'000; ++count) terms += "a ";
  EXPECT_NE(error_of(terms).find("search terms"), std::string::npos);
  EXPECT_NE(error_of(std::string(1'000, '(')).find("levels"), std::string::npos);
  EXPECT_NE(error_of(std::string(1'000, '-') + "a").find("levels"), std::string::npos);
}

TEST(QueryCompiler, KeepsWhatWasTypedOutOfTheSql) {
  const auto condition = compile(parse_query("subject:\"'; DROP TABLE message; --\" msgid:x'y"), {});
  EXPECT_EQ(condition.sql.find("DROP"), std::string::npos);
  EXPECT_EQ(condition.sql.find("x'y"), std::string::npos);
  EXPECT_EQ(condition.values.size(), 2U);
}

}  // namespace
}  // namespace mailspoor::index
