#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "index/query/query.hpp"

namespace mailspoor::index {

/// What a relative date counts from. Days begin at local midnight, by the TZ of the process.
struct QueryClock {
  std::int64_t now = 0;  ///< Unix seconds.
};

struct BlobValue {
  std::string octets;
};
using SqlValue = std::variant<std::int64_t, std::string, BlobValue>;

/// A condition over the row of table `message`, its parameters numbered from ?1. What the user typed is in
/// the values only.
struct SqlCondition {
  std::string sql;
  std::vector<SqlValue> values;
};

/// @throws QueryError for a value that its field cannot read, naming the column.
SqlCondition compile(const Query& query, const QueryClock& clock);

}  // namespace mailspoor::index
