#include "deliver/maildir_name.hpp"

#include <gtest/gtest.h>

#include <string>

#include "deliver/base/sha256.hpp"
#include "deliver/folder_table.hpp"
#include "deliver/unique_name.hpp"
#include "tests/deliver/test_tree.hpp"

namespace mailspoor::deliver {
namespace {

using namespace std::string_literals;
using Levels = std::vector<std::string>;

std::string hash_of(std::string_view raw_name) { return base::to_hex(base::sha256(raw_name)).substr(0, 16); }

TEST(MaildirName, IsTakenApart) {
  const auto name = parse_maildir_name("1709632802.M7P42Q1R0123456789abcdef.host,S=12,V=3,U=4:2,FS");
  EXPECT_EQ(name.unique, "1709632802.M7P42Q1R0123456789abcdef.host,S=12,V=3,U=4");
  EXPECT_EQ(name.info, "FS");
  EXPECT_EQ(name.size, 12U);
  EXPECT_EQ(name.uid_validity, 3U);
  EXPECT_EQ(name.uid, 4U);
}

TEST(MaildirName, OfOtherProgramsIsTakenApartAsFarAsItGoes) {
  const auto dovecot = parse_maildir_name("1700000000.M1P2.mx,S=5,W=6");
  EXPECT_EQ(dovecot.unique, "1700000000.M1P2.mx,S=5,W=6");
  EXPECT_EQ(dovecot.info, "");
  EXPECT_EQ(dovecot.size, 5U);
  EXPECT_FALSE(dovecot.uid);
  EXPECT_EQ(parse_maildir_name("").unique, "");
  EXPECT_EQ(parse_maildir_name("a:2,").unique, "a");
  EXPECT_EQ(parse_maildir_name("a:1,x").unique, "a:1,x");
}

TEST(MaildirName, TakesNoNumberThatIsNone) {
  for (const auto* text :
       {"a,U=", "a,U=0", "a,U=-1", "a,U=4294967296", "a,U=1x", "a,U= 1", "a,u=1", "a:2,S,U=1"}) {
    EXPECT_FALSE(parse_maildir_name(text).uid) << text;
  }
  EXPECT_EQ(parse_maildir_name("a,U=4294967295").uid, 4294967295U);
}

TEST(MaildirInfo, HasOneLetterAFlagAscending) {
  EXPECT_EQ(maildir_info({"\\Seen", "\\DELETED", "$Forwarded", "\\Answered", "\\Flagged", "\\Draft"}),
            "DFPRST");
  EXPECT_EQ(maildir_info({"\\Seen", "\\seen", "$Junk", "Seen", ""}), "S");
  EXPECT_EQ(imap_flags("TSa"), (std::vector<std::string>{"\\Seen", "\\Deleted"}));
  EXPECT_EQ(maildir_info(imap_flags("DFPRST")), "DFPRST");
}

struct FolderCase {
  std::string name;
  Levels levels;
  std::string raw, folder, mailbox;
};
class MaildirFolder : public testing::TestWithParam<FolderCase> {};
TEST_P(MaildirFolder, IsOneDirectoryName) {
  EXPECT_EQ(maildir_folder(GetParam().levels, GetParam().raw), GetParam().folder);
  EXPECT_EQ(mailbox_of_folder(GetParam().folder), GetParam().mailbox);
}
INSTANTIATE_TEST_SUITE_P(
    Names, MaildirFolder,
    testing::Values(
        FolderCase{"inbox", {"InBox"}, "InBox", "", "INBOX"},
        FolderCase{"below_inbox", {"INBOX", "a"}, "INBOX.a", ".INBOX.a", "INBOX/a"},
        FolderCase{"nested", {"Archive", "2024"}, "Archive/2024", ".Archive.2024", "Archive/2024"},
        FolderCase{"encoded", {"Entw&APw-rfe"}, "Entw&APw-rfe", ".Entw&APw-rfe", "Entw\xC3\xBCrfe"},
        FolderCase{"utf8", {"Entw\xC3\xBCrfe"}, "Entw\xC3\xBCrfe", ".Entw&APw-rfe", "Entw\xC3\xBCrfe"},
        FolderCase{"nfc", {"\xC3\xA9"}, "\xC3\xA9", ".&AOk-", "\xC3\xA9"},
        FolderCase{"nfd", {"e\xCC\x81"}, "e\xCC\x81", ".e&AwE-", "e\xCC\x81"},
        FolderCase{"ill_encoded", {"A&B"}, "A&B", ".A&B", "A&B"},
        FolderCase{"cur", {"cur"}, "cur", ".cur", "cur"},
        FolderCase{"blank", {"a b "}, "a b ", ".a b ", "a b "},
        FolderCase{"dash", {"-rf"}, "-rf", ".-rf", "-rf"},
        FolderCase{
            "dot", {"a.b", "c"}, "a.b/c", ".~" + hash_of("a.b/c") + ".c", "~" + hash_of("a.b/c") + "/c"},
        FolderCase{"dot_dot", {".."}, "..", ".~" + hash_of(".."), "~" + hash_of("..")},
        FolderCase{"slash", {"a/b"}, "a/b", ".~" + hash_of("a/b"), "~" + hash_of("a/b")},
        FolderCase{"line_end", {"a\r\nb"}, "a\r\nb", ".~" + hash_of("a\r\nb"), "~" + hash_of("a\r\nb")},
        FolderCase{"nul", {"a\0b"s}, "a\0b"s, ".~" + hash_of("a\0b"s), "~" + hash_of("a\0b"s)},
        FolderCase{"no_utf8", {"a\xFF"}, "a\xFF", ".~" + hash_of("a\xFF"), "~" + hash_of("a\xFF")},
        FolderCase{"empty", {""}, "", ".~" + hash_of(""), "~" + hash_of("")},
        FolderCase{"no_level", {}, "", ".~" + hash_of(""), "~" + hash_of("")},
        FolderCase{"empty_level", {"a", ""}, "a/", ".a.~" + hash_of("a/"), "a/~" + hash_of("a/")},
        FolderCase{"hash_like",
                   {"~0123456789abcdef"},
                   "~0123456789abcdef",
                   ".~" + hash_of("~0123456789abcdef"),
                   "~" + hash_of("~0123456789abcdef")},
        FolderCase{"gone",
                   {"Mailspoor-Gone"},
                   "Mailspoor-Gone",
                   ".~" + hash_of("Mailspoor-Gone"),
                   "~" + hash_of("Mailspoor-Gone")},
        FolderCase{"long_level",
                   {std::string(201, 'a'), "b"},
                   "x",
                   ".~" + hash_of("x") + ".b",
                   "~" + hash_of("x") + "/b"},
        FolderCase{"longest_level",
                   {std::string(200, 'a')},
                   "x",
                   "." + std::string(200, 'a'),
                   std::string(200, 'a')},
        FolderCase{"long_whole",
                   {std::string(150, 'a'), std::string(150, 'b')},
                   "y",
                   ".~" + hash_of("y"),
                   "~" + hash_of("y")}),
    [](const auto& test) { return test.param.name; });

TEST(UniqueNames, CarryTimeProcessCountAndRandomDigits) {
  UniqueNames names{still_environment()};
  EXPECT_EQ(names.next(), "1709632802.M0P42Q1R0000000000000000.host.example");
  EXPECT_EQ(names.next(), "1709632802.M0P42Q2R0000000000000001.host.example");
}

TEST(UniqueNames, EscapeTheHost) {
  EXPECT_EQ(escaped_host("a/b:c,d e\n"), "a\\057b\\072c\\054d\\040e\\012");
  EXPECT_EQ(escaped_host(""), "localhost");
  EXPECT_LE(escaped_host(std::string(300, '/')).size(), 64U);
}

TEST(FolderTable, KeepsNamesApartWithoutRegardToCase) {
  FolderTable table;
  const auto identity = [](const std::string& raw) {
    return FolderIdentity{.account = "a",
                          .mailbox = raw,
                          .mailbox_raw = raw,
                          .delimiter = '/',
                          .uid_validity = 1,
                          .object_id = {}};
  };
  EXPECT_EQ(table.place_of({"Work"}, "Work").folder, ".Work");
  table.add(".Work", identity("Work"));
  EXPECT_EQ(table.place_of({"work"}, "work").folder, ".~" + hash_of("work"));
  EXPECT_FALSE(table.place_of({"work"}, "work").exists);
  table.add(".~" + hash_of("work"), identity("work"));
  EXPECT_TRUE(table.place_of({"work"}, "work").exists);
  EXPECT_EQ(table.place_of({"Work"}, "Work").folder, ".Work");
  // A second name of the same hash, which nobody has found yet, goes on to another.
  FolderTable crowded;
  crowded.add(".Work", identity("x"));
  crowded.add(".~" + hash_of("work"), identity("y"));
  EXPECT_EQ(crowded.place_of({"work"}, "work").folder, ".~" + hash_of("work\n2"));
}

TEST(FolderTable, TakesAFolderWithoutIdentityOnlyByItsExactName) {
  FolderTable table;
  table.add(".Work", std::nullopt);
  EXPECT_TRUE(table.place_of({"Work"}, "Work").exists);
  EXPECT_EQ(table.place_of({"work"}, "work").folder, ".~" + hash_of("work"));
}

TEST(FolderTable, ChoosesAmongCopiesByName) {
  FolderTable table;
  const FolderIdentity work{.account = "a",
                            .mailbox = "Work",
                            .mailbox_raw = "Work",
                            .delimiter = '/',
                            .uid_validity = 1,
                            .object_id = {}};
  table.add(".A copy", work);
  table.add(".Work", work);
  EXPECT_EQ(table.place_of({"Work"}, "Work").folder, ".Work");
}

TEST(FolderTable, KnowsOneInbox) {
  FolderTable table;
  table.add("", FolderIdentity{.account = "a",
                               .mailbox = "INBOX",
                               .mailbox_raw = "Inbox",
                               .delimiter = '/',
                               .uid_validity = 1,
                               .object_id = {}});
  EXPECT_TRUE(table.place_of({"INBOX"}, "INBOX").exists);
}

}  // namespace
}  // namespace mailspoor::deliver
