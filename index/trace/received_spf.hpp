#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mailspoor::index {

/// One Received-SPF field: often the only place that names the peer's address.
struct ReceivedSpf {
  std::string result;                    ///< Lower case: `pass`, `softfail` ...
  std::string comment;                   ///< All comments, joined by blanks.
  std::optional<std::string> client_ip;  ///< Canonical text (RFC 5952); nullopt for what is no address.
  std::optional<std::string> envelope_from;
  std::optional<std::string> helo;
  std::optional<std::string>
      receiver;  ///< Without `receiver=` the name that begins the comment, `google.com:`.
  std::optional<std::string> identity;  ///< `mailfrom` or `helo`.
  std::optional<std::string> mechanism;
  std::optional<std::string> problem;
  std::optional<std::string> comment_domain;  ///< Behind `domain of`, where the comment says that.
};

/// Reads the field in one pass.
///
///     field-body     = [CFWS] result FWS [comment FWS] [key-value-list]                RFC 7208 §9.1
///     key-value-list = key-value-pair *(";" [CFWS] key-value-pair) [";"]
///     key-value-pair = key [CFWS] "=" (dot-atom / quoted-string)
///
/// Blanks or commas in the place of `;` are read too, and values that are no dot-atoms.
/// @param field_body  Still folded, without the field name.
ReceivedSpf parse_received_spf(std::string_view field_body);

}  // namespace mailspoor::index
