#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mailspoor::base {

/// A mailbox name in modified UTF-7, as IMAP writes it, to UTF-8 (RFC 3501 §5.1.3). nullopt where it is not
/// that: octets outside printable ASCII, a broken base64 run, surrogates without their half, or an encoding
/// that to_modified_utf7() would write otherwise (so that decoding never makes one name of two).
std::optional<std::string> from_modified_utf7(std::string_view name);

/// UTF-8 to modified UTF-7. Octets that are no UTF-8 become U+FFFD.
std::string to_modified_utf7(std::string_view utf8);

}  // namespace mailspoor::base
