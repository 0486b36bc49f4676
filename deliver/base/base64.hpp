#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mailspoor::base {

/// Base64 with padding and without line ends (RFC 4648 §4), as SASL travels in IMAP and POP3.
std::string to_base64(std::string_view octets);
/// nullopt for anything that to_base64() would not have written.
std::optional<std::string> from_base64(std::string_view text);
/// The octets as far as they go, of text that mail carries: what is none of the digits is passed over (RFC
/// 2045 §6.8), and with it the padding.
std::string read_base64(std::string_view text);

}  // namespace mailspoor::base
