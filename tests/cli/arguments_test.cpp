#include "cli/arguments.hpp"

#include <gtest/gtest.h>

#include "cli/error.hpp"

namespace mailspoor::cli {
namespace {

/// The query and the options that `search` makes of its words.
struct Read {
  std::optional<std::string> query;
  GlobalOptions global;
  std::string format = "text";
  std::optional<std::uint64_t> limit;
};

Read read(const std::vector<std::string>& words) {
  Read result;
  Arguments arguments{"search", "", result.global};
  arguments.choice("--format", result.format, {"text", "ids"}, "");
  arguments.option("--limit", result.limit, "");
  result.query = arguments.parse_query(words);
  return result;
}

TEST(QueryWords, ThatBeginWithADashBelongToTheQuery) {
  EXPECT_EQ(read({"foo", "-linux"}).query, "foo -linux");
  EXPECT_EQ(read({"-from:x"}).query, "-from:x");
  EXPECT_EQ(read({"--", "-q", "--format"}).query, "-q --format");
}

TEST(QueryWords, MayStandAmongOptions) {
  const auto result = read({"a", "--format", "ids", "b", "--limit=5", "-q", "-vv", "--root", "/x"});
  EXPECT_EQ(result.query, "a b");
  EXPECT_EQ(result.format, "ids");
  EXPECT_EQ(result.limit, 5U);
  EXPECT_TRUE(result.global.is_quiet);
  EXPECT_EQ(result.global.verbosity, 2);
  EXPECT_EQ(result.global.root, "/x");
}

TEST(QueryWords, AreNoMistypedOptions) {
  EXPECT_THROW(read({"--limt", "5", "invoice"}), UsageError);
  EXPECT_THROW(read({"a", "--format", "nonsense"}), UsageError);
}

}  // namespace
}  // namespace mailspoor::cli
