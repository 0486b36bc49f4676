// A URL: what wrappers hide in it, and where a redirector leads.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "deliver/base/text.hpp"
#include "index/track/redirectors.hpp"
#include "index/track/url_wrappers.hpp"
#include "tests/fuzz/fuzz_target.hpp"

using namespace mailspoor;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto url = index::parse_url({reinterpret_cast<const char*>(data), size});
  if (!url) return 0;
  if (const auto wrapping = index::unwrap(*url)) {
    require(!wrapping->product.empty() && !wrapping->layers.empty());
    require(wrapping->layers.size() <= static_cast<std::size_t>(index::kMaxWrappers));
    require(wrapping->layers.front().host == url->host);
    require(wrapping->layers.size() == 1 || wrapping->original);
    for (const auto& layer : wrapping->layers) require(base::is_utf8(layer.host));
    if (wrapping->original) require(base::is_utf8(index::to_text(*wrapping->original)));
  }
  if (const auto target = index::redirect_target(*url)) {
    require(!target->host.empty() && base::is_utf8(index::to_text(*target)));
  }
  return 0;
}
