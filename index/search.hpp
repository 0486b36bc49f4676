#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "index/message_object.hpp"
#include "index/trace/places.hpp"
#include "index/trace/trace_context.hpp"

namespace mailspoor::index {

struct SearchOptions {
  std::int64_t now = 0;                ///< What `date:7d..` counts from, Unix seconds.
  std::optional<std::uint64_t> limit;  ///< So many at most.
  std::chrono::seconds time_limit{60};
};

/// How a query was understood and is answered.
struct Explanation {
  std::string tree;  ///< One node a line; in parentheses how many messages it was counted to match.
  std::string sql;   ///< The statement, its values as `?`.
  std::vector<std::string> plan;  ///< SQLite's steps and the indexes they use.
};

/// What the index holds, for `status`.
struct IndexTotals {
  std::uint64_t messages = 0;
  std::uint64_t octets = 0;  ///< Of the messages.
  int schema = 0;
};
struct AccountTotals {
  std::string account;
  std::uint64_t mailboxes = 0;
  std::uint64_t messages = 0;    ///< Distinct ones.
  std::uint64_t octets = 0;      ///< Of the distinct ones.
  std::uint64_t defects = 0;     ///< Messages with a defect.
  std::uint64_t unreadable = 0;  ///< Files that could not be read.
};

/// A message file that could not be read, and why.
struct UnreadableFile {
  std::string account;
  std::string mailbox;
  std::string unique_name;
  std::string reason;
};

/// Messages that `index --retrace` and `index --rescan-trackers` would judge again.
struct StaleVerdicts {
  std::uint64_t trails = 0;
  std::uint64_t trackers = 0;
};

/// The index, for asking. Opens a read-only one as it lies.
class Searcher {
 public:
  /// @throws DatabaseError, also if there is no such file; OutdatedDatabase.
  explicit Searcher(const std::filesystem::path& database);
  ~Searcher();
  Searcher(Searcher&&) noexcept;

  /// How many messages match. @throws QueryError, also when the time is over, DatabaseError.
  std::uint64_t count(std::string_view query, const SearchOptions& options);
  /// Hands over the matching messages, newest first. `paths` stay empty: placements tell folder and name.
  /// @throws QueryError, DatabaseError, and what `take` throws.
  void search(std::string_view query, const SearchOptions& options,
              const std::function<void(MessageSummary&)>& take);
  Explanation explain(std::string_view query, const SearchOptions& options);

  /// Ids (64 digits) that begin with these hexadecimal digits, ascending, 20 at most.
  std::vector<std::string> ids_with_prefix(std::string_view digits);
  /// Ids of the messages with this Message-ID, without its brackets.
  std::vector<std::string> ids_with_message_id(std::string_view message_id);
  std::optional<MessageSummary> message(std::string_view id);

  /// False while the index is being made; what it finds until then is not all there is.
  bool is_whole();
  IndexTotals totals();
  std::vector<AccountTotals> account_totals();
  std::vector<UnreadableFile> unreadable_files();
  /// How far the journal of a folder has been read; 0 for one that is not known.
  std::uint64_t journal_octets(const std::string& folder);
  /// Whether the index has that file as a delivery. One that it met before the journal told of it has no
  /// envelope yet.
  bool has_delivery(const std::string& folder, const std::string& unique_name);
  /// Messages whose verdicts rest on other settings, tables or databases than these.
  StaleVerdicts stale_verdicts(const TraceSettings& settings, const std::vector<PlaceDatabase>& databases);
  /// Hands over the unique names of the folder's files that the index knows, those that it could not read
  /// too, and whether the message is gone from its mailbox.
  void for_each_file(const std::string& folder,
                     const std::function<void(std::string_view unique_name, bool is_gone)>& take);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailspoor::index
