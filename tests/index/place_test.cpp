#include "index/trace/place.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <functional>
#include <limits>
#include <thread>

#include "index/error.hpp"
#include "index/trace/place_source.hpp"
#include "index/trace/places.hpp"
#include "tests/index/place_files.hpp"

namespace mailspoor::index {
namespace {

using Kind = PlaceFile::Kind;

constexpr std::int64_t kIn2019 = 1'560'000'000;  // 2019-06-08
constexpr std::int64_t kIn2022 = 1'667'000'000;  // 2022-10-28
constexpr std::int64_t kIn2026 = 1'782'362'039;  // 2026-06-25

IpOctets ip(std::string_view text) { return *parse_ip_address(text); }

/// What is known of a place, with each basis: `DE(libloc 2022-10-28) AS64500 'Example'(…) Lyon …`.
std::string shown(const Place& place) {
  std::string text;
  const auto put = [&](const std::string& word) { text += (text.empty() ? "" : " ") + word; };
  if (place.country) put(*place.country + '(' + place.country_basis.value_or("") + ')');
  if (place.asn) {
    put("AS" + std::to_string(*place.asn) + " '" + place.as_name.value_or("-") + "'(" +
        place.asn_basis.value_or("") + ')');
  }
  if (place.city) put(*place.city);
  if (place.accuracy_km) {
    put(std::to_string(std::lround(*place.latitude * 100)) + '/' +
        std::to_string(std::lround(*place.longitude * 100)) + '~' + std::to_string(*place.accuracy_km));
  }
  if (place.city_basis) put('(' + *place.city_basis + ')');
  return text;
}

class PlaceTest : public testing::Test {
 protected:
  PlaceTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "place-test-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~PlaceTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path file(const std::string& name, const std::string& octets) const {
    std::ofstream{folder_ / name, std::ios::binary} << octets;
    return folder_ / name;
  }

  /// 8.8.8.0/24, 2a00:1450::/32 and 8.8.9.9.
  std::filesystem::path libloc(std::int64_t date = kIn2022) const {
    LiblocWriter writer;
    writer.add_as(15169, "GOOGLE");
    writer.add_as(64496, "Exa\xFFmple \xC3\xA9");
    writer.add_network("8.8.8.0/24", "US", 15169);
    writer.add_network("8.8.9.9/32", "FR", 64496);
    writer.add_network("8.9.0.0/16", "XX", 64499);
    writer.add_network("2a00:1450::/32", "IE", 15169);
    writer.write(folder_ / "location.db", date);
    return folder_ / "location.db";
  }

  /// 8.8.8.0/24 is in Canada.
  std::filesystem::path table() const {
    return file("geoip", "# Generated: Thu, 25 Jun 2026 04:33:59 GMT\n134744064,134744319,CA\n");
  }

  std::filesystem::path city(std::int64_t date = kIn2019) const {
    using M = MmdbWriter;
    M writer;
    const auto names = M::map({{"en", M::text("Lyon")}});
    writer.add("8.8.8.0", 24,
               M::map({{"city", M::map({{"names", names}})},
                       {"country", M::map({{"iso_code", M::text("FR")}})},
                       {"location", M::map({{"accuracy_radius", M::uint16(20)},
                                            {"latitude", M::real(45.75)},
                                            {"longitude", M::real(4.85)}})}}));
    writer.add("8.8.10.0", 24,
               M::map({{"city", M::map({{"names", names}})},
                       {"registered_country", M::map({{"iso_code", M::text("DE")}})},
                       {"location", M::map({{"latitude", M::real(45.75)}, {"longitude", M::real(4.85)}})}}));
    writer.add("2a00:1450::", 32,
               M::map({{"autonomous_system_number", M::uint32(15169)},
                       {"autonomous_system_organization", M::text("Google LLC")}}));
    writer.add(
        "8.8.11.0", 24,
        M::map({{"country", M::text("NL")}, {"asn", M::text("AS64511")}, {"as_name", M::text("Flat")}}));
    writer.add("8.8.12.0", 24,
               M::map({{"city", M::uint32(7)},
                       {"country", M::text("Nowhere")},
                       {"asn", M::text("AS12x")},
                       {"location", M::map({{"accuracy_radius", M::uint16(5)},
                                            {"latitude", M::real(95)},
                                            {"longitude", M::real(4)}})}}));
    writer.write(folder_ / "city.mmdb", "Test-City", static_cast<std::uint64_t>(date));
    return folder_ / "city.mmdb";
  }

