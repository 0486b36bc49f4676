#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What stands behind a field's colon, and how it is compared.
namespace mailspoor::index {

/// A closed range of octets; an open side is nullopt.
struct SizeRange {
  std::optional<std::int64_t> least;
  std::optional<std::int64_t> most;
};

/// `500`, `10k`, `2M`, `1G` (powers of 1024), `1M..`, `..1M`, `1M..2M`.
std::optional<SizeRange> parse_size_range(std::string_view value);

/// A closed range of seconds; an open side is nullopt.
struct DurationRange {
  std::optional<std::int64_t> least;
  std::optional<std::int64_t> most;
};

/// `90s`, `5m` (minutes), `1h`, `2d`, `1w`, and ranges of them: `1h..`, `..5m`, `1h..2h`. Alone each means
/// all that lasts so many of its unit: `1h` is from 3,600 s to 7,199 s.
std::optional<DurationRange> parse_duration_range(std::string_view value);

/// `+0530`, `-08:00`, `+1`, `Z`, in minutes.
std::optional<int> parse_zone(std::string_view text);

/// A domain as it is compared: without dots at its ends; nullopt if it cannot be one.
std::optional<std::string> parse_domain(std::string_view text);

/// What stands behind the last `@` of an address; empty if there is none. And what stands before it.
std::string_view domain_of(std::string_view addr_spec) noexcept;
std::string_view local_part_of(std::string_view addr_spec) noexcept;

/// Whether `text` matches the pattern, without regard to the case of ASCII: `*` is any octets but `/`, `**`
/// any octets, `?` one character. `X/**` matches X too. Time is the product of both lengths.
bool matches_glob(std::string_view text, std::string_view pattern);

}  // namespace mailspoor::index
