#include "index/track/leaks.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailspoor::index {
namespace {

const std::string kSha512 =
    "f51a37062f4bae87b274d75b9b2033130154d299bbc7afec8da5d8df2fbd4ac61a5708bfb5b1d75aae33a97f27774d49ee74f3fc"
    "538f177792d"
    "ca8b8fbc3f4d8";

std::string encodings(std::string_view url, const std::vector<std::string>& addresses) {
  std::string names;
  for (const auto& found : LeakFinder{addresses}.find(url)) {
    if (!names.empty()) names += ' ';
    names += to_text(found.encoding);
  }
  return names;
}

struct LeakCase {
  std::string_view name;
  std::string url;
  std::string_view encodings;
};
class AddressInUrl : public testing::TestWithParam<LeakCase> {};

TEST_P(AddressInUrl, IsFound) {
  EXPECT_EQ(encodings(GetParam().url, {"Anna.X@Example.org"}), GetParam().encodings) << GetParam().url;
}

std::string named(const testing::TestParamInfo<LeakCase>& test) { return std::string{test.param.name}; }

// The digests are those of anna.x@example.org.
INSTANTIATE_TEST_SUITE_P(
    Encodings, AddressInUrl,
    testing::Values(
        LeakCase{"plain", "https://t.example/o?e=anna.x@example.org&x=1", "plain"},
        LeakCase{"plain_in_the_path", "https://t.example/o/anna.x@example.org/1.gif", "plain"},
        LeakCase{"plain_in_front_of_a_file_type", "https://t.example/o/anna.x@example.org.gif", "plain"},
        LeakCase{"plain_in_front_of_another_file_type", "https://t.example/o/anna.x@example.org.svg",
                 "plain"},
        LeakCase{"plain_in_upper_case", "https://t.example/o?ANNA.X@EXAMPLE.ORG", "plain"},
        LeakCase{"percent", "https://t.example/o?e=anna.x%40example.org", "percent"},
        LeakCase{"percent_of_all", "https://t.example/o?e=%61nna%2Ex%40example%2eorg", "percent"},
        LeakCase{"percent_of_a_letter", "https://t.example/o?e=%61nna.x@example.org", "percent"},
        LeakCase{"percent_behind_an_escaped_sign", "https://t.example/o?e%3Danna.x%40example.org%26",
                 "percent"},
        LeakCase{"percent_twice", "https://t.example/o?e=anna.x%2540example.org", "percent"},
        LeakCase{"plain_and_percent", "https://t.example/anna.x@example.org?e=anna.x%40example.org",
                 "plain percent"},
        LeakCase{"base64", "https://t.example/o?e=YW5uYS54QGV4YW1wbGUub3Jn", "base64"},
        LeakCase{"base64_with_padding_escaped", "https://t.example/o?e=IGFubmEueEBleGFtcGxlLm9yZw%3D%3D",
                 "base64"},
        LeakCase{"base64_as_a_segment", "https://t.example/my-mail/o_o/YW5uYS54QGV4YW1wbGUub3Jn/1.gif",
                 "base64"},
        LeakCase{"base64_of_json", "https://t.example/o/eyJpIjogNywgImVtYWlsIjogImFubmEueEBleGFtcGxlLm9yZyJ9",
                 "base64"},
        LeakCase{"base64_behind_other_digits",
                 "https://t.example/o/x1eyJpIjogNywgImVtYWlsIjogImFubmEueEBleGFtcGxlLm9yZyJ9", "base64"},
        LeakCase{"base64_behind_a_minus", "https://t.example/o/12345-YW5uYS54QGV4YW1wbGUub3Jn", "base64url"},
        LeakCase{"base64_with_a_slash", "https://t.example/o?x=Pz8/YW5uYS54QGV4YW1wbGUub3Jn", "base64"},
        LeakCase{"base64_of_escapes", "https://t.example/o/JTIwYW5uYS54JTQwZXhhbXBsZS5vcmc=", "base64"},
        LeakCase{"base64_with_plus",
                 "https://t.example/o?x=aWQ9Pz8+Pjthbm5hLnhAZXhhbXBsZS5vcmc7fn4=", "base64"},
        LeakCase{"base64url", "https://t.example/o?x=aWQ9Pz8-Pjthbm5hLnhAZXhhbXBsZS5vcmc7fn4", "base64url"},
        LeakCase{"hex", "https://t.example/o/616e6e612e78406578616d706c652e6f7267", "hex"},
        LeakCase{"hex_in_upper_case", "https://t.example/o/616E6E612E78406578616D706C652E6F7267", "hex"},
        LeakCase{"hex_behind_an_odd_digit", "https://t.example/o/7203a616e6e612e78406578616d706c652e6f7267",
                 "hex"},
        LeakCase{"rot13", "https://t.example/o?e=naan.k@rknzcyr.bet", "rot13"},
        LeakCase{"rot13_escaped", "https://t.example/o?e=Naan.K%40rknzcyr.bet", "rot13"},
        LeakCase{"reversed", "https://t.example/o?e=gro.elpmaxe@x.anna", "reversed"},
        LeakCase{"reversed_escaped", "https://t.example/o?e=gro.elpmaxe%40x.anna&f", "reversed"},
        LeakCase{"md5", "https://t.example/o?h=0c645fcd45bf5a76c034103ea09f3864", "md5"},
        LeakCase{"md5_in_upper_case", "https://t.example/o?h=0C645FCD45BF5A76C034103EA09F3864", "md5"},
        LeakCase{"md5_in_the_host", "https://0c645fcd45bf5a76c034103ea09f3864.t.example/o.gif", "md5"},
        LeakCase{"md5_among_other_digits", "https://t.example/o/abc0c645fcd45bf5a76c034103ea09f3864def",
                 "md5"},
        LeakCase{"sha1", "https://t.example/0a2be1c451aa0d479a4e68d3faaf634df18ed853.gif", "sha1"},
        LeakCase{"sha256",
                 "https://t.example/1a062d316ebc7f0970ac9c59f11347fc77d030a505b685645cfa1e3f6a37e51c",
                 "sha256"},
        LeakCase{"sha512", "https://t.example/?" + kSha512, "sha512"}),
    named);

INSTANTIATE_TEST_SUITE_P(
    Boundaries, AddressInUrl,
    testing::Values(
        LeakCase{"longer_local_part", "https://t.example/o?e=joanna.x@example.org", ""},
        LeakCase{"longer_local_part_escaped", "https://t.example/o?e=jo%61nna.x%40example.org", ""},
        LeakCase{"longer_local_part_in_base64", "https://t.example/o?e=am9hbm5hLnhAZXhhbXBsZS5vcmc=", ""},
        LeakCase{"longer_local_part_reversed", "https://t.example/o?e=gro.elpmaxe@x.annaoj", ""},
        LeakCase{"sub_address", "https://t.example/o?e=anna.x+news@example.org", ""},
        LeakCase{"part_behind_a_dot", "https://t.example/o?e=mary.anna.x@example.org", ""},
        LeakCase{"longer_domain", "https://t.example/o?e=anna.x@example.org.example", ""},
        LeakCase{"longer_label", "https://t.example/o?e=anna.x@example.organic", ""},
        LeakCase{"sub_domain", "https://t.example/o?e=anna.x@mail.example.org", ""},
        LeakCase{"end_of_a_sentence", "https://t.example/o?e=anna.x@example.org.", "plain"},
        LeakCase{"between_signs", "https://t.example/o?e=1|anna.x@example.org|2", "plain"},
        LeakCase{"in_angle_brackets", "https://t.example/o?e=%3Canna.x%40example.org%3E", "percent"},
        LeakCase{"local_part_alone", "https://t.example/o?e=anna.x", ""},
        LeakCase{"domain_alone", "https://t.example/o?e=@example.org", ""},
        LeakCase{"other_digest", "https://t.example/o?h=0c645fcd45bf5a76c034103ea09f3865", ""}),
    named);

TEST(Leaks, KnowADomainOfOtherLettersInBothForms) {
  for (const std::string address : {"j\u00f6rg@b\u00fccher.example", "j\u00f6rg@xn--bcher-kva.example"}) {
    const LeakFinder finder{std::vector{address}};
    for (const std::string_view told : {"j\u00f6rg@b\u00fccher.example", "j\u00f6rg@xn--bcher-kva.example",
                                        "j%C3%B6rg%40b%C3%BCcher.example", "asO2cmdAYsO8Y2hlci5leGFtcGxl"}) {
      EXPECT_EQ(finder.find("https://t.example/o?e=" + std::string{told} + "&x").size(), 1U)
          << address << told;
    }
    EXPECT_TRUE(finder.find("https://t.example/o?e=j\u00f6rg@b\u00fccher.example\u00fc").empty());
  }
}

TEST(Leaks, TellWhoseAddressItIs) {
  const std::vector<std::string> addresses{"anna.x@example.org", "no address", "BERTA@example.org",
                                           "berta@example.org"};
  const LeakFinder finder{addresses};
  EXPECT_EQ(finder.find("https://t.example/?e=berta@example.org"),
            (std::vector<FoundAddress>{{LeakEncoding::plain, 2}}));
  EXPECT_EQ(finder.find("https://t.example/?no%20address"), std::vector<FoundAddress>{});
}

TEST(Leaks, FindAddressesOfUnusualSigns) {
  EXPECT_EQ(encodings("https://t.example/?e=o'brien@example.org", {"O'Brien@example.org"}), "plain");
  EXPECT_EQ(encodings("https://t.example/?e=xo'brien@example.org", {"O'Brien@example.org"}), "");
  EXPECT_EQ(encodings("https://t.example/?e=a%2Fb%40example.org", {"a/b@example.org"}), "percent");
  EXPECT_EQ(encodings("https://t.example/?e=j%C3%BCrgen@example.org", {"j\u00fcrgen@example.org"}),
            "percent");
}

TEST(Leaks, FindNothingForNobody) { EXPECT_EQ(encodings("https://t.example/?e=anna.x@example.org", {}), ""); }

TEST(Leaks, FindOneOfManyAddressesInALongUrl) {
  std::vector<std::string> addresses;
  for (int number = 0; number < 5'000; ++number)
    addresses.push_back("user" + std::to_string(number) + "@example.org");
  const LeakFinder finder{addresses};
  std::string url = "https://t.example/";
  for (int number = 0; number < 2'000; ++number) url += "@a.b/0123456789abcdef0123456789abcdef/";
  EXPECT_EQ(finder.find(url), std::vector<FoundAddress>{});
  EXPECT_EQ(finder.find(url + "?user4999@example.org"),
            (std::vector<FoundAddress>{{LeakEncoding::plain, 4999}}));
}

}  // namespace
}  // namespace mailspoor::index
