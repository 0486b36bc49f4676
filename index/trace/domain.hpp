#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mailspoor::index {

/// The part of a name that somebody registered: `example.co.uk` of `mail.example.co.uk`, by the public suffix
/// list (libpsl's own, or that of the package `publicsuffix` where it is newer).
/// @return In A-labels, lower case, without a trailing dot; nullopt for a public suffix itself, an IP
/// address, and what is
///         no host name.
std::optional<std::string> registrable_domain(std::string_view domain);

/// Whether the host is `domain` or below it, without regard to the case of ASCII.
bool is_in_domain(std::string_view host, std::string_view domain) noexcept;

/// How the domain that was authenticated stands to that of the author (RFC 7489 §3.1): the same name, or a
/// name of the same registrable domain, or neither.
enum class Alignment { none, relaxed, strict };
Alignment alignment_of(std::string_view author_domain, std::string_view authenticated_domain);

/// `none`, `relaxed` or `strict`. Inline, so that who prints it needs no libpsl.
inline std::string_view to_text(Alignment alignment) noexcept {
  return alignment == Alignment::strict ? "strict" : alignment == Alignment::relaxed ? "relaxed" : "none";
}

/// What stands behind the last `@`, brackets and trailing dot removed; the whole where there is no `@`. Views
/// `addr_spec`.
std::string_view domain_of_address(std::string_view addr_spec);

}  // namespace mailspoor::index
