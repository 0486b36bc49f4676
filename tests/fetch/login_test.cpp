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

TEST(LogIn, SendsItsNameBeforeTheLogInWhereThatIsOffered) {
  Script script = session({{"AUTHENTICATE PLAIN", "$TAG OK\r\n"}});
  script.insert(script.begin() + 3, {"ID (\"name\" \"mailspoor\"", "* ID NIL\r\n$TAG OK\r\n"});
  const auto outcome = offering("IMAP4rev1 AUTH=PLAIN SASL-IR ID").run(script);
  EXPECT_EQ(outcome.error, "");
  // In one flight with the first command.
  EXPECT_LT(outcome.written.find("ID (\"name\""), outcome.written.find("NOOP"));
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
        RefusalCase{"command_repeated", "AUTH=PLAIN SASL-IR", "",
                    "* NO what is PLAIN AGFsaWNlAHNlY3JldA==?\r\n$TAG BAD AUTHENTICATE PLAIN "
                    "AGFsaWNlAHNlY3JldA== of alice, SECRET\r\n",
                    "AuthenticationError: log-in of alice at imap.example.com by PLAIN was refused: BAD "
                    "AUTHENTICATE PLAIN ? of alice, ?"},
        RefusalCase{"answer_repeated", "AUTH=PLAIN", "", "+ \r\n$TAG FAILED AGFsaWNlAHNlY3JldA== secret\r\n",
                    "ProtocolError: the server ends a command with neither OK, NO nor BAD: 'FAILED'"},
        RefusalCase{"unavailable", "AUTH=PLAIN SASL-IR", "", "$TAG NO [UNAVAILABLE] Later\r\n",
                    "ThrottledError: log-in of alice at imap.example.com by PLAIN was refused: NO "
                    "[UNAVAILABLE] Later"},
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
        RefusalCase{
            "unknown_mechanism", "AUTH=PLAIN", "SCRAM", "",
            "SettingError: the mechanism 'SCRAM' is not known, only SCRAM-SHA-256-PLUS, SCRAM-SHA-1-PLUS, "
            "SCRAM-SHA-256, SCRAM-SHA-1, CRAM-MD5, PLAIN, LOGIN, EXTERNAL, OAUTHBEARER, XOAUTH2"},
        RefusalCase{"a_challenge_too_many", "AUTH=PLAIN", "", "+ \r\n+ \r\n",
                    "AuthenticationError: log-in of alice at imap.example.com by PLAIN was broken off: the "
                    "server asks for more than PLAIN has to say"},
        RefusalCase{"challenges_without_end", "AUTH=CRAM-MD5", "",
                    "+ \r\n+ \r\n+ \r\n+ \r\n+ \r\n+ \r\n+ \r\n+ \r\n+ \r\n+ \r\n+ \r\n",
                    "ProtocolError: the server never stops asking during the log-in"},
        RefusalCase{
            "a_challenge_that_is_no_base64", "AUTH=CRAM-MD5", "", "+ <1\x1b@x>\r\n",
            "AuthenticationError: log-in of alice at imap.example.com by CRAM-MD5 was broken off: the "
            "server's challenge is no base64: '<1\\x1b@x>'"},
        RefusalCase{"plus_without_tls_data", "AUTH=SCRAM-SHA-1-PLUS", "scram-sha-1-plus", "",
                    "SettingError: SCRAM-SHA-1-PLUS needs TLS to bind the log-in to (1.3, or 1.2 with RFC "
                    "7627), and there is none here"},
        RefusalCase{"only_plus_offered", "AUTH=SCRAM-SHA-1-PLUS LOGINDISABLED", "", "",
                    "AuthenticationError: cannot log in as alice at imap.example.com: the server offers no "
                    "mechanism known here (it offers: SCRAM-SHA-1-PLUS; LOGIN is disabled)"},
        RefusalCase{"token_mechanism_without_token", "AUTH=XOAUTH2 SASL-IR", "xoauth2", "",
                    "SettingError: XOAUTH2 takes an access token: give --token-command"},
        RefusalCase{"external_not_offered", "AUTH=PLAIN", "external", "",
                    "AuthenticationError: cannot log in as alice at imap.example.com: the server offers no "
                    "mechanism EXTERNAL (it offers: PLAIN)"}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(LogIn, HidesAPasswordThatTheServerRepeats) {
  Dialogue dialogue = offering("IMAP4rev1");
  dialogue.password = "a\"b\\c";
  const auto outcome =
      dialogue.run(session({{"LOGIN", "$TAG BAD LOGIN \"alice\" \"a\\\"b\\\\c\" (a\"b\\c)\r\n"}}));
  EXPECT_EQ(outcome.error,
            "AuthenticationError: log-in of alice at imap.example.com by LOGIN command was refused: BAD "
            "LOGIN \"alice\" \"?\" (?)");
}

// Which of the offered mechanisms is begun; the server refuses it, and nothing else may follow.
struct ChoiceCase {
  std::string_view name;
  std::string capabilities;
  std::string user;
  std::string auth;
  std::string command;
};
void PrintTo(const ChoiceCase& test, std::ostream* out) { *out << test.name; }
class MechanismChoice : public testing::TestWithParam<ChoiceCase> {};

TEST_P(MechanismChoice, IsTheStrongestAndIsFinal) {
  Dialogue dialogue = offering(GetParam().capabilities);
  dialogue.options.auth = GetParam().auth;
  dialogue.options.url.user = GetParam().user;
  dialogue.connection.channel_binding = {ChannelBinding::Type::tls_exporter, std::string(32, 'x')};
  const auto outcome = dialogue.run_unrepeated(session({{"tag2 ", "$TAG NO go away\r\n"}}));
  EXPECT_EQ(outcome.error.find("AuthenticationError: "), 0U) << outcome.error;
  const std::string commands = outcome.written.substr(outcome.written.find("tag2 ") + 5);
  EXPECT_EQ(commands.find(GetParam().command), 0U) << commands;
  EXPECT_EQ(commands.find('\n'), commands.size() - 1) << commands;
}

INSTANTIATE_TEST_SUITE_P(
    Offers, MechanismChoice,
    testing::Values(
        ChoiceCase{"all",
                   "AUTH=LOGIN AUTH=PLAIN AUTH=CRAM-MD5 AUTH=SCRAM-SHA-1 AUTH=SCRAM-SHA-256 "
                   "AUTH=SCRAM-SHA-1-PLUS AUTH=SCRAM-SHA-256-PLUS AUTH=EXTERNAL AUTH=XOAUTH2 SASL-IR",
                   "alice", "", "AUTHENTICATE SCRAM-SHA-256-PLUS cD10bHMtZXhwb3J0ZXIs"},  // p=tls-exporter,
        ChoiceCase{"binding_before_hash", "AUTH=SCRAM-SHA-256 AUTH=SCRAM-SHA-1-PLUS SASL-IR", "alice", "",
                   "AUTHENTICATE SCRAM-SHA-1-PLUS cD10bHMtZXhwb3J0ZXIs"},
        ChoiceCase{"without_plus", "AUTH=PLAIN AUTH=SCRAM-SHA-1 AUTH=SCRAM-SHA-256 SASL-IR", "alice", "",
                   "AUTHENTICATE SCRAM-SHA-256 eSwsbj1hbGljZSxy"},  // y,,n=alice,r
        ChoiceCase{"sha_1", "AUTH=CRAM-MD5 AUTH=SCRAM-SHA-1 SASL-IR", "alice", "",
                   "AUTHENTICATE SCRAM-SHA-1 eSwsbj1hbGljZSxy"},
        ChoiceCase{"unbound_by_demand", "AUTH=SCRAM-SHA-256-PLUS AUTH=SCRAM-SHA-256 SASL-IR", "alice",
                   "SCRAM-SHA-256", "AUTHENTICATE SCRAM-SHA-256 biwsbj1hbGljZSxy"},  // n,,n=alice,r
        ChoiceCase{"cram", "AUTH=PLAIN AUTH=CRAM-MD5 SASL-IR", "alice", "", "AUTHENTICATE CRAM-MD5\r\n"},
        ChoiceCase{"plain_before_login", "AUTH=LOGIN AUTH=PLAIN SASL-IR", "alice", "", "AUTHENTICATE PLAIN "},
        ChoiceCase{"demanded", "AUTH=SCRAM-SHA-256 AUTH=PLAIN SASL-IR", "alice", "plain",
                   "AUTHENTICATE PLAIN "},
        ChoiceCase{"external", "AUTH=EXTERNAL AUTH=PLAIN SASL-IR", "alice", "EXTERNAL",
                   "AUTHENTICATE EXTERNAL YWxpY2U="},  // alice
        ChoiceCase{"shared_mailbox", "AUTH=PLAIN AUTH=LOGIN SASL-IR", "corp\\alice\\box", "",
                   R"(LOGIN "corp\\alice\\box" )"},
        ChoiceCase{"shared_mailbox_and_scram", "AUTH=PLAIN AUTH=SCRAM-SHA-1 SASL-IR", "alice/box", "",
                   "AUTHENTICATE SCRAM-SHA-1 "},
        ChoiceCase{"shared_mailbox_and_plain_demanded", "AUTH=PLAIN SASL-IR", "alice/box", "PLAIN",
                   "AUTHENTICATE PLAIN "},
        ChoiceCase{"shared_mailbox_and_no_login", "AUTH=PLAIN SASL-IR LOGINDISABLED", "alice/box", "",
                   "AUTHENTICATE PLAIN "}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(LogIn, AnswersCramMd5) {
  // The exchange of RFC 2195 §2.
  Dialogue dialogue = offering("IMAP4rev1 AUTH=CRAM-MD5");
  dialogue.options.url.user = "tim";
  dialogue.password = "tanstaaftanstaaf";
  const auto outcome = dialogue.run(session(
      {{"AUTHENTICATE CRAM-MD5\r\n", "+ PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+\r\n"},
       {"dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw", "tag2 OK\r\n"}}));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.identity.mechanism, "CRAM-MD5");
}

// Messages of the tokens `vF9dft` and `n3w`, by hand from RFC 7628 §3.1 and Google's description:
// n,a=alice,^Ahost=imap.example.com^Aport=993^Aauth=Bearer vF9dft^A^A and user=alice^Aauth=Bearer vF9dft^A^A
constexpr std::string_view kBearer =
    "bixhPWFsaWNlLAFob3N0PWltYXAuZXhhbXBsZS5jb20BcG9ydD05OTMBYXV0aD1CZWFyZXIgdkY5ZGZ0AQE=";
constexpr std::string_view kXoauth2 = "dXNlcj1hbGljZQFhdXRoPUJlYXJlciB2RjlkZnQBAQ==";
constexpr std::string_view kXoauth2Renewed = "dXNlcj1hbGljZQFhdXRoPUJlYXJlciBuM3cBAQ==";
// {"status":"401","schemes":"bearer","scope":"mail"}
constexpr std::string_view kOauthError =
    "eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIiwic2NvcGUiOiJtYWlsIn0=";

Dialogue with_token(const std::string& capabilities) {
  Dialogue dialogue = offering(capabilities);
  dialogue.password.clear();
  dialogue.token = "vF9dft";
  return dialogue;
}

TEST(LogIn, PrefersOauthbearerForATokenAndNeverSendsItAsAPassword) {
  const auto outcome =
      with_token("IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 AUTH=OAUTHBEARER SASL-IR")
          .run(session({{"AUTHENTICATE OAUTHBEARER " + std::string{kBearer}, "$TAG OK\r\n"}}));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.identity.mechanism, "OAUTHBEARER");
  const auto refused = with_token("AUTH=PLAIN AUTH=SCRAM-SHA-256").run(session({}));
  EXPECT_EQ(
      refused.error,
      "AuthenticationError: cannot log in as alice at imap.example.com: the server offers no mechanism that "
      "takes an access token (it offers: PLAIN, SCRAM-SHA-256)");
  Dialogue demanding = with_token("AUTH=PLAIN");
  demanding.options.auth = "PLAIN";
  EXPECT_EQ(demanding.run(session({})).error,
            "SettingError: PLAIN takes a password, but a token command is given");
}

TEST(LogIn, SpeaksXoauth2WithoutSaslIr) {
  const auto outcome =
      with_token("IMAP4rev1 AUTH=XOAUTH2")
          .run(session({{"AUTHENTICATE XOAUTH2\r\n", "+ \r\n"}, {std::string{kXoauth2}, "tag2 OK\r\n"}}));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.identity.mechanism, "XOAUTH2");
}

