#include "fetch/scram.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "deliver/base/base64.hpp"
#include "deliver/base/text.hpp"
#include "fetch/error.hpp"
#include "fetch/secret.hpp"

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

const EVP_MD* digest_of(ScramHash hash) noexcept {
  return hash == ScramHash::sha1 ? EVP_sha1() : EVP_sha256();
}

[[noreturn]] void fail() { throw NetworkError{"OpenSSL cannot compute SCRAM's proof"}; }

std::string hmac(ScramHash hash, std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> octets{};
  unsigned int size = 0;
  const auto* data = reinterpret_cast<const unsigned char*>(text.data());
  if (HMAC(digest_of(hash), key.data(), static_cast<int>(key.size()), data, text.size(), octets.data(),
           &size) == nullptr)
    fail();
  return {octets.begin(), octets.begin() + size};
}

std::string digest(ScramHash hash, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> octets{};
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), octets.data(), &size, digest_of(hash), nullptr) != 1) fail();
  return {octets.begin(), octets.begin() + size};
}

/// Hi() of RFC 5802 §2.2 is PBKDF2 with HMAC.
std::string salted(ScramHash hash, std::string_view password, const ScramFirst& first) {
  std::string octets(static_cast<std::size_t>(EVP_MD_get_size(digest_of(hash))), '\0');
  const auto* salt = reinterpret_cast<const unsigned char*>(first.salt.data());
  if (PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), salt,
                        static_cast<int>(first.salt.size()), first.rounds, digest_of(hash),
                        static_cast<int>(octets.size()),
                        reinterpret_cast<unsigned char*>(octets.data())) != 1)
    fail();
  return octets;
}

}  // namespace

ScramFirst parse_scram_first(std::string_view message) {
  ScramFirst first;
  first.nonce = take_attribute(message, 'r');
  first.salt = base::from_base64(take_attribute(message, 's')).value_or("");
  const std::string_view rounds = take_attribute(message, 'i');
  std::from_chars(rounds.data(), rounds.data() + rounds.size(), first.rounds);
  return first;
}

///     SaltedPassword  = Hi(Normalize(password), salt, i)      RFC 5802 §3
///     ClientKey       = HMAC(SaltedPassword, "Client Key")
///     ClientProof     = ClientKey XOR HMAC(H(ClientKey), AuthMessage)
///     ServerSignature = HMAC(HMAC(SaltedPassword, "Server Key"), AuthMessage)
ScramProofs scram_proofs(ScramHash hash, std::string_view password, const ScramFirst& first,
                         std::string_view messages) {
  const Secret salted_password{salted(hash, password, first)};
  const Secret client_key{hmac(hash, salted_password.reveal(), "Client Key")};
  const Secret stored_key{digest(hash, client_key.reveal())};
  const Secret server_key{hmac(hash, salted_password.reveal(), "Server Key")};
  ScramProofs proofs{hmac(hash, stored_key.reveal(), messages), hmac(hash, server_key.reveal(), messages)};
  for (std::size_t i = 0; i < proofs.of_client.size(); ++i)
    proofs.of_client[i] = static_cast<char>(proofs.of_client[i] ^ client_key.reveal()[i]);
  return proofs;
}

std::string scram_name(std::string_view user) {
  std::string name;
  for (const char c : user) {
    if (c == '=') {
      name += "=3D";
    } else if (c == ',') {
      name += "=2C";
    } else {
      name += c;
    }
  }
  return name;
}

std::string scram_first_fault(std::string_view message, std::string_view client_nonce) {
  constexpr std::string_view kUnreadable = "the server's first message of SCRAM cannot be read";
  if (message.find('\0') != std::string_view::npos) return std::string{kUnreadable};
  const std::string_view nonce = take_attribute(message, 'r');
  const std::string_view salt = take_attribute(message, 's');
  const std::string_view rounds = take_attribute(message, 'i');
  if (nonce.empty() || !is_printable_ascii(nonce)) return std::string{kUnreadable};
  if (nonce.size() <= client_nonce.size() || !nonce.starts_with(client_nonce))
    return "the server's nonce does not extend ours: this may be an old exchange, played again";
  if (const auto octets = base::from_base64(salt); !octets || octets->empty())
    return std::string{kUnreadable};

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
