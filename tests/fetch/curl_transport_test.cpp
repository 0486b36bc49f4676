#include "fetch/curl_transport.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "fetch/curl_library.hpp"
#include "fetch/error.hpp"
#include "tests/fetch/tls_server.hpp"

namespace mailspoor::fetch {
namespace {

class CurlTransportTest : public testing::Test {
 protected:
  void TearDown() override {
    if (!ca_file_.empty()) std::filesystem::remove(ca_file_);
  }

  AccountOptions options_for(const TlsServer& server, Tls tls) {
    AccountOptions options;
    options.url.host = "localhost";
    options.url.port = server.port();
    options.url.tls = tls;
    options.connect_deadline = std::chrono::seconds{10};
    return options;
  }
  /// Trusts exactly the server's own certificate.
  AccountOptions trusting(const TlsServer& server, Tls tls) {
    AccountOptions options = options_for(server, tls);
    ca_file_ = testing::TempDir() + "mailspoor-ca-" + std::to_string(server.port()) + ".pem";
    std::ofstream{ca_file_} << server.certificate_pem();
    options.ca_file = ca_file_;
    return options;
  }
  template <typename Failure>
  static std::string failure(const AccountOptions& options) {
    try {
      CurlTransport transport{options};
    } catch (const Error& error) {
      return (dynamic_cast<const Failure*>(&error) != nullptr ? "" : "another type: ") +
             std::string{error.what()};
    }
    return "connected";
  }
  static bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }

