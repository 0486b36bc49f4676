#include "index/trace/places.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <map>
#include <mutex>
#include <string_view>
#include <utility>

#include "index/error.hpp"
#include "index/message/date_time.hpp"
#include "index/trace/network.hpp"
#include "index/trace/place_source.hpp"

namespace mailspoor::index {
namespace {

/// Addresses repeat: with so many, 7 of 10 are known again in SpamAssassin's corpus, 3 of 10 among unrelated
/// phishing.
constexpr std::size_t kMaxCached = 4'096;

/// Public ones by kind_of() that are nobody's all the same.
constexpr std::array<std::string_view, 12> kNowhere{
    "192.0.2.0/24",  // documentation, RFC 5737
    "198.51.100.0/24", "203.0.113.0/24",
    "2001:db8::/32",   // documentation, RFC 3849
    "3fff::/20",       // documentation, RFC 9637
    "192.0.0.0/24",    // IETF protocol assignments, RFC 6890
    "198.18.0.0/15",   // benchmarking, RFC 2544
    "192.88.99.0/24",  // 6to4 relays, RFC 7526
    "100::/64",        // discarded, RFC 6666
    "64:ff9b:1::/48",  // translation within a network, RFC 8215
    "2001:2::/48",     // benchmarking, RFC 5180
    "5f00::/16",       // segment routing, RFC 9602
};

bool is_somewhere(const IpOctets& address) {
  static const auto nowhere = [] {
    std::array<Network, kNowhere.size()> networks;
    for (std::size_t index = 0; index < kNowhere.size(); ++index)
      networks[index] = *parse_network(kNowhere[index]);
    return networks;
  }();
  return kind_of(address) == AddressKind::public_ &&
         std::none_of(nowhere.begin(), nowhere.end(),
                      [&](const Network& network) { return network.contains(address); });
}

std::string kind_name(PlaceFile::Kind kind) {
  return kind == PlaceFile::Kind::libloc          ? "libloc"
         : kind == PlaceFile::Kind::country_table ? "tor-geoipdb"
                                                  : "mmdb";
}

std::string basis_of(const PlaceSource& source) {
  return source.date() ? source.name() + ' ' + to_rfc3339(*source.date()).substr(0, 10) : source.name();
}

/// Takes into `place` what it lacks.
void complete(Place& place, const Place& answer, const std::string& basis) {
  if (!place.country && answer.country) {
    place.country = answer.country;
    place.country_basis = basis;
  }
  if (!place.asn && answer.asn) {
    place.asn = answer.asn;
    place.as_name = answer.as_name;
    place.asn_basis = basis;
  }
  if (!place.city_basis && (answer.city || answer.accuracy_km)) {
    place.city = answer.city;
    place.latitude = answer.latitude;
    place.longitude = answer.longitude;
    place.accuracy_km = answer.accuracy_km;
    place.city_basis = basis;
  }
}

}  // namespace

class Places::Impl {
 public:
  explicit Impl(std::vector<PlaceFile> files) : files_{std::move(files)} {}

  Place find(const IpOctets& address, std::optional<std::int64_t> time) {
    const std::lock_guard lock{mutex_};
    open();
    if (sources_.empty()) return {};
    const auto& known = answers(address);
    Place place;
    for (const auto index : nearest_first(time)) complete(place, known[index], sources_[index].basis);
    return place;
  }

  std::vector<PlaceDatabase> databases() {
    const std::lock_guard lock{mutex_};
    open();
    return databases_;
  }
  std::vector<std::string> failures() {
    const std::lock_guard lock{mutex_};
    std::vector<std::string> failures;
    for (const auto& database : databases_) {
      if (database.is_missed) failures.push_back(*database.failure);
    }
    return failures;
  }

 private:
  struct Source {
    std::unique_ptr<PlaceSource> source;
    std::string basis;
  };

  void open() {
    if (std::exchange(is_open_, true)) return;
    for (const auto& file : files_) {
      PlaceDatabase database{kind_name(file.kind), file.path, std::nullopt, std::nullopt, false};
      try {
        auto source = open_place_source(file);
        database.name = source->name();
        database.date = source->date();
        auto basis = basis_of(*source);
        sources_.push_back({std::move(source), std::move(basis)});
      } catch (const DatabaseError& error) {
        database.failure = error.what();
        std::error_code ignored;
        database.is_missed = file.is_named || std::filesystem::exists(file.path, ignored);
      }
      databases_.push_back(std::move(database));
    }
  }

  /// What each source says.
  const std::vector<Place>& answers(const IpOctets& address) {
    const auto known = cache_.find(address);
    if (known != cache_.end()) return known->second;
    if (cache_.size() >= kMaxCached) cache_.clear();
    std::vector<Place> places;
    for (const auto& [source, basis] : sources_) places.push_back(source->find(address));
    return cache_.emplace(address, std::move(places)).first->second;
  }

  std::vector<std::size_t> nearest_first(std::optional<std::int64_t> time) const {
    constexpr auto kNever = std::numeric_limits<std::int64_t>::max();
    std::vector<std::pair<std::int64_t, std::size_t>> order;
    for (std::size_t index = 0; index < sources_.size(); ++index) {
      const auto date = sources_[index].source->date();
      order.emplace_back(date ? time ? std::abs(*date - *time) : -*date : kNever, index);
    }
    std::sort(order.begin(), order.end());
    std::vector<std::size_t> indexes;
    for (const auto& [distance, index] : order) indexes.push_back(index);
    return indexes;
  }

  std::mutex mutex_;
  const std::vector<PlaceFile> files_;
  bool is_open_ = false;
  std::vector<Source> sources_;
  std::vector<PlaceDatabase> databases_;
  std::map<IpOctets, std::vector<Place>> cache_;
};

Places::Places(std::vector<PlaceFile> files) : impl_{std::make_unique<Impl>(std::move(files))} {}
Places::~Places() = default;

Place Places::find(const IpOctets& address, std::optional<std::int64_t> time) {
  return is_somewhere(address) ? impl_->find(address, time) : Place{};
}

std::vector<PlaceDatabase> Places::databases() { return impl_->databases(); }
std::vector<std::string> Places::failures() { return impl_->failures(); }

}  // namespace mailspoor::index