TEST(LogIn, SendsALongTokenBehindTheCommand) {
  Dialogue dialogue = with_token("IMAP4rev1 AUTH=XOAUTH2 SASL-IR");
  dialogue.token = std::string(2000, 'x');
  const auto outcome = dialogue.run(
      session({{"AUTHENTICATE XOAUTH2\r\n", "+\r\n"}, {"eHh4eHh4eHh4eHh4eHh4e", "tag2 OK\r\n"}}));
  EXPECT_EQ(outcome.error, "");
}

TEST(LogIn, RenewsARefusedTokenOnce) {
  Dialogue dialogue = with_token("IMAP4rev1 AUTH=XOAUTH2 SASL-IR");
  dialogue.renewed_token = "n3w";
  const Script refusal{
      {"AUTHENTICATE XOAUTH2 " + std::string{kXoauth2} + "\r\n", "+ " + std::string{kOauthError} + "\r\n"},
      {"\r\n", "tag2 NO [AUTHENTICATIONFAILED] Expired\r\n"}};
  Script script = refusal;
  script.push_back({"tag3 AUTHENTICATE XOAUTH2 " + std::string{kXoauth2Renewed}, "$TAG OK\r\n"});
  const auto outcome = dialogue.run(session(script));
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.renewals, 1);

  script.back().octets = "$TAG NO [AUTHENTICATIONFAILED] No\r\n";
  const auto refused = dialogue.run(session(script));
  EXPECT_EQ(refused.error,
            "AuthenticationError: log-in of alice at imap.example.com by XOAUTH2 was refused: NO "
            "[AUTHENTICATIONFAILED] No");
  EXPECT_EQ(refused.renewals, 1);

  script.back().octets = "* BYE Enough\r\n";
  EXPECT_EQ(
      dialogue.run(session(script)).error,
      "AuthenticationError: log-in of alice at imap.example.com by XOAUTH2 was refused: NO "
      "[AUTHENTICATIONFAILED] Expired; the server says status 401, schemes bearer, scope mail; with a new "
      "token: the server ended the session: BYE Enough");

  dialogue.renewed_token = dialogue.token;
  EXPECT_EQ(
      dialogue.run(session(refusal)).error,
      "AuthenticationError: log-in of alice at imap.example.com by XOAUTH2 was refused: NO "
      "[AUTHENTICATIONFAILED] Expired; the server says status 401, schemes bearer, scope mail; the token "
      "command gives the same token again");
}

