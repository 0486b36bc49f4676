#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// How Maildir files and Maildir++ folders are named. The one header of deliver/ that index/ may include.
namespace mailspoor::deliver {

/// A Maildir file name taken apart: `unique[:2,flags]`, unique = `base,S=size,V=uid_validity,U=uid`, and
/// `,I=uidl_hash` behind it where the message came by POP3.
struct MaildirName {
  std::string_view unique;  ///< All before `:2,`: what names the message while MUAs change its flags.
  std::string_view info;    ///< Flag letters behind `:2,`, ascending ASCII; empty if there are none.
  std::optional<std::uint64_t> size;          ///< `S=`, octets of the file.
  std::optional<std::uint32_t> uid_validity;  ///< `V=`
  std::optional<std::uint32_t> uid;           ///< `U=`
  std::optional<std::uint64_t> uidl_hash;     ///< `I=`, see base::MaildropName.
};

/// Takes a file name apart; the views look into `file_name`. Never fails: what is not there is empty.
MaildirName parse_maildir_name(std::string_view file_name);

/// Flag letters of Maildir for IMAP flags, ascending: D raft, F lagged, P assed ($Forwarded), R eplied, S
/// een, T rashed. Others have no letter.
std::string maildir_info(const std::vector<std::string>& imap_flags);
/// The same, and those of `old_info` that mean nothing to us: Dovecot's keywords for one.
std::string maildir_info(const std::vector<std::string>& imap_flags, std::string_view old_info);
/// Whether they are the same flags, in any order and case.
bool are_same_flags(const std::vector<std::string>& left, const std::vector<std::string>& right);
/// The IMAP flags of flag letters; unknown letters are left out.
std::vector<std::string> imap_flags(std::string_view maildir_info);

/// The Maildir++ folder of a mailbox, relative to the account's directory: "" for INBOX, else
/// `.Level1.Level2` in modified UTF-7 (a level in UTF-8 is encoded). A level that is empty, holds '.', '/' or
/// controls, is no UTF-8, is longer than 200 octets or looks like a hash itself becomes `~` + 16 hex digits
/// of SHA-256 of the raw name; where the whole is longer than 255 octets or the reserved `.mailspoor-gone`,
/// it is hashed_folder().
std::string maildir_folder(const std::vector<std::string>& raw_levels, std::string_view raw_name);

/// `.~` + 16 hex digits of SHA-256 of the raw name: for a mailbox whose folder name is taken, without regard
/// to case.
std::string hashed_folder(std::string_view raw_name);

/// The folder of an account that takes the messages which have left their mailbox.
inline constexpr std::string_view kGoneFolder = ".mailspoor-gone";
/// Its path below `<root>/mail`, for a folder of the same account: `work/.mailspoor-gone` for
/// `work/.Archive`.
std::string gone_folder_of(std::string_view folder);

/// The mailbox that a Maildir++ folder stands for where no mailspoor.json tells: UTF-8, '/' between the
/// levels, `INBOX` for "".
std::string mailbox_of_folder(std::string_view folder);

}  // namespace mailspoor::deliver
