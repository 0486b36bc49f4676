#include <fmt/format.h>
#include <netinet/in.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <new>
#include <utility>

extern "C" {  // they do not say so themselves
#include <libloc/as.h>
#include <libloc/database.h>
#include <libloc/libloc.h>
#include <libloc/network.h>
}

#include "deliver/base/text.hpp"
#include "index/error.hpp"
#include "index/mapped_file.hpp"
#include "index/trace/country_table.hpp"
#include "index/trace/place_source.hpp"

namespace mailspoor::index {
namespace {

struct LocContextDeleter {
  void operator()(loc_ctx* context) const noexcept { loc_unref(context); }
};
struct LocDatabaseDeleter {
  void operator()(loc_database* database) const noexcept { loc_database_unref(database); }
};
struct LocNetworkDeleter {
  void operator()(loc_network* network) const noexcept { loc_network_unref(network); }
};
struct LocAsDeleter {
  void operator()(loc_as* as) const noexcept { loc_as_unref(as); }
};
struct FileDeleter {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

/// libloc believes its files: one that was cut short ends in SIGBUS, one whose tree has a loop in an overflow
/// of the stack, and only the signature tells, which takes seconds. So what it follows is looked at first.
///
///     file    = "LOCDBXX" version created-at 3offset 5section ...     (numbers big-endian, see
///     libloc/format.h) section = offset length                                        (32 bits each)
///
/// The sections are ASes (number, offset of the name), networks, the tree (child for 0, child for 1,
/// network), countries and the pool of texts, each ended by NUL.
class LiblocFile {
 public:
  explicit LiblocFile(const std::filesystem::path& path) : file_{path} {
    constexpr std::string_view kMagic{"LOCDBXX\x01", 8};
    if (!file_.octets().starts_with(kMagic)) throw DatabaseError{path.string() + " is no libloc database"};
    if (!is_whole()) throw DatabaseError{path.string() + " is damaged or was cut short"};
  }

  /// Whether libloc's way through the tree ends.
  bool is_walkable(const IpOctets& address) const noexcept {
    std::size_t node = 0;
    for (std::size_t level = 0; level < kAddressBits; ++level) {
      const auto bit = (address[level / 8] >> (7 - level % 8)) & 1U;
      node = number(tree_, node * kNodeOctets + bit * 4);
      if (node == 0) return true;
      if (node >= tree_.size() / kNodeOctets) return false;
    }
    return number(tree_, node * kNodeOctets) == 0 && number(tree_, node * kNodeOctets + 4) == 0;
  }

 private:
  static constexpr std::size_t kAddressBits = 128;
  static constexpr std::size_t kSections = 28;
  static constexpr std::size_t kSectionOctets = 8;
  static constexpr std::size_t kHeaderOctets = kSections + 5 * kSectionOctets;
  static constexpr std::size_t kAsOctets = 8;
  static constexpr std::size_t kNodeOctets = 12;

  static std::uint32_t number(std::string_view octets, std::size_t at) noexcept {
    std::uint32_t value = 0;
    for (const char octet : octets.substr(at, 4)) value = value << 8U | static_cast<unsigned char>(octet);
    return value;
  }

  bool is_whole() {
    const auto octets = file_.octets();
    if (octets.size() < kHeaderOctets) return false;
    std::array<std::string_view, 5> sections;
    for (std::size_t index = 0; index < sections.size(); ++index) {
      const std::size_t offset = number(octets, kSections + index * kSectionOctets);
      const std::size_t length = number(octets, kSections + index * kSectionOctets + 4);
      if (offset > octets.size() || length > octets.size() - offset) return false;
      sections[index] = octets.substr(offset, length);
    }
    const auto ases = sections[0];
    const auto pool = sections[4];
    tree_ = sections[2];
    if (tree_.size() < kNodeOctets || !pool.ends_with('\0')) return false;
    for (std::size_t at = 0; at + kAsOctets <= ases.size(); at += kAsOctets) {
      if (number(ases, at + 4) >= pool.size()) return false;
    }
    return true;
  }

  MappedFile file_;
  std::string_view tree_;
};

void say_nothing(loc_ctx*, int, const char*, int, const char*, const char*, std::va_list) noexcept {}

class LiblocSource : public PlaceSource {
 public:
  LiblocSource(std::unique_ptr<const LiblocFile> file, std::unique_ptr<loc_ctx, LocContextDeleter> context,
               std::unique_ptr<loc_database, LocDatabaseDeleter> database)
      : PlaceSource{"libloc", loc_database_created_at(database.get())},
        file_{std::move(file)},
        context_{std::move(context)},
        database_{std::move(database)} {}

  Place find(const IpOctets& address) override {
    Place place;
    if (!file_->is_walkable(address)) return place;
    in6_addr key{};
    std::memcpy(key.s6_addr, address.data(), address.size());
    loc_network* found = nullptr;
    const int error = loc_database_lookup(database_.get(), &key, &found);
    const std::unique_ptr<loc_network, LocNetworkDeleter> network{found};  // also where its record is damaged
    if (error != 0 || !network) return place;
    if (const char* code = loc_network_get_country_code(network.get()); code != nullptr && is_country(code))
      place.country = code;
    if (const auto asn = loc_network_get_asn(network.get()); asn != 0) {
      place.asn = asn;
      place.as_name = name_of(asn);
    }
    return place;
  }

 private:
  std::optional<std::string> name_of(std::uint32_t asn) {
    loc_as* found = nullptr;
    if (loc_database_get_as(database_.get(), &found, asn) != 0 || found == nullptr) return std::nullopt;
    const std::unique_ptr<loc_as, LocAsDeleter> as{found};
    const char* name = loc_as_get_name(as.get());
    if (name == nullptr || *name == '\0') return std::nullopt;
    return base::to_valid_utf8(name);
  }

  std::unique_ptr<const LiblocFile> file_;
  std::unique_ptr<loc_ctx, LocContextDeleter> context_;
  std::unique_ptr<loc_database, LocDatabaseDeleter> database_;
};

}  // namespace

std::unique_ptr<PlaceSource> open_libloc(const std::filesystem::path& path) {
  auto guard = std::make_unique<const LiblocFile>(path);
  loc_ctx* new_context = nullptr;
  if (loc_new(&new_context) != 0) throw std::bad_alloc{};
  std::unique_ptr<loc_ctx, LocContextDeleter> context{new_context};
  loc_set_log_fn(context.get(), say_nothing);
  const std::unique_ptr<std::FILE, FileDeleter> file{std::fopen(path.c_str(), "rbe")};
  loc_database* opened = nullptr;
  const int error = file ? loc_database_new(context.get(), &opened, file.get()) : -errno;
  if (error != 0) {
    throw DatabaseError{fmt::format("cannot open {}: {}", path.string(),
                                    error < 0 ? std::strerror(-error) : "not readable by libloc")};
  }
  return std::make_unique<LiblocSource>(std::move(guard), std::move(context),
                                        std::unique_ptr<loc_database, LocDatabaseDeleter>{opened});
}

}  // namespace mailspoor::index
