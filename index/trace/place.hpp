#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace mailspoor::index {

/// Where an address belongs, as local databases have it: a claim about the day of their data. What none of
/// them knows is nullopt; each answer names its database and that day, `libloc 2022-10-29`.
struct Place {
  std::optional<std::string> country;  ///< ISO 3166-1 alpha-2, of the network's registration.
  std::optional<std::string> country_basis;
  std::optional<std::uint32_t> asn;  ///< Of the autonomous system that announces it.
  std::optional<std::string> as_name;
  std::optional<std::string> asn_basis;
  std::optional<std::string> city;
  std::optional<double> latitude;  ///< Coordinates come with the radius only, within which they hold.
  std::optional<double> longitude;
  std::optional<std::uint32_t> accuracy_km;
  std::optional<std::string> city_basis;
  bool operator==(const Place&) const = default;
};

/// A file with places of addresses.
struct PlaceFile {
  enum class Kind {
    libloc,         ///< IPFire's location database: country and AS.
    country_table,  ///< Text of ranges and countries, as tor-geoipdb has it.
    mmdb,           ///< MaxMind's format: what its records hold.
  };
  Kind kind = Kind::mmdb;
  std::filesystem::path path;
  /// The configuration names it, so that it is missed where it is not there.
  bool is_named = false;
  bool operator==(const PlaceFile&) const = default;
};

/// Where Debian's packages have them; the first is a link that `location update` replaces by newer data.
inline std::vector<PlaceFile> packaged_place_files() {
  using Kind = PlaceFile::Kind;
  return {{Kind::libloc, "/var/lib/location/database.db"},
          {Kind::country_table, "/usr/share/tor/geoip"},
          {Kind::country_table, "/usr/share/tor/geoip6"}};
}

}  // namespace mailspoor::index
