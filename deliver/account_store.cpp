#include "deliver/account_store.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <set>
#include <utility>

#include "deliver/account_folders.hpp"
#include "deliver/account_lock.hpp"
#include "deliver/account_name.hpp"
#include "deliver/base/text.hpp"
#include "deliver/held_octets.hpp"
#include "deliver/journal_file.hpp"
#include "deliver/journal_line.hpp"
#include "deliver/mailbox_writer_state.hpp"
#include "deliver/maildir.hpp"
#include "deliver/maildir_name.hpp"
#include "deliver/pending.hpp"
#include "deliver/recovery.hpp"

namespace mailspoor::deliver {
namespace {

FolderIdentity folder_identity(const std::string& account, const MailboxIdentity& mailbox) {
  return {.account = account,
          .mailbox = mailbox.name,
          .mailbox_raw = mailbox.raw,
          .delimiter = mailbox.delimiter,
          .uid_validity = mailbox.uid_validity,
          .object_id = mailbox.object_id,
          .special_use = mailbox.special_use,
          .is_maildrop = mailbox.is_maildrop};
}

MailboxIdentity mailbox_identity(const FolderIdentity& identity) {
  return {.raw = identity.mailbox_raw,
          .name = identity.mailbox,
          .levels = levels_of(identity),
          .delimiter = identity.delimiter,
          .uid_validity = identity.uid_validity,
          .object_id = identity.object_id,
          .special_use = identity.special_use,
          .is_maildrop = identity.is_maildrop};
}

const std::string& checked_account(const std::string& name) {
  if (!is_account_name(name))
    throw Error{fmt::format("\"{}\" cannot name an account", base::printable(name))};
  return name;
}

}  // namespace

struct AccountStore::State : AccountFolders {
  State(const Directory& root, const std::string& account_name, StoreOptions options)
      : AccountFolders{account_name, root.make_subdirectory("mail"),
                       root.make_subdirectory("mail").make_subdirectory(account_name)},
        environment{std::move(options.environment)},
        names{environment},
        lock{root.make_subdirectory("locks"), account, options.lock_wait, environment},
        pending{root.make_subdirectory("pending")},
        cache{root.make_subdirectory("state")},
        octets{[this] { return folder_names(); },
               [this](const std::string& folder) { return directory(folder); }} {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() = default;

  std::string path_of(const std::string& folder) const {
    return folder.empty() ? account : account + '/' + folder;
  }

  void learn_folders();
  void recover(const Directory& folder, const std::string& name);
  void remove_hidden_notes() const;
  Directory make_folder(const std::string& folder) const;

  Environment environment;
  UniqueNames names;
  AccountLock lock;
  Directory pending;
  Directory cache;
  std::set<std::string> unlisted_now;  ///< Folders of which unlisted() was said by this run.
  HeldOctets octets;
};

void AccountStore::State::learn_folders() {
  for (const auto& name : candidates()) {
    const auto folder = name.empty() ? mail.subdirectory(account) : top.find_subdirectory_if_any(name);
    if (!folder) {
      folders.add_taken(name);  // a file or a link
      continue;
    }
    recover(*folder, name);
    folders.add(name, read_folder_identity(*folder));
  }
}

void AccountStore::State::recover(const Directory& folder, const std::string& name) {
  remove_litter(folder);
  settle(folder, path_of(name), pending, account, names);
}

/// Notes that a killed run of this account did not finish.
void AccountStore::State::remove_hidden_notes() const {
  std::vector<std::string> litter;
  pending.for_each_name([&](const std::string& name) {
    if (name.starts_with('.' + account + '~')) litter.push_back(name);
  });
  for (const auto& name : litter) pending.remove(name);
}

Directory AccountStore::State::make_folder(const std::string& folder) const {
  auto directory = folder.empty() ? mail.subdirectory(account) : top.make_subdirectory(folder);
  complete_maildir(directory, !folder.empty());
  return directory;
}

AccountStore::AccountStore(const std::filesystem::path& root, const std::string& account,
                           StoreOptions options)
    : state_{std::make_unique<State>(Directory::make(root), checked_account(account), std::move(options))} {
  state_->remove_hidden_notes();
  state_->learn_folders();
  try {
    state_->states = read_state_cache(state_->cache, account);
  } catch (const Error&) {
    state_->states.clear();  // the journals tell the same
  }
}

AccountStore::AccountStore(AccountStore&&) noexcept = default;
AccountStore& AccountStore::operator=(AccountStore&&) noexcept = default;
AccountStore::~AccountStore() = default;

MailboxState AccountStore::state(const MailboxIdentity& mailbox) {
  return state_->state_of(mailbox, state_->environment.now());
}

MaildropState AccountStore::maildrop() { return state_->maildrop(state_->environment.now()); }

std::vector<HeldContent> AccountStore::contents(std::uint32_t epoch, const base::UidSet& uids) {
  return state_->contents(epoch, uids);
}

std::vector<HeldContent> AccountStore::deletable(std::uint32_t epoch, const base::UidSet& uids,
                                                 std::chrono::hours age, std::uint64_t most) {
  const auto directory = state_->directory("");
  const auto journal = directory.find_file(kJournalFile);
  if (!journal) return {};
  const auto youngest = state_->environment.now() - age;
  std::map<std::uint32_t, std::string> hashes;
  read_journal(journal->get(), directory.path_of(kJournalFile), 0, [&](const JournalEntry& entry) {
    // What the server has described in other words since may be more than what lies here.
    const auto* relisted = std::get_if<RelistedEvent>(&entry.event);
    if (relisted != nullptr && relisted->uid_validity == epoch) hashes.erase(relisted->entry.uid);
    const auto* stored = std::get_if<StoredEvent>(&entry.event);
    if (stored == nullptr || stored->uid_validity != epoch || !uids.contains(stored->uid)) return;
    const auto time = parse_rfc3339(stored->time);
    if (time && *time <= youngest) hashes[stored->uid] = stored->sha256;
  });
  std::vector<HeldContent> found;
  base::UidSet candidates;
  for (const auto& [uid, sha256] : hashes) candidates.add(uid);
  while (!candidates.empty() && found.size() < most) {
    const auto some = candidates.smallest(most - found.size());
    candidates.remove(some);
    for (auto& content : state_->contents(epoch, some)) {
      if (!content.file.empty() && content.sha256 == hashes[content.uid]) found.push_back(std::move(content));
    }
  }
  return found;
}

void AccountStore::deleted(std::uint32_t epoch, const std::vector<HeldContent>& messages) {
  std::vector<std::string> lines;
  for (const auto& message : messages) {
    lines.push_back(to_journal_line(DeletedEvent{.uid_validity = epoch,
                                                 .uid = message.uid,
                                                 .file = message.file,
                                                 .sha256 = message.sha256,
                                                 .time = rfc3339(state_->environment.now())}));
  }
  JournalAppender journal{state_->directory("")};
  journal.append(lines);
  journal.append_commit(lines.size());
  journal.sync();
}

std::optional<HeldMessage> AccountStore::find(const std::string& email_id,
                                              const std::optional<GmailFacts>& gmail) {
  const auto id = server_id(email_id, gmail);
  return id.empty() ? std::nullopt : state_->octets.find_id(id);
}

bool AccountStore::has_ids() { return state_->octets.has_ids(); }

FormerMessages AccountStore::former(const MailboxIdentity& mailbox) {
  const auto folder = state_->folders.place_of(mailbox.levels, mailbox.raw).folder;
  return state_->former_of(folder, mailbox.uid_validity, state_->octets.number_of(folder));
}

std::vector<HeldMailbox> AccountStore::mailboxes() {
  std::vector<HeldMailbox> held;
  auto& state = *state_;
  state.folders.for_each([&](const std::string& folder, const FolderIdentity& identity) {
    if (folder.empty() || folder == kGoneFolder) return;
    auto& known = state.states[folder];
    known.catch_up(state.directory(folder));
    held.push_back({.identity = mailbox_identity(identity),
                    .was_unlisted = !known.unlisted.empty() && !state.unlisted_now.contains(folder)});
  });
  return held;
}

std::vector<MessageFacts> AccountStore::sample(const MailboxIdentity& mailbox, std::uint64_t count) {
  const auto place = state_->folders.place_of(mailbox.levels, mailbox.raw);
  if (!place.exists) return {};
  const auto& state = state_->read_state(place.folder, mailbox.uid_validity);
  const auto& stored = state.epochs.at(mailbox.uid_validity).stored;
  auto wanted = stored.smallest(count / 2);
  wanted.add(stored.greatest(count - wanted.size()));
  std::map<std::uint32_t, MessageFacts> facts;
  const auto directory = state_->directory(place.folder);
  const auto journal = directory.find_file(kJournalFile);
  if (!journal) return {};
  read_journal(journal->get(), directory.path_of(kJournalFile), 0, [&](const JournalEntry& entry) {
    const auto* event = std::get_if<StoredEvent>(&entry.event);
    if (event == nullptr || event->uid_validity != mailbox.uid_validity || !wanted.contains(event->uid))
      return;
    facts[event->uid] = {.uid = event->uid,
                         .flags = event->flags,
                         .internal_date = event->internal_date,
                         .announced_size = event->announced_size};
  });
  std::vector<MessageFacts> found;
  for (auto& [uid, fact] : facts) found.push_back(std::move(fact));
  return found;
}

// The order that makes a crash at any point harmless:
//   1. a `renamed` line without `commit`    killed here: dead
//   2. mailspoor.json says the new name     killed from here on: the folder is that of the new name, whatever
//   3. the folder is renamed                   it is called; the next AccountStore writes the line again with
//   a
//   4. a note for the index                    `commit`, and leaves the note (recovery.cpp)
//   5. `commit`
void AccountStore::rename(const MailboxIdentity& from, const MailboxIdentity& to) {
  auto& state = *state_;
  const auto old = state.folders.place_of(from.levels, from.raw);
  const auto* const known = state.folders.identity(old.folder);
  if (!old.exists || old.folder.empty() || known == nullptr || !*known) return;
  auto identity = folder_identity(state.account, to);
  identity.uid_validity = (*known)->uid_validity;  // `known` ends below
  state.folders.remove(old.folder);
  const auto place = state.folders.place_of(to.levels, to.raw);
  const auto folder = place.exists || place.folder.empty() ? old.folder : place.folder;

  const auto directory = state.directory(old.folder);
  JournalAppender journal{directory};
  journal.append({to_journal_line(RenamedEvent{.from = from.name,
                                               .from_folder = old.folder,
                                               .to = to.name,
                                               .time = rfc3339(state.environment.now())})});
  journal.sync();
  write_folder_identity(directory, identity);
  if (folder != old.folder) {
    state.top.move(old.folder, state.top, folder);
    state.top.sync();
  }
  state.folders.add(folder, identity);
  state.octets.renamed(old.folder, folder);
  if (auto known_state = state.states.extract(old.folder); !known_state.empty()) {
    known_state.key() = folder;
    state.states.insert(std::move(known_state));
  }
  add_pending(state.pending, state.account + '~' + state.names.next(), state.path_of(folder));
  journal.append_commit(1);
  journal.sync();
}

void AccountStore::unlisted(const MailboxIdentity& mailbox, bool is_listed) {
  const auto place = state_->folders.place_of(mailbox.levels, mailbox.raw);
  if (!place.exists) return;
  JournalAppender journal{state_->directory(place.folder)};
  journal.append(
      {to_journal_line(UnlistedEvent{.is_listed = is_listed, .time = rfc3339(state_->environment.now())})});
  journal.append_commit(1);
  journal.sync();
  state_->unlisted_now.insert(place.folder);
}

void AccountStore::seen(const MailboxIdentity& mailbox) {
  const auto place = state_->folders.place_of(mailbox.levels, mailbox.raw);
  if (place.exists) state_->states[place.folder].seen = rfc3339(state_->environment.now());
}

std::uint64_t AccountStore::accept_holes() {
  std::uint64_t accepted = 0;
  state_->folders.for_each([&](const std::string& folder, const FolderIdentity& identity) {
    const auto directory = state_->directory(folder);
    auto& state = state_->states[folder];
    state.catch_up(directory);
    const auto& epoch = state.epochs[identity.uid_validity];
    auto news = epoch.holes;
    news.remove(epoch.accepted);
    if (news.empty()) return;
    std::vector<std::string> lines;
    for (auto& part : base::in_parts(news, kMaxRangesPerLine)) {
      lines.push_back(to_journal_line(AcceptedEvent{.uid_validity = identity.uid_validity,
                                                    .uids = std::move(part),
                                                    .time = rfc3339(state_->environment.now())}));
    }
    JournalAppender journal{directory};
    journal.append(lines);
    journal.append_commit(lines.size());
    journal.sync();
    accepted += news.size();
  });
  return accepted;
}

void AccountStore::save() {
  auto& states = state_->states;
  std::erase_if(states, [&](const auto& item) { return state_->folders.identity(item.first) == nullptr; });
  for (auto& [folder, state] : states) state.catch_up(state_->directory(folder));
  write_state_cache(state_->cache, state_->account, states);
}

MailboxWriter AccountStore::open_mailbox(const MailboxIdentity& mailbox) {
  auto place = state_->folders.place_of(mailbox.levels, mailbox.raw);
  // Adopted as Archive, and INBOX.Archive for its server: the index hears of it as of any other new name.
  const auto* const before = state_->folders.identity(place.folder);
  if (before != nullptr && *before && (*before)->uid_validity == kAdoptedEpoch &&
      (*before)->mailbox != mailbox.name) {
    rename(mailbox_identity(**before), mailbox);
    place = state_->folders.place_of(mailbox.levels, mailbox.raw);
  }
  auto directory = state_->make_folder(place.folder);
  auto identity = folder_identity(state_->account, mailbox);
  const auto* const known = state_->folders.identity(place.folder);
  if (known != nullptr && *known && mailbox.uid_validity == kAdoptedEpoch)
    identity = **known;  // what a server has told holds, and so do its holes
  if (known != nullptr && *known && !identity.object_id && (*known)->uid_validity == identity.uid_validity)
    identity.object_id = (*known)->object_id;  // the server tells it no more
  if (known == nullptr || *known != identity) {
    write_folder_identity(directory, identity);
    state_->folders.add(place.folder, identity);
  }
  const auto& state = state_->read_state(place.folder, mailbox.uid_validity);
  return MailboxWriter{std::make_unique<MailboxWriter::State>(
      WriterServices{
          .environment = state_->environment,
          .names = state_->names,
          .pending = state_->pending,
          .account = state_->account,
          .octets = state_->octets,
          .open_gone = [store = state_.get()] { return store->make_folder(std::string{kGoneFolder}); }},
      std::move(directory), state_->path_of(place.folder), mailbox.uid_validity,
      state.epochs.at(mailbox.uid_validity), state.former(mailbox.uid_validity), state.seen, state.unlisted)};
}

}  // namespace mailspoor::deliver
