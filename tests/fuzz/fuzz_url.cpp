// URLs: the first line as a base, the second as what is resolved against it.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "deliver/base/text.hpp"
#include "index/track/token.hpp"
#include "index/track/trackers.hpp"
#include "index/track/url.hpp"
#include "tests/fuzz/fuzz_target.hpp"

using namespace mailspoor;

namespace {

void require_sound(const index::Url& url, std::string_view written) {
  require(url.scheme == "http" || url.scheme == "https");
  require(!url.host.empty() && url.path.starts_with('/'));
  require(base::is_utf8(url.host) && base::is_utf8(url.path) && base::is_utf8(url.user_part));
  const auto text = index::to_text(url);
  // Each octet may become U+FFFD, and a host of other letters may become longer still.
  require(base::is_utf8(text) && text.size() <= 3 * index::kMaxUrlOctets + 10'000);
  require(index::comparison_key(url).ends_with(index::path_and_query(url)));
  // What is shown can be read again, and names the same path.
  if (written.size() < 1'000) {
    const auto again = index::parse_url(text);
    require(again && again->scheme == url.scheme);
  }
  index::built_in_trackers().open_endpoint(url);
  index::is_static_file(url);
  if (url.query) index::has_identifier(*url.query);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets{reinterpret_cast<const char*>(data), size};
  const auto end = octets.find('\n');
  const auto first = octets.substr(0, end);
  const auto second = end == std::string_view::npos ? std::string_view{} : octets.substr(end + 1);
  const auto base_url = index::parse_url(first);
  if (base_url) require_sound(*base_url, first);
  if (const auto url = index::parse_url(second, base_url ? &*base_url : nullptr)) require_sound(*url, octets);
  return 0;
}
