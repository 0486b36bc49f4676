#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailspoor::index {

/// `smtp.mailfrom=bob@example.org`: what a method looked at.
struct AuthenticationProperty {
  std::string type;  ///< `smtp`, `header`, `body`, `policy`; empty where none was written (Microsoft's
                     ///< `action=none`).
  std::string name;
  std::string value;
  bool operator==(const AuthenticationProperty&) const = default;
};

/// What one method said, `dkim=pass (2048-bit key) header.d=example.org`.
struct MethodResult {
  std::string method;  ///< Lower case, without its version.
  std::string result;  ///< Lower case.
  std::optional<std::string> reason;
  std::string comment;  ///< All comments of the result, joined by blanks.
  std::vector<AuthenticationProperty> properties;

  /// The first value of that property; nullptr if there is none.
  const std::string* property(std::string_view type, std::string_view name) const;
};

/// One Authentication-Results or ARC-Authentication-Results field.
struct AuthenticationResults {
  std::optional<std::uint32_t> instance;   ///< `i=` of ARC (RFC 8617 §4.1.1).
  std::optional<std::string> authserv_id;  ///< Who says so; Microsoft writes none.
  std::string version;                     ///< Empty is 1.
  std::vector<MethodResult> results;
  bool is_none = false;  ///< The server says that it checked nothing.
  std::vector<std::string> defects;
};

/// Of one field; a server writes some ten.
inline constexpr std::size_t kMaxMethodResults = 100;
inline constexpr std::size_t kMaxProperties = 50;

/// Reads the field in one pass.
///
///     payload    = [CFWS] authserv-id [CFWS version] (no-result / 1*resinfo)           RFC 8601 §2.2
///     no-result  = [CFWS] ";" [CFWS] "none"
///     resinfo    = [CFWS] ";" methodspec [CFWS reasonspec] [CFWS 1*propspec]
///     methodspec = [CFWS] method [CFWS] "=" [CFWS] result
///     method     = keyword [[CFWS] "/" [CFWS] method-version]
///     reasonspec = "reason" [CFWS] "=" [CFWS] value
///     propspec   = ptype [CFWS] "." [CFWS] property [CFWS] "=" pvalue
///
/// Read too, since they are written: no authserv-id but a result at once (Microsoft); words without a type
/// (`action=none`); `from=example.org` in front of the result that it belongs to (Yahoo until 2019);
/// properties behind a `;` of their own; values with `=` and without quotes
/// (`smtp.mailfrom=a=b@example.org`).
/// @param field_body  Still folded, without the field name.
AuthenticationResults parse_authentication_results(std::string_view field_body);

/// The same with `i=` in front.
///
///     arc-authres = [CFWS] "i" [CFWS] "=" [CFWS] 1*2DIGIT [CFWS] ";" payload           RFC 8617 §4.1.1
AuthenticationResults parse_arc_authentication_results(std::string_view field_body);

}  // namespace mailspoor::index
