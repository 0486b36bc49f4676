#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailspoor::index {

/// A http or https URL, read as browsers do. All text is valid UTF-8.
struct Url {
  std::string scheme;                   ///< `http` or `https`.
  std::string user_part;                ///< Before the `@`, as written; empty if there is none.
  std::string host;                     ///< As it is looked up, see parse_url().
  std::optional<std::uint16_t> port;    ///< Where it is not the one of the scheme.
  std::string path;                     ///< Begins with `/`. Escapes as written, dot segments resolved.
  std::optional<std::string> query;     ///< Behind the `?`.
  std::optional<std::string> fragment;  ///< Behind the `#`.
  bool has_wrong_port = false;          ///< One that is no number of a port was written.
};

/// Longer ones are cut: browsers open no more than 2 MB, and mail programs less.
inline constexpr std::size_t kMaxUrlOctets = std::size_t{64} * 1024;

/// Reads a URL where the standard of browsers (WHATWG URL) sees a http or https one.
///
/// Blanks and controls around it and tabs and line breaks in it are dropped, `\` is `/`, slashes behind the
/// scheme may be missing or too many. `//host/` is https. A reference is resolved against `base`.
///
/// The host: percent escapes undone, in lower case, in the ASCII form of IDNA (UTS 46), without trailing
/// dots; IPv4 dotted from any of its forms (octal, hexadecimal, fewer parts), IPv6 canonical and in brackets.
/// Other than browsers do, a host that cannot be one is kept in lower case, and a wrong port is dropped: what
/// looks like a link to its reader shall be found.
///
/// @return nullopt for all else: other schemes, nothing or a fragment only, a reference without a base.
std::optional<Url> parse_url(std::string_view text, const Url* base = nullptr);
/// The same of what to_text() gave, which may be longer than what it was read from.
std::optional<Url> parse_whole_url(std::string_view text);

/// Whether host and port can be some: an address, or a name of ASCII without signs that none may have, which
/// does not end in a number. A browser fetches nothing from others.
bool has_possible_host(const Url& url);

/// The URL as it is shown: what was read, with its host as above.
std::string to_text(const Url& url);
/// What two URLs have in common that fetch the same: all but scheme and fragment.
std::string comparison_key(const Url& url);
/// Path, and `?` and the query where there is one: what the patterns of a table are matched with.
std::string path_and_query(const Url& url);

/// Octets for `%xx`; what is no escape stays.
std::string undo_percent(std::string_view text);
/// The first parameter of that name in a query, its escapes undone and `+` kept; nullopt if there is none.
/// Names are compared without regard to case.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

}  // namespace mailspoor::index
