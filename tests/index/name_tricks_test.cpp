// What the names and domains of authors do to be read wrongly, and ordinary names of many countries that do
// not.
#include "index/trace/name_tricks.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "deliver/base/text.hpp"

namespace mailspoor::index {
namespace {

std::string codes_of(const std::vector<Address>& authors) {
  std::string codes;
  std::vector<std::string> defects;
  for (const auto& finding : name_findings(authors, defects))
    codes += (codes.empty() ? "" : " ") + finding.code;
  return codes;
}

struct NameCase {
  std::string_view name, display_name, addr_spec, codes;
};
class AuthorName : public testing::TestWithParam<NameCase> {};

TEST_P(AuthorName, GivesItsFindings) {
  const Address author{std::string{GetParam().display_name}, std::string{GetParam().addr_spec}};
  EXPECT_EQ(codes_of({author}), GetParam().codes);
}

std::string name_of(const testing::TestParamInfo<NameCase>& test) { return std::string{test.param.name}; }

INSTANTIATE_TEST_SUITE_P(
    Addresses, AuthorName,
    testing::Values(
        NameCase{"other_domain", "service@bank.example", "x@shop.example", "DISPLAY_NAME_ADDR"},
        NameCase{"among_words", "The Bank (service@bank.example), Berlin", "x@shop.example",
                 "DISPLAY_NAME_ADDR"},
        NameCase{"fullwidth_at", "service\uFF20bank.example", "x@shop.example", "DISPLAY_NAME_ADDR"},
        NameCase{"in_brackets", "Bank <service@bank.example>", "x@shop.example", "DISPLAY_NAME_ADDR"},
        NameCase{"same_address", "alice@example.org", "alice@example.org", ""},
        NameCase{"same_domain", "info@lists.example.org", "alice@example.org", ""},
        NameCase{"second_of_two", "a@b service@bank.example", "x@shop.example", "DISPLAY_NAME_ADDR"},
        NameCase{"dot_behind", "write service@bank.example.", "x@shop.example", "DISPLAY_NAME_ADDR"},
        NameCase{"no_local_part", "Alice @bank.example", "x@shop.example", ""},
        NameCase{"no_domain", "Alice @ home", "x@shop.example", ""},
        NameCase{"suffix_alone", "alice@com", "x@shop.example", ""},
        NameCase{"name_without_an_address", "service@bank.example", "", ""}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Characters, AuthorName,
    testing::Values(NameCase{"override", "\u202Eelpmaxe", "x@shop.example", "NAME_BIDI"},
                    NameCase{"isolate", "Bank \u2067x\u2069", "x@shop.example", "NAME_BIDI"},
                    NameCase{"zero_width_space", "Pay\u200BPal", "x@shop.example", "NAME_INVISIBLE"},
                    NameCase{"soft_hyphen", "Pay\u00ADPal", "x@shop.example", "NAME_INVISIBLE"},
                    NameCase{"byte_order_mark", "\uFEFFPayPal", "x@shop.example", "NAME_INVISIBLE"},
                    NameCase{"hangul_filler", "Bank\u3164", "x@shop.example", "NAME_INVISIBLE"},
                    NameCase{"joiner_between_latin", "Pay\u200DPal", "x@shop.example", "NAME_INVISIBLE"},
                    NameCase{"mark_in_latin", "Bank\u200E", "x@shop.example", "NAME_INVISIBLE"},
                    NameCase{"non_joiner_in_persian", "می\u200Cخواهم", "x@shop.example", ""},
                    NameCase{"mark_in_hebrew", "שלום\u200F (Shalom)", "x@shop.example", ""},
                    NameCase{"joiner_in_emoji", "Alice 👩\u200D💻", "x@shop.example", ""}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Scripts, AuthorName,
    testing::Values(
        NameCase{"cyrillic_in_latin", "P\u0430yPal", "x@shop.example", "NAME_MIXED_SCRIPTS"},
        NameCase{"greek_in_latin", "Micr\u03BFsoft", "x@shop.example", "NAME_MIXED_SCRIPTS"},
        NameCase{"cyrillic_for_latin", "\u0430\u0440\u0440\u04CF\u0435", "x@shop.example", "NAME_LOOKALIKE"},
        NameCase{"mathematical_letters", "\U0001D40F\U0001D41A\U0001D432\U0001D40F\U0001D41A\U0001D425",
                 "x@shop.example", "NAME_LOOKALIKE"},
        NameCase{"lookalike_beside_latin", "\u0420\u0430\u0443\u0420\u0430 Support", "x@shop.example",
                 "NAME_LOOKALIKE"},
        NameCase{"russian", "Анна Каренина", "x@shop.example", ""},
        NameCase{"russian_with_a_word_like_latin", "Сара Иванова", "x@shop.example", ""},
        NameCase{"russian_beside_latin", "Команда Yandex", "x@shop.example", ""},
        NameCase{"greek", "Ελένη Παπαδοπούλου", "x@shop.example", ""},
        NameCase{"japanese_with_latin", "東京カレッジTokyo", "x@shop.example", ""},
        NameCase{"chinese", "王小明", "x@shop.example", ""},
        NameCase{"korean_with_latin", "김철수Kim", "x@shop.example", ""},
        NameCase{"turkish", "Yıldız Şahin", "x@shop.example", ""},
        NameCase{"vietnamese", "Nguyễn Văn Đức", "x@shop.example", ""},
        NameCase{"polish", "Łukasz Żółć", "x@shop.example", ""},
        NameCase{"arabic", "محمد علي", "x@shop.example", ""},
        NameCase{"hindi", "अनिल कुमार", "x@shop.example", ""},
        NameCase{"dashes_and_quotes", "Alice – “The Shop” O’Hara", "x@shop.example", ""},
        NameCase{"octets_that_are_no_text", "a\xFF\xFE", "x@shop.example", ""}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Domains, AuthorName,
    testing::Values(NameCase{"punycode", "Books", "x@xn--bcher-kva.example", "NAME_PUNYCODE"},
                    NameCase{"punycode_below", "Books", "x@mail.XN--BCHER-KVA.example", "NAME_PUNYCODE"},
                    // Cyrillic letters that look like `apple`; published in 2017.
                    NameCase{"punycode_of_lookalike", "Shop", "x@xn--80ak6aa92e.com",
                             "NAME_PUNYCODE NAME_LOOKALIKE"},
                    NameCase{"punycode_of_nothing", "Shop", "x@xn--0.example", ""},
                    NameCase{"utf8_mixed", "Shop", "x@p\u0430ypal.example", "NAME_MIXED_SCRIPTS"},
                    NameCase{"utf8", "Bücher", "x@bücher.example", ""},
                    NameCase{"xn_inside", "Shop", "x@axn--b.example", ""}),
    name_of);

TEST(AuthorNames, GiveEachFindingOnce) {
  EXPECT_EQ(codes_of({{"a@bank.example", "x@shop.example"}, {"b@bank.example", "y@shop.example"}}),
            "DISPLAY_NAME_ADDR");
  EXPECT_EQ(codes_of({}), "");
}

TEST(AuthorNames, AreReadOfFiftyAuthorsAndSaySo) {
  std::vector<Address> authors(50, Address{"", "x@shop.example"});
  authors.back().display_name = "a@bank.example";
  std::vector<std::string> defects;
  EXPECT_EQ(name_findings(authors, defects).size(), 1U);
  EXPECT_TRUE(defects.empty());
  authors.push_back(authors.front());
  name_findings(authors, defects);
  EXPECT_EQ(defects.size(), 1U);
}

TEST(AuthorNames, AreReadInBoundedTime) {
  std::string longest;
  for (int count = 0; count < 10'000; ++count) longest += "\u0430@\u202E";
  std::vector<std::string> defects;
  const auto findings = name_findings(std::vector<Address>(20, Address{longest, longest}), defects);
  EXPECT_FALSE(findings.empty());
  for (const auto& finding : findings) {
    EXPECT_LT(finding.detail.size(), 1'000U);
    EXPECT_TRUE(base::is_utf8(finding.detail));
  }
}

}  // namespace
}  // namespace mailspoor::index
