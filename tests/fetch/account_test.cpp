#include "fetch/account.hpp"

#include <gtest/gtest.h>

#include <string>

#include "fetch/error.hpp"

namespace mailspoor::fetch {
namespace {

struct UrlCase {
  std::string_view url;
  Tls tls;
  std::string_view user, host;
  std::uint16_t port;
  std::string_view account;
};
void PrintTo(const UrlCase& test, std::ostream* out) { *out << test.url; }
class ServerUrlTest : public testing::TestWithParam<UrlCase> {};

TEST_P(ServerUrlTest, IsReadAndNamesItsAccount) {
  const UrlCase& expected = GetParam();
  const ServerUrl url = parse_server_url(expected.url);
  const bool is_pop3 = expected.account.ends_with("+pop3");
  EXPECT_EQ(url.protocol, is_pop3 ? Protocol::pop3 : Protocol::imap);
  EXPECT_EQ(url.tls, expected.tls);
  EXPECT_EQ(url.user, expected.user);
  EXPECT_EQ(url.host, expected.host);
  EXPECT_EQ(url.port, expected.port);
  EXPECT_EQ(account_name(url), expected.account);
}

INSTANTIATE_TEST_SUITE_P(
    Urls, ServerUrlTest,
    testing::Values(
        UrlCase{"imaps://alice@imap.example.com", Tls::implicit, "alice", "imap.example.com", 993,
                "alice@imap.example.com"},
        UrlCase{"IMAPS://alice%40example.com@imap.example.com:993/", Tls::implicit, "alice@example.com",
                "imap.example.com", 993, "alice@example.com@imap.example.com"},
        UrlCase{"imap://bob@h:1143", Tls::starttls, "bob", "h", 1143, "bob@h:1143"},
        UrlCase{"imap://bob@h", Tls::starttls, "bob", "h", 143, "bob@h"},
        UrlCase{"imaps://bob@h:143", Tls::implicit, "bob", "h", 143, "bob@h:143"},
        UrlCase{"imaps://EXCH%5Cbob%3a@h", Tls::implicit, "EXCH\\bob:", "h", 993, "EXCH%5Cbob%3A@h"},
        UrlCase{"imaps://b@[::1]:2993", Tls::implicit, "b", "::1", 2993, "b@%3A%3A1:2993"},
        UrlCase{"imaps://%c3%a4@h", Tls::implicit, "\xc3\xa4", "h", 993, "%C3%A4@h"},
        UrlCase{"pop3s://bob%40example.org@pop.example.org", Tls::implicit, "bob@example.org",
                "pop.example.org", 995, "bob@example.org@pop.example.org+pop3"},
        UrlCase{"pop3://bob@h", Tls::starttls, "bob", "h", 110, "bob@h+pop3"},
        UrlCase{"POP3S://bob@h:1995", Tls::implicit, "bob", "h", 1995, "bob@h:1995+pop3"},
        UrlCase{"imaps://h", Tls::implicit, "", "h", 993, "@h"}));

class BadServerUrl : public testing::TestWithParam<std::string_view> {};

TEST_P(BadServerUrl, IsRefusedWithoutShowingWhatMayBeAPassword) {
  try {
    parse_server_url(GetParam());
    FAIL() << GetParam();
  } catch (const SettingError& error) {
    EXPECT_EQ(std::string{error.what()}.find("hunter2"), std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(Urls, BadServerUrl,
                         testing::Values("", "imap", "pop3s:/a@h", "pop://a@h", "http://h", "imaps:/a@h",
                                         "imaps://a:hunter2@h", "imaps://a@hunter2@h", "imaps://a@",
                                         "imaps://a@h:0", "imaps://a@h:65536", "imaps://a@h:1x",
                                         "imaps://a@h:", "imaps://a@h/INBOX", "imaps://a@h?x",
                                         "imaps://a@h#x", "imaps://a%0d%0aA@h", "imaps://a%00@h",
                                         "imaps://a%4@h", "imaps://a%zz@h", "imaps://%ff@h", "imaps://a@h h",
                                         "imaps://a@h\r\nx", "imaps://a@[::1", "imaps://a@[]",
                                         "imaps://a@[::1]x", "imaps://a@-h", "imaps://a@\xc3\xa4.de"));

}  // namespace
}  // namespace mailspoor::fetch
