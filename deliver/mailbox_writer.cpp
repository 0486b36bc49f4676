#include "deliver/mailbox_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "deliver/error.hpp"
#include "deliver/internal_date.hpp"
#include "deliver/journal_line.hpp"
#include "deliver/mailbox_writer_state.hpp"
#include "deliver/maildir_name.hpp"
#include "deliver/pending.hpp"

namespace mailspoor::deliver {
namespace {

// How messages reach the disk. 4,000 messages of 5.6 KB in batches of 500, ext4 on a virtual disk that others
// are writing to as well, two runs:
//     fsync of 32 at a time, one after the other   8.0, 6.7 s
//     the same, by 4 threads                       1.0, 0.8 s
//     by 8 threads                                 1.0, 0.6 s
//     by 32 threads                                0.7, 0.7 s   <- FileSyncer, with 24
//     one syncfs at commit                         0.8, 0.3 s
// syncfs tells of write errors only since Linux 5.8, FUSE does not pass it on to what stands behind it, and
// it waits for whatever else is being written to the file system: that would weaken P4.
constexpr std::size_t kMaxUnsynced = 64;  // then FileSyncer has them: so many descriptors

bool has_same_date(const MessageFacts& told, const StoredEvent& stored) {
  const auto date = parse_internal_date(told.internal_date);
  return date && date == parse_internal_date(stored.internal_date);
}

/// Runs `work`; if it throws, the writer takes nothing more and the batch is gone.
template <typename Work>
void guarded(MailboxWriter::State& state, Work work) {
  state.require_whole();
  try {
    work();
  } catch (...) {
    state.is_broken = true;
    state.forget();
    throw;
  }
}

}  // namespace

MailboxWriter::State::State(WriterServices services_of_store, Directory folder_directory,
                            std::string folder_path, std::uint32_t epoch, EpochState known,
                            FormerEpochs former_epochs, std::string last_seen, std::string first_missed)
    : services{std::move(services_of_store)},
      folder{std::move(folder_directory)},
      tmp{folder.subdirectory("tmp")},
      cur{folder.subdirectory("cur")},
      fresh{folder.subdirectory("new")},
      journal{folder},
      path{std::move(folder_path)},
      uid_validity{epoch},
      held{known.held()},
      former{std::move(former_epochs)},
      seen{std::move(last_seen)},
      missed{std::move(first_missed)},
      compared{known.synced ? known.synced->compared : ""} {}

void MailboxWriter::State::require_whole() const {
  if (is_broken) throw Error{fmt::format("cannot write to {}: an earlier write to it failed", folder.path())};
}

void MailboxWriter::State::sync_ended() {
  std::vector<FileSyncer::File> files;
  for (auto message = ended.end() - static_cast<std::ptrdiff_t>(unsynced); message != ended.end();
       ++message) {
    if (auto* file = std::get_if<MessageFile>(&message->file)) files.push_back(file->take_unsynced());
  }
  unsynced = 0;
  syncer.add(std::move(files));
}

void MailboxWriter::State::place() {
  for (auto& message : ended) {
    if (auto* file = std::get_if<MessageFile>(&message.file)) {
      file->move_to(cur, message.name);
    } else {
      std::get<RenamedFile>(message.file).move_to(folder, cur, message.name);
    }
  }
}

/// Takes back what place() did: a batch that did not become durable must not look as if it had.
void MailboxWriter::State::remove_placed() noexcept {
  for (auto& message : ended) std::visit([&](auto& file) { file.undo(cur, message.name); }, message.file);
}

void MailboxWriter::State::forget() noexcept {
  current.reset();
  syncer.clear();
  ended.clear();
  unsynced = 0;
  savepoint = {};
  lines.clear();
  batch = {};
  replaced.clear();
  renamed.clear();
  absent = {};
  holes = 0;
  placed = 0;
  changes.clear();
  is_former_gone = false;
  synced.reset();
}

void MailboxWriter::State::roll_back() {
  current.reset();
  unsynced -= std::min(unsynced, ended.size() - savepoint.ended);
  while (ended.size() > savepoint.ended) ended.pop_back();
  lines.resize(savepoint.lines);
  for (; replaced.size() > savepoint.replaced; replaced.pop_back()) renamed.erase(replaced.back().file);
  batch = savepoint.batch;
  absent = savepoint.absent;
  holes = savepoint.holes;
  placed = savepoint.placed;
}

/// Octets that the account has already are not stored twice. Where that cannot be had, the own copy is as
/// good.
void MailboxWriter::State::link(MessageFile& file, const std::string& sha256) const {
  try {
    const auto twin = std::find_if(ended.begin(), ended.end(),
                                   [&](const EndedMessage& other) { return other.sha256 == sha256; });
    const auto* const twin_file = twin == ended.end() ? nullptr : std::get_if<MessageFile>(&twin->file);
    if (twin_file != nullptr) {
      file.link_to(tmp, twin_file->name());
    } else if (const auto hit = services.octets.find(sha256, "")) {
      file.link_to(hit->directory, hit->name);
    }
  } catch (const Error&) {
  }
}

/// Its folder in the account's directory.
std::string MailboxWriter::State::folder_name() const {
  return path.substr(std::min(path.size(), services.account.size() + 1));
}

StoredEvent MailboxWriter::State::stored_event(const MessageFacts& facts, std::uint64_t size,
                                               std::string sha256) {
  return {.uid_validity = uid_validity,
          .uid = facts.uid,
          .file = fmt::format("{},S={},V={},U={}{}", unique_base, size, uid_validity, facts.uid,
                              facts.name ? ",I=" + base::to_hex(facts.name->hash) : ""),
          .flags = facts.flags,
          .internal_date = facts.internal_date,
          .announced_size = facts.announced_size,
          .sha256 = std::move(sha256),
          .time = rfc3339(services.environment.now()),
          .former = {},
          .email_id = facts.email_id,
          .gmail = facts.gmail,
          .uidl = facts.name ? std::optional{facts.name->uidl} : std::nullopt};
}

void MailboxWriter::State::add(std::variant<MessageFile, RenamedFile> file, const std::string& info,
                               const StoredEvent& stored) {
  lines.push_back(to_journal_line(stored));
  if (stored.former) {
    replaced.push_back(*stored.former);
    renamed.insert(stored.former->file);
  }
  ended.push_back({.file = std::move(file),
                   .name = stored.file + ":2," + info,
                   .uid = stored.uid,
                   .sha256 = stored.sha256});
  batch.add(stored.uid);
  if (++unsynced == kMaxUnsynced) sync_ended();
}

bool MailboxWriter::State::place(const HeldOctets::Hit& hit, const MessageFacts& told) {
  const auto size = hit.directory.size_of(hit.name);
  if (!size || size != parse_maildir_name(hit.name).size.value_or(*size)) return false;
  const auto id = server_id(told.email_id, told.gmail);
  const auto held_id = server_id(hit.stored.email_id, hit.stored.gmail);
  if (!id.empty() && !held_id.empty() && id != held_id) return false;
  const bool has_same_size = told.announced_size == hit.stored.announced_size || told.announced_size == size;
  // Of servers that call several messages the same, at least these tell: what is immutable is equal where the
  // names are (RFC 8474 §5.1).
  const bool is_told_by_name = !id.empty() && id == held_id;
  if (is_told_by_name && !(told.announced_size && has_same_size && has_same_date(told, hit.stored)))
    return false;
  if (told.announced_size && hit.stored.announced_size && !has_same_size) return false;
  auto facts = told;
  if (facts.internal_date.empty()) facts.internal_date = hit.stored.internal_date;
  if (!facts.announced_size) facts.announced_size = hit.stored.announced_size;
  unique_base = services.names.next();
  if (hit.folder == folder_name() && hit.stored.uid_validity != uid_validity) return rename(hit, facts);
  auto file = MessageFile::linked(tmp, std::string{kTmpPrefix} + unique_base, hit.directory, hit.name);
  if (!file) return false;
  add(std::move(*file), maildir_info(facts.flags), stored_event(facts, *size, hit.stored.sha256));
  return true;
}

/// The file of a former UIDVALIDITY becomes that of this one. What a MUA made of its flags stays, unless the
/// server's own have changed; a POP3 server has none.
bool MailboxWriter::State::rename(const HeldOctets::Hit& hit, const MessageFacts& facts) {
  const auto size = hit.directory.size_of(hit.name);
  const auto* const directory = hit.directory.path() == cur.path() ? &cur : &fresh;
  if (!size || renamed.contains(hit.stored.file) || hit.directory.path() != directory->path()) return false;
  const auto info = parse_maildir_name(hit.name).info;
  auto stored = stored_event(facts, *size, hit.stored.sha256);
  stored.former = FormerPlacement{
      .uid_validity = hit.stored.uid_validity, .uid = hit.stored.uid, .file = hit.stored.file};
  if (facts.name) {
    stored.flags = imap_flags(info);
    add(RenamedFile{*directory, hit.name}, std::string{info}, stored);
    return true;
  }
  if (!told_flags) told_flags.emplace(folder, uid_validity);
  add(RenamedFile{*directory, hit.name},
      are_same_flags(told_flags->of(hit.stored), facts.flags) ? std::string{info}
                                                              : maildir_info(facts.flags, info),
      stored);
  return true;
}

/// Whether what was fetched lies in the folder already, under a former UIDVALIDITY: then that file is used.
bool MailboxWriter::State::is_former(const MessageFile& file, const std::string& sha256,
                                     const MessageFacts& facts) {
  if (former.empty()) return false;
  const auto hit = services.octets.find_former(sha256, folder_name(), uid_validity, renamed);
  return hit && has_same_octets(tmp, file.name(), hit->directory, hit->name) && rename(*hit, facts);
}

MailboxWriter::MailboxWriter(std::unique_ptr<State> state) : state_{std::move(state)} {}
MailboxWriter::MailboxWriter(MailboxWriter&&) noexcept = default;
MailboxWriter& MailboxWriter::operator=(MailboxWriter&&) noexcept = default;
MailboxWriter::~MailboxWriter() = default;

const base::UidSet& MailboxWriter::held() const noexcept { return state_->held; }
const std::string& MailboxWriter::folder() const noexcept { return state_->path; }
WriterCounts MailboxWriter::counts() const noexcept { return state_->counts; }

void MailboxWriter::begin() {
  auto& state = *state_;
  guarded(state, [&] {
    abandon();
    state.unique_base = state.services.names.next();
    state.current.emplace(state.tmp, std::string{kTmpPrefix} + state.unique_base);
    static_cast<void>(state.hash.finish());
    state.buffer.clear();
  });
}

void MailboxWriter::append(std::string_view octets) {
  auto& state = *state_;
  guarded(state, [&] { state.current.value().append(octets, state.hash, state.buffer); });
}

void MailboxWriter::end(const MessageFacts& facts) {
  auto& state = *state_;
  guarded(state, [&] {
    if (facts.uid == 0)
      throw Error{fmt::format("cannot store a message in {}: no UID is 0", state.folder.path())};
    if (state.has(facts.uid)) return abandon();  // sent twice
    auto& file = state.current.value();
    file.finish(parse_internal_date(facts.internal_date), state.buffer);
    const auto sha256 = base::to_hex(state.hash.finish());
    if (state.is_former(file, sha256, facts)) return abandon();
    state.link(file, sha256);
    const auto stored = state.stored_event(facts, file.size(), sha256);
    state.add(std::move(file), maildir_info(facts.flags), stored);
    state.current.reset();
  });
}

bool MailboxWriter::place(const HeldMessage& held, const MessageFacts& facts) {
  auto& state = *state_;
  bool is_done = false;
  guarded(state, [&] {
    is_done = facts.uid != 0 && state.has(facts.uid);
    if (is_done || facts.uid == 0) return;
    abandon();
    const auto hit = state.services.octets.find(held);
    is_done = hit && state.place(*hit, facts);
    if (is_done) ++state.placed;
  });
  return is_done;
}

void MailboxWriter::abandon() noexcept { state_->current.reset(); }

void MailboxWriter::absent(const base::UidSet& uids) {
  auto& state = *state_;
  guarded(state, [&] {
    auto news = uids;
    news.remove(state.held);
    news.remove(state.absent);
    state.absent.add(news);
    for (auto& part : base::in_parts(news, kMaxRangesPerLine)) {
      state.lines.push_back(
          to_journal_line(AbsentEvent{.uid_validity = state.uid_validity, .uids = std::move(part)}));
    }
  });
}

void MailboxWriter::hole(std::uint32_t uid, std::string_view reason,
                         const std::optional<base::MaildropName>& name) {
  auto& state = *state_;
  guarded(state, [&] {
    state.lines.push_back(to_journal_line(HoleEvent{.uid_validity = state.uid_validity,
                                                    .uid = uid,
                                                    .reason = std::string{reason},
                                                    .time = rfc3339(state.services.environment.now()),
                                                    .name = name}));
    ++state.holes;
  });
}

void MailboxWriter::relisted(const base::MaildropEntry& entry) {
  auto& state = *state_;
  guarded(state, [&] {
    state.lines.push_back(to_journal_line(RelistedEvent{.uid_validity = state.uid_validity,
                                                        .entry = entry,
                                                        .time = rfc3339(state.services.environment.now())}));
  });
}

void MailboxWriter::flags(const base::UidSet& uids, const std::vector<std::string>& flags) {
  guarded(*state_, [&] { state_->changes.set_flags(uids, flags); });
}

void MailboxWriter::labels(const base::UidSet& uids, const std::vector<std::string>& labels) {
  guarded(*state_, [&] { state_->changes.set_labels(uids, labels); });
}

void MailboxWriter::gone(const base::UidSet& uids) {
  guarded(*state_, [&] { state_->changes.remove(uids); });
}

void MailboxWriter::former_gone() {
  guarded(*state_, [&] { state_->is_former_gone = true; });
}

void MailboxWriter::back(const base::UidSet& uids) {
  guarded(*state_, [&] { state_->held.remove(uids); });
}

void MailboxWriter::synced(const ServerState& server, bool is_compared) {
  auto& state = *state_;
  guarded(state, [&] {
    const auto now = rfc3339(state.services.environment.now());
    state.synced = SyncedEvent{.uid_validity = state.uid_validity,
                               .server = server,
                               .time = now,
                               .compared = is_compared ? now : state.compared};
  });
}

void MailboxWriter::savepoint() {
  auto& state = *state_;
  guarded(state, [&] {
    state.savepoint = {state.ended.size(), state.lines.size(), state.replaced.size(), state.batch,
                       state.absent,       state.holes,        state.placed};
  });
}

void MailboxWriter::roll_back() {
  guarded(*state_, [&] { state_->roll_back(); });
}

void MailboxWriter::commit() {
  auto& state = *state_;
  guarded(state, [&] {
    abandon();
    state.commit_messages();
    state.commit_changes();
    state.forget();
  });
}

// The order that makes a crash at any point harmless (the index's part in it stands in pending.cpp):
//   1. journal lines synced     killed here: lines without `commit` and without files: dead; litter in tmp/,
//   2. files synced in tmp/     removed by the next AccountStore; nothing held
//   3. files moved to cur/      killed from here on: lines without `commit`, with files: held, and settled by
//   the next
//   4. a note for the index        AccountStore, which writes them again with a `commit`
//   5. cur/ synced
//   6. `commit` appended        synced with the next batch; if it is lost, that is 3 again
void MailboxWriter::State::commit_messages() {
  if (lines.empty()) return;
  sync_ended();
  journal.append(lines);
  if (!ended.empty()) journal.sync();
  syncer.wait();
  try {
    place();
    note_pending();
    cur.sync();
  } catch (...) {
    remove_placed();
    throw;
  }
  journal.append_commit(lines.size());
  // Nothing on the disk but the line itself tells of holes and absent UIDs.
  if (lines.size() > ended.size()) journal.sync();

  held.add(batch);
  held.add(absent);
  // At once: what is left of a mailbox has gaps, and each removal goes through all of them.
  FormerEpochs found;
  for (const auto& [epoch, uid, file] : replaced) found[epoch].add(uid);
  for (const auto& [epoch, uids] : found) former[epoch].remove(uids);
  counts.messages += ended.size();
  counts.renumbered += replaced.size();
  counts.placed += placed;
  for (const auto& message : ended) {
    if (const auto* file = std::get_if<MessageFile>(&message.file)) counts.octets += file->size();
  }
  counts.absent += absent.size();
  counts.holes += holes;
  if (!ended.empty()) services.octets.changed(folder_name());
}

// Files first, then the journal: killed between, the next run finds the same news on the server, since
// `synced` has not been written, and the files as they should be.
void MailboxWriter::State::commit_changes() {
  carry_out(changes, uid_validity);
  if (std::exchange(is_former_gone, false)) {
    for (auto& [epoch, uids] : former) {
      MailboxChanges of_epoch;
      of_epoch.remove(std::exchange(uids, {}));
      carry_out(of_epoch, epoch);
    }
  }
  if (!synced) return;
  journal.append({to_journal_line(*synced)});
  journal.append_commit(1);  // not synced: if it is lost, the next run looks once more
}

void MailboxWriter::State::carry_out(MailboxChanges& of_epoch, std::uint32_t epoch) {
  while (!of_epoch.empty()) {
    const auto done =
        of_epoch.carry_out_some({.folder = folder,
                                 .uid_validity = epoch,
                                 .open_gone = services.open_gone,
                                 .octets = services.octets,
                                 .seen = seen,
                                 .now = missed.empty() ? rfc3339(services.environment.now()) : missed});
    if (done.lines.empty()) continue;
    journal.append(done.lines);
    note_pending();  // an index that sees it must find them
    journal.append_commit(done.lines.size());
    journal.sync();
    counts.flags_changed += done.flags_changed;
    counts.labels_changed += done.labels_changed;
    counts.gone += done.gone.size();
  }
}

void MailboxWriter::State::note_pending() const {
  add_pending(services.pending, services.account + '~' + services.names.next(), path);
}

}  // namespace mailspoor::deliver
