#include <gtest/gtest.h>

#include <string>

#include "tests/fetch/dialogue.hpp"

namespace mailspoor::fetch {
namespace {

const Script kEmptyAccount{{"LIST", "* LIST () \"/\" INBOX\r\n$TAG OK\r\n"},
                           {"STATUS", "* STATUS INBOX (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1)\r\n$TAG OK\r\n"},
                           {"LOGOUT", "* BYE\r\n$TAG OK\r\n"}};

/// From the handover to the end; `login` is what the server answers between NOOP and CAPABILITY.
Script session(Script login, const std::string& capabilities = "IMAP4rev1") {
  login.insert(login.begin(), {"NOOP", "half a line\r\n$TAG OK\r\n"});
  login.push_back({"CAPABILITY", "* CAPABILITY " + capabilities + "\r\n$TAG OK\r\n"});
  login.insert(login.end(), kEmptyAccount.begin(), kEmptyAccount.end());
  return login;
}

Dialogue offering(const std::string& capabilities) {
  Dialogue dialogue;
  dialogue.connection.connect_lines = {"* OK Hello there", "* CAPABILITY " + capabilities, "A001 OK done"};
  return dialogue;
}

// AGFsaWNlAHNlY3JldA== is NUL alice NUL secret.

TEST(LogIn, SendsPlainAtOnceWhereSaslIrIsOffered) {
  const auto outcome = offering("IMAP4rev1 auth=plain sasl-ir")
                           .run(session({{"AUTHENTICATE PLAIN AGFsaWNlAHNlY3JldA==", "$TAG OK\r\n"}}));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.identity.mechanism, "PLAIN");
  EXPECT_EQ(outcome.identity.greeting, "Hello there");
  EXPECT_EQ(outcome.identity.capabilities, std::vector<std::string>{"IMAP4rev1"});
}

TEST(LogIn, WaitsForTheChallengeWithoutSaslIr) {
  const auto outcome =
      offering("IMAP4rev1 AUTH=PLAIN AUTH=LOGIN")
          .run(session({{"AUTHENTICATE PLAIN\r\n", "+\r\n"}, {"AGFsaWNlAHNlY3JldA==", "tag2 OK\r\n"}}));
  EXPECT_EQ(outcome.error, "");
}

TEST(LogIn, SpeaksTheLoginMechanism) {
  Dialogue dialogue = offering("IMAP4rev1 AUTH=PLAIN AUTH=LOGIN SASL-IR");
  dialogue.options.auth = "login";
  const auto outcome = dialogue.run(session({{"AUTHENTICATE LOGIN\r\n", "+ VXNlcm5hbWU6\r\n"},
                                             {"YWxpY2U=", "+ UGFzc3dvcmQ6\r\n"},
                                             {"c2VjcmV0", "tag2 OK\r\n"}}));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.identity.mechanism, "LOGIN");
}

