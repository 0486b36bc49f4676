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
  if (!query.operands.empty()) return text + "{" + operands + "}";
  if (query.is_regex) return text + "/" + query.value + "/";
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
    testing::Values(
        QueryCase{"word", "invoice", "invoice"}, QueryCase{"words_are_anded", "a b", "and(a b)"},
        QueryCase{"explicit_and", "a AND b", "and(a b)"}, QueryCase{"or", "a OR b", "or(a b)"},
        QueryCase{"and_binds_tighter", "a b OR c d", "or(and(a b) and(c d))"},
        QueryCase{"parentheses", "a (b OR c)", "and(a or(b c))"},
        QueryCase{"no_blank_before_parenthesis", "a(b)", "and(a b)"},
        QueryCase{"not", "a NOT b", "and(a not(b))"}, QueryCase{"minus", "a -b", "and(a not(b))"},
        QueryCase{"minus_first", "-from:b a", "and(not(from:b) a)"},
        QueryCase{"minus_group", "-(a b)", "not(and(a b))"}, QueryCase{"twice_not", "NOT -a", "not(not(a))"},
        QueryCase{"lower_case_words_are_words", "a or b", "and(a or b)"},
        QueryCase{"phrase", "\"a b\"", "\"a b\""},
        QueryCase{"quote_in_phrase", "\"a \"\"b\"\"\"", "\"a \"b\"\""},
        QueryCase{"field", "from:alice", "from:alice"},
        QueryCase{"field_in_capitals", "FROM:alice", "from:alice"},
        QueryCase{"field_phrase", "subject:\"a b\"", "subject:\"a b\""},
        QueryCase{"prefix", "invoi*", "invoi*"}, QueryCase{"alias", "rfc822msgid:x@y", "msgid:x@y"},
        QueryCase{"everything", "*", "*"}, QueryCase{"nothing", "  ", "*"},
        QueryCase{"range", "date:2024..", "date:2024.."},
        QueryCase{"minus_alone_is_a_word", "a - b", "and(a - b)"},
        QueryCase{"regex", "from:/a b|(c)/ d", "and(from:/a b|(c)/ d)"},
        QueryCase{"regex_in_group", "(subject:/a/ OR b)", "or(subject:/a/ b)"},
        QueryCase{"slash_in_regex", "subject:/a/b/", "subject:/a/b/"},
        QueryCase{"escaped_slash", "subject:/a\\/ b\\d/", "subject:/a/ b\\d/"},
        QueryCase{"no_regex_without_its_end", "maildir:/Archive", "mailbox:/Archive"},
        QueryCase{"no_regex_without_field", "/usr/", "/usr/"},
        QueryCase{"thread", "thread:{from:a OR b}", "thread:{or(from:a b)}"},
        QueryCase{"thread_of_id", "thread:3fa9c1", "thread:3fa9c1"},
        QueryCase{"thread_in_thread", "thread:{thread:{a} -b} c", "and(thread:{and(thread:{a} not(b))} c)"},
        QueryCase{"regex_in_thread", "thread:{subject:/x/}", "thread:{subject:/x/}"},
        QueryCase{"brace_elsewhere_is_text", "a} {b", "and(a} {b)"},
        QueryCase{"glob_keeps_its_star", "attachment:*.pdf", "attachment:*.pdf"},
        QueryCase{"gmail_alias", "rfc822msgid:a older:2d in:x", "and(msgid:a older_than:2d mailbox:x)"}),
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
  EXPECT_NE(error_of("is:unred").find("did you mean `unread`"), std::string::npos);
  EXPECT_NE(error_of("a thread:{b").find("column 12: a closing brace is missing"), std::string::npos);
  EXPECT_NE(error_of("thread:{b)}").find("a closing brace is missing"), std::string::npos);
  EXPECT_NE(error_of("b from:/(/").find("column 3: the regular expression `(`"), std::string::npos);
  EXPECT_NE(error_of("before:2024..2025").find("is no date"), std::string::npos);
  EXPECT_NE(error_of("newer_than:yesterday").find("is no time"), std::string::npos);
  EXPECT_NE(error_of("larger:1k..").find("is no size"), std::string::npos);
  EXPECT_NE(error_of("tls:9").find("is no version"), std::string::npos);
  EXPECT_NE(error_of("port:0").find("is no port"), std::string::npos);
  EXPECT_NE(error_of("port:1k").find("is no port"), std::string::npos);
  EXPECT_NE(error_of("port:70000").find("is no port"), std::string::npos);
  EXPECT_NE(error_of("delay:long").find("is no time"), std::string::npos);
  EXPECT_NE(error_of("dkim:passed").find("`dkim:passed` is not one of any, pass, fail"), std::string::npos);
  EXPECT_NE(error_of("spf:sofftail").find("did you mean `softfail`?"), std::string::npos);
  EXPECT_NE(error_of("tz:berlin").find("is no offset"), std::string::npos);
  EXPECT_NE(error_of("domain:a@b").find("is no domain"), std::string::npos);
}

TEST(QueryErrors, BoundHostileQueries) {
  std::string terms;
  for (int count = 0; count < 10'000; ++count) terms += "a ";
  EXPECT_NE(error_of(terms).find("search terms"), std::string::npos);
  EXPECT_NE(error_of(std::string(1'000, '(')).find("levels"), std::string::npos);
  EXPECT_NE(error_of(std::string(1'000, '-') + "a").find("levels"), std::string::npos);
  std::string threads;
  for (int count = 0; count < 1'000; ++count) threads += "thread:{";
  EXPECT_NE(error_of(threads).find("levels"), std::string::npos);
  EXPECT_NE(error_of(std::string(200'000, 'a')).find("octets"), std::string::npos);
  EXPECT_NE(error_of("from:/" + std::string(2'000, 'a') + "/").find("octets"), std::string::npos);
}

TEST(QueryCompiler, KeepsWhatWasTypedOutOfTheSql) {
  const auto compiled =
      compile(parse_query("subject:\"'; DROP TABLE message; --\" msgid:x'y mailbox:a'b from:/c'd/"), {});
  const auto sql = select_messages(compiled.root, false);
  EXPECT_EQ(sql.text.find("DROP"), std::string::npos);
  for (const std::string_view typed : {"x'y", "a'b", "c'd"})
    EXPECT_EQ(sql.text.find(typed), std::string::npos);
  EXPECT_EQ(sql.values.size(), 4U);
}

TEST(QueryCompiler, BeginsWithTheMostSelectiveTerm) {
  auto compiled = compile(parse_query("subject:common ip:192.0.2.1 body:other date:2024"), {});
  estimate(compiled.root,
           [](const Sql& set) { return set.text.find(" hop ") != std::string::npos ? 3U : kMaxEstimate; });
  const auto sql = select_messages(compiled.root, false).text;
  EXPECT_LT(sql.find("FROM hop"), sql.find("CROSS JOIN"));
  EXPECT_GT(sql.find("document_words"), sql.find("CROSS JOIN"));
}

}  // namespace
}  // namespace mailspoor::index