  std::filesystem::path folder_;
};

TEST_F(PlaceTest, ComesFromLibloc) {
  Places places{{{Kind::libloc, libloc(), false}}};
  EXPECT_EQ(shown(places.find(ip("8.8.8.8"), kIn2022)),
            "US(libloc 2022-10-28) AS15169 'GOOGLE'(libloc 2022-10-28)");
  EXPECT_EQ(shown(places.find(ip("2a00:1450::5"), kIn2022)),
            "IE(libloc 2022-10-28) AS15169 'GOOGLE'(libloc 2022-10-28)");
  EXPECT_EQ(shown(places.find(ip("8.8.9.9"), kIn2022)),
            "FR(libloc 2022-10-28) AS64496 'Exa\xEF\xBF\xBDmple \xC3\xA9'(libloc 2022-10-28)");
  EXPECT_EQ(shown(places.find(ip("8.9.1.1"), kIn2022)), "AS64499 '-'(libloc 2022-10-28)");
  for (const auto* address : {"8.8.9.8", "8.8.7.255", "2a00:1451::1", "1.1.1.1"})
    EXPECT_EQ(shown(places.find(ip(address), kIn2022)), "") << address;
}

TEST_F(PlaceTest, ComesFromACountryTable) {
  Places places{{{Kind::country_table, table(), false}}};
  EXPECT_EQ(shown(places.find(ip("8.8.8.8"), kIn2022)), "CA(tor-geoipdb 2026-06-25)");
  EXPECT_EQ(shown(places.find(ip("8.8.9.8"), kIn2022)), "");
}

TEST_F(PlaceTest, ComesFromWhatAnMmdbRecordHolds) {
  Places places{{{Kind::mmdb, city(), true}}};
  EXPECT_EQ(shown(places.find(ip("8.8.8.8"), kIn2022)),
            "FR(Test-City 2019-06-08) Lyon 4575/485~20 (Test-City 2019-06-08)");
  EXPECT_EQ(shown(places.find(ip("8.8.10.1"), kIn2022)),
            "DE(Test-City 2019-06-08) Lyon (Test-City 2019-06-08)")
      << "coordinates without a radius say nothing";
  EXPECT_EQ(shown(places.find(ip("2a00:1450::5"), kIn2022)), "AS15169 'Google LLC'(Test-City 2019-06-08)");
  EXPECT_EQ(shown(places.find(ip("8.8.11.1"), kIn2022)),
            "NL(Test-City 2019-06-08) AS64511 'Flat'(Test-City 2019-06-08)");
  EXPECT_EQ(shown(places.find(ip("8.8.12.1"), kIn2022)), "");
  EXPECT_EQ(shown(places.find(ip("9.9.9.9"), kIn2022)), "");
}

TEST_F(PlaceTest, IsThatOfTheDatabaseNearestToTheTime) {
  Places places{
      {{Kind::libloc, libloc(), false}, {Kind::country_table, table(), false}, {Kind::mmdb, city(), true}}};
  const auto at = [&](std::optional<std::int64_t> time) { return shown(places.find(ip("8.8.8.8"), time)); };
  const std::string rest = " AS15169 'GOOGLE'(libloc 2022-10-28) Lyon 4575/485~20 (Test-City 2019-06-08)";
  EXPECT_EQ(at(0), "FR(Test-City 2019-06-08)" + rest);
  EXPECT_EQ(at(kIn2019 + 1), "FR(Test-City 2019-06-08)" + rest);
  EXPECT_EQ(at(kIn2022 - 1), "US(libloc 2022-10-28)" + rest);
  EXPECT_EQ(at(kIn2026), "CA(tor-geoipdb 2026-06-25)" + rest);
  EXPECT_EQ(at(std::nullopt), "CA(tor-geoipdb 2026-06-25)" + rest) << "the newest, where no time is known";
  EXPECT_EQ(at(std::numeric_limits<std::int64_t>::max() / 2), "CA(tor-geoipdb 2026-06-25)" + rest);
  EXPECT_EQ(shown(places.find(ip("8.8.11.1"), kIn2026)),
            "NL(Test-City 2019-06-08) AS64511 'Flat'(Test-City 2019-06-08)")
      << "the nearest that knows the address";
}

TEST_F(PlaceTest, IsThatOfADatabaseWithoutADateLast) {
  Places places{{{Kind::mmdb, city(400'000'000'000), true}, {Kind::country_table, table(), false}}};
  EXPECT_EQ(shown(places.find(ip("8.8.8.8"), 0)), "CA(tor-geoipdb 2026-06-25) Lyon 4575/485~20 (Test-City)");
  EXPECT_EQ(shown(places.find(ip("8.8.11.1"), 0)), "NL(Test-City) AS64511 'Flat'(Test-City)");
  EXPECT_EQ(places.databases().front().date, std::nullopt);
}

TEST_F(PlaceTest, IsNothingForAddressesOfNobody) {
  LiblocWriter writer;
  writer.add_network("::/0", "US", 64500);
  writer.add_network("0.0.0.0/0", "US", 64500);
  writer.write(folder_ / "everywhere.db", kIn2022);
  Places places{{{Kind::libloc, folder_ / "everywhere.db", false}}};
  EXPECT_NE(shown(places.find(ip("8.8.8.8"), kIn2022)), "");
  EXPECT_NE(shown(places.find(ip("2a00::1"), kIn2022)), "");
  for (const auto* address :
       {"10.1.2.3",     "172.16.0.1",    "192.168.1.1", "127.0.0.1",        "169.254.1.1",
        "100.64.0.1",   "0.0.0.0",       "224.0.0.1",   "255.255.255.255",  "192.0.2.1",
        "198.51.100.1", "203.0.113.255", "198.19.0.1",  "192.0.0.8",        "::",
        "::1",          "fe80::1",       "fc00::1",     "2001:db8:ffff::1", "3fff::1",
        "ff02::1",      "100::1"})
    EXPECT_EQ(shown(places.find(ip(address), kIn2022)), "") << address;
}

TEST_F(PlaceTest, TellsWhichDatabasesThereAre) {
  Places places{{{Kind::libloc, libloc(), false},
                 {Kind::country_table, folder_ / "none", false},
                 {Kind::mmdb, city(), true},
                 {Kind::mmdb, folder_ / "missing.mmdb", true}}};
  EXPECT_TRUE(places.failures().empty()) << "nothing was asked for yet";
  const auto databases = places.databases();
  ASSERT_EQ(databases.size(), 4U);
  EXPECT_EQ(databases[0].name, "libloc");
  EXPECT_EQ(databases[0].date, kIn2022);
  EXPECT_EQ(databases[0].failure, std::nullopt);
  EXPECT_EQ(databases[1].name, "tor-geoipdb");
  EXPECT_EQ(databases[1].date, std::nullopt);
  EXPECT_TRUE(databases[1].failure.has_value());
  EXPECT_EQ(databases[2].name, "Test-City");
  EXPECT_EQ(databases[2].date, kIn2019);
  EXPECT_EQ(databases[3].name, "mmdb");
  EXPECT_EQ(places.failures(), std::vector<std::string>{"cannot open " + (folder_ / "missing.mmdb").string() +
                                                        ": No such file or directory"})
      << "one that no package has brought is not missed";
  EXPECT_NE(shown(places.find(ip("8.8.8.8"), kIn2022)), "");
}

TEST_F(PlaceTest, IsNothingWithoutDatabases) {
  Places places{{}};
  EXPECT_EQ(shown(places.find(ip("8.8.8.8"), kIn2022)), "");
  EXPECT_TRUE(places.databases().empty());
}

TEST_F(PlaceTest, CanBeAskedForByManyThreads) {
  Places places{{{Kind::libloc, libloc(), false}, {Kind::country_table, table(), false}}};
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 2; ++thread) {
    threads.emplace_back([&] {
      for (unsigned number = 0; number < 5'000; ++number) {  // more than are remembered
        const auto address =
            ip("8." + std::to_string(number / 256 + 20) + "." + std::to_string(number % 256) + ".1");
        if (places.find(address, kIn2022) != Place{}) ++wrong;
        if (places.find(ip("8.8.8.8"), kIn2022).country != "US") ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(PlaceTest, SaysWhatIsWrongWithAFile) {
  const auto text_of = [](const std::function<void()>& open) -> std::string {
    try {
      open();
    } catch (const DatabaseError& error) {
      return error.what();
    }
    return "opened";
  };
  const auto noise = file("noise", std::string(5'000, 'x')).string();
  const auto empty = file("empty", "").string();
  EXPECT_EQ(text_of([&] { open_libloc(noise); }), noise + " is no libloc database");
  EXPECT_EQ(text_of([&] { open_libloc(empty); }), empty + " is no libloc database");
  EXPECT_EQ(text_of([&] { open_libloc(folder_); }),
            "cannot read " + folder_.string() + ": not a regular file");
  EXPECT_EQ(text_of([&] { open_country_table(noise); }),
            noise + " is no country table: no comment tells when it was generated");
  EXPECT_NE(text_of([&] { open_mmdb(noise); }).find("MaxMind"), std::string::npos)
      << text_of([&] { open_mmdb(noise); });
  EXPECT_NE(text_of([&] { open_mmdb(empty); }).find("cannot open " + empty), std::string::npos);
  const auto whole = octets_of_file(libloc());
  const auto cut = file("cut", whole.substr(0, whole.size() - 1)).string();
  EXPECT_EQ(text_of([&] { open_libloc(cut); }), cut + " is damaged or was cut short");
}

/// Opens the file and looks addresses up. It may fail, but only as failures are.
void use(const PlaceFile& file) {
  try {
    const auto source = open_place_source(file);
    for (const auto* address :
         {"8.8.8.8", "8.8.9.9", "8.8.10.1", "8.8.11.1", "2a00:1450::5", "255.255.255.255"})
      source->find(ip(address));
  } catch (const DatabaseError&) {
  }
}

/// @param whole  Damaged up to `end`.
void use_damaged(PlaceFile::Kind kind, const std::string& whole, std::size_t end,
                 const std::filesystem::path& copy) {
  const auto use_octets = [&](const std::string& octets) {
    std::ofstream{copy, std::ios::binary} << octets;
    use({kind, copy, true});
  };
  const auto step = std::max<std::size_t>(1, end / 100);
  for (std::size_t size = 0; size < end; size += step) use_octets(whole.substr(0, size));
  std::ofstream{copy, std::ios::binary} << whole;
  std::fstream damaged{copy, std::ios::binary | std::ios::in | std::ios::out};
  const auto put = [&](std::size_t at, char octet) {
    damaged.seekp(static_cast<std::streamoff>(at));
    damaged.put(octet).flush();
  };
  for (std::size_t at = 0; at < end; ++at) {
    if (whole[at] == '\0' && at % 65'536 > 256) continue;  // of paddings a few only
    for (const char octet : {'\0', '\x01', '\xFF'}) {
      put(at, octet);
      use({kind, copy, true});
    }
    put(at, whole[at]);
  }
}

TEST_F(PlaceTest, DamageToLiblocBreaksNothing) {
  const auto whole = octets_of_file(libloc());
  use_damaged(Kind::libloc, whole, whole.size(), folder_ / "damaged");
}

TEST_F(PlaceTest, DamageToAnMmdbBreaksNothing) {
  const auto whole = octets_of_file(city());
  const auto end =
      whole.rfind("languages");  // libmaxminddb 1.7 loses memory at those of the metadata it cannot read
  ASSERT_NE(end, std::string::npos);
  use_damaged(Kind::mmdb, whole, end, folder_ / "damaged");
}

TEST_F(PlaceTest, ALoopInLiblocsTreeEndsNothing) {
  auto octets = octets_of_file(libloc());
  const auto number = [&](std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t index = 0; index < 4; ++index)
      value = value << 8U | static_cast<unsigned char>(octets[at + index]);
    return value;
  };
  const std::size_t tree = number(44);  // see LiblocFile
  ASSERT_EQ(number(tree), 1U) << "the root's first child";
  octets.replace(tree + 12, 8, big_endian(1, 4) + big_endian(1, 4));  // is its own child
  const auto source = open_libloc(file("loop", octets));
  EXPECT_EQ(source->find(ip("8.8.8.8")), Place{});
}

}  // namespace
}  // namespace mailspoor::index
