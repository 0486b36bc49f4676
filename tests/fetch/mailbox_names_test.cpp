#include "fetch/imap/mailbox_names.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mailspoor::fetch::imap {
namespace {

struct NameCase {
  std::string raw;
  std::optional<char> delimiter;
  std::string name;
  std::vector<std::string> levels;
};
class MailboxNameTest : public testing::TestWithParam<NameCase> {};

TEST_P(MailboxNameTest, IsSplitAndDecoded) {
  const MailboxName mailbox = mailbox_name({{}, GetParam().delimiter, GetParam().raw});
  EXPECT_EQ(mailbox.raw, GetParam().raw);
  EXPECT_EQ(mailbox.name, GetParam().name);
  EXPECT_EQ(mailbox.levels, GetParam().levels);
}

INSTANTIATE_TEST_SUITE_P(
    Names, MailboxNameTest,
    testing::Values(NameCase{"Archive.2024", '.', "Archive/2024", {"Archive", "2024"}},
                    NameCase{"inBox", '/', "INBOX", {"INBOX"}},
                    NameCase{"Inbox/inbox", '/', "INBOX/inbox", {"INBOX", "inbox"}},
                    NameCase{"Inbox/x", std::nullopt, "Inbox/x", {"Inbox/x"}},
                    NameCase{"Entw&APw-rfe", '/', "Entw\xc3\xbcrfe", {"Entw&APw-rfe"}},
                    NameCase{"a&b/&-", '/', "a&b/&", {"a&b", "&-"}},  // "a&b" is no modified UTF-7
                    NameCase{"\xe4", '/', "\xEF\xBF\xBD", {"\xe4"}},
                    NameCase{"../etc", '/', "../etc", {"..", "etc"}},
                    NameCase{"a//b/", '/', "a//b/", {"a", "", "b", ""}}));

TEST(Utf8Mode, LeavesAMailboxItsName) {
  for (const char* name : {"Entw\xc3\xbcrfe", "R&D", "&APw-", "a.b/c", "INBOX", "\xe6\x97\xa5\xe6\x9c\xac"}) {
    EXPECT_EQ(to_utf8_mode(from_utf8_mode(name)), name);
  }
  EXPECT_EQ(from_utf8_mode("Entw\xc3\xbcrfe"), "Entw&APw-rfe");
  EXPECT_EQ(from_utf8_mode("\xff/x"), "\xff/x");
  EXPECT_EQ(to_utf8_mode("\xff/x"), "\xff/x");
  EXPECT_EQ(from_utf8_mode("x\r\ny"), "x\r\ny");
}

struct OthersCase {
  std::string raw;
  bool is_others;
};
class Others : public testing::TestWithParam<OthersCase> {};

TEST_P(Others, AreToldByTheLongestPrefix) {
  const Namespaces cyrus{{{"INBOX.", '.'}}, {{"user.", '.'}}, {{"", '.'}, {"#news.", '.'}}};
  EXPECT_EQ(is_others(mailbox_name({{}, '.', GetParam().raw}), cyrus), GetParam().is_others);
}

INSTANTIATE_TEST_SUITE_P(Cyrus, Others,
                         testing::Values(OthersCase{"INBOX", false}, OthersCase{"inbox", false},
                                         OthersCase{"INBOX.x", false}, OthersCase{"inbox.x", false},
                                         OthersCase{"user.bob", true}, OthersCase{"user", true},
                                         OthersCase{"archive", true}, OthersCase{"#news.x", true}));

TEST(OthersWithoutPrefix, AreNone) {
  const auto name = mailbox_name({{}, '/', "Archive"});
  EXPECT_FALSE(is_others(name, {}));
  EXPECT_FALSE(is_others(name, {{{"", '/'}}, {}, {{"", '/'}}}));
  EXPECT_FALSE(is_others(name, {{{"", '/'}}, {{"Other Users/", '/'}}, {{"Shared/", '/'}}}));
}

TEST(MailboxAttributes, TellWhatCannotBeOpened) {
  EXPECT_TRUE(is_selectable({{"\\HasChildren"}, '/', "x"}));
  EXPECT_FALSE(is_selectable({{"\\noselect"}, '/', "x"}));
  EXPECT_FALSE(is_selectable({{"\\A", "\\NonExistent"}, '/', "x"}));
}

struct GlobCase {
  std::string name, pattern;
  bool matches;
};
class Glob : public testing::TestWithParam<GlobCase> {};

TEST_P(Glob, Matches) { EXPECT_EQ(matches_glob(GetParam().name, GetParam().pattern), GetParam().matches); }

INSTANTIATE_TEST_SUITE_P(Patterns, Glob,
                         testing::Values(GlobCase{"a/b", "*", true}, GlobCase{"", "*", true},
                                         GlobCase{"a/b", "%", false}, GlobCase{"ab", "%", true},
                                         GlobCase{"a/b/c", "a/%", false}, GlobCase{"a/b/c", "a/*", true},
                                         GlobCase{"a/b/c", "a/%/c", true}, GlobCase{"Junk", "junk", false},
                                         GlobCase{"INBOX", "inbox", true},
                                         GlobCase{"INBOX/x", "Inbox/*", true},
                                         GlobCase{"INBOX", "inb*", false}, GlobCase{"abcbc", "a*bc", true},
                                         GlobCase{"a?b", "a?b", true}, GlobCase{"axb", "a?b", false},
                                         GlobCase{"x", "", false}, GlobCase{"[a]", "[a]", true},
                                         GlobCase{std::string(500, 'a'), "*a*a*a*a*a*a*a*a*a*b", false}));

TEST(Selection, LetsExclusionsWin) {
  EXPECT_TRUE(is_wanted("x", {}, {}, {}));
  EXPECT_FALSE(is_wanted("x", {}, {"y"}, {}));
  EXPECT_FALSE(is_wanted("x", {}, {"*"}, {"x"}));
  EXPECT_TRUE(is_wanted("INBOX", {}, {"y", "inbox"}, {"x"}));
  EXPECT_FALSE(is_wanted("Spam", {"\\HasNoChildren", "\\Junk"}, {}, {"\\junk"}));
  EXPECT_TRUE(is_wanted("Spam", {"\\Junk"}, {"\\Junk"}, {}));
  EXPECT_FALSE(is_wanted("Junk", {"\\HasNoChildren"}, {"\\Junk"}, {}));
}

}  // namespace
}  // namespace mailspoor::fetch::imap
