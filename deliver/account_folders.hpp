#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "deliver/account_store.hpp"
#include "deliver/directory.hpp"
#include "deliver/folder_state.hpp"
#include "deliver/folder_table.hpp"
#include "deliver/state_cache.hpp"

namespace mailspoor::deliver {

/// The folders of one account, and what their journals and files say is held. Reads only. All functions throw
/// Error.
struct AccountFolders {
  /// @param mail_directory  `<root>/mail`
  /// @param account_directory  The account's in it: its INBOX, and the place of all other folders.
  AccountFolders(std::string account_name, Directory mail_directory, Directory account_directory);

  /// The directory of a folder; that of the INBOX, "", is the account's own.
  Directory directory(const std::string& folder) const;
  std::vector<std::string> folder_names() const;
  /// The names of what may be a folder, "" first.
  std::vector<std::string> candidates() const;
  /// Up to date, with an entry for that epoch.
  FolderState& read_state(const std::string& folder, std::uint32_t uid_validity);
  /// What is held of a mailbox; nothing of one that has no folder.
  MailboxState state_of(const MailboxIdentity& mailbox, std::chrono::system_clock::time_point now);
  /// See AccountStore.
  MaildropState maildrop(std::chrono::system_clock::time_point now);
  std::vector<HeldContent> contents(std::uint32_t epoch, const base::UidSet& uids);
  /// Finds the messages of its former epochs.
  /// @param number  What HeldMessage calls the folder.
  FormerMessages former_of(const std::string& folder, std::uint32_t uid_validity, std::uint32_t number);

  std::string account;
  Directory mail;
  Directory top;
  FolderTable folders;
  FolderStates states;

 private:
  std::uint32_t maildrop_epoch();
};

}  // namespace mailspoor::deliver
