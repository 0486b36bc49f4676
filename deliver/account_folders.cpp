#include "deliver/account_folders.hpp"

#include <algorithm>
#include <utility>

namespace mailspoor::deliver {

AccountFolders::AccountFolders(std::string account_name, Directory mail_directory,
                               Directory account_directory)
    : account{std::move(account_name)}, mail{std::move(mail_directory)}, top{std::move(account_directory)} {}

Directory AccountFolders::directory(const std::string& folder) const {
  return folder.empty() ? mail.subdirectory(account) : top.subdirectory(folder);
}

std::vector<std::string> AccountFolders::folder_names() const {
  std::vector<std::string> known;
  folders.for_each([&](const std::string& folder, const FolderIdentity&) { known.push_back(folder); });
  return known;
}

std::vector<std::string> AccountFolders::candidates() const {
  std::vector<std::string> names{""};
  top.for_each_name([&](const std::string& name) {
    if (name.starts_with('.')) names.push_back(name);
  });
  return names;
}

FolderState& AccountFolders::read_state(const std::string& folder, std::uint32_t uid_validity) {
  auto& state = states[folder];
  const auto here = directory(folder);
  state.catch_up(here);
  auto& epoch = state.epochs[uid_validity];
  if (epoch.knows_files) return state;
  UnlistedFiles files{here, uid_validity, epoch.held()};
  folders.for_each([&](const std::string& other, const FolderIdentity& identity) {
    if (!files.empty() && other != folder && identity.uid_validity == uid_validity)
      files.exclude(directory(other));
  });
  epoch.stored.add(files.uids());
  epoch.knows_files = true;
  return state;
}

MailboxState AccountFolders::state_of(const MailboxIdentity& mailbox,
                                      std::chrono::system_clock::time_point now) {
  const auto place = folders.place_of(mailbox.levels, mailbox.raw);
  if (!place.exists) return {};
  const auto& folder = read_state(place.folder, mailbox.uid_validity);
  const auto& epoch = folder.epochs.at(mailbox.uid_validity);
  MailboxState state{.held = epoch.held(),
                     .stored = epoch.stored,
                     .holes = epoch.holes,
                     .server = {},
                     .since_compared = {},
                     .accepted = epoch.accepted,
                     .former = {}};
  for (std::uint64_t most = 0; const auto& [uid_validity, uids] : folder.former(mailbox.uid_validity)) {
    if (!state.former) state.former.emplace();
    if (uids.size() > most) state.former->uid_validity = uid_validity;
    most = std::max(most, uids.size());
    state.former->messages += uids.size();
  }
  if (!epoch.synced) return state;
  state.server = epoch.synced->server;
  if (const auto compared = parse_rfc3339(epoch.synced->compared))
    state.since_compared = std::chrono::floor<std::chrono::seconds>(now - *compared);
  return state;
}

FormerMessages AccountFolders::former_of(const std::string& folder, std::uint32_t uid_validity,
                                         std::uint32_t number) {
  const auto former = read_state(folder, uid_validity).former(uid_validity);
  return {directory(folder), number, former};
}

}  // namespace mailspoor::deliver
