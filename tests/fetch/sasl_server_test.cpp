// Log-ins over TLS at a server that speaks SASL by GNU SASL's other half: what no packaged mail server does
// is SCRAM's -PLUS.
#include "tests/fetch/sasl_server.hpp"

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "fetch/curl_library.hpp"
#include "fetch/curl_transport.hpp"
#include "fetch/error.hpp"
#include "fetch/imap/login.hpp"

namespace mailspoor::fetch {
namespace {

struct Connecting {
  std::string mechanisms;
  int tls_version = TLS1_3_VERSION;
  bool implicit_tls = true;
  bool at_once = true;
  SaslServer::Options sasl{};
};

struct LoggedIn {
  std::string mechanism, error;
  ChannelBinding::Type binding = ChannelBinding::Type::none;
};

LoggedIn log_in_at(const Connecting& connecting, const std::string& password = "secret",
                   const std::string& auth = "") {
  const CurlLibrary library;
  SaslServer::Options options_of_server = connecting.sasl;
  options_of_server.binds |= connecting.mechanisms.find("-PLUS") != std::string::npos;
  SaslServer sasl{options_of_server};
  std::string offer = "IMAP4rev1 STARTTLS";
  if (connecting.at_once) offer += " SASL-IR";
  for (std::string rest = connecting.mechanisms; !rest.empty();) {
    offer += " AUTH=" + rest.substr(0, rest.find(' '));
    rest.erase(0, std::min(rest.find(' '), rest.size() - 1) + 1);
  }
  TlsServer server{
      {.implicit_tls = connecting.implicit_tls,
       .answers = {{"CAPABILITY", "* CAPABILITY " + offer + "\r\n$TAG OK\r\n"},
                   {"STARTTLS", "$TAG OK\r\n"},
                   {"NOOP", "$TAG OK\r\n"}},
       .max_tls_version = connecting.tls_version,
       .converse = [&](TlsPeer& peer, const std::string& line) { return sasl.converse(peer, line); }}};
  AccountOptions options;
  options.url.host = "localhost";
  options.url.port = server.port();
  options.url.user = "alice";
  options.url.tls = connecting.implicit_tls ? Tls::implicit : Tls::starttls;
  options.auth = auth;
  options.ca_file = testing::TempDir() + "mailspoor-sasl-ca-" + std::to_string(server.port()) + ".pem";
  std::ofstream{options.ca_file} << server.certificate_pem();

  LoggedIn result;
  spdlog::logger log{"test", std::make_shared<spdlog::sinks::null_sink_st>()};
  Credentials credentials{Secret{std::string{password}}, {}, {}};
  try {
    imap::Session session{std::make_unique<CurlTransport>(options), "tag", log};
    result.binding = session.transport().channel_binding().type;
    session.take_connect_lines();
    if (connecting.implicit_tls) {
      session.ask_capabilities();
    } else {
      session.resync();
    }
    result.mechanism = imap::log_in(session, options, credentials);
  } catch (const AuthenticationError& error) {
    result.error = error.what();
  }
  std::filesystem::remove(options.ca_file);
  return result;
}

class AtGnuSasl : public testing::TestWithParam<std::tuple<std::string, int, bool, bool>> {
 protected:
  Connecting connecting() const {
    const auto& [mechanism, tls_version, implicit_tls, at_once] = GetParam();
    return {mechanism, tls_version, implicit_tls, at_once};
  }
};

TEST_P(AtGnuSasl, LogsInWithTheRightPasswordOnly) {
  const auto& mechanism = std::get<0>(GetParam());
  const std::string auth = mechanism == "EXTERNAL" ? mechanism : "";
  const auto good = log_in_at(connecting(), "secret", auth);
  EXPECT_EQ(good.error, "");
  EXPECT_EQ(good.mechanism, mechanism);
  EXPECT_EQ(good.binding, std::get<1>(GetParam()) == TLS1_3_VERSION ? ChannelBinding::Type::tls_exporter
                                                                    : ChannelBinding::Type::tls_unique);
  if (mechanism == "EXTERNAL") return;
  const auto bad = log_in_at(connecting(), "Secret", auth);
  EXPECT_NE(bad.error.find("was refused: NO [AUTHENTICATIONFAILED] no"), std::string::npos) << bad.error;
}

INSTANTIATE_TEST_SUITE_P(Mechanisms, AtGnuSasl,
                         testing::Combine(testing::Values("SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS",
                                                          "SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN",
                                                          "LOGIN", "EXTERNAL"),
                                          testing::Values(TLS1_2_VERSION, TLS1_3_VERSION), testing::Bool(),
                                          testing::Bool()),
                         [](const auto& test) {
                           std::string name = std::get<0>(test.param);
                           for (char& c : name)
                             if (c == '-') c = '_';
                           name += std::get<1>(test.param) == TLS1_3_VERSION ? "_tls13" : "_tls12";
                           name += std::get<2>(test.param) ? "_implicit" : "_starttls";
                           return name + (std::get<3>(test.param) ? "_at_once" : "_asked");
                         });

TEST(LogInAtGnuSasl, ChoosesTheStrongest) {
  Connecting connecting{"PLAIN SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-1-PLUS SCRAM-SHA-256-PLUS"};
  EXPECT_EQ(log_in_at(connecting).mechanism, "SCRAM-SHA-256-PLUS");
  EXPECT_EQ(log_in_at(connecting, "secret", "SCRAM-SHA-1").mechanism, "SCRAM-SHA-1");
}

TEST(LogInAtGnuSasl, ANonAsciiPasswordIsPrepared) {
  Connecting connecting{"SCRAM-SHA-256"};
  connecting.sasl.password = "p\xc3\xa4ss";
  EXPECT_EQ(log_in_at(connecting, "pa\xcc\x88ss").mechanism, "SCRAM-SHA-256");  // decomposed
}

TEST(LogInAtGnuSasl, SomebodyInBetweenCannotPassTheLogInOn) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Connecting connecting{"SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN", version};
    connecting.sasl.is_in_between = true;
    const auto outcome = log_in_at(connecting);
    EXPECT_EQ(
        outcome.error,
        "log-in of alice at localhost by SCRAM-SHA-256-PLUS was refused: NO [AUTHENTICATIONFAILED] no; if "
        "TLS ends before the server, `--auth SCRAM-SHA-256` may do");
  }
}

TEST(LogInAtGnuSasl, SomebodyInBetweenCannotTakeTheOfferToBindAway) {
  Connecting connecting{"SCRAM-SHA-256"};
  connecting.sasl.binds = true;
  EXPECT_NE(log_in_at(connecting).error.find("was refused"), std::string::npos);
}

TEST(LogInAtGnuSasl, TooFewRoundsAreNotWorked) {
  Connecting connecting{"SCRAM-SHA-256"};
  connecting.sasl.rounds = 1000;
  EXPECT_EQ(
      log_in_at(connecting).error,
      "log-in of alice at localhost by SCRAM-SHA-256 was broken off: the server asks for 1000 rounds of the "
      "hash only, fewer than the 4096 that RFC 5802 wants");
}

}  // namespace
}  // namespace mailspoor::fetch
