#include "fetch/scram.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "deliver/base/text.hpp"
#include "fetch/base64.hpp"

namespace mailspoor::fetch {
namespace {

constexpr std::size_t kMaxShown = 200;

/// The value of the attribute `name` at the front of `rest`, which moves behind the comma that ends it.
/// Values hold neither comma nor NUL.
std::string_view take_attribute(std::string_view& rest, char name) {
  if (rest.size() < 2 || rest[0] != name || rest[1] != '=') return {};
  const auto end = std::min(rest.find(','), rest.size());
  const std::string_view value = rest.substr(2, end - 2);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return value;
}

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

}  // namespace

std::string scram_first_fault(std::string_view message, std::string_view client_nonce) {
  constexpr std::string_view kUnreadable = "the server's first message of SCRAM cannot be read";
  if (message.find('\0') != std::string_view::npos) return std::string{kUnreadable};
  const std::string_view nonce = take_attribute(message, 'r');
  const std::string_view salt = take_attribute(message, 's');
  const std::string_view rounds = take_attribute(message, 'i');
  if (nonce.empty() || !is_printable_ascii(nonce)) return std::string{kUnreadable};
  if (nonce.size() <= client_nonce.size() || !nonce.starts_with(client_nonce))
    return "the server's nonce does not extend ours: this may be an old exchange, played again";
  if (const auto octets = from_base64(salt); !octets || octets->empty()) return std::string{kUnreadable};

  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(rounds.data(), rounds.data() + rounds.size(), number);
  const bool is_number = !rounds.empty() && rounds[0] != '0' && end == rounds.data() + rounds.size() &&
                         error != std::errc::invalid_argument;
  if (!is_number) return std::string{kUnreadable};
  if (error != std::errc{} || number > kMaxScramRounds)
    return fmt::format("the server asks for {} rounds of the hash, more than {}", rounds.substr(0, 40),
                       kMaxScramRounds);
  if (number < kMinScramRounds)
    return fmt::format(
        "the server asks for {} rounds of the hash only, fewer than the {} that RFC 5802 wants", number,
        kMinScramRounds);
  return {};
}

std::string scram_error(std::string_view message) {
  return base::printable(take_attribute(message, 'e').substr(0, kMaxShown));
}

}  // namespace mailspoor::fetch
