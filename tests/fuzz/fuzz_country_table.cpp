// A table of countries by address: what is found in it stands in one of its lines. The first 16 octets are
// the address.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "index/trace/country_table.hpp"
#include "tests/fuzz/fuzz_target.hpp"

using namespace mailspoor;

namespace {

bool is_in_a_line(std::string_view table, const index::IpOctets& address, const std::string& country) {
  while (!table.empty()) {
    const auto end = std::min(table.find('\n'), table.size() - 1);
    if (index::find_country(table.substr(0, end + 1), address) == country) return true;
    table.remove_prefix(end + 1);
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  index::IpOctets address{};
  if (size < address.size()) return 0;
  std::copy_n(data, address.size(), address.begin());
  const std::string_view table{reinterpret_cast<const char*>(data) + address.size(), size - address.size()};
  index::date_of_country_table(table);
  const auto country = index::find_country(table, address);
  require(!country || (index::is_country(*country) && is_in_a_line(table, address, *country)));
  return 0;
}
