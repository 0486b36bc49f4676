#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "index/trace/ip_address.hpp"

// Tables of countries by address as Debian's tor-geoipdb has them (`/usr/share/tor/geoip`, `geoip6`), made by
// IPFire's `location export`.
//
//     table   = *(comment / range / noise)
//     comment = "#" *octet LF           one of them "# Generated: " date-time (RFC 5322 §3.3)
//     range   = first "," last "," country [CR] LF
//     first   = 1*10DIGIT / IPv6        the first and the last address, IPv4 as a number; in ascending order
//     country = 2ALPHA
//
// They have some ten megabytes and are read where they lie: lines are found by halving.
namespace mailspoor::index {

/// The day that the first comments name, as Unix seconds.
std::optional<std::int64_t> date_of_country_table(std::string_view table);

/// The country of the range that holds the address. Upper case; nullopt for codes that name no country
/// (`??`, and those that ISO 3166-1 leaves to users, but for Kosovo's XK).
std::optional<std::string> find_country(std::string_view table, const IpOctets& address);

/// Whether a code can name a country: see find_country().
bool is_country(std::string_view code) noexcept;

}  // namespace mailspoor::index
