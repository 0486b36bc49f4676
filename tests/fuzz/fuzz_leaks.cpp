// A URL in which addresses are looked for. The first line, if there are more, is one more address.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "index/track/leaks.hpp"
#include "tests/fuzz/fuzz_target.hpp"

using namespace mailspoor;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view url{reinterpret_cast<const char*>(data), size};
  std::vector<std::string> addresses{"anna.x@example.org", "o'brien@example.org"};
  const auto end = url.find('\n');
  if (end != std::string_view::npos) {
    addresses.emplace_back(url.substr(0, end));
    url.remove_prefix(end + 1);
  }
  const index::LeakFinder finder{addresses};
  const auto found = finder.find(url);
  for (std::size_t at = 0; at < found.size(); ++at) {
    require(found[at].address < addresses.size());
    require(at == 0 || found[at - 1].encoding < found[at].encoding);
    require(!index::to_text(found[at].encoding).empty());
  }
  // What is written out is found, whatever stands before it.
  const auto with_address = finder.find(std::string{url} + "?=anna.x@example.org");
  require(!with_address.empty() || url.ends_with('%'));
  return 0;
}