TEST(LogIn, AcknowledgesTheErrorOfOauthbearer) {
  const auto outcome =
      with_token("IMAP4rev1 AUTH=OAUTHBEARER SASL-IR")
          .run(session({{"AUTHENTICATE OAUTHBEARER", "+ " + std::string{kOauthError} + "\r\n"},
                        {"AQ==\r\n", "tag2 NO Bad token\r\n"}}));
  EXPECT_EQ(outcome.error,
            "AuthenticationError: log-in of alice at imap.example.com by OAUTHBEARER was refused: NO Bad "
            "token; the "
            "server says status 401, schemes bearer, scope mail");
}

TEST(LogIn, TriesNothingWeakerBehindARefusalAndSaysWhatMayBe) {
  const auto outcome = offering("AUTH=SCRAM-SHA-1 AUTH=PLAIN SASL-IR")
                           .run_unrepeated(session({{"AUTHENTICATE SCRAM-SHA-1 ", "$TAG NO unknown\r\n"}}));
  EXPECT_EQ(
      outcome.error,
      "AuthenticationError: log-in of alice at imap.example.com by SCRAM-SHA-1 was refused: NO unknown; if "
      "the server holds no secret for SCRAM-SHA-1 of this account, `--auth PLAIN` may do");
}

TEST(LogIn, DoesNotBelieveASuccessWithoutTheServersSignature) {
  const auto outcome = offering("AUTH=SCRAM-SHA-256 SASL-IR")
                           .run_unrepeated(session({{"AUTHENTICATE SCRAM-SHA-256 ", "$TAG OK welcome\r\n"}}));
  EXPECT_EQ(
      outcome.error,
      "AuthenticationError: the log-in as alice at imap.example.com by SCRAM-SHA-256 is not believed: the "
      "server cannot prove that it knows the password (its signature is missing or wrong): it may be another "
      "one");
}

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
