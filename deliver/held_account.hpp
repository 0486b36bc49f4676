#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "deliver/account_store.hpp"

namespace mailspoor::deliver {

/// What is held of one account, for those who only look. Needs no lock and no right to write; another process
/// may be delivering.
class HeldAccount {
 public:
  /// Neither the root nor the account need exist. Throws Error.
  HeldAccount(const std::filesystem::path& root, const std::string& account);
  HeldAccount(HeldAccount&&) noexcept;
  HeldAccount& operator=(HeldAccount&&) noexcept;
  ~HeldAccount();

  /// What AccountStore::state() says. Throws Error.
  MailboxState state(const MailboxIdentity& mailbox);
  /// What the functions of the same names of AccountStore say. Throw Error.
  MaildropState maildrop();
  std::vector<HeldContent> contents(std::uint32_t epoch, const base::UidSet& uids);
  /// What AccountStore::former() finds, though no HeldMessage of it is of use; nullopt where nothing is held.
  /// Throws Error.
  std::optional<FormerMessages> former(const MailboxIdentity& mailbox);

 private:
  std::unique_ptr<struct AccountFolders> folders_;  ///< None if the account is not there.
};

}  // namespace mailspoor::deliver
