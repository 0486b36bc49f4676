#pragma once

#include <chrono>
#include <exception>
#include <vector>

#include "index/query/regex.hpp"
#include "index/store/database.hpp"

namespace mailspoor::index {

/// What compiled queries need of a database beyond SQL: functions that compare as the query language does,
/// and an end to what takes too long. One per database, at the same place while that is open.
///
///     matches(NUMBER, TEXT)        the regex of that number in `patterns`
///     matches_glob(TEXT, PATTERN)  is_in_domain(HOST, DOMAIN)
///     is_domain(ADDR_SPEC, DOMAIN) is_local_part(ADDR_SPEC, LOCAL_PART)
class QueryFunctions {
 public:
  explicit QueryFunctions(Database& db);
  ~QueryFunctions();
  QueryFunctions(const QueryFunctions&) = delete;
  QueryFunctions& operator=(const QueryFunctions&) = delete;

  /// For the queries from here on.
  void begin(std::vector<Regex> patterns, std::chrono::seconds time_limit);
  /// Calls what runs statements; an error of a function, or the end of the time, surfaces as a QueryError.
  template <typename Run>
  void guard(Run run) {
    try {
      run();
    } catch (const DatabaseError&) {
      stop_clock();
      rethrow();
      throw;
    }
    stop_clock();
  }
  /// Within guard(): what the caller does with a message takes the caller's time.
  template <typename Run>
  void leave_out(Run run) {
    const auto begin = std::chrono::steady_clock::now();
    run();
    until_ += std::chrono::steady_clock::now() - begin;
  }

  // For SQLite's callbacks.
  const Regex& pattern(std::int64_t number) const { return patterns_.at(static_cast<std::size_t>(number)); }
  void park(std::exception_ptr failure) noexcept { failure_ = std::move(failure); }
  bool is_late() noexcept;

 private:
  void rethrow() const;
  void stop_clock() noexcept;

  Database& db_;
  std::vector<Regex> patterns_;
  std::chrono::seconds time_limit_{};
  std::chrono::steady_clock::time_point until_;
  std::exception_ptr failure_;
  bool is_late_ = false;
};

}  // namespace mailspoor::index
