#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <sys/mman.h>
#include <unistd.h>

#include "deliver/base/unique_fd.hpp"
#include "index/error.hpp"
#include "index/message/header_section.hpp"
#include "index/trace/dkim_canonical.hpp"
#include "index/trace/dkim_crypto.hpp"
#include "index/trace/dkim_verify.hpp"

namespace mailspoor::index {
namespace {

// --- Canonical forms, RFC 6376 §3.4.5 ---

std::string canonical_body(std::string_view body, Canonicalization form, std::size_t step = 0) {
  std::string text;
  const auto take = [&](std::string_view piece) { text += piece; };
  CanonicalBody canonical{form};
  if (step == 0) canonical.update(body, take);
  for (std::size_t at = 0; step > 0 && at < body.size(); at += step)
    canonical.update(body.substr(at, step), take);
  canonical.finish(take);
  return text;
}

TEST(CanonicalHeaderField, IsThatOfTheStandard) {
  EXPECT_EQ(canonical_header_field("A: X", Canonicalization::relaxed), "a:X\r\n");
  EXPECT_EQ(canonical_header_field("B : Y\t\r\n\tZ  ", Canonicalization::relaxed), "b:Y Z\r\n");
  EXPECT_EQ(canonical_header_field("A: X", Canonicalization::simple), "A: X\r\n");
  EXPECT_EQ(canonical_header_field("B : Y\t\r\n\tZ  ", Canonicalization::simple), "B : Y\t\r\n\tZ  \r\n");
}

TEST(CanonicalHeaderField, HasCrlfWhereAStoreHasDroppedTheCr) {
  EXPECT_EQ(canonical_header_field("A: x\n y", Canonicalization::simple), "A: x\r\n y\r\n");
  EXPECT_EQ(canonical_header_field("A:\n x\n\ty ", Canonicalization::relaxed), "a:x y\r\n");
  EXPECT_EQ(canonical_header_field("A:", Canonicalization::relaxed), "a:\r\n");
}

struct BodyCase {
  std::string_view name, body, simple, relaxed;
};
class CanonicalBodyForm : public testing::TestWithParam<BodyCase> {};

TEST_P(CanonicalBodyForm, IsTheSameInPiecesOfAnySize) {
  const auto& test = GetParam();
  for (std::size_t step = 0; step < 5; ++step) {
    EXPECT_EQ(canonical_body(test.body, Canonicalization::simple, step), test.simple) << step;
    EXPECT_EQ(canonical_body(test.body, Canonicalization::relaxed, step), test.relaxed) << step;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Bodies, CanonicalBodyForm,
    testing::Values(
        BodyCase{"of_the_standard", " C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n", " C\r\nD E\r\n"},
        BodyCase{"empty", "", "\r\n", ""}, BodyCase{"empty_lines", "\r\n\r\n\r\n", "\r\n", ""},
        BodyCase{"blank_line", " \t\r\n", " \t\r\n", ""},
        BodyCase{"blank_lines_within", "a\r\n \r\n\r\nb\r\n", "a\r\n \r\n\r\nb\r\n", "a\r\n\r\n\r\nb\r\n"},
        BodyCase{"no_last_line_end", "a", "a\r\n", "a\r\n"},
        BodyCase{"blanks_at_the_end", "a \t", "a \t\r\n", "a\r\n"},
        BodyCase{"bare_line_feeds", "a\n\nb \n\n", "a\r\n\r\nb \r\n", "a\r\n\r\nb\r\n"},
        BodyCase{"bare_carriage_returns", "a \r b\r\r\nc\r", "a \r b\r\r\nc\r\r\n", "a \r b\r\r\nc\r\r\n"}),
    [](const auto& test) { return std::string{test.param.name}; });

// --- Key records and key files ---

TEST(DkimKeyRecordText, GivesKeyTypeAndFlags) {
  const auto record =
      parse_dkim_key_record("v=DKIM1; k=ed25519; h=sha1:SHA256; s=email; t=y : s; n=a note; p=AAAA");
  EXPECT_TRUE(record.defects.empty());
  EXPECT_EQ(record.type, KeyType::ed25519);
  EXPECT_EQ(record.hash_algorithms, (std::vector<std::string>{"sha1", "sha256"}));
  EXPECT_TRUE(record.is_testing && record.is_strict);
  EXPECT_EQ(record.octets, std::string(3, '\0'));
  const auto plain = parse_dkim_key_record("p=AAAA");
  EXPECT_TRUE(plain.defects.empty() && plain.type == KeyType::rsa && !plain.is_testing && !plain.is_strict);
}

TEST(DkimKeyRecordText, NamesRevocationAndWhatIsWrong) {
  EXPECT_TRUE(parse_dkim_key_record("v=DKIM1; p=").is_revoked);
  const struct {
    const char *record, *defect;
  } cases[] = {{"v=DKIM1", "it holds no key (p=)"},
               {"v=DKIM2; p=AAAA", "its version is not DKIM1"},
               {"p=AAAA; v=DKIM1", "its version is not DKIM1"},
               {"k=dsa; p=AAAA", "its type (k=) is not known"},
               {"s=web; p=AAAA", "it is not for mail (s=)"},
               {"p=A", "its key (p=) is no base64"},
               {"v=spf1 -all", "its version is not DKIM1"},
               {"p=AAAA; p=BBBB", "its tags are malformed"}};
  for (const auto& test : cases) {
    const auto defects = parse_dkim_key_record(test.record).defects;
    ASSERT_FALSE(defects.empty()) << test.record;
    EXPECT_EQ(defects.front(), test.defect) << test.record;
  }
}

TEST(DkimKeyFile, HasANameADateAndARecordALine) {
  const auto keys = DkimKeys::parse(
      "# comment\n\n; comment\r\n"
      "S1._domainkey.Example.org 2024-03-05T10:00:02Z  v=DKIM1; p=AAAA\r\n"
      "s1._domainkey.example.org. 2023-01-31 v=DKIM1; p=BBBB\n"
      "  a.b._domainkey.example.net\t-\tp=CC CC\n"
      "s2._domainkey.example.org. 300 IN TXT \"v=DKIM1; \" \"p=DD\\\"DD\"\n"
      "s3._domainkey.example.org p=EEEE",
      "keys");
  EXPECT_EQ(keys.size(), 5U);
  const auto found = keys.find("s1", "EXAMPLE.org");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0]->record, "v=DKIM1; p=AAAA");
  EXPECT_EQ(found[0]->date, "2024-03-05T10:00:02Z");
  EXPECT_EQ(found[0]->source, "keys:4");
  EXPECT_EQ(found[1]->date, "2023-01-31");
  EXPECT_EQ(keys.find("a.b", "example.net").at(0)->record, "p=CC CC");
  EXPECT_FALSE(keys.find("a.b", "example.net").at(0)->date);
  EXPECT_EQ(keys.find("s2", "example.org").at(0)->record, "v=DKIM1; p=DD\"DD");
  EXPECT_EQ(keys.find("s3", "example.org").at(0)->record, "p=EEEE");
  EXPECT_TRUE(keys.find("s4", "example.org").empty());
}

TEST(DkimKeyFile, NamesTheLineThatCannotBeRead) {
  const auto error = [](const char* text) -> std::string {
    try {
      DkimKeys::parse(text, "keys");
    } catch (const QueryError& failure) {
      return failure.what();
    }
    return "none";
  };
  EXPECT_EQ(error("\nexample.org p=AAAA"),
            "keys:2: `example.org` is no name of a DKIM key, SELECTOR._domainkey.DOMAIN");
  EXPECT_EQ(error("._domainkey.example.org p=A"),
            "keys:1: `._domainkey.example.org` is no name of a DKIM key, SELECTOR._domainkey.DOMAIN");
  EXPECT_EQ(error("s._domainkey.example.org 2024-02-30 p=AAAA"),
            "keys:1: `2024-02-30` is no date like 2024-03-05T10:00:02Z");
  EXPECT_EQ(error("s._domainkey.example.org 2024-03-05T24:00:00Z p=A"),
            "keys:1: `2024-03-05T24:00:00Z` is no date like 2024-03-05T10:00:02Z");
  EXPECT_EQ(error("s._domainkey.example.org 2024-03-05"), "keys:1: there is no key record");
  EXPECT_EQ(error("s._domainkey.example.org"), "keys:1: there is no key record");
}

// --- Verification ---

std::vector<DkimVerdict> verify(const std::string& message, const std::string& key_file) {
  const base::UniqueFd fd{::memfd_create("message", MFD_CLOEXEC)};
  EXPECT_EQ(::pwrite(fd.get(), message.data(), message.size(), 0), static_cast<ssize_t>(message.size()));
  return verify_dkim(fd.get(), "message", DkimKeys::parse(key_file, "keys"));
}

std::string with_crlf(std::string_view text) {
  std::string octets;
  for (const char c : text) octets += c == '\n' ? std::string{"\r\n"} : std::string{c};
  return octets;
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

constexpr const char* kFields =
    "From: Joe SixPack <joe@football.example.com>\nTo: Suzie Q <suzie@shopping.example.net>\nSubject: Is "
    "dinner ready?\n"
    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\nMessage-ID: "
    "<20030712040037.46341.5F8J@football.example.com>\n";

/// RFC 8463 appendix A: the keys, and the message with one signature of each kind.
constexpr const char* kKeysOfRfc8463 =
    "brisbane._domainkey.football.example.com 2018-06-10 v=DKIM1; k=ed25519; "
    "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
    "test._domainkey.football.example.com - v=DKIM1; k=rsa; "
    "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3id"
    "Y6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/"
    "8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBf"
    "O2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB\n";

std::string message_of_rfc8463() {
  return std::string{
             "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\n d=football.example.com; "
             "i=@football.example.com;\n"
             " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\n subject : date : message-id : from : "
             "subject : date;\n"
             " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\n"
             " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\n "
             "Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\n"
             "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\n d=football.example.com; "
             "i=@football.example.com;\n"
             " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\n date : message-id : from : subject "
             ": date;\n"
             " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\n"
             " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\n"
             " DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\n"
             " dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\n"} +
         kFields + "\nHi.\n\nWe lost the game.  Are you hungry yet?\n\nJoe.\n";
}

TEST(DkimVerification, VerifiesTheExampleOfRfc8463) {
  const auto verdicts = verify(with_crlf(message_of_rfc8463()), kKeysOfRfc8463);
  ASSERT_EQ(verdicts.size(), 2U);
  EXPECT_EQ(verdicts[0].result, "pass");
  EXPECT_EQ(verdicts[0].position, 0U);
  EXPECT_EQ(verdicts[0].key_source, "keys:1");
  EXPECT_EQ(verdicts[0].key_date, "2018-06-10");
  EXPECT_TRUE(verdicts[0].weaknesses.empty());
  EXPECT_EQ(verdicts[0].text,
            "the holder of football.example.com's key signed these fields: From, To, Subject, Date, "
            "Message-ID; it says that "
            "it was made 2018-06-10T13:38:29Z; key from keys:1, looked up 2018-06-10");
  EXPECT_EQ(verdicts[1].result, "pass");
  EXPECT_EQ(verdicts[1].weaknesses, std::vector<std::string>{"RSA key of 1024 bits"});
}

TEST(DkimVerification, VerifiesTheExampleOfRfc6376) {
  const auto message =
      std::string{
          "DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;\n      c=simple/simple; q=dns/txt; "
          "i=joe@football.example.com;\n      h=Received : From : To : Subject : Date : Message-ID;\n"
          "      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\n"
          "      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB\n"
          "      4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut\n"
          "      KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV\n      4bmp/YzhwvcubU4=;\n"
          "Received: from client1.football.example.com  [192.0.2.1]\n      by submitserver.example.com with "
          "SUBMISSION;\n"
          "      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)\n"} +
      kFields + "\nHi.\n\nWe lost the game. Are you hungry yet?\n\nJoe.\n";
  const std::string keys =
      "brisbane._domainkey.example.com v=DKIM1; "
      "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7"
      "/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/"
      "NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPS"
      "PDdQPNUYckcQ2QIDAQAB";
  EXPECT_EQ(verify(with_crlf(message), keys).at(0).result, "pass");
  EXPECT_EQ(verify(message, keys).at(0).result, "pass");  // as a store keeps it that has dropped the CRs
  EXPECT_EQ(verify(with_crlf("From someone Sat Jan  1 00:00:00 2022\n" + message), keys).at(0).result,
            "pass");
  EXPECT_EQ(verify(with_crlf(replaced(message, "1]\n      by", "1]\n  by")), keys).at(0).result, "fail");
  EXPECT_EQ(verify(with_crlf(replaced(message, "game. Are", "game.  Are")), keys).at(0).result, "fail");
}

TEST(DkimVerification, TellsWhatDiffers) {
  const auto text_of = [](const std::string& message) {
    const auto verdict = verify(with_crlf(message), kKeysOfRfc8463).at(0);
    EXPECT_EQ(verdict.result, "fail");
    return verdict.text;
  };
  const std::string begin = "bytes differ from what was signed; lists and gateways do this (";
  const std::string end = "; key from keys:1, looked up 2018-06-10)";
  const auto message = message_of_rfc8463();
  EXPECT_EQ(text_of(message + "Sent by a list\n"), begin + "the body" + end);
  EXPECT_EQ(text_of(replaced(message, "Subject: ", "Subject: [list] ")),
            begin + "header fields, or the key is another" + end);
  EXPECT_EQ(text_of(replaced(message, "Subject: ", "Subject: [list] ") + "."),
            begin + "header fields and body" + end);
  EXPECT_EQ(text_of("Subject: on top, where readers look\n" + message),
            begin + "header fields, or the key is another" + end);
}

TEST(DkimVerification, PassesOverWhatTheFormDoesNotCover) {
  auto message =
      replaced(message_of_rfc8463(), "Subject: Is dinner ready?", "SUBJECT:  Is \t dinner\n  ready?  ");
  message = replaced(message, "the game.  Are", "the \t game. Are") + " \n\n\n";
  EXPECT_EQ(verify(with_crlf("Received: x\nX-Mailer: y\n" + message), kKeysOfRfc8463).at(0).result, "pass");
}

TEST(DkimVerification, NeedsAKey) {
  const auto verdict = verify(with_crlf(message_of_rfc8463()), "").at(0);
  EXPECT_FALSE(verdict.result);
  EXPECT_EQ(verdict.text, "not verified: no key is at hand for brisbane._domainkey.football.example.com");
  EXPECT_FALSE(verdict.key_source);
}

TEST(DkimVerification, TriesEachRecordOfAName) {
  const std::string name = "brisbane._domainkey.football.example.com ";
  const std::string other = name + "2010-01-01 k=ed25519; p=O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik=\n";
  const auto verdict = verify(with_crlf(message_of_rfc8463()), name + "p=\n" + other + kKeysOfRfc8463).at(0);
  EXPECT_EQ(verdict.result, "pass");
  EXPECT_EQ(verdict.key_source, "keys:3");
  EXPECT_EQ(verify(with_crlf(message_of_rfc8463()), other).at(0).result, "fail");
}

TEST(DkimVerification, RefusesKeyRecordsThatDoNotFit) {
  const auto text_of = [](const std::string& record) {
    const auto verdict =
        verify(with_crlf(message_of_rfc8463()), "brisbane._domainkey.football.example.com " + record).at(0);
    EXPECT_EQ(verdict.result, "permerror") << record;
    return verdict.text;
  };
  const std::string key = "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
  EXPECT_EQ(text_of("k=ed25519; p="), "the key was revoked");
  EXPECT_EQ(text_of(key), "the key is of another type than the signature");
  EXPECT_EQ(text_of("k=ed25519; h=sha1; " + key), "the key record does not allow this algorithm (h=)");
  EXPECT_EQ(text_of("k=ed25519; s=web; " + key), "the key record cannot be used: it is not for mail (s=)");
  EXPECT_EQ(text_of("k=ed25519; p=AAAA"), "the key record holds no readable key");
  const auto damaged =
      verify(with_crlf(replaced(message_of_rfc8463(), "v=1;", "v=3;")), kKeysOfRfc8463).at(0);
  EXPECT_EQ(damaged.result, "permerror");
  EXPECT_EQ(damaged.text, "the signature cannot be used: the version (v=) is not 1");
}

/// Signs with a key of its own, to reach what the examples of the RFCs do not.
class Signer {
 public:
  std::string key_record() const {
    std::string octets(32, '\0');
    auto size = octets.size();
    EXPECT_EQ(EVP_PKEY_get_raw_public_key(key_, bytes(octets), &size), 1);
    return base64(octets);
  }
  /// @param tags  All but `b` and `bh`.
  std::string signed_message(const std::string& tags, const std::string& hashed_fields,
                             const std::string& fields, const std::string& body,
                             std::size_t body_length) const {
    DkimDigest body_digest{DkimAlgorithm::ed25519_sha256};
    body_digest.update(body.substr(0, body_length));
    const auto field = "DKIM-Signature: v=1; a=ed25519-sha256; d=a.example; s=s; " + tags +
                       "; bh=" + base64(body_digest.finish()) + "; b=";
    DkimDigest digest{DkimAlgorithm::ed25519_sha256};
    digest.update(hashed_fields + field);
    const auto hash = digest.finish();
    std::string signature(64, '\0');
    auto size = signature.size();
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EXPECT_EQ(EVP_DigestSignInit(context, nullptr, nullptr, nullptr, key_), 1);
    EXPECT_EQ(EVP_DigestSign(context, bytes(signature), &size,
                             reinterpret_cast<const unsigned char*>(hash.data()), hash.size()),
              1);
    EVP_MD_CTX_free(context);
    return field + base64(signature) + "\r\n" + fields + "\r\n" + body;
  }
  Signer() = default;
  ~Signer() { EVP_PKEY_free(key_); }
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;

 private:
  static unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
  static std::string base64(const std::string& octets) {
    std::string text((octets.size() + 2) / 3 * 4 + 1, '\0');
    const auto size = EVP_EncodeBlock(bytes(text), reinterpret_cast<const unsigned char*>(octets.data()),
                                      static_cast<int>(octets.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
  }
  EVP_PKEY* key_ = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
};

class DkimRule : public testing::Test {
 protected:
  DkimVerdict verdict(const std::string& message, const std::string& flags = "") const {
    return verify(message, "s._domainkey.a.example - k=ed25519; " + flags + "p=" + signer_.key_record())
        .at(0);
  }
  Signer signer_;
};

TEST_F(DkimRule, BodyLengthLeavesTheRestUnsigned) {
  const std::string from = "From: x@a.example\r\n";
  const std::string body = "one line\r\n";
  const auto message = signer_.signed_message("h=from; l=4", from, from, body, 4);
  EXPECT_EQ(verdict(message).result, "pass");
  EXPECT_EQ(verdict(message).weaknesses,
            std::vector<std::string>{"only 4 of 10 octets of the body are signed (l=)"});
  EXPECT_EQ(verdict(message + "more\r\n").result, "pass");
  EXPECT_EQ(verdict(replaced(message, "\r\none", "\r\nOne")).result, "fail");
  const auto whole = verdict(signer_.signed_message("h=from; l=10", from, from, body, 10));
  EXPECT_EQ(whole.result, "pass");
  EXPECT_EQ(whole.weaknesses, std::vector<std::string>{"more could be added to the body (l=)"});
  EXPECT_EQ(verdict(signer_.signed_message("h=from; l=11", from, from, body, 10)).result, "fail");
  EXPECT_EQ(verdict(signer_.signed_message("h=from; l=0", from, from, body, 0)).result, "pass");
}

TEST_F(DkimRule, FieldsOfOneNameAreTakenFromTheLowestUp) {
  const std::string one = "X: 1\r\n";
  const std::string two = "X: 2\r\n";
  const std::string from = "From: x@a.example\r\n";
  const std::string body = "\r\n";
  const auto fields = one + two + from;
  EXPECT_EQ(verdict(signer_.signed_message("h=from:x", from + two, fields, body, 2)).result, "pass");
  EXPECT_EQ(verdict(signer_.signed_message("h=x:from:x", two + from + one, fields, body, 2)).result, "pass");
  EXPECT_EQ(verdict(signer_.signed_message("h=x:x:from:x", two + one + from, fields, body, 2)).result,
            "pass");
  EXPECT_EQ(verdict(signer_.signed_message("h=from:x", from + one, fields, body, 2)).result, "fail");
}

TEST_F(DkimRule, AFieldThatIsNotThereMayNotCome) {
  const std::string from = "From: x@a.example\r\n";
  const auto message = signer_.signed_message("h=from:subject", from, from, "\r\n", 2);
  EXPECT_EQ(verdict(message).result, "pass");
  EXPECT_EQ(verdict("Subject: new\r\n" + message).result, "fail");
}

TEST_F(DkimRule, StrictKeysAllowNoSubdomain) {
  const std::string from = "From: x@a.example\r\n";
  const auto below = signer_.signed_message("h=from; i=@b.a.example", from, from, "\r\n", 2);
  EXPECT_EQ(verdict(below).result, "pass");
  EXPECT_EQ(verdict(below, "t=s; ").result, "permerror");
  EXPECT_EQ(verdict(signer_.signed_message("h=from; i=y@A.example", from, from, "\r\n", 2), "t=s; ").result,
            "pass");
}

TEST_F(DkimRule, WhoIsTestingSaysSo) {
  const std::string from = "From: x@a.example\r\n";
  const auto message = signer_.signed_message("h=from", from, from, "\r\n", 2);
  EXPECT_EQ(verdict(message, "t=y; ").weaknesses,
            std::vector<std::string>{"the owner of the key was testing (t=y)"});
}

// A field that `h=` names and the message lacks is signed as absent: nobody signed its content.
TEST_F(DkimRule, AnUnsignedFieldIsNamed) {
  const std::string from = "From: x@a.example\r\n";
  const auto message = signer_.signed_message("h=from:to:date:message-id", from, from, "\r\n", 2);
  EXPECT_NE(verdict(message).text.find("fields: From; not signed: Subject"), std::string::npos)
      << verdict(message).text;
}

TEST_F(DkimRule, ABodyMayBeEmptyOrMissing) {
  const std::string from = "From: x@a.example\r\n";
  const auto message = signer_.signed_message("h=from", from, from, "\r\n", 2);
  EXPECT_EQ(verdict(message.substr(0, message.size() - 2)).result, "pass");  // nothing behind the empty line
  EXPECT_EQ(verdict(message.substr(0, message.size() - 4)).result, "pass");  // no empty line
  EXPECT_EQ(verdict(message + "\r\n\r\n\r\n").result, "pass");
}

TEST_F(DkimRule, ABodyIsReadInBlocks) {
  const std::string from = "From: x@a.example\r\n";
  std::string body;
  for (int line = 0; line < 20'000; ++line) body += "line " + std::to_string(line) + "\r\n";
  const auto message = signer_.signed_message("h=from", from, from, body, body.size());
  EXPECT_EQ(verdict(message).result, "pass");
  EXPECT_EQ(verdict(message).body_octets, body.size());
  EXPECT_EQ(verdict(replaced(message, "line 19999", "line 2")).result, "fail");
}

TEST_F(DkimRule, AHeaderSectionBeyondTheLimitIsNotVerified) {
  const std::string from = "From: x@a.example\r\n";
  std::string fields = from;
  for (int count = 0; count < 20'000; ++count) fields += "X-Padding: " + std::string(60, 'x') + "\r\n";
  const auto found = verdict(signer_.signed_message("h=from", from, fields, "\r\n", 2));
  EXPECT_FALSE(found.result);
  EXPECT_EQ(found.text, "not verified: the header section is longer than 1 MiB");
}

TEST_F(DkimRule, AHeaderSectionOfTooManyFieldsIsNotVerified) {
  const std::string from = "From: x@a.example\r\n";
  std::string fields;
  for (std::size_t count = 0; count < kMaxHeaderFields; ++count) fields += "X: y\r\n";
  const auto found = verdict(signer_.signed_message("h=from", from, fields + from, "\r\n", 2));
  EXPECT_FALSE(found.result);
  EXPECT_EQ(found.text, "not verified: there are more than 10,000 header fields");
}

TEST_F(DkimRule, SignaturesAreCapped) {
  const std::string from = "From: x@a.example\r\n";
  std::string message = signer_.signed_message("h=from", from, from, "\r\n", 2);
  for (std::size_t count = 0; count < kMaxDkimSignatures; ++count)
    message.insert(0, "DKIM-Signature: v=1\r\n");
  const auto verdicts = verify(message, "s._domainkey.a.example - k=ed25519; p=" + signer_.key_record());
  ASSERT_EQ(verdicts.size(), kMaxDkimSignatures + 1);
  EXPECT_EQ(verdicts[kMaxDkimSignatures - 1].result, "permerror");
  EXPECT_FALSE(verdicts[kMaxDkimSignatures].result);
  EXPECT_EQ(verdicts[kMaxDkimSignatures].text, "not verified: more than 50 signatures stand above it");
}

TEST_F(DkimRule, FormsOfTheBodyAreCapped) {
  std::string fields;
  for (int length = 1; length < 20; ++length) {
    fields += "DKIM-Signature: v=1; a=ed25519-sha256; d=a.example; s=s; h=from; l=" + std::to_string(length) +
              "; bh=AAAA; b=AAAA\r\n";
  }
  const auto verdicts = verify(fields + "From: x@a.example\r\n\r\nbody\r\n",
                               "s._domainkey.a.example - k=ed25519; p=" + signer_.key_record());
  ASSERT_EQ(verdicts.size(), 19U);
  EXPECT_EQ(verdicts[7].result, "fail");
  EXPECT_FALSE(verdicts[8].result);
  EXPECT_EQ(verdicts[8].text, "not verified: more than 8 different forms of the body were signed");
}

}  // namespace
}  // namespace mailspoor::index
