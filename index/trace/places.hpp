#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "index/trace/ip_address.hpp"
#include "index/trace/place.hpp"

namespace mailspoor::index {

/// A database as `status` shows it.
struct PlaceDatabase {
  std::string name;  ///< As bases have it; of one that could not be opened, what kind it should be.
  std::filesystem::path path;
  std::optional<std::int64_t> date;    ///< Of its data, Unix seconds.
  std::optional<std::string> failure;  ///< Why it is not used.
  bool is_missed = false;              ///< It should be: the configuration names it, or the file is there.
};

/// The local databases of places. Any thread may ask. They are opened when the first address is looked up.
class Places {
 public:
  explicit Places(std::vector<PlaceFile> files);
  ~Places();
  Places(const Places&) = delete;
  Places& operator=(const Places&) = delete;

  /// Country, AS and city, each from the database dated nearest to `time` that knows it; where that is not
  /// known, from the newest. Nothing for addresses that nobody in particular has: private, reserved, shared
  /// ones and those for documentation.
  Place find(const IpOctets& address, std::optional<std::int64_t> time);

  /// All of them, in the order of the files.
  std::vector<PlaceDatabase> databases();
  /// What is wrong with those that are missed, for the user to read; nothing before the first look-up.
  std::vector<std::string> failures();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailspoor::index
