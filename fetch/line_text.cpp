#include "fetch/line_text.hpp"

#include <algorithm>

#include "deliver/base/text.hpp"

namespace mailspoor::fetch {
namespace {

constexpr std::size_t kMaxLogged = 500;

}  // namespace

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> result;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end > 0) result.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

std::string shortened(std::string_view text) {
  std::string shown = base::printable(text.substr(0, kMaxLogged));
  if (text.size() > kMaxLogged) shown += "...";
  return shown;
}

}  // namespace mailspoor::fetch
