#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

extern "C" {
#include <libloc/as.h>
#include <libloc/libloc.h>
#include <libloc/network.h>
#include <libloc/writer.h>
}

// Small databases of places, for tests to write.
namespace mailspoor::index {

inline std::string big_endian(std::uint64_t value, int octets) {
  std::string text;
  for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8) text += static_cast<char>(value >> shift);
  return text;
}

/// A libloc database by libloc's own writer.
class LiblocWriter {
 public:
  LiblocWriter() {
    EXPECT_EQ(loc_new(&context_), 0);
    EXPECT_EQ(loc_writer_new(context_, &writer_, nullptr, nullptr), 0);
  }
  ~LiblocWriter() {
    loc_writer_unref(writer_);
    loc_unref(context_);
  }
  LiblocWriter(const LiblocWriter&) = delete;
  LiblocWriter& operator=(const LiblocWriter&) = delete;

  void add_as(std::uint32_t number, const char* name) {
    loc_as* as = nullptr;
    EXPECT_EQ(loc_writer_add_as(writer_, &as, number), 0);
    loc_as_set_name(as, name);
    loc_as_unref(as);
  }
  void add_network(const char* cidr, const char* country, std::uint32_t asn) {
    loc_network* network = nullptr;
    EXPECT_EQ(loc_writer_add_network(writer_, &network, cidr), 0);
    if (country != nullptr) loc_network_set_country_code(network, country);
    if (asn != 0) loc_network_set_asn(network, asn);
    loc_network_unref(network);
  }
  /// @param date  Of the data, in the place of now.
  void write(const std::filesystem::path& path, std::int64_t date) {
    std::FILE* file = std::fopen(path.c_str(), "w+b");
    EXPECT_EQ(loc_writer_write(writer_, file, LOC_DATABASE_VERSION_1), 0);
    std::fseek(file, 8, SEEK_SET);  // behind magic and version
    std::fwrite(big_endian(static_cast<std::uint64_t>(date), 8).data(), 1, 8, file);
    std::fclose(file);
  }

 private:
  loc_ctx* context_ = nullptr;
  loc_writer* writer_ = nullptr;
};

/// A file in MaxMind's format 2.0 (https://maxmind.github.io/MaxMind-DB/): a tree of 32-bit records over
/// IPv6, IPv4 below ::/96, then the data of the leaves, then the metadata.
class MmdbWriter {
 public:
  using Members = std::vector<std::pair<std::string, std::string>>;

  static std::string text(std::string_view value) { return head(2, value.size()) + std::string{value}; }
  static std::string real(double value) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    return head(3, 8) + big_endian(bits, 8);
  }
  static std::string uint16(std::uint16_t value) { return head(5, 2) + big_endian(value, 2); }
  static std::string uint32(std::uint32_t value) { return head(6, 4) + big_endian(value, 4); }
  static std::string uint64(std::uint64_t value) { return head(9, 8) + big_endian(value, 8); }
  static std::string map(const Members& members) {
    auto octets = head(7, members.size());
    for (const auto& [name, value] : members) octets += text(name) + value;
    return octets;
  }

  /// @param address  IPv4 or IPv6.
  void add(const char* address, unsigned bits, const std::string& record) {
    std::array<unsigned char, 16> octets{};
    const bool is_ipv4 = ::inet_pton(AF_INET, address, octets.data() + 12) == 1;
    if (is_ipv4) {
      bits += 96;
    } else {
      EXPECT_EQ(::inet_pton(AF_INET6, address, octets.data()), 1);
    }
    std::size_t node = 0;
    for (unsigned level = 0; level + 1 < bits; ++level) {
      auto child = nodes_[node][bit(octets, level)];
      if (child == 0) {
        child = static_cast<std::int64_t>(nodes_.size());
        nodes_[node][bit(octets, level)] = child;
        nodes_.push_back({0, 0});
      }
      node = static_cast<std::size_t>(child);
    }
    nodes_[node][bit(octets, bits - 1)] = -static_cast<std::int64_t>(data_.size()) - 1;
    data_ += record;
  }

  void write(const std::filesystem::path& path, std::string_view type, std::uint64_t date) const {
    std::string octets;
    for (const auto& node : nodes_) {
      for (const auto child : node) octets += big_endian(record_of(child), 4);
    }
    octets += std::string(16, '\0') + data_ + "\xAB\xCD\xEFMaxMind.com";
    octets += map({{"node_count", uint32(static_cast<std::uint32_t>(nodes_.size()))},
                   {"record_size", uint16(32)},
                   {"ip_version", uint16(6)},
                   {"database_type", text(type)},
                   {"binary_format_major_version", uint16(2)},
                   {"binary_format_minor_version", uint16(0)},
                   {"build_epoch", uint64(date)},
                   {"languages", head(11, 1) + text("en")},
                   {"description", map({{"en", text("made by a test")}})}});
    std::ofstream{path, std::ios::binary} << octets;
  }

 private:
  /// Control octet: the type in its upper three bits, or, above 7, in an octet of its own.
  static std::string head(unsigned type, std::size_t size) {
    const auto small = static_cast<unsigned>(size < 29 ? size : 29);
    std::string octets{static_cast<char>((type < 8 ? type : 0U) << 5U | small)};
    if (type > 7) octets += static_cast<char>(type - 7);
    if (size >= 29) octets += static_cast<char>(size - 29);
    return octets;
  }
  static unsigned bit(const std::array<unsigned char, 16>& octets, unsigned level) {
    return (octets[level / 8] >> (7 - level % 8)) & 1U;
  }
  std::uint64_t record_of(std::int64_t child) const {
    if (child > 0) return static_cast<std::uint64_t>(child);
    if (child == 0) return nodes_.size();
    return nodes_.size() + 16 + static_cast<std::uint64_t>(-child - 1);
  }

  std::vector<std::array<std::int64_t, 2>> nodes_{
      {0, 0}};  ///< 0: nothing; below: a leaf, -1 - place in `data_`.
  std::string data_;
};

inline std::string octets_of_file(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace mailspoor::index
