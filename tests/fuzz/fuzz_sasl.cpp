#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "deliver/base/base64.hpp"
#include "deliver/base/text.hpp"
#include "fetch/error.hpp"
#include "fetch/oauth.hpp"
#include "fetch/sasl.hpp"
#include "fetch/scram.hpp"
#include "tests/fuzz/fuzz_target.hpp"

// Any octets as what a server says in a log-in. The first octet chooses the mechanism; each line after it is
// a challenge: as it goes over the line, or behind a `>` in plain octets, in which `$NONCE` stands for the
// client's.
namespace mailspoor::fetch {
namespace {

constexpr std::string_view kPassword = "pAsSwOrD-3141";
constexpr std::string_view kToken = "tOkEn-2718";
constexpr std::string_view kNonce = "$NONCE";

void check_told(const std::string& text, std::string_view secret) {
  require(base::printable(text) == text);
  require(text.find(secret) == std::string::npos);
  require(text.size() < 10'000);
}

/// A million rounds are allowed and take seconds.
bool is_long_work(std::string_view challenge) {
  const auto at = challenge.find(",i=");
  return at != std::string_view::npos && challenge.find_first_not_of("0123456789", at + 3) > at + 7;
}

std::string plain(std::string_view line, const std::string& nonce) {
  std::string octets{line};
  if (const auto at = octets.find(kNonce); at != std::string::npos) octets.replace(at, kNonce.size(), nonce);
  return octets;
}

void hold(const SaslMechanism& mechanism, std::string_view input) {
  AccountOptions options;
  options.url = parse_server_url("imaps://alice@imap.example.com");
  const bool is_token = mechanism.proof == SaslMechanism::Proof::token;
  const Credentials credentials{
      Secret{std::string{is_token ? "" : kPassword}}, Secret{std::string{is_token ? kToken : ""}}, {}};
  SaslClient client{
      mechanism, options, credentials, {ChannelBinding::Type::tls_exporter, std::string(32, 'x')}};
  std::string nonce;
  if (mechanism.speaks_first) {
    const auto first = client.answer("+ no base64");
    require(first && base::from_base64(*first));
    nonce = base::from_base64(*first)->substr(base::from_base64(*first)->rfind('=') + 1);
  }
  for (int count = 0; !input.empty() && count < 8; ++count) {
    const auto end = std::min(input.find('\n'), input.size());
    const std::string_view line = input.substr(0, end);
    input.remove_prefix(std::min(end + 1, input.size()));
    const std::string challenge =
        line.starts_with('>') ? base::to_base64(plain(line.substr(1), nonce)) : std::string{line};
    if (is_long_work(base::from_base64(challenge).value_or(""))) return;
    const auto answer = client.answer(challenge);
    check_told(client.complaint(), is_token ? kToken : kPassword);
    check_told(client.doubt(), kPassword);
    require(answer || !client.complaint().empty());
    if (!answer) return;
    require(base::from_base64(*answer).has_value());
    // Nobody forges a signature here.
    if (mechanism.name.starts_with("SCRAM-")) require(!client.doubt().empty());
  }
}

void check_parts(std::string_view input) {
  if (const auto octets = base::from_base64(input)) require(base::to_base64(*octets) == input);
  require(base::from_base64(base::to_base64(input)) == input);
  require(base::printable(oauth_error(input)) == oauth_error(input));
  const std::string fault = scram_first_fault(input, input.substr(std::min<std::size_t>(2, input.size()), 3));
  require(base::printable(fault) == fault);
}

}  // namespace
}  // namespace mailspoor::fetch

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mailspoor::fetch;
  if (size == 0) return 0;
  const std::string_view input{reinterpret_cast<const char*>(data) + 1, size - 1};
  const auto mechanisms = sasl_mechanisms();
  hold(mechanisms[data[0] % mechanisms.size()], input);
  check_parts(input);
  return 0;
}
