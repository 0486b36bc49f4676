#include <fmt/format.h>
#include <maxminddb.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <vector>

#include "deliver/base/text.hpp"
#include "index/error.hpp"
#include "index/mapped_file.hpp"
#include "index/trace/country_table.hpp"
#include "index/trace/place_source.hpp"

namespace mailspoor::index {
namespace {

struct MmdbCloser {
  void operator()(MMDB_s* database) const noexcept {
    MMDB_close(database);
    delete database;
  }
};
using Mmdb = std::unique_ptr<MMDB_s, MmdbCloser>;

/// The record of one address, of which members are taken by their path.
class Record {
 public:
  explicit Record(MMDB_entry_s entry) : entry_{entry} {}

  std::optional<std::string> text(std::initializer_list<const char*> path) {
    const auto data = member(path, MMDB_DATA_TYPE_UTF8_STRING);
    if (!data || data->data_size == 0) return std::nullopt;
    return base::to_valid_utf8({data->utf8_string, data->data_size});
  }
  std::optional<std::uint32_t> number(std::initializer_list<const char*> path) {
    if (const auto data = member(path, MMDB_DATA_TYPE_UINT32)) return data->uint32;
    if (const auto data = member(path, MMDB_DATA_TYPE_UINT16)) return data->uint16;
    return std::nullopt;
  }
  std::optional<double> real(std::initializer_list<const char*> path) {
    const auto data = member(path, MMDB_DATA_TYPE_DOUBLE);
    return data && std::isfinite(data->double_value) ? std::optional{data->double_value} : std::nullopt;
  }

 private:
  std::optional<MMDB_entry_data_s> member(std::initializer_list<const char*> path, std::uint32_t type) {
    std::vector<const char*> keys{path};
    keys.push_back(nullptr);
    MMDB_entry_data_s data{};
    const int error = MMDB_aget_value(&entry_, &data, keys.data());
    if (error != MMDB_SUCCESS || !data.has_data || data.type != type) return std::nullopt;
    return data;
  }

  MMDB_entry_s entry_;
};

/// `AS15169`, as some write it.
std::optional<std::uint32_t> as_number(const std::optional<std::string>& text) {
  if (!text || !base::starts_with_ignoring_case(*text, "AS")) return std::nullopt;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text->data() + 2, text->data() + text->size(), number);
  if (error != std::errc{} || end != text->data() + text->size()) return std::nullopt;
  return number;
}

template <typename T>
std::optional<T> either(std::optional<T> first, std::optional<T> second) {
  return first ? std::move(first) : std::move(second);
}

/// Reads the layout of MaxMind and DB-IP, and the flat one of IPinfo.
Place place_of(Record record) {
  Place place;
  auto country =
      either(record.text({"country", "iso_code"}), record.text({"registered_country", "iso_code"}));
  if (!country) country = either(record.text({"country_code"}), record.text({"country"}));
  if (country && is_country(*country)) place.country = std::move(country);
  place.asn = either(record.number({"autonomous_system_number"}), as_number(record.text({"asn"})));
  if (place.asn == 0U) place.asn.reset();
  if (place.asn)
    place.as_name = either(record.text({"autonomous_system_organization"}), record.text({"as_name"}));
  place.city = either(record.text({"city", "names", "en"}), record.text({"city"}));
  const auto radius = record.number({"location", "accuracy_radius"});
  const auto latitude = record.real({"location", "latitude"});
  const auto longitude = record.real({"location", "longitude"});
  if (radius && latitude && longitude && std::abs(*latitude) <= 90 && std::abs(*longitude) <= 180) {
    place.accuracy_km = radius;
    place.latitude = latitude;
    place.longitude = longitude;
  }
  return place;
}

class MmdbSource : public PlaceSource {
 public:
  explicit MmdbSource(Mmdb database)
      : PlaceSource{base::printable(database->metadata.database_type),
                    static_cast<std::int64_t>(database->metadata.build_epoch)},
        database_{std::move(database)} {}

  Place find(const IpOctets& address) override {
    // Kept as `::ffff:192.0.2.1`; in these files IPv4 lies below `::192.0.2.1`, and the library knows where.
    constexpr std::array<unsigned char, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    sockaddr_in ipv4{};
    sockaddr_in6 ipv6{};
    const sockaddr* key = nullptr;
    if (std::equal(kMapped.begin(), kMapped.end(), address.begin())) {
      ipv4.sin_family = AF_INET;
      std::memcpy(&ipv4.sin_addr, address.data() + kMapped.size(), sizeof ipv4.sin_addr);
      key = reinterpret_cast<const sockaddr*>(&ipv4);
    } else {
      ipv6.sin6_family = AF_INET6;
      std::memcpy(&ipv6.sin6_addr, address.data(), address.size());
      key = reinterpret_cast<const sockaddr*>(&ipv6);
    }
    int error = MMDB_SUCCESS;
    const auto result = MMDB_lookup_sockaddr(database_.get(), key, &error);
    if (error != MMDB_SUCCESS || !result.found_entry) return {};
    return place_of(Record{result.entry});
  }

 private:
  Mmdb database_;
};

}  // namespace

std::unique_ptr<PlaceSource> open_mmdb(const std::filesystem::path& path) {
  { const MappedFile readable{path}; }  // says more plainly what is wrong with a path
  auto opened = std::make_unique<MMDB_s>();
  const int error = MMDB_open(path.c_str(), MMDB_MODE_MMAP, opened.get());
  if (error != MMDB_SUCCESS)
    throw DatabaseError{fmt::format("cannot open {}: {}", path.string(), MMDB_strerror(error))};
  return std::make_unique<MmdbSource>(Mmdb{opened.release()});
}

}  // namespace mailspoor::index
