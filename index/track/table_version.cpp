#include "index/track/table_version.hpp"

#include "index/track/trackers_tsv.hpp"

namespace mailspoor::index {

// In a file of its own: the program that starts first prints it, and shall not link what reads URLs.
std::string_view tracker_table_version() {
  constexpr std::string_view kMark = "# version ";
  std::string_view text{kTrackersTsv};
  text.remove_prefix(text.find(kMark) + kMark.size());
  return text.substr(0, text.find('\n'));
}

}  // namespace mailspoor::index
