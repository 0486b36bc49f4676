#include <gtest/gtest.h>

#include <chrono>
#include <span>

#include "index/error.hpp"
#include "index/query/fields.hpp"
#include "index/query/regex.hpp"
#include "index/query/values.hpp"

namespace mailspoor::index {
namespace {

TEST(Globs, StopAtLevelsUnlessDoubled) {
  EXPECT_TRUE(matches_glob("Archive/2024", "archive/*"));
  EXPECT_FALSE(matches_glob("Archive/2024/May", "Archive/*"));
  EXPECT_TRUE(matches_glob("Archive/2024/May", "Archive/**"));
  EXPECT_TRUE(matches_glob("Archive", "Archive/**"));
  EXPECT_FALSE(matches_glob("Archives", "Archive/**"));
  EXPECT_TRUE(matches_glob("a/b/Sent", "**/Sent"));
  EXPECT_TRUE(matches_glob("invoice.pdf", "*.pdf"));
  EXPECT_TRUE(matches_glob("r\xC3\xA9.pdf", "r?.pdf"));
  EXPECT_FALSE(matches_glob("a/b", "a?b"));
  EXPECT_TRUE(matches_glob("", "*"));
  EXPECT_FALSE(matches_glob("", "?"));
  EXPECT_TRUE(matches_glob("[x]", "[x]"));
}

TEST(Domains, AreReadInTheirForms) {
  EXPECT_EQ(parse_domain(".Example.org."), "Example.org");
  EXPECT_EQ(parse_domain("@example.org"), "example.org");
  for (const char* const text : {"", ".", "a@b", "*.example.org", "a b", "a/b"})
    EXPECT_FALSE(parse_domain(text)) << text;
  EXPECT_EQ(domain_of("\"a@b\"@example.org"), "example.org");
  EXPECT_EQ(local_part_of("\"a@b\"@example.org"), "\"a@b\"");
  EXPECT_EQ(domain_of("nobody"), "");
}

TEST(Zones, AreReadInTheirForms) {
  EXPECT_EQ(parse_zone("+0530"), 330);
  EXPECT_EQ(parse_zone("-08:00"), -480);
  EXPECT_EQ(parse_zone("+1"), 60);
  EXPECT_EQ(parse_zone("-930"), -570);
  EXPECT_EQ(parse_zone("Z"), 0);
  for (const char* const text : {"", "+", "0530", "+05300", "+0560", "+2500", "+5:30:00", "berlin"})
    EXPECT_FALSE(parse_zone(text)) << text;
}

TEST(Sizes, HaveUnits) {
  EXPECT_EQ(parse_size_range("10k..2M")->least, 10 << 10);
  EXPECT_EQ(parse_size_range("10k..2M")->most, 2 << 20);
  EXPECT_FALSE(parse_size_range("1M..")->most);
  for (const char* const text : {"", "..", "big", "-1", "1.5M", "1kk", "99999999999999999999", "9999999999G"})
    EXPECT_FALSE(parse_size_range(text)) << text;
}

TEST(Durations, HaveUnitsAndRanges) {
  const auto range = [](std::string_view text) {
    const auto read = parse_duration_range(text);
    return read ? std::pair{read->least.value_or(-1), read->most.value_or(-1)}
                : std::pair<std::int64_t, std::int64_t>{-2, -2};
  };
  using Range = std::pair<std::int64_t, std::int64_t>;
  EXPECT_EQ(range("90s.."), (Range{90, -1}));
  EXPECT_EQ(range("..5m"), (Range{-1, 300}));
  EXPECT_EQ(range("1h..2D"), (Range{3'600, 172'800}));
  EXPECT_EQ(range("1w"), (Range{604'800, 1'209'599}));
  for (const char* const text :
       {"", "..", "1", "h", "1y", "-1h", "1h..x", "x..1h", "1h..2h..3h", "99999999999h"})
    EXPECT_EQ(range(text), (Range{-2, -2})) << text;
}

TEST(Regexes, MatchAnywhereInAnyCase) {
  EXPECT_TRUE(Regex{"re(minder|ceipt)"}.matches("Final REMINDER"));
  EXPECT_FALSE(Regex{"^reminder"}.matches("Final reminder"));
  EXPECT_FALSE(Regex{"(?-i)reminder"}.matches("REMINDER"));
  EXPECT_TRUE(Regex{"\\x{E9}"}.matches("caf\xC3\x89"));
  EXPECT_TRUE(
      Regex{"b"}.matches("a\xFF"
                         "b"));
  EXPECT_TRUE(Regex{""}.matches(""));
}

TEST(Regexes, AreRefusedWhereTheyAreWrongOrEndless) {
  for (const char* const pattern : {"(", "[", "*", "\\C", "(?<n>a", "a{99999}"})
    EXPECT_THROW(Regex{pattern}, QueryError) << pattern;
  EXPECT_THROW(Regex(std::string(2000, 'a')), QueryError);
  EXPECT_THROW(Regex(std::string(100, '(') + std::string(100, ')')), QueryError);
  const Regex endless{"(a+)+$"};
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THROW(endless.matches(std::string(5000, 'a') + "c"), QueryError);
  // Not a measurement: without a limit it would take longer than the universe has.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{60});
}

TEST(Fields, HaveNamesOfTheirOwn) {
  for (const auto& field : fields()) {
    EXPECT_EQ(find_field(field.name), &field) << field.name;
    EXPECT_FALSE(field.description.empty()) << field.name;
    EXPECT_TRUE(field.example.starts_with(field.name)) << field.name;
    std::string_view aliases = field.aliases;
    while (!aliases.empty()) {
      const auto alias = aliases.substr(0, aliases.find(' '));
      EXPECT_EQ(find_field(alias), &field) << alias;
      aliases.remove_prefix(std::min(alias.size() + 1, aliases.size()));
    }
  }
}

}  // namespace
}  // namespace mailspoor::index
