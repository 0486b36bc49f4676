#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailspoor::deliver {

class Directory;

/// The body of the first Message-ID field, white space left out, by which a message is known again: nothing
/// is said of its form.
/// @param header_section  Header fields, with CRLF or LF, up to an empty line or to the end. A server may
/// have
///                        folded them anew.
/// @return                nullopt if there is none, it is empty or longer than 2,000 octets.
std::optional<std::string> message_id(std::string_view header_section);

/// The same of a message file; nullopt too if there is no such file, or its header section is longer than
/// 256 KiB. Throws Error.
std::optional<std::string> file_message_id(const Directory& directory, const std::string& name);

}  // namespace mailspoor::deliver
