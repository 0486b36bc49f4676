#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mailspoor::base {

/// Lower-case hexadecimal digits, two an octet.
std::string to_hex(std::string_view octets);

/// Octets of an even number of hexadecimal digits of either case; nullopt for anything else.
std::optional<std::string> from_hex(std::string_view digits);

}  // namespace mailspoor::base
