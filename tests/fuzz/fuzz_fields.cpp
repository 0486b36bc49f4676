// The parsers of single header fields: dates, encoded words, charsets, folds. Received has fuzz_received.cpp.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "deliver/base/text.hpp"
#include "index/message/charset.hpp"
#include "index/message/date_time.hpp"
#include "index/message/encoded_word.hpp"
#include "index/message/header_section.hpp"
#include "tests/fuzz/fuzz_target.hpp"

using namespace mailspoor;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets{reinterpret_cast<const char*>(data), size};
  if (const auto date = index::parse_date_time(octets)) {
    const auto written = index::to_rfc3339(date->unix_seconds);
    require(written.size() == 20 || date->unix_seconds < -62'167'219'200);
  }
  require(base::is_utf8(index::decode_encoded_words(octets)));
  index::with_joined_encoded_words(octets);
  index::unfold(octets);
  index::parse_header_section(octets);
  const auto label_end = octets.find('\n');
  if (label_end != std::string_view::npos) {
    require(
        base::is_utf8(index::decode_charset(octets.substr(label_end + 1), octets.substr(0, label_end)).utf8));
  }
  return 0;
}
