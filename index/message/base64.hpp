#pragma once

#include <string>
#include <string_view>

namespace mailspoor::index {

/// The octets that base64 stands for, as far as it goes: what is none of its digits is passed over (RFC 2045
/// §6.8), and with it the padding.
std::string read_base64(std::string_view text);

}  // namespace mailspoor::index
