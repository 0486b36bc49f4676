#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "index/trace/place.hpp"

namespace mailspoor::index {

/// How much stands behind the origin.
enum class OriginTrust {
  observed,  ///< Servers that we were told of wrote every hop down to it.
  assumed,   ///< The same, but that they are the receiving side was inferred.
  claimed,   ///< It rests on what others wrote below our servers.
};

enum class OriginKind {
  client,  ///< The hop shows a submission: log-in, or HTTP.
  server,
  provider,  ///< A relay of a provider, which withheld the client.
};

constexpr std::string_view to_text(OriginTrust trust) noexcept {
  return trust == OriginTrust::observed ? "observed" : trust == OriginTrust::assumed ? "assumed" : "claimed";
}
constexpr std::string_view to_text(OriginKind kind) noexcept {
  return kind == OriginKind::client ? "client" : kind == OriginKind::server ? "server" : "provider";
}

/// An address that a header field names as the client's: X-Originating-IP and its like.
struct ClientAddress {
  std::string field;           ///< Its name in lower case.
  std::string ip;              ///< Public, canonical text.
  std::size_t position = 0;    ///< Of the field among the header fields.
  std::size_t hops_above = 0;  ///< How many Received stand above it.
  bool operator==(const ClientAddress&) const = default;
};

/// Where a message came from. What is not known is nullopt.
struct Origin {
  std::optional<std::string> ip;   ///< Canonical text (RFC 5952).
  std::optional<std::size_t> hop;  ///< Whose peer it is, newest first from 0.
  /// `received`, `internal` (no server outside took part), or the field that names the address, in lower
  /// case.
  std::optional<std::string> evidence;
  std::optional<OriginTrust> trust;
  std::optional<OriginKind> kind;
  std::optional<std::string> provider;
  std::optional<std::string> first_untrusted_ip;       ///< Who handed the message to our servers.
  std::optional<OriginTrust> first_untrusted_trust{};  ///< How the hop that names it is known; never claimed.
  /// The provider is known by a name alone that servers gave which are not ours.
  bool is_provider_by_claimed_name = false;
  Place place{};  ///< Of `ip`; empty where that is a provider's relay, whose place is not the sender's.
  bool operator==(const Origin&) const = default;
};

}  // namespace mailspoor::index
