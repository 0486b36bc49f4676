#include "index/trace/place_source.hpp"

#include "index/error.hpp"
#include "index/mapped_file.hpp"
#include "index/trace/country_table.hpp"

namespace mailspoor::index {
namespace {

class CountryTableSource : public PlaceSource {
 public:
  explicit CountryTableSource(std::unique_ptr<const MappedFile> file, std::int64_t date)
      : PlaceSource{"tor-geoipdb", date}, file_{std::move(file)} {}

  Place find(const IpOctets& address) override {
    Place place;
    place.country = find_country(file_->octets(), address);
    return place;
  }

 private:
  std::unique_ptr<const MappedFile> file_;
};

}  // namespace

std::unique_ptr<PlaceSource> open_country_table(const std::filesystem::path& path) {
  auto file = std::make_unique<const MappedFile>(path);
  const auto date = date_of_country_table(file->octets());
  if (!date)
    throw DatabaseError{path.string() + " is no country table: no comment tells when it was generated"};
  return std::make_unique<CountryTableSource>(std::move(file), *date);
}

std::unique_ptr<PlaceSource> open_place_source(const PlaceFile& file) {
  switch (file.kind) {
    case PlaceFile::Kind::libloc:
      return open_libloc(file.path);
    case PlaceFile::Kind::country_table:
      return open_country_table(file.path);
    case PlaceFile::Kind::mmdb:
      return open_mmdb(file.path);
  }
  return nullptr;
}

}  // namespace mailspoor::index
