#include "fetch/sasl.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "deliver/base/base64.hpp"
#include "fetch/error.hpp"
#include "fetch/oauth.hpp"
#include "fetch/scram.hpp"

namespace mailspoor::fetch {
namespace {

struct Base64Case {
  std::string_view name;
  std::string octets, text;
};
void PrintTo(const Base64Case& test, std::ostream* out) { *out << test.name; }
class Base64 : public testing::TestWithParam<Base64Case> {};

TEST_P(Base64, GoesBothWays) {
  EXPECT_EQ(base::to_base64(GetParam().octets), GetParam().text);
  EXPECT_EQ(base::from_base64(GetParam().text), GetParam().octets);
}

INSTANTIATE_TEST_SUITE_P(Rfc4648, Base64,
                         testing::Values(Base64Case{"empty", "", ""}, Base64Case{"one", "f", "Zg=="},
                                         Base64Case{"two", "fo", "Zm8="}, Base64Case{"three", "foo", "Zm9v"},
                                         Base64Case{"four", "foob", "Zm9vYg=="},
                                         Base64Case{"five", "fooba", "Zm9vYmE="},
                                         Base64Case{"six", "foobar", "Zm9vYmFy"},
                                         Base64Case{"high", "\xfb\xff\xfe", "+//+"},
                                         Base64Case{"nul", std::string{"\0\0", 2}, "AAA="}),
                         [](const auto& test) { return std::string{test.param.name}; });

TEST(Base64, IsRefusedInAnyOtherForm) {
  for (const std::string_view text : {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zg==Zg==", "====", "Z===", "=Zg=",
                                      "Zm9v\n", "Zm 9", "-__-", "Zg==="})
    EXPECT_EQ(base::from_base64(text), std::nullopt) << text;
}

TEST(ScramFirst, IsAnsweredWhereItIsRight) {
  // RFC 7677 §3.
  EXPECT_EQ(scram_first_fault(
                "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
                "rOprNGfwEbeRWgbNEkqO"),
            "");
  EXPECT_EQ(scram_first_fault("r=ab,s=QQ==,i=1000000,x=more", "a"), "");
}

struct FaultCase {
  std::string_view name;
  std::string message;
  std::string_view fault;
};
void PrintTo(const FaultCase& test, std::ostream* out) { *out << test.name; }
class ScramFault : public testing::TestWithParam<FaultCase> {};

TEST_P(ScramFault, IsNamed) { EXPECT_EQ(scram_first_fault(GetParam().message, "abc"), GetParam().fault); }

constexpr std::string_view kUnreadable = "the server's first message of SCRAM cannot be read";
constexpr std::string_view kOldNonce =
    "the server's nonce does not extend ours: this may be an old exchange, played again";

INSTANTIATE_TEST_SUITE_P(
    Servers, ScramFault,
    testing::Values(
        FaultCase{"empty", "", kUnreadable}, FaultCase{"another_nonce", "r=xyz,s=QQ==,i=4096", kOldNonce},
        FaultCase{"our_nonce_alone", "r=abc,s=QQ==,i=4096", kOldNonce},
        FaultCase{"part_of_our_nonce", "r=ab,s=QQ==,i=4096", kOldNonce},
        FaultCase{"mandatory_extension", "m=1,r=abcd,s=QQ==,i=4096", kUnreadable},
        FaultCase{"no_salt", "r=abcd,i=4096", kUnreadable},
        FaultCase{"empty_salt", "r=abcd,s=,i=4096", kUnreadable},
        FaultCase{"salt_that_is_no_base64", "r=abcd,s=?,i=4096", kUnreadable},
        FaultCase{"nul", std::string{"r=abcd\0,s=QQ==,i=4096", 21}, kUnreadable},
        FaultCase{"escape_in_the_nonce", "r=abc\x1b,s=QQ==,i=4096", kUnreadable},
        FaultCase{"no_rounds", "r=abcd,s=QQ==", kUnreadable},
        FaultCase{"empty_rounds", "r=abcd,s=QQ==,i=", kUnreadable},
        FaultCase{"zero_rounds", "r=abcd,s=QQ==,i=0", kUnreadable},
        FaultCase{"negative_rounds", "r=abcd,s=QQ==,i=-1", kUnreadable},
        FaultCase{"rounds_and_more", "r=abcd,s=QQ==,i=4096x", kUnreadable},
        FaultCase{
            "few_rounds", "r=abcd,s=QQ==,i=4095",
            "the server asks for 4095 rounds of the hash only, fewer than the 4096 that RFC 5802 wants"},
        FaultCase{"many_rounds", "r=abcd,s=QQ==,i=1000001",
                  "the server asks for 1000001 rounds of the hash, more than 1000000"},
        FaultCase{"rounds_of_31_bits", "r=abcd,s=QQ==,i=2147483648",
                  "the server asks for 2147483648 rounds of the hash, more than 1000000"},
        FaultCase{"rounds_beyond_64_bits", "r=abcd,s=QQ==,i=99999999999999999999",
                  "the server asks for 99999999999999999999 rounds of the hash, more than 1000000"}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(ScramProofs, AreThoseOfTheRfcs) {
  // RFC 5802 §5 and RFC 7677 §3, for `user` and `pencil`.
  const std::string_view first1 = "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096";
  const auto sha1 = scram_proofs(ScramHash::sha1, "pencil", parse_scram_first(first1),
                                 "n=user,r=fyko+d2lbbFgONRv9qkxdawL," + std::string{first1} +
                                     ",c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j");
  EXPECT_EQ(base::to_base64(sha1.of_client), "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=");
  EXPECT_EQ(base::to_base64(sha1.of_server), "rmF9pqV8S7suAoZWja4dJRkFsKQ=");
  const std::string_view first256 =
      "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
  const auto sha256 = scram_proofs(ScramHash::sha256, "pencil", parse_scram_first(first256),
                                   "n=user,r=rOprNGfwEbeRWgbNEkqO," + std::string{first256} +
                                       ",c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");
  EXPECT_EQ(base::to_base64(sha256.of_client), "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
  EXPECT_EQ(base::to_base64(sha256.of_server), "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
}

TEST(ScramName, HidesWhatEndsAnAttribute) { EXPECT_EQ(scram_name("a=b,c"), "a=3Db=2Cc"); }

struct BindingCase {
  std::string_view name, mechanism;
  ChannelBinding binding;
  std::string_view header;
};
void PrintTo(const BindingCase& one, std::ostream* out) { *out << one.name; }
class ScramHeader : public testing::TestWithParam<BindingCase> {};

TEST_P(ScramHeader, TellsWhetherTheLogInIsBound) {
  AccountOptions options;
  options.url = parse_server_url("imaps://alice@imap.example.com");
  for (const SaslMechanism& known : sasl_mechanisms()) {
    if (known.name != GetParam().mechanism) continue;
    SaslClient client{known, options, Credentials{Secret{"secret"}, {}, {}}, GetParam().binding};
    const std::string first = base::from_base64(client.answer("").value()).value();
    EXPECT_TRUE(first.starts_with(std::string{GetParam().header} + "n=alice,r=")) << first;
    return;
  }
  FAIL();
}

INSTANTIATE_TEST_SUITE_P(
    Bindings, ScramHeader,
    testing::Values(
        BindingCase{"none", "SCRAM-SHA-256", {}, "n,,"},
        BindingCase{"not_offered", "SCRAM-SHA-256", {ChannelBinding::Type::tls_exporter, "x"}, "y,,"},
        BindingCase{
            "exporter", "SCRAM-SHA-256-PLUS", {ChannelBinding::Type::tls_exporter, "x"}, "p=tls-exporter,,"},
        BindingCase{"unique", "SCRAM-SHA-1-PLUS", {ChannelBinding::Type::tls_unique, "x"}, "p=tls-unique,,"}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(ScramFinal, TellsTheServersError) {
  EXPECT_EQ(scram_error("e=invalid-proof"), "invalid-proof");
  EXPECT_EQ(scram_error("e=\x1b[2J,x=y"), "\\x1b[2J");
  EXPECT_EQ(scram_error("v=QUFB"), "");
  EXPECT_EQ(scram_error(""), "");
}

TEST(Oauth, WritesTheMessages) {
  EXPECT_EQ(xoauth2_message("a@example.org", Secret{"t0k"}).reveal(),
            "user=a@example.org\1auth=Bearer t0k\1\1");
  EXPECT_EQ(oauthbearer_message("a,b=c", "mx.example", 143, Secret{"t0k"}).reveal(),
            "n,a=a=2Cb=3Dc,\1host=mx.example\1port=143\1auth=Bearer t0k\1\1");
  EXPECT_TRUE(is_access_token("ya29.a-b_c~d+e/f="));
  for (const std::string_view token : {"", "a b", "a\1b", "a\r\nb", "\xc3\xa4"})
    EXPECT_FALSE(is_access_token(token));
}

struct OauthErrorCase {
  std::string_view name;
  std::string message, shown;
};
void PrintTo(const OauthErrorCase& test, std::ostream* out) { *out << test.name; }
class OauthError : public testing::TestWithParam<OauthErrorCase> {};

TEST_P(OauthError, IsShown) { EXPECT_EQ(oauth_error(GetParam().message), GetParam().shown); }

INSTANTIATE_TEST_SUITE_P(
    Servers, OauthError,
    testing::Values(
        OauthErrorCase{"rfc_7628",
                       R"({"status":"invalid_token","scope":"example_scope",)"
                       R"("openid-configuration":"https://example.com/.well-known/openid-configuration"})",
                       "status invalid_token, scope example_scope"},
        OauthErrorCase{"gmail", R"({"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"})",
                       "status 400, schemes Bearer, scope https://mail.google.com/"},
        OauthErrorCase{"number", R"({"status":401})", "status 401"},
        OauthErrorCase{"escapes", R"({"status":"\u001b[2J\u202e"})", "status \\x1b[2J\\u202e"},
        OauthErrorCase{"no_json", "go\x1b away", "'go\\x1b away'"},
        OauthErrorCase{"nothing_known", R"({"status":{"a":1},"x":"y"})", R"('{"status":{"a":1},"x":"y"}')"},
        OauthErrorCase{"a_list", "[1]", "'[1]'"}, OauthErrorCase{"empty", "", "''"},
        OauthErrorCase{"huge", std::string(60'000, 'x'), "'" + std::string(200, 'x') + "...'"},
        OauthErrorCase{"deep", std::string(60'000, '['), "'" + std::string(200, '[') + "...'"}),
    [](const auto& test) { return std::string{test.param.name}; });

AccountOptions options_of_alice() {
  AccountOptions options;
  options.url = parse_server_url("imaps://alice@imap.example.com");
  return options;
}

const SaslMechanism& mechanism(std::string_view name) {
  for (const SaslMechanism& known : sasl_mechanisms())
    if (known.name == name) return known;
  throw std::logic_error{"no such mechanism"};
}

TEST(SaslClient, HidesASecretThatTheServerRepeats) {
  const Credentials credentials{{}, Secret{"t0ken"}, {}};
  SaslClient client{mechanism("XOAUTH2"), options_of_alice(), credentials, {}};
  ASSERT_TRUE(client.answer(""));
  EXPECT_EQ(client.answer(base::to_base64(R"({"status":"no t0ken"})")), "");
  EXPECT_EQ(client.complaint(), "the server says status no ?");

  const Credentials password{Secret{"t0ken"}, {}, {}};
  SaslClient cram{mechanism("CRAM-MD5"), options_of_alice(), password, {}};
  EXPECT_EQ(cram.answer("<t0kent0ken@t0ken>"), std::nullopt);
  EXPECT_EQ(cram.complaint(), "the server's challenge is no base64: '<??@?>'");
}

TEST(SaslClient, RefusesATokenThatCannotBeSent) {
  const Credentials credentials{{}, Secret{"t0k\1auth=x"}, {}};
  EXPECT_THROW((SaslClient{mechanism("OAUTHBEARER"), options_of_alice(), credentials, {}}), SettingError);
}

TEST(SaslClient, SaysThatAHashCannotTakeThePassword) {
  const Credentials latin{Secret{"p\xe4ss"}, {}, {}};
  const Credentials face{Secret{"p\xf0\x9f\xa4\x96"}, {}, {}};  // U+1F916 is younger than RFC 4013
  const auto is_taken = [](std::string_view name, const Credentials& credentials) {
    try {
      SaslClient{mechanism(name), options_of_alice(), credentials, {}};
    } catch (const SettingError&) {
      return false;
    }
    return true;
  };
  EXPECT_FALSE(is_taken("SCRAM-SHA-256", latin));
  EXPECT_FALSE(is_taken("SCRAM-SHA-256", face));
  EXPECT_FALSE(is_taken("CRAM-MD5", latin));
  EXPECT_FALSE(is_taken("CRAM-MD5", face));
  EXPECT_TRUE(is_taken("PLAIN", latin));
}

}  // namespace
}  // namespace mailspoor::fetch
