#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// How messages of a POP3 maildrop (RFC 1939) are named, on both sides of the border between fetching and
// storing.
namespace mailspoor::base {

/// What tells a message of a maildrop from the others.
struct MaildropName {
  std::string uidl;        ///< UIDL (RFC 1939 §7) as the server sent it, made UTF-8; empty if it gave none.
  std::uint64_t hash = 0;  ///< The first 16 hexadecimal digits of SHA-256 of the UIDL's octets.

  bool operator==(const MaildropName&) const = default;
};

MaildropName maildrop_name(std::string_view uidl);
/// The name of a message without UIDL.
/// @param digest  Of its header section, see header_digest().
MaildropName nameless_maildrop_name(std::string_view digest);

/// A message of a maildrop that was met before. POP3 has no UIDs; the number is one of ours, which takes the
/// place of one.
struct MaildropEntry {
  std::uint64_t hash = 0;  ///< MaildropName::hash
  std::uint32_t uid = 0;
  std::optional<std::uint64_t> size;  ///< What LIST said when it was stored; nullopt if unknown.

  bool operator==(const MaildropEntry&) const = default;
};

/// 16 hexadecimal digits and back; nullopt for anything else.
std::string to_hex(std::uint64_t hash);
std::optional<std::uint64_t> maildrop_hash(std::string_view digits) noexcept;

/// What tells two header sections apart, whatever stands behind them: SHA-256 of the octets before the first
/// empty line, lower-case hex. Without the fields in which servers that keep mail in mbox files note what has
/// become of a message: they come and go, in the file or in the answer to TOP only.
std::string header_digest(std::string_view octets);

}  // namespace mailspoor::base
