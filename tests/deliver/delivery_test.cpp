#include "deliver/delivery.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "deliver/base/sha256.hpp"
#include "deliver/error.hpp"
#include "deliver/folder_identity.hpp"
#include "deliver/journal_file.hpp"
#include "deliver/maildir_name.hpp"
#include "tests/deliver/test_tree.hpp"

namespace mailspoor::deliver {
namespace {

using namespace std::string_literals;

/// Gives a text in pieces of that many octets.
ReadOctets reading(std::string text, std::size_t piece = 65536) {
  return [text = std::move(text), piece, at = std::size_t{0}]() mutable {
    const auto octets = std::string_view{text}.substr(std::min(at, text.size()), piece);
    at += piece;
    return octets;
  };
}

class Deliveries : public testing::Test {
 protected:
  Delivered deliver(const std::string& octets, Envelope envelope = {}, const std::string& mailbox = "INBOX",
                    std::chrono::hours later = {}) {
    auto environment = still_environment(run_ += 1000);
    environment.now = [now = environment.now(), later] { return now + later; };
    return deliver_message({root(), "work", mailbox}, std::move(envelope), reading(octets), environment);
  }
  std::filesystem::path root() const { return directory_.path() / "root"; }
  std::filesystem::path folder() const { return root() / "mail/work"; }
  std::vector<std::string> delivered() const { return names_in(folder() / "new"); }
  std::vector<JournalEvent> journal() const {
    std::vector<JournalEvent> events;
    read_journal(folder() / kJournalFile, 0,
                 [&](const JournalEntry& entry) { events.push_back(entry.event); });
    return events;
  }

  TemporaryDirectory directory_;
  std::uint64_t run_ = 0;
};

const Envelope kEnvelope{.sender = "a@example.org", .recipients = {"b@example.org", "c@example.org"}};

TEST_F(Deliveries, KeepTheOctetsAsTheyCame) {
  const std::vector<std::string> messages{
      "Subject: x\n\nbody\n",
      "Subject: x\r\n\r\nbody\r\n",
      "Subject: x\n\nno end of line",
      "",
      "\n",
      "Subject: \xff\xfe\0\x01\n\nNUL\0and\r alone\n"s,
      "From: a\n",
      "From : an obsolete field\n",
      "From \t : the same\n",
      "From ",
      "From nobody, and no end of line",
      ">From a@example.org\nSubject: x\n",
      std::string(200'000, 'x'),
      "Subject: x\n\n" + std::string(3'000'000, '\n'),
  };
  for (const auto& message : messages) {
    for (const std::size_t piece : {std::size_t{1'000'000}, std::size_t{7}}) {
      if (piece == 7 && message.size() > 1000) continue;
      SCOPED_TRACE(fmt::format("{} in pieces of {}", message.substr(0, 40), piece));
      const TemporaryDirectory directory;
      const auto delivered = deliver_message({directory.path(), "work", "INBOX"}, {}, reading(message, piece),
                                             still_environment());
      const auto path = std::filesystem::path{delivered.directory} / "new" / delivered.file;
      EXPECT_EQ(read_text(path), message);
      EXPECT_EQ(delivered.octets, message.size());
      EXPECT_EQ(parse_maildir_name(delivered.file).size, message.size());
      EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms{0600});
      EXPECT_TRUE(names_in(path.parent_path().parent_path() / "tmp").empty());
    }
  }
}

TEST_F(Deliveries, TakeAFromLineForEnvelope) {
  struct Case {
    std::string from_line;
    std::optional<std::string> told;
    std::optional<std::string> sender;
  };
  const std::vector<Case> cases{
      {"From a@example.org Tue Mar  5 10:00:02 2024\n", std::nullopt, "a@example.org"},
      {"From a@example.org Tue Mar  5 10:00:02 2024\r\n", std::nullopt, "a@example.org"},
      {"From   a@example.org\n", std::nullopt, "a@example.org"},
      {"From MAILER-DAEMON Tue Mar  5 10:00:02 2024\n", std::nullopt, ""},
      {"From a@example.org  Tue Mar  5 10:00:02 2024\n", "b@example.org", "b@example.org"},
      {"From a@example.org  Tue Mar  5 10:00:02 2024\n", "", ""},
      {"", std::nullopt, std::nullopt},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.from_line);
    const TemporaryDirectory directory;
    const auto delivered =
        deliver_message({directory.path(), "work", "INBOX"}, {.sender = one.told, .recipients = {}},
                        reading(one.from_line + "Subject: x\n\nFrom here\n"), still_environment());
    EXPECT_EQ(read_text(std::filesystem::path{delivered.directory} / "new" / delivered.file),
              "Subject: x\n\nFrom here\n");
    std::optional<std::string> sender;
    read_journal(directory.path() / "mail/work" / kJournalFile, 0, [&](const JournalEntry& entry) {
      sender = std::get<DeliveredEvent>(entry.event).envelope.sender;
    });
    EXPECT_EQ(sender, one.sender);
  }
}

TEST_F(Deliveries, TakeNoLineForAFromLineThatNamesNobody) {
  for (const std::string line : {"From \n", "From \t \n", "From \r\n", "From : a@example.org\n", "From"}) {
    SCOPED_TRACE(line);
    const TemporaryDirectory directory;
    const auto delivered =
        deliver_message({directory.path(), "work", "INBOX"}, {}, reading(line), still_environment());
    EXPECT_EQ(read_text(std::filesystem::path{delivered.directory} / "new" / delivered.file), line);
  }
}

TEST_F(Deliveries, AreJournalledWithTheirEnvelope) {
  const auto delivered = deliver("Subject: x\n\n", kEnvelope);
  const DeliveredEvent expected{.file = delivered.file,
                                .sha256 = base::to_hex(base::sha256("Subject: x\n\n")),
                                .envelope = kEnvelope,
                                .time = "2024-03-05T10:00:02Z"};
  EXPECT_EQ(journal(), std::vector<JournalEvent>{expected});
  EXPECT_EQ(delivered_folders(root()), std::vector<std::string>{"work"});
  EXPECT_EQ(journal_of(root(), "work"), folder() / kJournalFile);
  const auto identity = read_folder_identity(Directory::open(folder()));
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->mailbox, "INBOX");
  EXPECT_EQ(identity->uid_validity, kAdoptedEpoch);
}

