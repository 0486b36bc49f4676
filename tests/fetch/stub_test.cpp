#include "fetch/imap/stub.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace mailspoor::fetch::imap {
namespace {

struct StubCase {
  std::string_view name, octets;
  bool is_stub;
};
void PrintTo(const StubCase& one, std::ostream* out) { *out << one.name; }

class Stub : public testing::TestWithParam<StubCase> {};

TEST_P(Stub, IsToldFromAMessage) { EXPECT_EQ(is_stub(GetParam().octets), GetParam().is_stub); }

constexpr std::string_view kSubject =
    "Subject: Retrieval using the IMAP4 protocol failed for the following message: 3\r\n";

// `exchange_2010`: OfflineIMAP/offlineimap#62; `without_host`: the sender that MailKit's tests of ENVELOPE
// have.
INSTANTIATE_TEST_SUITE_P(
    Headers, Stub,
    testing::Values(
        StubCase{"exchange_2010",
                 "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=\"us-ascii\"\r\n"
                 "From: Microsoft Exchange Server 2010\r\nTo: A Person <a@example.com>\r\n"
                 "Subject: Retrieval using the IMAP4 protocol failed for the following\r\n message: 20004\r\n"
                 "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
                 "The server couldn't retrieve the following message:\r\n",
                 true},
        StubCase{"without_host",
                 "From: \"Microsoft Exchange Server\" <.MISSING-HOST-NAME.>\r\n"
                 "Subject: Retrieval using the IMAP4 protocol failed for the following message: 3\r\n\r\n",
                 true},
        StubCase{"bare_lf_and_no_end",
                 "subject: retrieval using the IMAP4 protocol\n failed for the following message: 3\n"
                 "from:\tMicrosoft Exchange Server <>",
                 true},
        StubCase{"with_an_address",
                 "From: Microsoft Exchange Server <postmaster@example.com>\r\n"
                 "Subject: Retrieval using the IMAP4 protocol failed for the following message: 3\r\n\r\n",
                 false},
        StubCase{"that_was_sent",
                 "Received: from a.example by b.example; Tue, 5 Mar 2024 10:00:00 +0000\r\n"
                 "From: Microsoft Exchange Server\r\n"
                 "Subject: Retrieval using the IMAP4 protocol failed for the following message: 3\r\n\r\n",
                 false},
        StubCase{"received_below",
                 "From: Microsoft Exchange Server\r\n"
                 "Subject: Retrieval using the IMAP4 protocol failed for the following message: 3\r\n"
                 "Received: from a.example by b.example; Tue, 5 Mar 2024 10:00:00 +0000\r\n\r\n",
                 false},
        StubCase{
            "an_answer_to_one",
            "From: Microsoft Exchange Server\r\n"
            "Subject: RE: Retrieval using the IMAP4 protocol failed for the following message: 3\r\n\r\n",
            false},
        StubCase{"other_words_of_it", "From: Microsoft Exchange Server\r\nSubject: Undeliverable\r\n\r\n",
                 false},
        StubCase{"in_the_body",
                 "Subject: look\r\n\r\nFrom: Microsoft Exchange Server\r\n"
                 "Subject: Retrieval using the IMAP4 protocol failed for the following message: 3\r\n\r\n",
                 false},
        StubCase{"no_sender", kSubject, false}, StubCase{"nothing", "", false}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(StubServer, SaysWhatItIs) {
  const auto sends = [](const std::string& greeting, const std::string& name) {
    ServerIdentity server;
    server.greeting = greeting;
    if (!name.empty()) server.id = {{"name", name}};
    return sends_stubs(server);
  };
  EXPECT_TRUE(sends("The Microsoft Exchange IMAP4 service is ready. [TABPADIAUAA=]", ""));
  EXPECT_TRUE(sends("ready", "Microsoft.Exchange.Imap4.Imap4Server"));
  EXPECT_FALSE(sends("Dovecot ready.", "Dovecot"));
  EXPECT_FALSE(sends("", ""));
}

}  // namespace
}  // namespace mailspoor::fetch::imap
