#include "deliver/held_account.hpp"

#include <chrono>

#include "deliver/account_folders.hpp"
#include "deliver/error.hpp"

namespace mailspoor::deliver {

HeldAccount::HeldAccount(const std::filesystem::path& root, const std::string& account) {
  const auto mail = Directory::find(root / "mail");
  if (!mail) return;
  const auto top = mail->find_subdirectory(account);
  if (!top) return;
  folders_ =
      std::make_unique<AccountFolders>(account, Directory::open(root / "mail"), mail->subdirectory(account));
  for (const auto& name : folders_->candidates()) {
    if (name.empty()) {
      folders_->folders.add(name, read_folder_identity(folders_->top));
    } else if (const auto folder = folders_->top.find_subdirectory_if_any(name)) {
      folders_->folders.add(name, read_folder_identity(*folder));
    } else {
      folders_->folders.add_taken(name);
    }
  }
  const auto cache = Directory::find(root / "state");
  if (!cache) return;
  try {
    folders_->states = read_state_cache(*cache, account);
  } catch (const Error&) {
    // The journals tell the same.
  }
}

HeldAccount::HeldAccount(HeldAccount&&) noexcept = default;
HeldAccount& HeldAccount::operator=(HeldAccount&&) noexcept = default;
HeldAccount::~HeldAccount() = default;

MailboxState HeldAccount::state(const MailboxIdentity& mailbox) {
  if (!folders_) return {};
  return folders_->state_of(mailbox, std::chrono::system_clock::now());
}

MaildropState HeldAccount::maildrop() {
  if (!folders_) return {.epoch = 1};
  return folders_->maildrop(std::chrono::system_clock::now());
}

std::vector<HeldContent> HeldAccount::contents(std::uint32_t epoch, const base::UidSet& uids) {
  if (!folders_) return {};
  return folders_->contents(epoch, uids);
}

std::optional<FormerMessages> HeldAccount::former(const MailboxIdentity& mailbox) {
  if (!folders_) return std::nullopt;
  const auto place = folders_->folders.place_of(mailbox.levels, mailbox.raw);
  if (!place.exists) return std::nullopt;
  return folders_->former_of(place.folder, mailbox.uid_validity, 0);
}

}  // namespace mailspoor::deliver
