#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "index/query/query.hpp"
#include "index/query/regex.hpp"

namespace mailspoor::index {

/// What a relative date counts from. Days begin at local midnight, by the TZ of the process.
struct QueryClock {
  std::int64_t now = 0;  ///< Unix seconds.
};

struct BlobValue {
  std::string octets;
};
using SqlValue = std::variant<std::int64_t, std::string, BlobValue>;

/// SQL and the values of its `?` in their order. What the user typed is in the values only.
struct Sql {
  std::string text;
  std::vector<SqlValue> values;

  Sql& operator+=(std::string_view more) {
    text += more;
    return *this;
  }
  Sql& operator+=(const Sql& more);
};

/// A query compiled, node by node. Both forms give the same answer; the planner chooses.
struct Condition {
  enum class Kind { everything, leaf, negation, conjunction, disjunction };
  Kind kind = Kind::everything;
  std::string typed;       ///< For people: `from:alice`.
  std::optional<Sql> set;  ///< A leaf: SELECT of `message`s, duplicates allowed; nullopt: none that is
                           ///< better than to look at every message.
  Sql probe;               ///< A leaf: 0 or 1 for table message's row `m`, never NULL.
  bool is_column = false;  ///< A leaf: the probe only compares columns of `m`.
  std::vector<Condition> operands;        ///< Of the other kinds.
  std::optional<std::uint64_t> estimate;  ///< How many messages match, counted up to kMaxEstimate.
};

inline constexpr std::uint64_t kMaxEstimate = 5'000;

struct CompiledQuery {
  Condition root;
  std::vector<Regex> patterns;  ///< What `matches(N, text)` in the SQL means.
};

/// @throws QueryError for a value that its field cannot read, naming the column.
CompiledQuery compile(const Query& query, const QueryClock& clock);

/// How many rows a SELECT gives, counted up to kMaxEstimate.
using Estimator = std::function<std::uint64_t(const Sql&)>;
/// Fills in the estimates of all nodes that have a set.
void estimate(Condition& condition, const Estimator& count);

/// The keys of the messages that match: `SELECT m.message FROM ... WHERE ...`, without an order. Begins with
/// the operand that matches the fewest messages and asks the others of those; where all match many and only
/// the newest few are wanted, looks at the messages one by one.
Sql select_messages(const Condition& root, bool wants_few);

/// The tree with its estimates, one node a line.
std::string describe(const Condition& root);

}  // namespace mailspoor::index
