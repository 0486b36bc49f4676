#include "deliver/account_folders.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "deliver/base/sha256.hpp"
#include "deliver/journal_file.hpp"
#include "deliver/maildir_name.hpp"
#include "deliver/message_files.hpp"
#include "deliver/placed_files.hpp"

namespace mailspoor::deliver {
namespace {

constexpr std::size_t kReadOctets = std::size_t{256} * 1024;
constexpr std::size_t kMaxHeaderOctets = std::size_t{16} * 1024 * 1024;

}  // namespace

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
  auto names = files.names();
  std::set<std::uint32_t> known;  // relisted since the journal was lost: more than a file's name says
  for (const auto& name : epoch.names) known.insert(name.uid);
  std::erase_if(names, [&](const base::MaildropEntry& name) { return known.contains(name.uid); });
  epoch.add_names(std::move(names));
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

/// The one that mailspoor.json tells of; else the one with most messages in the journal or, where that is
/// lost, among the files.
std::uint32_t AccountFolders::maildrop_epoch() {
  const auto* const identity = folders.identity("");
  if (identity == nullptr) return 0;
  if (*identity && (*identity)->is_maildrop) return (*identity)->uid_validity;
  auto& state = states[""];
  state.catch_up(top);
  std::map<std::uint32_t, std::size_t> messages;
  for (const auto& [uid_validity, epoch] : state.epochs) {
    if (!epoch.names.empty()) messages[uid_validity] = epoch.names.size();
  }
  if (messages.empty()) {
    for_each_message(top, [&](const Directory&, const std::string& file) {
      const auto name = parse_maildir_name(file);
      if (name.uidl_hash && name.uid_validity.value_or(0) > 0) ++messages[*name.uid_validity];
    });
  }
  const auto most =
      std::max_element(messages.begin(), messages.end(),
                       [](const auto& left, const auto& right) { return left.second < right.second; });
  return most == messages.end() ? 0 : most->first;
}

MaildropState AccountFolders::maildrop(std::chrono::system_clock::time_point now) {
  MaildropState state{.epoch = maildrop_epoch()};
  const auto* const identity = folders.identity("");
  state.is_known = identity != nullptr && *identity && (*identity)->is_maildrop;
  if (state.epoch == 0) {
    // As IMAP servers choose theirs, and none that the folder has had.
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    state.epoch = static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 1, UINT32_MAX));
    if (identity == nullptr) return state;
    const auto& known = states[""].epochs;
    while (known.contains(state.epoch)) ++state.epoch;
  }
  const auto& epoch = read_state("", state.epoch).epochs.at(state.epoch);
  state.next_uid = epoch.greatest() + 1;
  state.stored = epoch.stored;
  state.holes = epoch.holes;
  state.accepted = epoch.accepted;
  state.deleted = epoch.deleted;
  state.entries = epoch.names;
  return state;
}

std::vector<HeldContent> AccountFolders::contents(std::uint32_t epoch, const base::UidSet& uids) {
  std::map<std::uint32_t, HeldContent> found;
  const auto directory = folders.identity("") == nullptr ? std::nullopt : mail.find_subdirectory(account);
  if (!directory) return {};
  PlacedFiles files;
  for (const auto& [uid, unique] : files.find_uids(*directory, epoch, uids)) {
    const auto place = files.find(*directory, unique, "");
    const auto below = place ? directory->find_subdirectory(place->directory) : std::nullopt;
    const auto file = below ? below->find_file(place->name) : std::nullopt;
    if (!file) continue;
    const auto path = below->path_of(place->name);
    base::Sha256 hash;
    std::string header;
    for (std::uint64_t offset = 0;;) {
      const auto octets = read_at(file->get(), offset, kReadOctets, path);
      if (octets.empty()) break;
      offset += octets.size();
      hash.update(octets);
      if (header.size() < kMaxHeaderOctets && header.find("\r\n\r\n") == std::string::npos) header += octets;
    }
    found[uid] = {.uid = uid,
                  .file = unique,
                  .sha256 = base::to_hex(hash.finish()),
                  .header_digest = base::header_digest(header)};
  }
  auto missing = uids;
  for (const auto& [uid, content] : found) missing.remove(uid);
  const auto journal = missing.empty() ? std::nullopt : directory->find_file(kJournalFile);
  if (journal) {
    // Moved or deleted by a MUA, or gone from the server: what they were is known all the same.
    read_journal(journal->get(), directory->path_of(kJournalFile), 0, [&](const JournalEntry& entry) {
      const auto* stored = std::get_if<StoredEvent>(&entry.event);
      if (stored != nullptr && stored->uid_validity == epoch && missing.contains(stored->uid))
        found[stored->uid] = {.uid = stored->uid, .file = {}, .sha256 = stored->sha256, .header_digest = {}};
    });
  }
  std::vector<HeldContent> contents;
  for (auto& [uid, content] : found) contents.push_back(std::move(content));
  return contents;
}

FormerMessages AccountFolders::former_of(const std::string& folder, std::uint32_t uid_validity,
                                         std::uint32_t number) {
  const auto former = read_state(folder, uid_validity).former(uid_validity);
  return {directory(folder), number, former};
}

}  // namespace mailspoor::deliver
