#include "deliver/delivery.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "deliver/account_name.hpp"
#include "deliver/base/ascii.hpp"
#include "deliver/base/modified_utf7.hpp"
#include "deliver/base/text.hpp"
#include "deliver/delivered_before.hpp"
#include "deliver/directory.hpp"
#include "deliver/error.hpp"
#include "deliver/folder_identity.hpp"
#include "deliver/folder_table.hpp"
#include "deliver/journal_file.hpp"
#include "deliver/journal_line.hpp"
#include "deliver/maildir.hpp"
#include "deliver/maildir_name.hpp"
#include "deliver/message_file.hpp"
#include "deliver/pending.hpp"
#include "deliver/placed_files.hpp"
#include "deliver/unique_name.hpp"

namespace mailspoor::deliver {
namespace {

/// What names our files in tmp/; sync's begin otherwise, and it removes those at once.
constexpr std::string_view kDeliveryPrefix = "deliver-";
/// After so long a file in tmp/ has nobody who writes it (https://cr.yp.to/proto/maildir.html).
constexpr std::chrono::hours kAbandoned{36};
/// A From_ line is looked for so far.
constexpr std::size_t kMaxFromLine = std::size_t{16} * 1024;
/// Below `<root>`: a file for each folder that ever took a delivery.
constexpr const char* kMarkers = "delivered";

/// RFC 4155's `From ` line, which has an address; not the field `From :` (RFC 5322 §4.5.2).
bool is_from_line(std::string_view line) {
  if (!line.starts_with("From ")) return false;
  const auto address = line.find_first_not_of(" \t\r", 4);
  return address != std::string_view::npos && line[address] != ':';
}

/// The address on a From_ line. MAILER-DAEMON is how MTAs write the null reverse-path there.
std::string sender_on(std::string_view from_line) {
  from_line.remove_prefix(from_line.find_first_not_of(" \t", 4));
  const auto sender = from_line.substr(0, from_line.find_first_of(" \t\r\n"));
  return sender == "MAILER-DAEMON" ? std::string{} : base::to_valid_utf8(sender);
}

struct Received {
  std::string sha256;
  std::optional<std::string> sender;  ///< Of a From_ line.
};

/// Reads a message to its end.
Received receive(const ReadOctets& read, MessageFile& file) {
  Received received;
  base::Sha256 hash;
  std::string buffer;
  std::string start;
  bool is_end = false;
  while (!is_end && start.find('\n') == std::string::npos && start.size() < kMaxFromLine) {
    const auto octets = read();
    start += octets;
    is_end = octets.empty();
  }
  std::string_view first{start};
  if (const auto line_end = first.find('\n');
      line_end != std::string_view::npos && is_from_line(first.substr(0, line_end))) {
    received.sender = sender_on(first.substr(0, line_end));
    first.remove_prefix(line_end + 1);
  }
  file.append(first, hash, buffer);
  while (!is_end) {
    const auto octets = read();
    file.append(octets, hash, buffer);
    is_end = octets.empty();
  }
  file.finish(std::nullopt, buffer);
  received.sha256 = base::to_hex(hash.finish());
  return received;
}

/// Every 64th delivery or so: it would be a good part of one.
void remove_abandoned(const Directory& tmp, const Environment& environment) {
  if (environment.random() % 64 != 0) return;
  const auto oldest = std::chrono::system_clock::to_time_t(environment.now() - kAbandoned);
  std::vector<std::string> abandoned;
  tmp.for_each_name([&](const std::string& name) {
    struct stat status {};
    if (name.starts_with(kDeliveryPrefix) &&
        ::fstatat(tmp.fd(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_mtime < oldest)
      abandoned.push_back(name);
  });
  for (const auto& name : abandoned) tmp.try_remove(name);
}

void sync_message(MessageFile& file) {
  auto unsynced = file.take_unsynced();
  sync_file(unsynced.fd.get(), unsynced.path);
  close_file(std::move(unsynced.fd), unsynced.path);
}

std::string message_name(UniqueNames& names, const MessageFile& file) {
  return fmt::format("{},S={}", names.next(), file.size());
}

/// Makes a file that others may be making at the same time: the first stays.
/// @param made_in  Where it is written, under a name of its own.
void make_file_once(const Directory& directory, const std::string& name, const Directory& made_in,
                    const std::string& temporary_name, std::string_view octets) {
  const auto path = made_in.path_of(temporary_name);
  auto file = made_in.open_file(temporary_name, O_WRONLY | O_CREAT | O_EXCL);
  try {
    write_all(file.get(), octets, path);
    sync_file(file.get(), path);
    close_file(std::move(file), path);
    if (!made_in.try_move(temporary_name, directory, name)) made_in.remove(temporary_name);
  } catch (...) {
    made_in.try_remove(temporary_name);
    throw;
  }
  directory.sync();
}

/// Proves that files can be made and synced.
void check_folder(const Directory& folder, UniqueNames& names) {
  const auto tmp = folder.subdirectory("tmp");
  const auto inbox = folder.subdirectory("new");
  MessageFile file{tmp, std::string{kDeliveryPrefix} + names.next()};
  base::Sha256 hash;
  std::string buffer;
  file.append("Mailspoor could deliver a message here.\n", hash, buffer);
  file.finish(std::nullopt, buffer);
  sync_message(file);
  tmp.sync();
  inbox.sync();
}

std::vector<std::string> levels_of(const std::string& mailbox) {
  if (mailbox.empty() || !base::is_utf8(mailbox))
    throw Error{fmt::format("`{}` cannot name a mailbox", base::printable(mailbox))};
  std::vector<std::string> levels{""};
  for (const char c : mailbox) {
    if (c == '/') {
      levels.emplace_back();
    } else {
      levels.back() += c;
    }
  }
  if (std::any_of(levels.begin(), levels.end(), [](const auto& level) { return level.empty(); }))
    throw Error{fmt::format("`{}` names a mailbox without a name", base::printable(mailbox))};
  if (base::equal_ignoring_case(levels.front(), "INBOX")) levels.front() = "INBOX";
  return levels;
}

/// As a server would write them: what sync calls the same mailbox.
std::vector<std::string> raw_levels_of(const std::string& mailbox) {
  auto levels = levels_of(mailbox);
  for (auto& level : levels) level = base::to_modified_utf7(level);
  return levels;
}

std::string joined(const std::vector<std::string>& levels) {
  std::string name;
  for (const auto& level : levels) name += (name.empty() ? "" : "/") + level;
  return name;
}

/// The folder of an account's mailbox, made if it is missing.
class AccountFolder {
 public:
  AccountFolder(const AccountMailbox& place, UniqueNames& names)
      : levels_{raw_levels_of(place.mailbox)}, identity_{identity_of(place, levels_)}, names_{names} {
    if (!is_account_name(place.account))
      throw Error{fmt::format("\"{}\" cannot name an account", base::printable(place.account))};
    const auto root = Directory::make(place.root);
    const auto top = root.make_subdirectory("mail").make_subdirectory(place.account);
    const auto name = name_in(top);
    path_ = name.empty() ? place.account : place.account + '/' + name;
    directory_.emplace(name.empty() ? root.subdirectory("mail").subdirectory(place.account)
                                    : top.make_subdirectory(name));
    complete_maildir(*directory_, !name.empty());
    if (!has_folder_identity(*directory_)) {
      make_file_once(*directory_, "mailspoor.json", directory_->subdirectory("tmp"),
                     std::string{kDeliveryPrefix} + names_.next(), to_json(identity_));
    }
    const auto markers = root.make_subdirectory(kMarkers);
    const auto marker = place.account + '~' + base::to_hex(base::sha256(path_)).substr(0, 16);
    if (!markers.has(marker)) make_file_once(markers, marker, markers, '.' + names_.next(), path_);
  }

  const Directory& directory() const noexcept { return *directory_; }

 private:
  static FolderIdentity identity_of(const AccountMailbox& place, const std::vector<std::string>& levels) {
    return {.account = place.account,
            .mailbox = joined(levels_of(place.mailbox)),
            .mailbox_raw = joined(levels),
            .delimiter = '/',
            .uid_validity = kAdoptedEpoch,  // no server has shown it
            .object_id = std::nullopt};
  }

  /// The folder's name in the account's directory: that of the mailbox, else of the folder that says it is.
  std::string name_in(const Directory& top) const {
    auto usual = maildir_folder(levels_, identity_.mailbox_raw);
    if (usual.empty()) return usual;
    if (const auto directory = top.find_subdirectory_if_any(usual)) {
      const auto identity = read_folder_identity(*directory);
      if (identity && identity->mailbox == identity_.mailbox) return usual;
    }
    FolderTable folders;
    std::optional<std::string> found;
    top.for_each_name([&](const std::string& name) {
      if (!name.starts_with('.')) return;
      const auto directory = top.find_subdirectory_if_any(name);
      if (!directory) return folders.add_taken(name);
      const auto identity = read_folder_identity(*directory);
      if (identity && identity->mailbox == identity_.mailbox) found = std::min(found.value_or(name), name);
      folders.add(name, identity);
    });
    return found ? *found : folders.place_of(levels_, identity_.mailbox_raw).folder;
  }

  std::vector<std::string> levels_;  ///< Raw.
  FolderIdentity identity_;
  UniqueNames& names_;
  std::string path_;  ///< Below `<root>/mail`.
  std::optional<Directory> directory_;
};

/// A Maildir that is there. An empty directory is none: a disk may not be mounted.
Directory open_foreign(const ForeignMaildir& place) {
  auto top = Directory::open(place.path);
  for (const auto* const name : {"tmp", "new", "cur"}) {
    if (!top.find_subdirectory_if_any(name))
      throw Error{fmt::format("{} is no Maildir: it has no directory `{}`", top.path(), name)};
  }
  const auto levels = raw_levels_of(place.mailbox);
  const auto folder = maildir_folder(levels, joined(levels));
  if (folder.empty()) return top;
  if (folder == hashed_folder(joined(levels)) || folder.find(".~") != std::string::npos)
    throw Error{fmt::format("`{}` cannot be a folder of a Maildir", base::printable(place.mailbox))};
  auto directory = top.make_subdirectory(folder);
  complete_maildir(directory, true);
  return directory;
}

}  // namespace

Delivered deliver_message(const AccountMailbox& place, Envelope envelope, const ReadOctets& read,
                          const Environment& environment) {
  UniqueNames names{environment};
  const AccountFolder folder{place, names};
  const auto& directory = folder.directory();
  const auto tmp = directory.subdirectory("tmp");
  const auto inbox = directory.subdirectory("new");
  remove_abandoned(tmp, environment);
  MessageFile file{tmp, std::string{kDeliveryPrefix} + names.next()};
  auto received = receive(read, file);
  if (!envelope.sender) envelope.sender = std::move(received.sender);
  DeliveredEvent event{.file = {},
                       .sha256 = std::move(received.sha256),
                       .envelope = std::move(envelope),
                       .time = rfc3339(environment.now())};
  JournalAppender journal{directory};
  const auto octets = file.size();
  if (auto former = delivered_before(directory, event, environment.now())) {
    event.file = std::move(*former);
    event.is_again = true;
    journal.append({to_journal_line(event)});
    journal.sync();
    // The delivery of then may have been killed before it did so.
    inbox.sync();
    directory.subdirectory("cur").sync();
    // And it may be under way still, have failed, and have taken its file away.
    if (PlacedFiles{}.find(directory, event.file, ""))
      return {.file = event.file, .directory = directory.path(), .octets = octets, .is_again = true};
    event.is_again = false;
  }
  sync_message(file);
  event.file = message_name(names, file);
  file.move_to(inbox, event.file);
  try {
    journal.append({to_journal_line(event)});
    // In this order: where one flush serves both, as on ext4, the second finds nothing to do.
    journal.sync();
    inbox.sync();
  } catch (...) {
    file.undo(inbox, event.file);
    throw;
  }
  return {.file = event.file, .directory = directory.path(), .octets = octets};
}

Delivered deliver_message(const ForeignMaildir& place, const ReadOctets& read,
                          const Environment& environment) {
  UniqueNames names{environment};
  const auto directory = open_foreign(place);
  const auto tmp = directory.subdirectory("tmp");
  const auto inbox = directory.subdirectory("new");
  remove_abandoned(tmp, environment);
  MessageFile file{tmp, std::string{kDeliveryPrefix} + names.next()};
  receive(read, file);
  sync_message(file);
  const auto name = message_name(names, file);
  const auto octets = file.size();
  file.move_to(inbox, name);
  try {
    inbox.sync();
  } catch (...) {
    file.undo(inbox, name);
    throw;
  }
  return {.file = name, .directory = directory.path(), .octets = octets};
}

void check_delivery(const AccountMailbox& place, const Environment& environment) {
  UniqueNames names{environment};
  const AccountFolder folder{place, names};
  check_folder(folder.directory(), names);
  JournalAppender{folder.directory()}.sync();
}

void check_delivery(const ForeignMaildir& place, const Environment& environment) {
  UniqueNames names{environment};
  check_folder(open_foreign(place), names);
}

std::vector<std::string> delivered_folders(const std::filesystem::path& root) {
  std::vector<std::string> folders;
  for (auto& note : list_notes(root / kMarkers)) folders.push_back(std::move(note.folder));
  return folders;
}

std::vector<DeliveryJournal> delivery_journals(const std::filesystem::path& root) {
  std::vector<DeliveryJournal> journals;
  for (auto& folder : delivered_folders(root)) {
    std::error_code error;
    const auto octets = std::filesystem::file_size(journal_of(root, folder), error);
    if (!error) journals.push_back({std::move(folder), octets});
  }
  return journals;
}

std::filesystem::path journal_of(const std::filesystem::path& root, const std::string& folder) {
  return root / "mail" / folder / kJournalFile;
}

}  // namespace mailspoor::deliver
