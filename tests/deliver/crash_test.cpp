#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <system_error>

#include "deliver/directory.hpp"
#include "deliver/journal.hpp"
#include "deliver/maildir_name.hpp"
#include "deliver/pending.hpp"
#include "deliver/placed_files.hpp"
#include "tests/deliver/faults.hpp"
#include "tests/deliver/test_tree.hpp"

// A run that is killed, or meets an error, at every single one of its file calls.
namespace mailspoor::deliver {
namespace {

constexpr std::uint32_t kMessages = 5;  // a mailbox, in batches of two
const std::vector<std::string>& mailboxes() {
  static const std::vector<std::string> names{"INBOX", "Archive/2024"};
  return names;
}

/// Thousands of runs, of which each syncs: only the order of the calls matters here, so memory will do for a
/// disk.
std::filesystem::path fast_disk() {
  return std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : std::filesystem::temp_directory_path();
}

std::string octets_of(const std::string& mailbox, std::uint32_t uid) {
  if (uid == 4) return "Subject: the same in every mailbox\r\n\r\n";
  return fmt::format("Subject: {} {}\r\n\r\n{}", mailbox, uid, std::string(std::size_t{100} * uid, 'x'));
}

/// What a sync does: asks what is held, stores the rest.
void sync_all(const std::filesystem::path& root) {
  AccountStore account{root, "work"};
  for (const auto& name : mailboxes()) {
    const auto mailbox = mailbox_named(name);
    if (account.state(mailbox).held.size() == kMessages + 1) continue;
    auto writer = account.open_mailbox(mailbox);
    int in_batch = 0;
    for (std::uint32_t uid = 1; uid <= kMessages; ++uid) {
      if (writer.held().contains(uid)) continue;
      store(writer, uid, octets_of(name, uid));
      if (++in_batch % 2 == 0) writer.commit();
    }
    writer.absent(uids("6"));
    writer.commit();
  }
}

/// An index that knows nothing but what notes and journals tell it.
class Index {
 public:
  void follow(const std::filesystem::path& root) {
    const auto notes = list_pending(root);
    std::set<std::string> open;
    for (const auto& note : notes) {
      auto& offset = offsets_[note.folder];
      const auto reading =
          read_journal(root / "mail" / note.folder / "mailspoor.journal", offset, [&](const auto& entry) {
            if (const auto* stored = std::get_if<StoredEvent>(&entry.event))
              seen_[note.folder].add(stored->uid);
            if (const auto* flags = std::get_if<FlagsEvent>(&entry.event))
              changes_.push_back(fmt::format("{} {}", flags->uid, fmt::join(flags->flags, " ")));
            if (const auto* gone = std::get_if<GoneEvent>(&entry.event))
              changes_.push_back(fmt::format("{} gone", gone->uid));
          });
      offset = reading.offset;
      if (reading.open) open.insert(note.folder);
    }
    auto done = notes;
    std::erase_if(done, [&](const PendingNote& note) { return open.contains(note.folder); });
    remove_pending(root, done);
  }
  const base::UidSet& seen(const std::string& folder) { return seen_[folder]; }
  const std::vector<std::string>& changes() const { return changes_; }  ///< In the order of the journals.