TEST(LogIn, UsesTheLoginCommandWhereSaslOffersNothing) {
  Dialogue dialogue = offering("IMAP4rev1 AUTH=GSSAPI");
  dialogue.password = "a\"b\\c";
  const auto outcome = dialogue.run(session({{R"(LOGIN "alice" "a\"b\\c")", "$TAG OK\r\n"}}));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.identity.mechanism, "LOGIN command");
}

TEST(LogIn, SendsEightBitPasswordsAsLiterals) {
  Dialogue dialogue = offering("IMAP4rev1");
  dialogue.password = "p\xc3\xa4ss";
  const auto outcome =
      dialogue.run(session({{"LOGIN \"alice\" {5}\r\n", "+ go on\r\n"}, {"p\xc3\xa4ss\r\n", "tag2 OK\r\n"}}));
  EXPECT_EQ(outcome.error, "");
}

TEST(LogIn, DoesNotWaitWithLiteralPlus) {
  Dialogue dialogue = offering("IMAP4rev1 LITERAL+");
  dialogue.password = "p\xc3\xa4ss";
  const auto outcome =
      dialogue.run(session({{"LOGIN \"alice\" {5+}\r\n", ""}, {"p\xc3\xa4ss\r\n", "tag2 OK\r\n"}}));
  EXPECT_EQ(outcome.error, "");
}

TEST(LogIn, AsksForCapabilitiesThatTheGreetingDidNotBring) {
  Dialogue dialogue;
  dialogue.connection.connect_lines = {"* OK hi"};
  const auto outcome =
      dialogue.run(session({{"CAPABILITY", "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n$TAG OK\r\n"},
                            {"AUTHENTICATE PLAIN", "$TAG OK\r\n"}}));
  EXPECT_EQ(outcome.error, "");
}

TEST(LogIn, SendsItsNameWhereIdIsOffered) {
  Script script = session({{"AUTHENTICATE PLAIN", "$TAG OK\r\n"}}, "IMAP4rev1 ID");
  script.insert(script.begin() + 3,
                {"ID (\"name\" \"mailspoor\" \"version\" \"", "* ID NIL\r\n$TAG BAD\r\n"});
  EXPECT_EQ(Dialogue{}.run(script).error, "");
}

TEST(LogIn, AcceptsPreauthOnAnEncryptedConnection) {
  Dialogue dialogue;
  dialogue.connection.connect_lines = {"* PREAUTH [CAPABILITY IMAP4rev1] welcome"};
  const auto outcome = dialogue.run(session({}));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.identity.mechanism, "PREAUTH");
}

struct RefusalCase {
  std::string_view name;
  std::string capabilities;
  std::string auth;
  std::string answer;
  std::string error;
};
void PrintTo(const RefusalCase& test, std::ostream* out) { *out << test.name; }
class LogInRefusal : public testing::TestWithParam<RefusalCase> {};

TEST_P(LogInRefusal, IsToldInTheServersWords) {
  Dialogue dialogue = offering(GetParam().capabilities);
  dialogue.options.auth = GetParam().auth;
  const auto outcome = dialogue.run(session({{"AUTHENTICATE", GetParam().answer}}));
  EXPECT_EQ(outcome.error, GetParam().error);
  EXPECT_EQ(outcome.error.find("secret"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Servers, LogInRefusal,
    testing::Values(
        RefusalCase{"wrong_password", "AUTH=PLAIN SASL-IR", "",
                    "$TAG NO [AUTHENTICATIONFAILED] No\x1b such\r\n",
                    "AuthenticationError: log-in of alice at imap.example.com by PLAIN was refused: NO "
                    "[AUTHENTICATIONFAILED] No\\x1b such"},
        RefusalCase{
            "unavailable", "AUTH=PLAIN SASL-IR", "", "$TAG NO [UNAVAILABLE] Later\r\n",
            "NetworkError: log-in of alice at imap.example.com by PLAIN was refused: NO [UNAVAILABLE] Later"},
        RefusalCase{"bye", "AUTH=PLAIN SASL-IR", "", "* BYE Too many\r\n",
                    "NetworkError: the server ended the session: BYE Too many"},
        RefusalCase{
            "nothing_usable", "AUTH=GSSAPI AUTH=NTLM LOGINDISABLED", "", "",
            "AuthenticationError: cannot log in as alice at imap.example.com: the server offers no mechanism "
            "known here (it offers: GSSAPI, NTLM; LOGIN is disabled)"},
        RefusalCase{
            "demanded_not_offered", "AUTH=LOGIN", "plain", "",
            "AuthenticationError: cannot log in as alice at imap.example.com: the server offers no mechanism "
            "PLAIN (it offers: LOGIN)"},
        RefusalCase{"unknown_mechanism", "AUTH=PLAIN", "SCRAM", "",
                    "SettingError: the mechanism 'SCRAM' is not known: PLAIN or LOGIN"},
        RefusalCase{"challenges_without_end", "AUTH=PLAIN", "",
                    "+ \r\n+ \r\n+ \r\n+ \r\n+ \r\n+ \r\n+ \r\n+ \r\n+ \r\n+ \r\n+ \r\n",
                    "ProtocolError: the server never stops asking during the log-in"}),
    [](const auto& test) { return std::string{test.param.name}; });

struct CredentialCase {
  std::string_view name;
  std::string user, password;
};
void PrintTo(const CredentialCase& test, std::ostream* out) { *out << test.name; }
class BadCredentials : public testing::TestWithParam<CredentialCase> {};

TEST_P(BadCredentials, AreRefusedBeforeAnythingIsSent) {
  Dialogue dialogue = offering("IMAP4rev1");
  dialogue.options.url.user = GetParam().user;
  dialogue.password = GetParam().password;
  const auto outcome = dialogue.run(session({}));
  EXPECT_TRUE(outcome.error.starts_with("SettingError: ")) << outcome.error;
  EXPECT_EQ(outcome.written, "tag1 NOOP\r\n");
}

INSTANTIATE_TEST_SUITE_P(Secrets, BadCredentials,
                         testing::Values(CredentialCase{"user_with_line_end", "a\r\nb", "x"},
                                         CredentialCase{"no_user", "", "x"},
                                         CredentialCase{"password_with_cr", "a", "x\ry"},
                                         CredentialCase{"password_with_lf", "a", "x\ny"},
                                         CredentialCase{"password_with_nul", "a", std::string{"x\0y", 3}}),
                         [](const auto& test) { return std::string{test.param.name}; });

TEST(LogIn, SendsNoPasswordInTheClearUnlessThatWasAccepted) {
  Dialogue dialogue = offering("AUTH=PLAIN SASL-IR");
  dialogue.connection.encrypted = false;
  const Script script = session({{"AUTHENTICATE PLAIN", "$TAG OK\r\n"}});
  const auto refused = dialogue.run(script);
  EXPECT_EQ(refused.error, "NetworkError: the connection to imap.example.com is not encrypted");
  EXPECT_EQ(refused.written, "tag1 NOOP\r\n");
  dialogue.options.url.tls = Tls::none;
  EXPECT_EQ(dialogue.run(script).error, "");
}

}  // namespace
}  // namespace mailspoor::fetch
