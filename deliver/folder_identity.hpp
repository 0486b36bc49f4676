#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailspoor::deliver {

class Directory;

/// The UIDVALIDITY of messages that were adopted from elsewhere: no server has it (RFC 3501 §9, nz-number).
inline constexpr std::uint32_t kAdoptedEpoch = 0;

/// Which mailbox a Maildir folder holds: what `mailspoor.json` says.
struct FolderIdentity {
  std::string account;
  std::string mailbox;            ///< UTF-8, levels separated by '/', INBOX in upper case.
  std::string mailbox_raw;        ///< The octets by which the server calls it.
  std::optional<char> delimiter;  ///< nullopt where the server has none.
  std::uint32_t uid_validity = 0;
  std::optional<std::string> object_id;      ///< MAILBOXID (RFC 8474 §4), where the server has it.
  std::optional<std::string> special_use{};  ///< RFC 6154 §2: `\Sent`
  /// Of a POP3 server, which has neither mailboxes nor UIDs: the UIDVALIDITY was chosen here.
  bool is_maildrop = false;

  bool operator==(const FolderIdentity&) const = default;
};

/// The levels of its name, as the server's delimiter cuts it.
std::vector<std::string> levels_of(const FolderIdentity& identity);

/// The text of `mailspoor.json` and back; nullopt for what is no JSON object with these members. Throws Error
/// for a schema newer than ours.
std::string to_json(const FolderIdentity& identity);
std::optional<FolderIdentity> parse_folder_identity(std::string_view json);

/// Reads `mailspoor.json` of a folder; nullopt if there is none, or its text is none. Throws Error.
std::optional<FolderIdentity> read_folder_identity(const Directory& folder);
/// Whether there is a mailspoor.json, be it readable or not.
bool has_folder_identity(const Directory& folder);

/// Puts `mailspoor.json` in the place of any that is there: written beside it, synced, renamed, directory
/// synced. Throws Error.
void write_folder_identity(const Directory& folder, const FolderIdentity& identity);

}  // namespace mailspoor::deliver
