#pragma once

#include <string>
#include <string_view>

namespace mailspoor::index {

struct DecodedText {
  std::string utf8;
  bool is_charset_unknown =
      false;  ///< The label names no charset that we know; UTF-8 or windows-1252 was assumed.
  bool has_bad_octets = false;  ///< Some octets do not belong to the charset; U+FFFD stands for them.
};

/// Turns the octets of a text part into valid UTF-8. Labels are read as browsers read them (the WHATWG
/// Encoding standard: iso-8859-1 is windows-1252, gb2312 is GB18030), since senders label so. With no label,
/// or us-ascii, UTF-8 is assumed, and windows-1252 if the octets are no UTF-8. A byte order mark of UTF-16
/// beats any label; UTF-16 without one is read in the order that its first character suggests.
DecodedText decode_charset(std::string_view octets, std::string_view label);

}  // namespace mailspoor::index
