#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "index/trace/ip_address.hpp"

// What one comment of a Received field says. Results view the words that were given.
namespace mailspoor::index {

using Words = std::vector<std::string_view>;

/// The address of a peer, as servers write it.
struct PeerAddress {
  IpOctets address{};
  std::optional<std::uint16_t> port;
  bool is_bracketed = false;
};

/// Reads `[I]`, `[I]:port`, `[I:port]`, `I`, `I:port`, each behind `ident@` or not.
std::optional<PeerAddress> parse_peer_address(std::string_view word);

/// What a server writes about the connection (RFC 5321 §4.4, TCP-info), in any of its forms:
///
///     [ident@]R [I]          R ([I]) is the looked-up name      Postfix, Sendmail
///     I                                                          Exchange, qmail
///     [I]:port helo=H ident=u                                    Exim
///     HELO H                                                     qmail
///     account A [I] verified                                     CommuniGate
struct TcpInfo {
  std::optional<PeerAddress> peer;  ///< A bracketed one before a bare one.
  std::string_view name;   ///< The looked-up name as written, `unknown` too; empty if none stands there.
  std::string_view helo;   ///< What follows HELO, EHLO, LHLO or `helo=`.
  std::string_view ident;  ///< What stands before `@` in front of the address.
  std::string_view account;
  std::optional<std::uint16_t> port;  ///< Of `port=`.
  bool names_helo = false;            ///< One of those words is there, even if nothing follows it.
  bool has_ident_key = false;         ///< `ident=`, Exim's.
  bool is_may_be_forged = false;      ///< Sendmail's mark.
  bool has_no_name = false;           ///< The server says that it found none.
  bool is_local_user = false;         ///< `uid 1000`: a program on the machine itself.
};
TcpInfo read_tcp_info(const Words& words);

/// Whether a comment tells of the session (its encryption, certificates, log-in, envelope) and not of the
/// peer.
bool is_session_comment(const Words& words);

/// A looked-up name that stands for none: `unknown` and its like, or an address.
bool is_no_name(std::string_view name);

struct TlsFacts {
  std::string_view version;  ///< In the one spelling `TLSv1.2`; a literal.
  std::string_view cipher;   ///< Verbatim.
};
/// Reads `using V with cipher C`, `version=V cipher=C`, `V:C:bits`, `TLS: V,bits,C`, `C encrypted`, `V`.
TlsFacts read_tls(const Words& words);

/// SSLv3, TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3 from any spelling (`TLS1_2`, `TLSv1/SSLv3`); empty if it is
/// none.
std::string_view tls_version(std::string_view spelling);

/// The user that a log-in mark names: `Authenticated sender: A`, `authenticated user A`, `AUTH: LOGIN A`.
std::optional<std::string_view> authenticated_user(const Words& words);

/// What follows `envelope-from` or `envelope-sender`, brackets taken off.
std::optional<std::string_view> envelope_sender(const Words& words);

/// `<a@example.org>` without its brackets.
std::string_view without_angle_brackets(std::string_view path);

}  // namespace mailspoor::index