TEST_F(Deliveries, OfTheSameWithinADayAreStoredOnce) {
  const auto first = deliver("Subject: x\n\n", kEnvelope);
  EXPECT_FALSE(first.is_again);
  const auto second = deliver("Subject: x\n\n", kEnvelope, "INBOX", std::chrono::hours{23});
  EXPECT_TRUE(second.is_again);
  EXPECT_EQ(second.file, first.file);
  EXPECT_EQ(delivered().size(), 1U);
  ASSERT_EQ(journal().size(), 2U);
  EXPECT_TRUE(std::get<DeliveredEvent>(journal().back()).is_again);
  EXPECT_TRUE(names_in(folder() / "tmp").empty());

  // A MUA has seen it.
  std::filesystem::rename(folder() / "new" / first.file, folder() / "cur" / (first.file + ":2,S"));
  EXPECT_TRUE(deliver("Subject: x\n\n", kEnvelope).is_again);
  EXPECT_TRUE(delivered().empty());
}

TEST_F(Deliveries, OfWhatDiffersAreStored) {
  deliver("Subject: x\n\n", kEnvelope);
  EXPECT_FALSE(deliver("Subject: y\n\n", kEnvelope).is_again);
  EXPECT_FALSE(deliver("Subject: x\n\n", {.sender = "", .recipients = kEnvelope.recipients}).is_again);
  EXPECT_FALSE(
      deliver("Subject: x\n\n", {.sender = std::nullopt, .recipients = kEnvelope.recipients}).is_again);
  EXPECT_FALSE(deliver("Subject: x\n\n", {.sender = kEnvelope.sender, .recipients = {}}).is_again);
  EXPECT_FALSE(deliver("Subject: x\n\n", kEnvelope, "Archive").is_again);
  EXPECT_FALSE(deliver("Subject: x\n\n", kEnvelope, "INBOX", std::chrono::hours{25}).is_again);
  EXPECT_EQ(delivered().size(), 6U);
}

TEST_F(Deliveries, OfWhatIsNotThereAnyMoreAreStored) {
  const auto first = deliver("Subject: x\n\n", kEnvelope);
  std::filesystem::remove(folder() / "new" / first.file);
  EXPECT_FALSE(deliver("Subject: x\n\n", kEnvelope).is_again);
  EXPECT_EQ(delivered().size(), 1U);
}

