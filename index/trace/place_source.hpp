#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "index/trace/ip_address.hpp"
#include "index/trace/place.hpp"

namespace mailspoor::index {

/// One open database of places. For one thread at a time.
class PlaceSource {
 public:
  virtual ~PlaceSource() = default;
  PlaceSource(const PlaceSource&) = delete;
  PlaceSource& operator=(const PlaceSource&) = delete;

  const std::string& name() const noexcept { return name_; }
  /// Of the data, Unix seconds.
  std::optional<std::int64_t> date() const noexcept { return date_; }

  /// What it says of an address, the bases left out. Nothing where its records cannot be read.
  virtual Place find(const IpOctets& address) = 0;

 protected:
  /// @param date  As the file has it: what is no date is none.
  PlaceSource(std::string name, std::int64_t date) : name_{std::move(name)} {
    constexpr std::int64_t kYear10000 = 253'402'300'800;
    if (date > 0 && date < kYear10000) date_ = date;
  }

 private:
  std::string name_;
  std::optional<std::int64_t> date_;
};

/// @throws DatabaseError if the file cannot be read, is another kind of file, or is not whole.
std::unique_ptr<PlaceSource> open_place_source(const PlaceFile& file);
std::unique_ptr<PlaceSource> open_libloc(const std::filesystem::path& path);
std::unique_ptr<PlaceSource> open_country_table(const std::filesystem::path& path);
std::unique_ptr<PlaceSource> open_mmdb(const std::filesystem::path& path);

}  // namespace mailspoor::index
