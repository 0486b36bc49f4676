#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "index/message_object.hpp"
#include "index/trace/trace_context.hpp"

namespace mailspoor::index {

/// A Maildir folder whose messages are indexed.
struct IndexedMailbox {
  std::string folder;  ///< Directory below `<root>/mail`.
  std::string account;
  std::string name;  ///< UTF-8, '/' between the levels.
  std::string name_raw;
  std::optional<std::string> special_use{};  ///< RFC 6154 §2: `\Sent`

  bool operator==(const IndexedMailbox&) const = default;
};

/// A message file to be read, and what is known of where it lies.
struct Arrival {
  std::filesystem::path path;  ///< Where the file is now.
  std::string unique_name;
  std::optional<std::uint32_t> uid_validity;
  std::optional<std::uint32_t> uid;
  std::vector<std::string> flags;
  std::string internal_date_raw;  ///< Empty if unknown.
  std::optional<Gone> gone{};
  /// Finds the file if it has been moved from `path` meanwhile, in any thread; where that is empty or answers
  /// with an empty path it was deleted, and there is nothing to index.
  std::function<std::filesystem::path()> find_again{};
  std::string
      sha256{};  ///< Of the octets, where `path` is empty: the index knows them from another placement.
  std::optional<std::string> uidl{};   ///< With POP3 (RFC 1939 §7), which has neither UIDVALIDITY nor UID.
  std::optional<Envelope> envelope{};  ///< Of what came by the delivery agent.
};

struct IndexReport {
  std::uint64_t messages = 0;    ///< New messages.
  std::uint64_t placements = 0;  ///< New or renewed placements, those of known messages included.
  std::uint64_t failures = 0;    ///< Files that could not be read.
  std::vector<std::string> place_failures{};    ///< What is wrong with databases of places, see Places.
  std::vector<std::string> tracker_failures{};  ///< The same of files of trackers, see TrackerFiles.
};

/// Writes messages into the index: threads parse, one transaction after the other takes what they made, in
/// the order of the calls, so that the same calls make the same rows. One indexer at a time for a database:
/// see IndexLock.
class Indexer {
 public:
  /// Opens the database, creating it if it is new.
  /// @param trace    What trails are judged with, by account.
  /// @param threads  Parser threads; 0 for one a core.
  /// @throws DatabaseError.
  explicit Indexer(const std::filesystem::path& database, TraceSettings trace = {}, unsigned threads = 0);
  /// Forgets what finish() has not confirmed.
  ~Indexer();
  Indexer(const Indexer&) = delete;
  Indexer& operator=(const Indexer&) = delete;

  /// How far the folder's journal has been read: what set_journal_octets() last committed; 0 for a new
  /// folder.
  std::uint64_t journal_octets(const std::string& folder);
  /// Unique names of the folder whose files the index has read.
  std::vector<std::string> unique_names(const std::string& folder);

  /// Whether set_whole() was called since the database was created. If not, only a look at all folders tells
  /// what is missing.
  bool is_whole();
  /// Call after a finish() behind which the index holds all mail.
  void set_whole();

  /// Takes a file to parse. Blocks while much is under way.
  /// @throws DatabaseError of an earlier write.
  void add(const IndexedMailbox& mailbox, Arrival arrival);
  /// What the server has changed of a placement that was added before; nothing where there is none.
  void set_flags(const IndexedMailbox& mailbox, std::string unique_name, std::vector<std::string> flags);
  void set_gone(const IndexedMailbox& mailbox, std::string unique_name, const Gone& gone);
  /// A placement is another one now, of the same message: as add(), but without the former one.
  /// @param unique_name  The former one's, which need not be there.
  /// @param arrival      Without `path` if the former one is there: then nothing is parsed.
  void replace(const IndexedMailbox& mailbox, std::string unique_name, Arrival arrival);
  /// The folder was another one before: what the index has of that is this one's. Nothing if it has nothing
  /// of that, or something of this one.
  void rename_folder(const std::string& former_folder, const IndexedMailbox& mailbox);
  /// Notes how far the folder's journal has been read, once everything added before is in the database.
  void set_journal_octets(const IndexedMailbox& mailbox, std::uint64_t octets);
  /// Judges again, by what the index holds of the messages and without their files, those whose verdicts rest
  /// on other settings, tables or databases than today's.
  /// @return How many.
  enum class Verdicts {
    trail,     ///< Path, origin, places, trust in results of authentication.
    trackers,  ///< Pixels, tracked links, leaks.
  };
  std::uint64_t judge_again(Verdicts which);
  /// Whether more follows soon. Then finish() leaves what only searches need to a later one, since of a new
  /// index it is made of many rows at once for less: without it they find all, but take longer.
  void expect_more(bool is_more);
  /// Returns when everything is committed.
  IndexReport finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Lets one process at a time write the index. Released by its destructor.
class IndexLock {
 public:
  /// nullopt if another process holds it, or after waiting where `waits` says so. @throws DatabaseError.
  enum class Wait { no, yes };
  static std::optional<IndexLock> take(const std::filesystem::path& database, Wait wait);
  IndexLock(IndexLock&& other) noexcept;
  IndexLock& operator=(IndexLock&&) = delete;
  ~IndexLock();

 private:
  explicit IndexLock(int fd) noexcept : fd_{fd} {}
  int fd_;
};

/// Removes the database file and what SQLite keeps beside it. The caller holds the IndexLock.
void remove_database(const std::filesystem::path& database);

}  // namespace mailspoor::index