TEST_F(Deliveries, OfWhatWasSpoiledAreStored) {
  const auto first = deliver("Subject: x\n\n", kEnvelope);
  write_text(folder() / "new" / first.file, "");
  EXPECT_FALSE(deliver("Subject: x\n\n", kEnvelope).is_again);
}

TEST_F(Deliveries, AreKnownAgainThoughAClockWasWrongMeanwhile) {
  using std::chrono::hours;
  deliver("Subject: x\n\n", kEnvelope);
  deliver("Subject: long ago\n\n", kEnvelope, "INBOX", hours{-40'000});
  EXPECT_TRUE(deliver("Subject: x\n\n", kEnvelope).is_again);
  deliver("Subject: far ahead\n\n", kEnvelope, "INBOX", hours{40'000});
  EXPECT_FALSE(deliver("Subject: far ahead\n\n", kEnvelope).is_again);
  EXPECT_TRUE(deliver("Subject: x\n\n", kEnvelope).is_again);
}

TEST_F(Deliveries, AreFoundAmongMany) {
  deliver("Subject: first\n\n", kEnvelope);
  std::string others;  // some hundred KiB, of which no line ends where a block does
  for (int number = 0; number < 2'000; ++number) {
    others += fmt::format(
        R"({{"event":"delivered","sha256":"{:064}","file":"1.M1.h,S=1","sender":"{}","recipients":[],"time":"2024-03-05T10:00:02Z"}})"
        "\n",
        number, std::string(static_cast<std::size_t>(number % 97), 's'));
  }
  std::ofstream{folder() / kJournalFile, std::ios::app} << others;
  EXPECT_TRUE(deliver("Subject: first\n\n", kEnvelope).is_again);
  // Behind a line longer than any block nobody looks.
  std::ofstream{folder() / kJournalFile, std::ios::app} << R"({"event":"other","text":")"
                                                        << std::string(100'000, 'x') << "\"}\n";
  EXPECT_FALSE(deliver("Subject: first\n\n", kEnvelope).is_again);
}

TEST_F(Deliveries, GoIntoTheFolderOfTheMailbox) {
  deliver("1", {}, "inbox");
  EXPECT_EQ(delivered().size(), 1U);
  deliver("2", {}, "Archive/2024");
  EXPECT_EQ(names_in(folder() / ".Archive.2024/new").size(), 1U);
  EXPECT_TRUE(std::filesystem::exists(folder() / ".Archive.2024/maildirfolder"));
  deliver("3", {},
          "Gr\xC3\xB6\xC3\x9F"
          "e");
  EXPECT_EQ(names_in(folder() / ".Gr&APYA3w-e/new").size(), 1U);
  EXPECT_EQ(read_folder_identity(Directory::open(folder() / ".Gr&APYA3w-e"))->mailbox_raw, "Gr&APYA3w-e");
  deliver("ampersand", {}, "R&D/Plans");
  EXPECT_EQ(names_in(folder() / ".R&-D.Plans/new").size(), 1U);
  EXPECT_EQ(read_folder_identity(Directory::open(folder() / ".R&-D.Plans"))->mailbox, "R&D/Plans");
  deliver("4", {}, "../../etc");
  EXPECT_EQ(names_in(folder() / (hashed_folder("../../etc")) / "new").size() +
                names_in(folder() / maildir_folder({"..", "..", "etc"}, "../../etc") / "new").size(),
            1U);
  deliver("5", {}, ".mailspoor-gone");
  EXPECT_FALSE(std::filesystem::exists(folder() / ".mailspoor-gone"));
  EXPECT_EQ(delivered_folders(root()).size(), 6U);
  for (const auto* name : {"", "a//b", "/a", "a/", "\xff"}) {
    EXPECT_THROW(deliver("x", {}, name), Error) << name;
  }
  EXPECT_THROW(deliver_message({root(), "../x", "INBOX"}, {}, reading("x"), still_environment()), Error);
}

TEST_F(Deliveries, GoIntoTheFolderThatAServerMade) {
  {
    AccountStore store{root(), "work", {.environment = still_environment(1)}};
    auto mailbox = mailbox_named("Lists.Kyoto", 7);
    mailbox.name = "Lists/Kyoto";
    mailbox.levels = {"Lists", "Kyoto"};
    mailbox.delimiter = '.';
    store.open_mailbox(mailbox);
    auto odd = mailbox_named("lists.kyoto", 8);  // its folder has another name than the usual
    odd.name = "lists/kyoto";
    odd.levels = {"lists", "kyoto"};
    odd.delimiter = '.';
    store.open_mailbox(odd);
  }
  deliver("1", {}, "Lists/Kyoto");
  deliver("2", {}, "lists/kyoto");
  EXPECT_EQ(names_in(folder() / ".Lists.Kyoto/new").size(), 1U);
  const auto identity = read_folder_identity(Directory::open(folder() / ".Lists.Kyoto"));
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->uid_validity, 7U);
  EXPECT_EQ(names_in(folder() / hashed_folder("lists.kyoto") / "new").size(), 1U);
}

TEST_F(Deliveries, GoOnBesideASync) {
  AccountStore store{root(), "work", {.environment = still_environment(1)}};
  {
    auto writer = store.open_mailbox(mailbox_named("INBOX"));
    deliver("before", kEnvelope);
    deliver::store(writer, 1, "one");
    deliver("meanwhile", kEnvelope);
    deliver::store(writer, 2, "two");
    writer.commit();
    deliver("behind", kEnvelope);
  }
  std::vector<std::string> kinds;
  for (const auto& event : journal())
    kinds.emplace_back(std::holds_alternative<StoredEvent>(event) ? "stored" : "delivered");
  EXPECT_EQ(kinds, (std::vector<std::string>{"delivered", "delivered", "stored", "stored", "delivered"}));
  EXPECT_EQ(store.state(mailbox_named("INBOX")).stored, uids("1:2"));
  EXPECT_TRUE(is_settled(Directory::open(folder())));
}

/// Lines of deliveries between those of a batch: the commit counts its own.
TEST_F(Deliveries, WithinABatchCountAndAreNotCounted) {
  const auto delivered = deliver("meanwhile", kEnvelope);
  const auto line = read_text(folder() / kJournalFile);
  const auto event = [](const char* uids) {
    return fmt::format(R"({{"event":"absent","uid_validity":1,"uids":"{}"}})"
                       "\n",
                       uids);
  };
  write_text(folder() / kJournalFile, event("1") + line + event("2"));
  std::vector<JournalEvent> events;
  const auto take = [&](const JournalEntry& entry) { events.push_back(entry.event); };
  auto reading_of = read_journal(folder() / kJournalFile, 0, take);
  EXPECT_TRUE(reading_of.open);
  EXPECT_EQ(reading_of.offset, 0U);
  EXPECT_EQ(events.size(), 1U);  // the delivery counts without them
  EXPECT_FALSE(is_settled(Directory::open(folder())));
  std::ofstream{folder() / kJournalFile, std::ios::app} << line << R"({"event":"commit","lines":2})"
                                                        << "\n"
                                                        << line;
  events.clear();
  reading_of = read_journal(folder() / kJournalFile, 0, take);
  EXPECT_FALSE(reading_of.open);
  EXPECT_EQ(reading_of.offset, std::filesystem::file_size(folder() / kJournalFile));
  EXPECT_EQ(events.size(), 5U);
  EXPECT_TRUE(is_settled(Directory::open(folder())));
  std::ofstream{folder() / kJournalFile, std::ios::app} << "torn";
  EXPECT_FALSE(is_settled(Directory::open(folder())));
}

/// Where nobody syncs no commit ever comes.
TEST_F(Deliveries, PassATornLine) {
  deliver("1", kEnvelope);
  for (const auto* torn :
       {"torn", R"({"event":"delivered","sha2)", R"({"event":"redelivered","sha256":"0)"}) {
    std::ofstream{folder() / kJournalFile, std::ios::app} << torn;
    deliver(torn, kEnvelope);
  }
  std::size_t events = 0;
  const auto reading_of = read_journal(folder() / kJournalFile, 0, [&](const JournalEntry&) { ++events; });
  EXPECT_EQ(events, 4U);
  EXPECT_EQ(reading_of.unreadable.size(), 3U);
  EXPECT_FALSE(reading_of.open);
  EXPECT_EQ(reading_of.offset, std::filesystem::file_size(folder() / kJournalFile));
}

TEST_F(Deliveries, TornWithinABatchAreNotCounted) {
  write_text(directory_.path() / "journal", R"({"event":"absent","uid_validity":1,"uids":"1"})"
                                            "\n"
                                            R"({"event":"delivered","sha256":"00)"
                                            "\n"
                                            R"({"event":"absent","uid_validity":1,"uids":"2"})"
                                            "\n"
                                            R"({"event":"commit","lines":2})"
                                            "\n");
  std::size_t events = 0;
  read_journal(directory_.path() / "journal", 0, [&](const JournalEntry&) { ++events; });
  EXPECT_EQ(events, 2U);
}

TEST_F(Deliveries, OfManyAtOnceAreAllThere) {
  constexpr int kThreads = 8;
  constexpr int kEach = 20;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int number = 0; number < kEach; ++number) {
        deliver_message({root(), "work", number % 2 == 0 ? "INBOX" : "Archive"}, kEnvelope,
                        reading(fmt::format("Subject: {} {}\n\n", thread, number)), system_environment());
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(delivered().size(), std::size_t{kThreads} * kEach / 2);
  EXPECT_EQ(names_in(folder() / ".Archive/new").size(), std::size_t{kThreads} * kEach / 2);
  EXPECT_EQ(journal().size(), std::size_t{kThreads} * kEach / 2);
  EXPECT_EQ(delivered_folders(root()).size(), 2U);
  EXPECT_TRUE(names_in(folder() / "tmp").empty());
}

TEST_F(Deliveries, IntoAForeignMaildirWriteNothingElse) {
  const auto maildir = directory_.path() / "Maildir";
  const auto into = [&](const std::string& mailbox) {
    return deliver_message(ForeignMaildir{maildir, mailbox}, reading("From a@b x\nSubject: x\n\n"),
                           still_environment(run_ += 1000));
  };
  EXPECT_THROW(into("INBOX"), Error);
  std::filesystem::create_directory(maildir);
  EXPECT_THROW(into("INBOX"), Error);  // where a disk should be mounted, for one
  EXPECT_TRUE(names_in(maildir).empty());
  for (const auto* name : {"cur", "new", "tmp"}) std::filesystem::create_directory(maildir / name);
  const auto delivered = into("INBOX");
  EXPECT_EQ(read_text(maildir / "new" / delivered.file), "Subject: x\n\n");
  EXPECT_EQ(names_in(maildir), (std::vector<std::string>{"cur", "new", "tmp"}));
  into("Lists/Kyoto");
  EXPECT_EQ(names_in(maildir / ".Lists.Kyoto/new").size(), 1U);
  for (const auto* name : {"..", "a.b", "a/../b"}) EXPECT_THROW(into(name), Error) << name;
  std::filesystem::remove(maildir / "cur");
  std::filesystem::create_directory_symlink(directory_.path(), maildir / "cur");
  EXPECT_THROW(into("INBOX"), Error);
}

TEST_F(Deliveries, RemoveWhatAKilledOneLeftDaysAgo) {
  deliver("x");
  const auto tmp = folder() / "tmp";
  for (const auto* name : {"deliver-old", "deliver-young", "other-old", "sync-old"})
    write_text(tmp / name, "");
  const auto still = still_environment().now();
  const auto set_age = [&](const char* name, std::chrono::hours age) {
    const timespec time{.tv_sec = std::chrono::system_clock::to_time_t(still - age), .tv_nsec = 0};
    const timespec times[]{time, time};
    ASSERT_EQ(utimensat(AT_FDCWD, (tmp / name).c_str(), times, 0), 0);
  };
  set_age("deliver-old", std::chrono::hours{37});
  set_age("deliver-young", std::chrono::hours{35});
  set_age("other-old", std::chrono::hours{100});
  set_age("sync-old", std::chrono::hours{100});
  deliver_message({root(), "work", "INBOX"}, {}, reading("y"), still_environment(64 * 100));
  EXPECT_EQ(names_in(tmp), (std::vector<std::string>{"deliver-young", "other-old", "sync-old"}));
}

TEST_F(Deliveries, AreCheckedWithoutATrace) {
  check_delivery(AccountMailbox{root(), "work", "INBOX"}, still_environment());
  EXPECT_TRUE(delivered().empty());
  EXPECT_TRUE(names_in(folder() / "tmp").empty());
  EXPECT_TRUE(journal().empty());
  EXPECT_THROW(check_delivery(ForeignMaildir{root() / "none", "INBOX"}, still_environment()), Error);
}

}  // namespace
}  // namespace mailspoor::deliver
