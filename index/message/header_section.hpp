#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailspoor::index {

/// One field of a header section, viewing the octets it was read from.
struct HeaderField {
  std::string_view name;  ///< As written.
  std::string_view body;  ///< Behind the colon, still folded, without the last line end.
};

/// The fields of a header section, and whether there were lines that are none.
struct HeaderSection {
  std::vector<HeaderField> fields;  ///< In the order of the message, views into the parsed octets.
  bool has_stray_lines = false;  ///< A line that neither is a field nor continues one stands in the section.
  bool is_cut = false;           ///< More than kMaxHeaderFields: the rest was not read.
};

/// Ordinary mail has some 20 to 150 fields; what comes behind this many is noise or an attack.
inline constexpr std::size_t kMaxHeaderFields = 10'000;

/// Takes the next header field off the front of `rest`.
///
///     field      = field-name *WSP ":" unstructured CRLF      RFC 5322 §4.5.8
///     field-name = 1*(%d33-57 / %d59-126)                     §3.6.8
///
/// A line end followed by WSP continues the field (§2.2.3). Bare LF ends a line too: many Maildirs hold it.
/// @param rest  Unread header section. Moved past the field; untouched if none was taken.
/// @return      nullopt at the empty line, at the end of input, or before a line that is no field.
std::optional<HeaderField> take_header_field(std::string_view& rest);

/// Reads all fields up to the empty line or the end, passing over lines that are none.
HeaderSection parse_header_section(std::string_view octets);

/// `body` with its line ends removed (RFC 5322 §2.2.3) and without blanks around it.
std::string unfold(std::string_view body);

/// The `boundary` parameter of the body of a Content-Type field (RFC 2046 §5.1.1), as far as its first 2,000
/// octets tell; empty if there is none.
std::string boundary_of(std::string_view body);

}  // namespace mailspoor::index
