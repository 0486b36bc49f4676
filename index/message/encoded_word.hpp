#pragma once

#include <string>
#include <string_view>

namespace mailspoor::index {

/// The text of an unstructured field body in UTF-8.
///
///     encoded-word = "=?" charset ["*" language] "?" encoding "?" encoded-text "?="     RFC 2047 §2, RFC
///     2231 §5
///
/// Blanks between two encoded words vanish (§6.2), and words of one charset that follow each other are
/// decoded together, since many programs break a character between two of them. Raw 8-bit octets are taken
/// for UTF-8, else for windows-1252.
/// @param unfolded  A field body without line ends.
std::string decode_encoded_words(std::string_view unfolded);

/// A structured field body in which each run of encoded words has become one, in UTF-8 and base64, for an
/// address parser that decodes words one by one: GMime 3.2 loses all words behind one that ends in base64
/// padding, and takes a `[` in a word for an address literal.
std::string with_joined_encoded_words(std::string_view unfolded);

}  // namespace mailspoor::index
