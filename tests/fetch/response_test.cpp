#include "fetch/imap/response.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "deliver/base/uid_set.hpp"
#include "fetch/replay_transport.hpp"

namespace mailspoor::fetch::imap {
namespace {

Response read(const std::string& octets) {
  ReplayTransport transport{octets, {}};
  Lexer lexer{transport};
  return ResponseReader{lexer, "tag"}.read(nullptr);
}

struct StatusCase {
  std::string octets;
  Status::Kind kind;
  std::string code, text;
};
class StatusResponse : public testing::TestWithParam<StatusCase> {};

TEST_P(StatusResponse, IsReadWithItsCode) {
  const auto status = std::get<Status>(read(GetParam().octets));
  EXPECT_EQ(status.kind, GetParam().kind);
  EXPECT_EQ(status.code, GetParam().code);
  EXPECT_EQ(status.text, GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(
    Servers, StatusResponse,
    testing::Values(StatusCase{"* OK [UIDNEXT 7] next\r\n", Status::Kind::ok, "UIDNEXT 7", "next"},
                    StatusCase{"* OK [HIGHESTMODSEQ 9]\r\n", Status::Kind::ok, "HIGHESTMODSEQ 9", ""},
                    StatusCase{"*  no\r\n", Status::Kind::no, "", ""},
                    StatusCase{"* BAD [x\n", Status::Kind::bad, "", "[x"},
                    StatusCase{"* Bye {3}\r\n", Status::Kind::bye, "", "{3}"},
                    StatusCase{"* PREAUTH hi (\r\n", Status::Kind::preauth, "", "hi ("}));

TEST(Status, FindsTheNumberOfACode) {
  const auto status = parse_status(Status::Kind::ok, "[UIDVALIDITY  12 x] y");
  EXPECT_TRUE(status.has_code("uidvalidity"));
  EXPECT_FALSE(status.has_code("UIDVALID"));
  EXPECT_EQ(status.code_number(), 12U);
  EXPECT_EQ(parse_status(Status::Kind::ok, "[UIDVALIDITY -1]").code_number(), std::nullopt);
  EXPECT_EQ(parse_status(Status::Kind::ok, "[UIDVALIDITY]").code_number(), std::nullopt);
}

TEST(Status, FindsTheObjectIdOfACode) {
  const auto id = [](const std::string& code) {
    return parse_status(Status::Kind::ok, '[' + code + "] Ok").code_object_id();
  };
  EXPECT_EQ(id("MAILBOXID (F2212ea87-6097_4256)"), "F2212ea87-6097_4256");
  for (const std::string odd : {"MAILBOXID", "MAILBOXID F2", "MAILBOXID ()", "MAILBOXID (a",
                                "MAILBOXID (\xa1\xe0Z)", "MAILBOXID ((a))"})
    EXPECT_EQ(id(odd), std::nullopt) << odd;
}

TEST(Status, IsDescribedWithoutControls) {
  EXPECT_EQ(describe(parse_status(Status::Kind::no, "[ALERT] \x1b[31mred")), "NO [ALERT] \\x1b[31mred");
}

using Fields = std::vector<std::pair<std::string, std::string>>;
Fields id_of(const std::string& octets) { return std::get<ServerId>(read(octets)).fields; }

TEST(IdResponse, HasPairsOfFieldAndValue) {
  EXPECT_EQ(id_of("* ID (\"name\" \"Cyrus\" \"version\" NIL \"os\" {5}\r\nLinux)\r\n"),
            (Fields{{"name", "Cyrus"}, {"version", ""}, {"os", "Linux"}}));
  EXPECT_EQ(id_of("* ID NIL\r\n"), Fields{});
  EXPECT_EQ(id_of("* ID (\"name\")\r\n"), Fields{});
  std::string many = "* ID (";
  for (int pair = 0; pair < 100; ++pair) many += "\"a\" \"b\" ";
  EXPECT_EQ(id_of(many + ")\r\n").size(), 30U);
}

TEST(QuotaResponse, HasResourcesOfARoot) {
  const auto quota = std::get<QuotaTold>(read("* QUOTA \"User quota\" (STORAGE 10 512 MESSAGE 3 100)\r\n"));
  EXPECT_EQ(quota.root, "User quota");
  ASSERT_EQ(quota.resources.size(), 2U);
  EXPECT_EQ(quota.resources[0].name, "STORAGE");
  EXPECT_EQ(quota.resources[0].usage, 10U);
  EXPECT_EQ(quota.resources[0].limit, 512U);
  EXPECT_EQ(quota.resources[1].name, "MESSAGE");
  EXPECT_EQ(quota.resources[1].usage, 3U);
  EXPECT_EQ(quota.resources[1].limit, 100U);
}

TEST(QuotaResponse, TakesWhatIsWhole) {
  for (const auto* octets : {"* QUOTA \"\" ()\r\n", "* QUOTA x (STORAGE)\r\n", "* QUOTA x (STORAGE 1)\r\n",
                             "* QUOTA x (1 2 3)\r\n", "* QUOTA x (STORAGE -1 5)\r\n"}) {
    EXPECT_TRUE(std::get<QuotaTold>(read(octets)).resources.empty()) << octets;
  }
  const auto odd = std::get<QuotaTold>(read("* QUOTA x (A 1 B 2 3 4 C 5 6)\r\n"));
  ASSERT_EQ(odd.resources.size(), 2U);
  EXPECT_EQ(odd.resources[0].name, "B");
  EXPECT_EQ(odd.resources[1].name, "C");
}

TEST(StatusOfAMailbox, HasTheSizeOfItsMessages) {
  EXPECT_EQ(std::get<MailboxStatus>(read("* STATUS x (MESSAGES 2 SIZE 5000000000)\r\n")).size,
            5'000'000'000U);
}

TEST(TaggedResponse, IsToldByThePrefix) {
  EXPECT_EQ(std::get<Tagged>(read("tag12 OK done\r\n")).tag, "tag12");
  EXPECT_TRUE(std::holds_alternative<Skipped>(read("A001 OK done\r\n")));
  EXPECT_THROW(read("tag12 PERHAPS\r\n"), ProtocolError);
}

struct ListCase {
  std::string octets, name;
  std::optional<char> delimiter;
  std::size_t attributes;
};
class ListResponse : public testing::TestWithParam<ListCase> {};

TEST_P(ListResponse, IsReadAsSent) {
  const auto listed = std::get<Listed>(read(GetParam().octets));
  EXPECT_EQ(listed.name, GetParam().name);
  EXPECT_EQ(listed.delimiter, GetParam().delimiter);
  EXPECT_EQ(listed.attributes.size(), GetParam().attributes);
}

INSTANTIATE_TEST_SUITE_P(
    Servers, ListResponse,
    testing::Values(ListCase{"* LIST (\\A \\B) \"/\" x\r\n", "x", '/', 2},
                    ListCase{"* list () NIL \"a b\"\r\n", "a b", std::nullopt, 0},
                    ListCase{"* LIST () \"\\\\\" {3}\r\na\r\n \r\n", "a\r\n", '\\', 0},
                    ListCase{"* LIST () \"/\" [Gmail]/All Mail \r\n", "[Gmail]/All Mail", '/', 0},
                    ListCase{"* LIST () \".\" a\tb\r\n", "a \tb", '.', 0},
                    ListCase{"* LIST () \"/\" \"x\" (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\n", "x", '/', 0},
                    ListCase{"* LIST () \"/\" x (\"OLDNAME\" (\"y\"))\r\n", "x", '/', 0},
                    ListCase{"* LIST () \"/\" NIL\r\n", "NIL", '/', 0}));

std::string shown(const std::vector<Namespaces::One>& list) {
  std::string text;
  for (const auto& one : list)
    text += '<' + one.prefix + '|' + (one.delimiter ? std::string{*one.delimiter} : "NIL") + '>';
  return text;
}

struct NamespaceCase {
  std::string octets, personal, others, shared;
};
class NamespaceResponse : public testing::TestWithParam<NamespaceCase> {};

TEST_P(NamespaceResponse, IsRead) {
  const auto namespaces = std::get<Namespaces>(read("* NAMESPACE " + GetParam().octets + "\r\n"));
  EXPECT_EQ(shown(namespaces.personal), GetParam().personal);
  EXPECT_EQ(shown(namespaces.others), GetParam().others);
  EXPECT_EQ(shown(namespaces.shared), GetParam().shared);
}

INSTANTIATE_TEST_SUITE_P(
    Rfc2342, NamespaceResponse,
    testing::Values(NamespaceCase{R"((("" "/")) NIL NIL)", "<|/>", "", ""},
                    NamespaceCase{R"((("INBOX." ".")) nil (("" ".")("#news/" NIL)))", "<INBOX.|.>", "",
                                  "<|.><#news/|NIL>"},
                    NamespaceCase{R"((("" "/" "X-PARAM" ("FLAG1" "FLAG2"))) (("~" "/")) (("#shared/" "/")))",
                                  "<|/>", "<~|/>", "<#shared/|/>"},
                    NamespaceCase{"(({6}\r\nINBOX. \".\")) NIL NIL", "<INBOX.|.>", "", ""},
                    NamespaceCase{"NIL NIL NIL", "", "", ""}, NamespaceCase{"", "", "", ""},
                    NamespaceCase{R"(((("a") "/")("b" "/")) NIL NIL)", "<b|/>", "", ""},
                    NamespaceCase{R"(((NIL "/")()("b")("c" "//")) (("unfinished)", "<c|NIL>", "", ""}));

TEST(NamespaceResponse, HoldsNoMoreThanAHundredOfAKind) {
  std::string octets = "(";
  for (int i = 0; i < 1000; ++i) octets += R"(("x" "/"))";
  EXPECT_EQ(std::get<Namespaces>(read("* NAMESPACE " + octets + ") NIL NIL\r\n")).personal.size(), 100U);
}

TEST(MailboxStatusResponse, IsReadInAnyOrderAndWithOddNumbers) {
  const auto status =
      std::get<MailboxStatus>(read("* STATUS \"a b\" (UIDNEXT 9.37e+06 X 3 MESSAGES 4  UIDVALIDITY 7 )\r\n"));
  EXPECT_EQ(status.name, "a b");
  EXPECT_EQ(status.messages, 4U);
  EXPECT_EQ(status.uid_validity, 7U);
  EXPECT_EQ(status.uid_next, std::nullopt);
  EXPECT_EQ(std::get<MailboxStatus>(read("* STATUS box ()\r\n")).messages, std::nullopt);
}

TEST(SearchResponse, IsReadInBothForms) {
  EXPECT_EQ(base::to_sequence_set(std::get<SearchResult>(read("* SEARCH 2 3 9 (MODSEQ 17) \r\n")).numbers),
            "2:3,9");
  EXPECT_EQ(base::to_sequence_set(
                std::get<SearchResult>(read("* ESEARCH (TAG \"t\") UID COUNT 3 ALL 2:3,9\r\n")).numbers),
            "2:3,9");
  EXPECT_TRUE(std::get<SearchResult>(read("* SEARCH\r\n")).numbers.empty());
}

TEST(FetchResponse, IsReadWithValuesThatAreNone) {
  const auto fetched = std::get<Fetched>(
      read("* 3 FETCH (UID 0 RFC822.SIZE -1 FLAGS (NIL \\recent a]b) INTERNALDATE NIL)\r\n"));
  EXPECT_EQ(fetched.sequence_number, 3U);
  EXPECT_EQ(fetched.uid, std::nullopt);
  EXPECT_EQ(fetched.size, std::nullopt);
  EXPECT_EQ(fetched.flags, std::vector<std::string>{"a]b"});
  EXPECT_EQ(fetched.internal_date, "");
}

TEST(FetchResponse, TellsWhatTheServerCallsTheMessage) {
  const auto fetched =
      std::get<Fetched>(read("* 1 FETCH (EMAILID (M6d99ac3275bb4e) THREADID (T64b478a75b7ea9) UID 5)\r\n"));
  EXPECT_EQ(fetched.email_id, "M6d99ac3275bb4e");
  EXPECT_EQ(fetched.uid, 5U);
  const auto too_long = '(' + std::string(256, 'x') + ')';
  for (const auto& value : std::vector<std::string>{"NIL", "()", "(NIL)", "\"M1\"", "((M1) x)", too_long}) {
    const auto odd = std::get<Fetched>(read("* 1 FETCH (EMAILID " + value + " UID 5)\r\n"));
    EXPECT_EQ(odd.email_id, "") << value;
    EXPECT_EQ(odd.uid, 5U) << value;
  }
}

TEST(FetchResponse, TellsWhatGmailSays) {
  const auto fetched = std::get<Fetched>(read(
      "* 1 FETCH (X-GM-THRID 1266894439832287888 X-GM-MSGID 1278455344230334865 X-GM-LABELS (\"\\\\Inbox\" "
      "\\Sent Muy&AOk- \"a b\" {3}\r\nx\"y NIL) UID 5)\r\n"));
  EXPECT_EQ(fetched.gmail_message, 1278455344230334865U);
  EXPECT_EQ(fetched.gmail_thread, 1266894439832287888U);
  EXPECT_EQ(fetched.gmail_labels, (std::vector<std::string>{"\\Inbox", "\\Sent", "Muy&AOk-", "a b", "x\"y"}));
  EXPECT_EQ(fetched.uid, 5U);
  for (const std::string value : {"NIL", "()", "Inbox"}) {
    const auto none = std::get<Fetched>(read("* 1 FETCH (X-GM-LABELS " + value + " X-GM-MSGID 0 UID 5)\r\n"));
    EXPECT_TRUE(none.gmail_labels && none.gmail_labels->empty()) << value;
    EXPECT_FALSE(none.gmail_message);
    EXPECT_EQ(none.uid, 5U) << value;
  }
}

TEST(FetchResponse, LosesTrackWhereABodyCannotBeTold) {
  EXPECT_THROW(read("* 1 FETCH (UID 1 BODY[] {3}\r\nabcd ef\r\n"), LostTrack);
  EXPECT_THROW(read("* 1 FETCH (UID 1 BODY[] {3}\r\nabc\r\n* 2 EXISTS\r\n"), LostTrack);
  EXPECT_THROW(read("* 1 FETCH (UID 1 BODY[] {3}\r\nabc \"x\")\r\n"), LostTrack);
  EXPECT_THROW(read("* 1 FETCH (UID 1 BODY[] \"abc\r\n"), LostTrack);
  EXPECT_THROW(read("* 1 FETCH (UID 1 BODY[] abc)\r\n"), LostTrack);
  EXPECT_THROW(read("* 1 FETCH (UID 1 BODY[]{3}\r\nabc)\r\n"), LostTrack);
}

TEST(OtherResponses, AreRead) {
  EXPECT_EQ(std::get<Exists>(read("*  1688 EXISTS\r\n")).messages, 1688U);
  EXPECT_EQ(std::get<Expunged>(read("* 4 expunge\r\n")).sequence_number, 4U);
  EXPECT_EQ(std::get<Continuation>(read("+\r\n")).text, "");
  EXPECT_EQ(std::get<Capabilities>(read("* CAPABILITY IMAP4rev1 AUTH=PLAIN \r\n")).names.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<Skipped>(read("* FLAGS (\\Seen {2}\r\n)))\r\n")));
  EXPECT_TRUE(std::holds_alternative<Skipped>(read("* ENABLED\r\n")));
}

/// 100,000 words of one letter are 200 kB here, and were 3 MB in memory.
TEST(FetchResponse, HasFlagsAndLabelsUpToALimitOfMemory) {
  std::string words;
  for (int word = 0; word < 100'000; ++word) words += "a ";
  const auto fetched = std::get<Fetched>(read("* 1 FETCH (UID 5 FLAGS (" + words + ") X-GM-LABELS (" + words +
                                              ") INTERNALDATE \"" + std::string(200, '1') + "\")\r\n"));
  ASSERT_TRUE(fetched.flags && fetched.gmail_labels);
  for (const auto* list : {&*fetched.flags, &*fetched.gmail_labels}) {
    EXPECT_GE(list->size(), 1'000U);
    EXPECT_LE(memory_of(*list), 65'536U);
  }
  EXPECT_EQ(fetched.internal_date, "");
}

}  // namespace
}  // namespace mailspoor::fetch::imap
