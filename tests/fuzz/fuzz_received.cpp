// One Received field: whatever stands in it, what is read of it is clean.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "deliver/base/text.hpp"
#include "index/trace/ip_address.hpp"
#include "index/trace/ports.hpp"
#include "index/trace/received.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/index/hop_text.hpp"

using namespace mailspoor;

namespace {

/// Longer ones meet caps that count the octets of folds, too.
constexpr std::size_t kMaxFoldedOctets = 900;

void require_clean(const std::optional<std::string>& text) {
  if (!text) return;
  require(base::is_utf8(*text));
  for (std::string_view rest{*text}; !rest.empty();) require(!base::is_control(base::take_code_point(rest)));
}

void require_canonical(const std::optional<std::string>& address) {
  if (!address) return;
  const auto read = index::parse_ip_address(*address);
  require(read && index::to_text(*read) == *address);
}

/// Every run of blanks and folds as one blank.
std::string unfolded(std::string_view octets) {
  std::string text;
  for (const char c : octets) {
    const bool is_blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!is_blank) {
      text += c;
    } else if (text.empty() || text.back() != ' ') {
      text += ' ';
    }
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets{reinterpret_cast<const char*>(data), size};
  const auto hop = index::parse_received(octets);
  for (const auto* text : {&hop.from_helo, &hop.from_rdns, &hop.by, &hop.with, &hop.id, &hop.for_recipient,
                           &hop.envelope_from, &hop.auth_user, &hop.tls_cipher, &hop.via})
    require_clean(*text);
  require_canonical(hop.from_ip);
  require_canonical(hop.by_ip);
  require(hop.raw == base::to_valid_utf8(octets));
  require(!hop.from_port || (hop.from_ip && *hop.from_port != 0));
  require(!hop.tls_version || hop.tls_version->starts_with("TLSv1") || *hop.tls_version == "SSLv3");
  require(hop.has_clause || (!hop.by && !hop.with && !hop.id && !hop.from_ip));
  const auto ports = index::ports_of({&hop, 1});
  require(hop.from_port.has_value() == (!ports.empty() && ports.front().side == index::Port::Side::peer));
  if (size <= kMaxFoldedOctets)
    require(index::hop_text(hop) == index::hop_text(index::parse_received(unfolded(octets))));
  return 0;
}
