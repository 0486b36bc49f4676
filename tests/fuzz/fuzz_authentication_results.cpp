// The readers of what servers say of a sender: Authentication-Results, its ARC form, Received-SPF, ARC sets,
// trust.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "deliver/base/text.hpp"
#include "index/trace/arc.hpp"
#include "index/trace/authentication_reader.hpp"
#include "index/trace/authentication_trust.hpp"
#include "index/trace/ip_address.hpp"
#include "index/trace/received_spf.hpp"
#include "tests/fuzz/fuzz_target.hpp"

using namespace mailspoor;

namespace {

void require_text(std::string_view text) {
  require(base::is_utf8(text) && text.find_first_of("\r\n") == std::string_view::npos);
}

void check(const index::AuthenticationResults& results) {
  require(results.results.size() <= index::kMaxMethodResults);
  require_text(results.authserv_id.value_or(""));
  for (const auto& result : results.results) {
    require(!result.method.empty() && result.method.find('=') == std::string::npos);
    require(result.method == base::to_lower(result.method) && result.result == base::to_lower(result.result));
    require(result.properties.size() <= index::kMaxProperties);
    require_text(result.method);
    require_text(result.result);
    require_text(result.reason.value_or(""));
    require_text(result.comment);
    for (const auto& property : result.properties) {
      require_text(property.type);
      require_text(property.name);
      require_text(property.value);
    }
  }
}

/// Whether two readings say the same, comments left out: blanks count in them.
bool say_the_same(const index::AuthenticationResults& left, const index::AuthenticationResults& right) {
  return left.authserv_id == right.authserv_id &&
         std::equal(left.results.begin(), left.results.end(), right.results.begin(), right.results.end(),
                    [](const auto& one, const auto& other) {
                      return one.method == other.method && one.result == other.result;
                    });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets{reinterpret_cast<const char*>(data), size};
  const auto results = index::parse_authentication_results(octets);
  check(results);
  const auto arc_results = index::parse_arc_authentication_results(octets);
  check(arc_results);
  require(!arc_results.instance || (*arc_results.instance >= 1 && *arc_results.instance <= 50));
  require(
      say_the_same(results, index::parse_authentication_results(" \r\n\t(comment)" + std::string{octets})));

  const auto spf = index::parse_received_spf(octets);
  require_text(spf.result);
  require_text(spf.comment);
  require_text(spf.envelope_from.value_or(""));
  if (spf.client_ip) require(index::to_text(*index::parse_ip_address(*spf.client_ip)) == *spf.client_ip);

  const auto section = index::parse_header_section(octets);
  const auto chain = index::read_arc(section.fields);
  require(chain.sets.size() <= 50);
  for (std::size_t at = 1; at < chain.sets.size(); ++at)
    require(chain.sets[at - 1].instance < chain.sets[at].instance);
  if (chain.is_complete()) require(!chain.sets.empty() && chain.defects.empty());

  auto entries = index::read_authentication(section.fields, "example.org").entries;
  require(entries.size() <= index::kMaxAuthentications);
  const index::ReceivingSide side{3, 6, {"mx.example.org"}, false, true};
  index::judge_trust(entries, side);
  index::forged_results(entries, side, 0);
  for (const auto& entry : entries) {
    require(entry.position < section.fields.size());
    require(base::is_utf8(entry.domain.value_or("")) && base::is_utf8(entry.source));
    if (entry.is_trusted) {
      require(entry.position < 6 && entry.authserv_id &&
              entry.source_kind != index::AuthenticationSource::arc_seal &&
              entry.source_kind != index::AuthenticationSource::arc_authentication_results);
    }
  }
  return 0;
}
