#include "index/trace/domain.hpp"

#include <gtest/gtest.h>

namespace mailspoor::index {
namespace {

TEST(RegistrableDomain, FollowsThePublicSuffixList) {
  const struct {
    std::string_view domain, registrable;
  } cases[] = {{"example.org", "example.org"},
               {"a.b.Example.ORG.", "example.org"},
               {"shop.example.co.uk", "example.co.uk"},
               {"www.example.com.au", "example.com.au"},
               {"someone.github.io", "someone.github.io"},
               {"x.unlisted-top-level", "x.unlisted-top-level"},
               {"m.b\u00FCcher.example", "xn--bcher-kva.example"},
               {"stra\u00DFe.example", "xn--strae-oqa.example"},
               {"i\u2764.example", "xn--i-7iq.example"},
               {"co.uk", "none"},
               {"com", "none"},
               {"", "none"},
               {".", "none"},
               {".example.org", "none"},
               {"a..example.org", "none"},
               {"192.0.2.1", "none"},
               {"2001:db8::1", "none"},
               {"[192.0.2.1]", "none"},
               {"a b.example.org", "none"}};
  for (const auto& test : cases)
    EXPECT_EQ(registrable_domain(test.domain).value_or("none"), test.registrable) << test.domain;
}

TEST(AlignmentOfDomains, IsStrictRelaxedOrNone) {
  EXPECT_EQ(alignment_of("example.org", "EXAMPLE.org."), Alignment::strict);
  EXPECT_EQ(alignment_of("m\u00FCnchen.example", "xn--mnchen-3ya.example"), Alignment::strict);
  EXPECT_EQ(alignment_of("mail.M\u00DCNCHEN.example", "xn--mnchen-3ya.example"), Alignment::relaxed);
  EXPECT_EQ(alignment_of("news.example.org", "example.org"), Alignment::relaxed);
  EXPECT_EQ(alignment_of("example.org", "bounce.mail.example.org"), Alignment::relaxed);
  EXPECT_EQ(alignment_of("a.example.co.uk", "b.example.co.uk"), Alignment::relaxed);
  EXPECT_EQ(alignment_of("a.co.uk", "b.co.uk"), Alignment::none);
  EXPECT_EQ(alignment_of("one.github.io", "two.github.io"), Alignment::none);
  EXPECT_EQ(alignment_of("example.org", "example.org.evil.example"), Alignment::none);
  EXPECT_EQ(alignment_of("", ""), Alignment::none);
  EXPECT_EQ(alignment_of("192.0.2.1", "192.0.2.2"), Alignment::none);
}

TEST(Domains, TakeInWhatIsBelow) {
  EXPECT_TRUE(is_in_domain("mail.Example.ORG.", "example.org"));
  EXPECT_TRUE(is_in_domain("example.org", "example.org"));
  EXPECT_FALSE(is_in_domain("badexample.org", "example.org"));
  EXPECT_FALSE(is_in_domain("org", "example.org"));
}

TEST(DomainOfAddress, StandsBehindTheLastAt) {
  EXPECT_EQ(domain_of_address("a@b@example.org"), "example.org");
  EXPECT_EQ(domain_of_address("<a@example.org.>"), "example.org");
  EXPECT_EQ(domain_of_address("example.org"), "example.org");
  EXPECT_EQ(domain_of_address("a@"), "");
  EXPECT_EQ(domain_of_address(""), "");
}

}  // namespace
}  // namespace mailspoor::index
