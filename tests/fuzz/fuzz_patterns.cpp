// A pattern of a user's table on the first line, what it is matched with on the second, and the rest as a
// table.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "index/track/pattern_set.hpp"
#include "index/track/trackers.hpp"
#include "tests/fuzz/fuzz_target.hpp"

using namespace mailspoor;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest{reinterpret_cast<const char*>(data), size};
  const auto take_line = [&] {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() == rest.size() ? line.size() : line.size() + 1);
    return line;
  };
  const auto pattern = take_line();
  const auto text = take_line();
  const std::vector<std::string_view> patterns{pattern, "/open"};
  const index::PatternSet set{patterns};
  const auto found = set.matches(text);
  require(found == set.matches(text));
  for (const auto number : found) require(number < patterns.size());
  require(index::PatternSet::is_pattern(pattern) || found.empty() || found.front() == 1);
  const auto table = index::read_tracker_rows(rest);
  for (const auto& row : table.rows) require(index::is_url_pattern({row.host_pattern, row.path_pattern}));
  return 0;
}
