#include "index/trace/country_table.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace mailspoor::index {
namespace {

// As `location export` writes them, shortened.
constexpr std::string_view kIpv4 =
    "# Location Database Export\n#\n# Generated: Thu, 25 Jun 2026 04:33:59 GMT\n# Vendor:    IPFire "
    "Project\n#\n"
    "15726992,15726999,??\n16777216,16777471,AU\n16777472,16778239,CN\n3232235776,3232236031,FR\n"
    "4294967040,4294967295,DE\n";
constexpr std::string_view kIpv6 =
    "# Generated: Thu, 25 Jun 2026 04:33:59 GMT\n"
    "2001:200::,2001:200:134:ffff:ffff:ffff:ffff:ffff,JP\n2a00::,2a00:ffff:ffff:ffff:ffff:ffff:ffff:ffff,"
    "GB\n";

std::optional<std::string> country(std::string_view table, std::string_view address) {
  return find_country(table, *parse_ip_address(address));
}

TEST(CountryTable, FindsTheRangeOfAnAddress) {
  EXPECT_EQ(country(kIpv4, "1.0.0.0"), "AU");
  EXPECT_EQ(country(kIpv4, "1.0.0.255"), "AU");
  EXPECT_EQ(country(kIpv4, "1.0.1.0"), "CN");
  EXPECT_EQ(country(kIpv4, "1.0.3.255"), "CN");
  EXPECT_EQ(country(kIpv4, "192.168.1.7"), "FR");
  EXPECT_EQ(country(kIpv4, "255.255.255.255"), "DE");
  EXPECT_EQ(country(kIpv6, "2001:200::1"), "JP");
  EXPECT_EQ(country(kIpv6, "2a00:1450:4001::5"), "GB");
}

TEST(CountryTable, HasNothingBetweenRangesAndForCodesOfNoCountry) {
  for (const auto* address : {"0.0.0.1", "0.239.250.16", "1.0.4.0", "9.9.9.9", "2001:200::1"})
    EXPECT_EQ(country(kIpv4, address), std::nullopt) << address;
  for (const auto* address : {"::1", "2001:200:135::", "2b00::", "1.0.0.0"})
    EXPECT_EQ(country(kIpv6, address), std::nullopt) << address;
}

TEST(CountryTable, SaysWhenItWasMade) {
  EXPECT_EQ(date_of_country_table(kIpv4), 1'782'362'039);
  EXPECT_EQ(date_of_country_table(
                "# Vendor: IPFire\n16777216,16777471,AU\n# Generated: Thu, 25 Jun 2026 04:33:59 GMT\n"),
            std::nullopt);
  EXPECT_EQ(date_of_country_table("# Generated: tomorrow\n"), std::nullopt);
  EXPECT_EQ(date_of_country_table(""), std::nullopt);
}

TEST(CountryTable, PassesOverWhatIsNoRange) {
  constexpr std::string_view kTable =
      "16777216,16777471,AU\r\n# a comment\nnoise\n,,\n1,2\n99999999999,99999999999,XX\nfe80::zz,::,DE\n\n"
      "16777472,16778239,CN";
  EXPECT_EQ(country(kTable, "1.0.0.9"), "AU");
  EXPECT_EQ(country(kTable, "1.0.2.9"), "CN");
  EXPECT_EQ(country(kTable, "2.0.0.0"), std::nullopt);
  for (const std::string_view table :
       {"", "\n", "\n\n\n", "#", "16777216,16777471,", "16777216,16777471,A\n", "a,b,c"})
    EXPECT_EQ(country(table, "1.0.0.9"), std::nullopt) << table;
}

TEST(CountryTable, KnowsWhichCodesNameCountries) {
  for (const auto* code : {"DE", "US", "GB", "EU", "XK", "QA"}) EXPECT_TRUE(is_country(code)) << code;
  for (const auto* code : {"", "D", "DEU", "de", "??", "A1", "XX", "XD", "ZZ", "AA", "QM", "QZ"})
    EXPECT_FALSE(is_country(code)) << code;
}

TEST(CountryTable, FindsByHalvingWhatALookAtEachLineFinds) {
  std::mt19937 random{20240305};
  for (int round = 0; round < 10; ++round) {
    std::string table;
    std::vector<std::string> country_of(2'000);
    for (std::size_t at = random() % 50; at < country_of.size();) {
      const auto length = 1 + random() % 40;
      const auto last = std::min(at + length, country_of.size()) - 1;
      const std::string code{static_cast<char>('B' + random() % 20), static_cast<char>('A' + random() % 26)};
      if (random() % 5 == 0) table += fmt::format("# {}\n", std::string(random() % 90, 'x'));
      table += fmt::format("{},{},{}\n", at, last, code);
      if (is_country(code)) std::fill_n(country_of.begin() + static_cast<long>(at), last - at + 1, code);
      at = last + 1 + random() % 3 * 7;
    }
    for (std::size_t at = 0; at < country_of.size(); ++at) {
      ASSERT_EQ(country(table, fmt::format("0.0.{}.{}", at / 256, at % 256)).value_or(""), country_of[at])
          << at << '\n'
          << table;
    }
  }
}

}  // namespace
}  // namespace mailspoor::index