 private:
  std::map<std::string, std::uint64_t> offsets_;
  std::map<std::string, base::UidSet> seen_;
  std::vector<std::string> changes_;
};

std::filesystem::path folder_of(const std::filesystem::path& root, const std::string& mailbox) {
  return root / "mail/work" / maildir_folder(mailbox_named(mailbox).levels, mailbox);
}

/// Whatever is visible is whole, and nothing is there twice.
void expect_sound(const std::filesystem::path& root) {
  for (const auto& mailbox : mailboxes()) {
    const auto folder = folder_of(root, mailbox);
    base::UidSet found;
    for (const auto& file : maildir_files(folder)) {
      const auto name = parse_maildir_name(file.name);
      ASSERT_TRUE(name.uid) << file.name;
      EXPECT_FALSE(found.contains(*name.uid)) << file.name;
      found.add(*name.uid);
      EXPECT_EQ(read_text(folder / file.directory / file.name), octets_of(mailbox, *name.uid));
    }
  }
}

void expect_complete(const std::filesystem::path& root, Index& index) {
  expect_sound(root);
  index.follow(root);
  EXPECT_TRUE(list_pending(root).empty());
  for (const auto& mailbox : mailboxes()) {
    const auto folder = folder_of(root, mailbox);
    EXPECT_EQ(maildir_files(folder).size(), kMessages);
    EXPECT_TRUE(names_in(folder / "tmp").empty());
    EXPECT_FALSE(std::filesystem::exists(folder / "mailspoor.json.new"));
    base::UidSet stored;
    const auto reading = read_journal(folder / "mailspoor.journal", 0, [&](const JournalEntry& entry) {
      if (const auto* event = std::get_if<StoredEvent>(&entry.event)) {
        EXPECT_FALSE(FolderFiles{folder}.find(event->file, "").empty()) << event->file;
        stored.add(event->uid);
      }
    });
    EXPECT_FALSE(reading.open);
    EXPECT_EQ(stored, uids("1:5"));
    EXPECT_EQ(index.seen(std::filesystem::relative(folder, root / "mail").lexically_normal().string()),
              uids("1:5"));
  }
}

TEST(Crash, AtAnyFileCallLosesNothingAndStoresNothingTwice) {
  int killed = 0;
  for (int at = 1;; ++at) {
    SCOPED_TRACE(at);
    const TemporaryDirectory directory{fast_disk()};
    const auto& root = directory.path();
    const auto child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      start_faults({.fault = Fault::exit, .at = at});
      sync_all(root);
      _exit(0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    Index index;
    expect_sound(root);
    index.follow(root);
    sync_all(root);
    expect_complete(root, index);
    if (testing::Test::HasFailure() || WEXITSTATUS(status) == 0) break;
    ++killed;
  }
  EXPECT_GT(killed, 150);
}

TEST(Crash, OfTheRunThatRecoversLosesNothingEither) {
  for (int at = 1;; ++at) {
    SCOPED_TRACE(at);
    const TemporaryDirectory directory{fast_disk()};
    const auto& root = directory.path();
    Index index;
    bool has_run_whole = false;
    // Each run is killed at the same call, so that the recovery of the one before is cut short too.
    for (int run = 0; run < 3; ++run) {
      const auto child = fork();
      ASSERT_GE(child, 0);
      if (child == 0) {
        start_faults({.fault = Fault::exit, .at = at});
        sync_all(root);
        _exit(0);
      }
      int status = 0;
      ASSERT_EQ(waitpid(child, &status, 0), child);
      has_run_whole = has_run_whole || (run == 0 && WEXITSTATUS(status) == 0);
      expect_sound(root);
      index.follow(root);
    }
    sync_all(root);
    expect_complete(root, index);
    if (testing::Test::HasFailure() || has_run_whole) break;
  }
}

/// Runs with an index that looks before each of its calls in turn.
TEST(Order, AnIndexThatLooksAtAnyTimeMissesNothing) {
  for (int at = 1;; ++at) {
    SCOPED_TRACE(at);
    const TemporaryDirectory directory{fast_disk()};
    const auto& root = directory.path();
    Index index;
    start_faults({.fault = Fault::pause, .at = at, .meanwhile = [&] { index.follow(root); }});
    sync_all(root);
    {
      AccountStore account{root, "work"};
      auto writer = account.open_mailbox(mailbox_named("INBOX"));
      writer.flags(uids("1:2"), {"\\Seen"});
      writer.gone(uids("3"));
      writer.commit();
      writer.flags(uids("1"), {"\\Flagged"});
      writer.commit();
    }
    const auto calls = stop_faults();
    index.follow(root);
    EXPECT_TRUE(list_pending(root).empty());
    EXPECT_EQ(index.seen("work"), uids("1:5"));
    EXPECT_EQ(index.seen("work/.Archive.2024"), uids("1:5"));
    EXPECT_EQ(index.changes(), (std::vector<std::string>{"1 \\Seen", "2 \\Seen", "3 gone", "1 \\Flagged"}));
    const bool was_met = static_cast<int>(calls.size()) >= at;
    if (testing::Test::HasFailure() || !was_met) break;
  }
}

/// Runs with this error at each call in turn.
void expect_errors_named(int error) {
  const auto text = std::generic_category().message(error);
  for (int at = 1;; ++at) {
    const TemporaryDirectory directory{fast_disk()};
    const auto& root = directory.path();
    std::string what;
    start_faults({.fault = Fault::error, .at = at, .error = error});
    try {
      sync_all(root);
    } catch (const Error& thrown) {
      what = thrown.what();
    }
    const auto calls = stop_faults();
    const bool was_met = static_cast<int>(calls.size()) >= at;
    const auto call = was_met ? calls[static_cast<std::size_t>(at) - 1] : "none";
    SCOPED_TRACE(fmt::format("{} {} -> {}", at, call, what));
    expect_sound(root);
    Index index;
    if (what.empty()) {
      // What may fail without a word: closing what was only read, a destructor tidying up, and all that only
      // saves work: the cache of what the journals say, the second name of octets that are there already.
      expect_complete(root, index);
    } else {
      EXPECT_NE(what.find(text), std::string::npos);
      EXPECT_NE(what.find(root.string()), std::string::npos);
      for (const auto& mailbox : mailboxes()) {
        for (const auto& name : names_in(folder_of(root, mailbox) / "tmp"))
          ADD_FAILURE() << "left in tmp: " << name;
      }
    }
    index.follow(root);
    sync_all(root);
    expect_complete(root, index);
    if (testing::Test::HasFailure() || !was_met) return;
  }
}

TEST(FileError, NoSpaceIsNamedAndTheNextRunCompletes) { expect_errors_named(ENOSPC); }
TEST(FileError, InputOutputIsNamedAndTheNextRunCompletes) { expect_errors_named(EIO); }
TEST(FileError, QuotaIsNamedAndTheNextRunCompletes) { expect_errors_named(EDQUOT); }
TEST(FileError, TooManyFilesIsNamedAndTheNextRunCompletes) { expect_errors_named(EMFILE); }

/// A mailbox gets the UIDVALIDITY 2: each UID of epoch 1 is that + 10 now, but 1 is gone, and 5 has no
/// Message-ID, so that it is fetched.
class NewEpoch {
 public:
  static std::string octets(std::uint32_t uid) {
    const auto id = uid == 5 ? "" : fmt::format("Message-ID: <{}@x>\r\n", uid);
    return fmt::format("Subject: {}\r\n{}\r\n", uid, id);
  }
  static void prepare(const std::filesystem::path& root) {
    AccountStore account{root, "work"};
    auto writer = account.open_mailbox(mailbox_named("INBOX"));
    for (std::uint32_t uid = 1; uid <= kMessages; ++uid) store(writer, uid, octets(uid));
    writer.commit();
  }
  static void sync(const std::filesystem::path& root) {
    AccountStore account{root, "work"};
    const auto mailbox = mailbox_named("INBOX", 2);
    const auto state = account.state(mailbox);
    if (!state.former) return;
    auto former = account.former(mailbox);
    for (std::uint32_t uid = 2; uid <= kMessages; ++uid) {
      if (!state.held.contains(uid + 10))
        former.listed(uid + 10, octets(uid).size(), facts_of(1).internal_date, octets(uid));
    }
    const auto found = former.recognised();
    auto writer = account.open_mailbox(mailbox);
    int in_batch = 0;
    for (const auto& [uid, held] : found) {
      static_cast<void>(writer.place(held, facts_of(uid)));
      if (++in_batch % 2 == 0) writer.commit();
    }
    for (std::uint32_t uid = 2; uid <= kMessages; ++uid) {
      if (!writer.held().contains(uid + 10)) store(writer, uid + 10, octets(uid));
    }
    writer.commit();
    writer.former_gone();
    writer.commit();
  }
  /// Every message is there once, in one epoch or the other, or has left the folder.
  static void expect_sound(const std::filesystem::path& root, bool is_done) {
    std::multiset<std::uint32_t> found;
    for (const auto& file : maildir_files(root / "mail/work")) {
      const auto name = parse_maildir_name(file.name);
      const auto uid = name.uid.value() - (name.uid_validity == 2U ? 10 : 0);
      EXPECT_EQ(read_text(root / "mail/work" / file.directory / file.name), octets(uid));
      EXPECT_TRUE(!is_done || name.uid_validity == 2U) << file.name;
      found.insert(uid);
    }
    const auto gone = names_in(folder_of(root, "INBOX") / kGoneFolder / "cur");
    for (const auto& name : gone) found.insert(parse_maildir_name(name).uid.value());
    EXPECT_EQ(found, (std::multiset<std::uint32_t>{1, 2, 3, 4, 5}));
    EXPECT_TRUE(!is_done || gone.size() == 1);
  }
  static void expect_complete(const std::filesystem::path& root) {
    expect_sound(root, true);
    EXPECT_TRUE(names_in(folder_of(root, "INBOX") / "tmp").empty());
    std::map<std::uint32_t, int> stored;
    std::map<std::uint32_t, int> former;
    base::UidSet gone;
    const auto reading =
        read_journal(folder_of(root, "INBOX") / "mailspoor.journal", 0, [&](const JournalEntry& entry) {
          if (const auto* event = std::get_if<StoredEvent>(&entry.event)) {
            ++stored[event->uid];
            if (event->former) ++former[event->former->uid];
          }
          if (const auto* event = std::get_if<GoneEvent>(&entry.event)) gone.add(event->uid);
        });
    EXPECT_FALSE(reading.open);
    for (const std::uint32_t uid : {12U, 13U, 14U, 15U}) EXPECT_EQ(stored[uid], 1) << uid;
    EXPECT_EQ(former, (std::map<std::uint32_t, int>{{2, 1}, {3, 1}, {4, 1}, {5, 1}}));
    EXPECT_EQ(gone, uids("1"));
    AccountStore account{root, "work"};
    EXPECT_FALSE(account.state(mailbox_named("INBOX", 2)).former);
    EXPECT_EQ(account.state(mailbox_named("INBOX", 2)).stored, uids("12:15"));
  }
};

TEST(Crash, WhileAMailboxIsRenumberedLosesNothingAndDoublesNothing) {
  int killed = 0;
  for (int at = 1;; ++at) {
    SCOPED_TRACE(at);
    const TemporaryDirectory directory{fast_disk()};
    const auto& root = directory.path();
    NewEpoch::prepare(root);
    const auto child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      start_faults({.fault = Fault::exit, .at = at});
      NewEpoch::sync(root);
      _exit(0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    NewEpoch::expect_sound(root, false);
    NewEpoch::sync(root);
    NewEpoch::expect_complete(root);
    if (testing::Test::HasFailure() || WEXITSTATUS(status) == 0) break;
    ++killed;
  }
  EXPECT_GT(killed, 100);
}

TEST(Crash, WhileAMailboxIsRenamedLosesNothing) {
  int killed = 0;
  for (int at = 1;; ++at) {
    SCOPED_TRACE(at);
    const TemporaryDirectory directory{fast_disk()};
    const auto& root = directory.path();
    {
      AccountStore account{root, "work"};
      auto writer = account.open_mailbox(mailbox_named("Old"));
      store(writer, 1, "a");
      writer.commit();
    }
    Index index;
    index.follow(root);
    const auto rename = [&] {
      AccountStore account{root, "work"};
      account.rename(mailbox_named("Old"), mailbox_named("New"));
    };
    const auto child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      start_faults({.fault = Fault::exit, .at = at});
      rename();
      _exit(0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    AccountStore account{root, "work"};  // settles
    const bool is_old = account.state(mailbox_named("Old")).held == uids("1");
    EXPECT_NE(is_old, account.state(mailbox_named("New")).held == uids("1"));
    const auto notes = list_pending(root);
    EXPECT_TRUE(is_old || !notes.empty()) << "the index does not hear of it";
    if (is_old) account.rename(mailbox_named("Old"), mailbox_named("New"));
    EXPECT_EQ(account.state(mailbox_named("New")).held, uids("1"));
    const auto folders = stored_folders(root);
    ASSERT_EQ(folders.size(), 1U);
    EXPECT_EQ(folders[0].identity.mailbox, "New");
    EXPECT_EQ(maildir_files(folders[0].path).size(), 1U);
    int renamed = 0;
    EXPECT_FALSE(read_journal(folders[0].journal, 0, [&](const JournalEntry& entry) {
                   renamed += std::holds_alternative<RenamedEvent>(entry.event) ? 1 : 0;
                 }).open);
    EXPECT_EQ(renamed, 1);
    if (testing::Test::HasFailure() || WEXITSTATUS(status) == 0) break;
    ++killed;
  }
  EXPECT_GT(killed, 10);
}

TEST(FileError, WhileAMailboxIsRenumberedIsNamedOrHarmless) {
  for (int at = 1;; ++at) {
    const TemporaryDirectory directory{fast_disk()};
    const auto& root = directory.path();
    NewEpoch::prepare(root);
    std::string what;
    start_faults({.fault = Fault::error, .at = at, .error = EIO});
    try {
      NewEpoch::sync(root);
    } catch (const Error& thrown) {
      what = thrown.what();
    }
    const auto calls = stop_faults();
    const bool was_met = static_cast<int>(calls.size()) >= at;
    SCOPED_TRACE(
        fmt::format("{} {} -> {}", at, was_met ? calls[static_cast<std::size_t>(at) - 1] : "none", what));
    NewEpoch::expect_sound(root, false);
    NewEpoch::sync(root);
    NewEpoch::expect_complete(root);
    if (testing::Test::HasFailure() || !was_met) return;
  }
}

TEST(FileError, AShortWriteIsContinued) {
  for (int at = 1;; ++at) {
    SCOPED_TRACE(at);
    const TemporaryDirectory directory{fast_disk()};
    start_faults({.fault = Fault::short_write, .at = at});
    sync_all(directory.path());
    const auto calls = static_cast<int>(stop_faults().size());
    Index index;
    expect_complete(directory.path(), index);
    if (testing::Test::HasFailure() || calls < at) return;
  }
}

TEST(FileError, AFileSystemThatCannotRenameWithoutReplacingGetsLinks) {
  // NFS says EINVAL to RENAME_NOREPLACE; the first such call of a run stands for all.
  const TemporaryDirectory directory{fast_disk()};
  start_faults({});
  sync_all(directory.path());
  const auto calls = stop_faults();
  for (int at = 1; at <= static_cast<int>(calls.size()); ++at) {
    if (!calls[static_cast<std::size_t>(at) - 1].starts_with("renameat2 ")) continue;
    const TemporaryDirectory other{fast_disk()};
    start_faults({.fault = Fault::error, .at = at, .error = EINVAL});
    sync_all(other.path());
    stop_faults();
    Index index;
    expect_complete(other.path(), index);
  }
}

TEST(FileError, AFileSystemThatCannotRenameWithoutReplacingRenamesFolders) {
  const auto rename_with = [](const FaultPlan& plan) {
    const TemporaryDirectory directory{fast_disk()};
    AccountStore account{directory.path(), "work"};
    {
      auto writer = account.open_mailbox(mailbox_named("Old"));
      store(writer, 1, "a");
      writer.commit();
    }
    start_faults(plan);
    account.rename(mailbox_named("Old"), mailbox_named("New"));
    auto calls = stop_faults();
    EXPECT_EQ(account.state(mailbox_named("New")).held, uids("1"));
    EXPECT_FALSE(std::filesystem::exists(directory.path() / "mail" / "work" / ".Old"));
    EXPECT_EQ(maildir_files(directory.path() / "mail" / "work" / ".New").size(), 1U);
    return calls;
  };
  const auto calls = rename_with({});
  const auto folder = std::find_if(calls.begin(), calls.end(), [](const std::string& call) {
    return call.starts_with("renameat2 ") && call.ends_with("/.New");
  });
  ASSERT_NE(folder, calls.end());
  rename_with({.fault = Fault::error, .at = static_cast<int>(folder - calls.begin()) + 1, .error = EINVAL});
}

TEST(FileError, AFolderIsNotReplaced) {
  const TemporaryDirectory directory{fast_disk()};
  const auto here = Directory::open(directory.path());
  static_cast<void>(here.make_subdirectory("a"));
  static_cast<void>(here.make_subdirectory("b"));
  write_text(directory.path() / "file", "");
  for (const std::string other : {"b", "file"}) {
    start_faults({.fault = Fault::error, .at = 1, .error = EINVAL});
    EXPECT_FALSE(here.try_move("a", here, other));
    stop_faults();
  }
  EXPECT_EQ(names_in(directory.path()), (std::vector<std::string>{"a", "b", "file"}));
}

TEST(Order, SyncsEachThingBeforeWhatRestsOnIt) {
  const TemporaryDirectory directory{fast_disk()};
  {
    AccountStore account{directory.path(), "work"};
    auto writer = account.open_mailbox(mailbox_named("INBOX"));
    store(writer, 1, "a");
    store(writer, 2, "b");
    start_faults({});
    writer.commit();
  }
  const auto folder = directory.path() / "mail/work";
  std::vector<std::string> steps;
  for (const auto& call : stop_faults()) {
    if (call.starts_with("openat") || call.starts_with("close") || call.starts_with("pread")) continue;
    const auto verb = call.substr(0, call.find(' '));
    const auto path = std::filesystem::path{call.substr(verb.size() + 1)};
    const auto is_below = path.parent_path().filename() == "tmp" || path.parent_path().filename() == "cur" ||
                          path.parent_path().filename() == "pending";
    steps.push_back(verb + ' ' + (is_below ? path.parent_path().filename() / "*" : path.filename()).string());
  }
  EXPECT_EQ(steps,
            (std::vector<std::string>{
                "write mailspoor.journal", "fdatasync mailspoor.journal",                      // their facts
                "fsync tmp/*", "fsync tmp/*",                                                  // the messages
                "renameat2 cur/*", "renameat2 cur/*",                                          // visible
                "write pending/*", "fsync pending/*", "renameat2 pending/*", "fsync pending",  // the note
                "fsync cur",                   // the names are durable
                "write mailspoor.journal"}));  // `commit`
}

}  // namespace
}  // namespace mailspoor::deliver