 private:
  CurlLibrary library_;
  std::string ca_file_;
};

std::string read_line(Transport& transport) {
  std::string line;
  std::array<char, 1> c{};
  while (!line.ends_with('\n') && transport.read(c) == 1) line += c[0];
  return line;
}

TEST_F(CurlTransportTest, HandsOverRightBehindTheGreeting) {
  TlsServer server{{.greeting = "* OK ready\r\n* 1 EXISTS\r\n", .answers = {{"NOOP", "$TAG OK done\r\n"}}}};
  CurlTransport transport{trusting(server, Tls::implicit)};
  EXPECT_TRUE(transport.is_encrypted());
  EXPECT_TRUE(transport.is_in_step());
  EXPECT_EQ(transport.connect_lines(), std::vector<std::string>{"* OK ready"});
  EXPECT_EQ(read_line(transport), "* 1 EXISTS\r\n");
  transport.write("x1 NOOP\r\n");
  EXPECT_EQ(read_line(transport), "x1 OK done\r\n");
}

TEST_F(CurlTransportTest, TellsASelfSignedCertificateAndThePinThatTrustsIt) {
  TlsServer server{{}};
  std::string pin;
  try {
    CurlTransport transport{options_for(server, Tls::implicit)};
    FAIL();
  } catch (const CertificateError& error) {
    EXPECT_TRUE(contains(error.what(), "self-signed")) << error.what();
    pin = error.pin();
  }
  EXPECT_EQ(pin.size(), 52U);
  EXPECT_TRUE(pin.starts_with("sha256//"));
}

TEST_F(CurlTransportTest, TakesAPinInPlaceOfIssuerNameAndDate) {
  const TlsServer::Options bad{
      .name = "elsewhere.example", .valid_from_seconds = -7200, .valid_until_seconds = -3600};
  TlsServer server{bad};
  AccountOptions options = options_for(server, Tls::implicit);
  try {
    CurlTransport transport{options};
    FAIL() << "an untrusted certificate was accepted";
  } catch (const CertificateError& error) {
    options.pin = error.pin();
  }
  EXPECT_EQ(failure<Error>(options), "connected");

  TlsServer other{bad};  // with a key of its own
  AccountOptions wrong = options_for(other, Tls::implicit);
  wrong.pin = options.pin;
  EXPECT_TRUE(contains(failure<CertificateError>(wrong), "not the pinned " + options.pin));
}

TEST_F(CurlTransportTest, TellsAnExpiredCertificate) {
  TlsServer server{{.valid_from_seconds = -7200, .valid_until_seconds = -3600}};
  EXPECT_TRUE(contains(failure<CertificateError>(trusting(server, Tls::implicit)),
                       "has expired, it was good until 20"));
}

TEST_F(CurlTransportTest, TellsACertificateOfTheFuture) {
  TlsServer server{{.valid_from_seconds = 7200, .valid_until_seconds = 9000}};
  EXPECT_TRUE(contains(failure<CertificateError>(trusting(server, Tls::implicit)), "is not valid yet"));
}

TEST_F(CurlTransportTest, TellsTheNamesOfACertificateForAnother) {
  TlsServer server{{.name = "mail.example.net"}};
  EXPECT_TRUE(contains(failure<CertificateError>(trusting(server, Tls::implicit)),
                       "asked for localhost, it is for mail.example.net"));
}

TEST_F(CurlTransportTest, HandsOverBehindStarttlsAndBeforeLogIn) {
  TlsServer server{{.implicit_tls = false,
                    .answers = {{"CAPABILITY", "* CAPABILITY IMAP4rev1 STARTTLS\r\n$TAG OK\r\n"},
                                {"STARTTLS", "$TAG OK\r\n"},
                                {"NOOP", "$TAG OK done\r\n"}}}};
  CurlTransport transport{trusting(server, Tls::starttls)};
  EXPECT_FALSE(transport.is_in_step());
  ASSERT_FALSE(transport.connect_lines().empty());
  EXPECT_EQ(transport.connect_lines()[0], "* CAPABILITY IMAP4rev1 STARTTLS");
  transport.write("x1 NOOP\r\n");
  std::string line = read_line(transport);
  while (!line.empty() && !line.starts_with("x1 ")) line = read_line(transport);
  EXPECT_EQ(line, "x1 OK done\r\n");
}

TEST_F(CurlTransportTest, DoesStarttlsAndForgetsWhatWasSaidBefore) {
  TlsServer server{{.implicit_tls = false,
                    .greeting = "* OK [CAPABILITY IMAP4rev1 STARTTLS XEVIL] hi\r\n",
                    .answers = {{"CAPABILITY", "* CAPABILITY IMAP4rev1 STARTTLS\r\n$TAG OK\r\n"},
                                {"STARTTLS", "$TAG OK\r\n"}}}};
  CurlTransport transport{trusting(server, Tls::starttls)};
  EXPECT_TRUE(transport.is_encrypted());
  for (const std::string& line : transport.connect_lines()) EXPECT_FALSE(contains(line, "XEVIL")) << line;
}

TEST_F(CurlTransportTest, RefusesAServerWithoutStarttls) {
  TlsServer server{{.implicit_tls = false}};
  EXPECT_TRUE(contains(failure<NetworkError>(trusting(server, Tls::starttls)), "does not offer STARTTLS"));
}

TEST_F(CurlTransportTest, RefusesStarttlsThatTheServerRefuses) {
  TlsServer server{{.implicit_tls = false,
                    .answers = {{"CAPABILITY", "* CAPABILITY STARTTLS\r\n$TAG OK\r\n"},
                                {"STARTTLS", "$TAG NO not today\r\n"}}}};
  EXPECT_TRUE(contains(failure<NetworkError>(trusting(server, Tls::starttls)), "not today"));
}

TEST_F(CurlTransportTest, RefusesAnswersInjectedBehindStarttls) {
  TlsServer server{{.implicit_tls = false,
                    .answers = {{"CAPABILITY", "* CAPABILITY STARTTLS\r\n$TAG OK\r\n"},
                                {"STARTTLS", "$TAG OK\r\n* CAPABILITY AUTH=PLAIN\r\n"}}}};
  EXPECT_NE(failure<Error>(trusting(server, Tls::starttls)), "connected");
}

TEST_F(CurlTransportTest, RefusesPreauthInTheClear) {
  TlsServer server{
      {.implicit_tls = false,
       .greeting = "* PREAUTH [CAPABILITY STARTTLS] hi\r\n",
       .answers = {{"CAPABILITY", "* CAPABILITY STARTTLS\r\n$TAG OK\r\n"}, {"STARTTLS", "$TAG OK\r\n"}}}};
  EXPECT_TRUE(contains(failure<NetworkError>(trusting(server, Tls::starttls)), "PREAUTH"));
}

TEST_F(CurlTransportTest, TellsTheWordsOfAByeGreeting) {
  TlsServer server{{.greeting = "* BYE \x1b[1mToo many connections\r\n"}};
  EXPECT_TRUE(contains(failure<NetworkError>(trusting(server, Tls::implicit)),
                       "refuses the connection: BYE \\x1b[1mToo many connections"));
}

TEST_F(CurlTransportTest, RefusesWhatIsNoImapServer) {
  TlsServer server{{.greeting = "220 smtp ready\r\n"}};
  AccountOptions options = trusting(server, Tls::implicit);
  options.connect_deadline = std::chrono::seconds{1};
  EXPECT_TRUE(
      contains(failure<ProtocolError>(options), "does not answer as an IMAP server: '220 smtp ready'"));
}

TEST_F(CurlTransportTest, GivesUpOnAServerThatNeverGreets) {
  TlsServer server{{.greeting = ""}};
  AccountOptions options = trusting(server, Tls::implicit);
  options.connect_deadline = std::chrono::seconds{1};
  EXPECT_TRUE(contains(failure<NetworkError>(options), "timeout"));
}

TEST_F(CurlTransportTest, GivesUpOnAServerThatFallsSilent) {
  TlsServer server{{}};
  AccountOptions options = trusting(server, Tls::implicit);
  options.timeout = std::chrono::seconds{1};
  CurlTransport transport{options};
  transport.write("x1 NOOP\r\n");
  EXPECT_THROW(read_line(transport), NetworkError);
}

TEST_F(CurlTransportTest, SaysThatAPortIsClosed) {
  AccountOptions options;
  options.url.host = "127.0.0.1";
  options.url.port = 1;
  EXPECT_EQ(failure<NetworkError>(options), "cannot connect to 127.0.0.1:1: Connection refused");
}

TEST_F(CurlTransportTest, SpeaksInTheClearToThisMachineOnly) {
  TlsServer server{{.implicit_tls = false}};
  const CurlTransport transport{options_for(server, Tls::none)};
  EXPECT_FALSE(transport.is_encrypted());
}

struct CleartextCase {
  std::string host;
  bool allowed;
};
class Cleartext : public testing::TestWithParam<CleartextCase> {};

TEST_P(Cleartext, IsAllowedOnLoopback) {
  AccountOptions options;
  options.url.host = GetParam().host;
  options.url.tls = Tls::none;
  if (GetParam().allowed) {
    EXPECT_NO_THROW(check_cleartext(options));
    options.proxy = "socks5h://127.0.0.1";
    EXPECT_THROW(check_cleartext(options), SettingError);
  } else {
    EXPECT_THROW(check_cleartext(options), SettingError);
  }
  options.allow_cleartext = true;
  EXPECT_NO_THROW(check_cleartext(options));
}

INSTANTIATE_TEST_SUITE_P(Hosts, Cleartext,
                         testing::Values(CleartextCase{"localhost", true}, CleartextCase{"LocalHost", true},
                                         CleartextCase{"127.0.0.1", true}, CleartextCase{"127.9.9.9", true},
                                         CleartextCase{"::1", true}, CleartextCase{"128.0.0.1", false},
                                         CleartextCase{"localhost.example", false},
                                         CleartextCase{"127.0.0.1.example", false},
                                         CleartextCase{"::2", false}, CleartextCase{"0.0.0.0", false}));

TEST_F(CurlTransportTest, RefusesPinsThatLibcurlWouldTakeForFiles) {
  for (const char* pin : {"/etc/passwd", "sha256//short", "sha256//",
                          "sha1//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}) {
    AccountOptions options;
    options.url.host = "127.0.0.1";
    options.url.port = 1;
    options.pin = pin;
    EXPECT_TRUE(contains(failure<SettingError>(options), "is not sha256//")) << pin;
  }
}

}  // namespace
}  // namespace mailspoor::fetch
