#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "index/query/fields.hpp"

namespace mailspoor::index {

/// A query as a tree.
struct Query {
  enum class Kind {
    everything,  ///< `*` alone, or nothing.
    term,
    negation,     ///< One operand.
    conjunction,  ///< Two or more operands, in the order typed.
    disjunction,
  };
  Kind kind = Kind::everything;
  std::vector<Query> operands;

  // Of a term:
  const Field* field = nullptr;  ///< nullptr: anywhere in the text.
  std::string value;
  bool is_quoted = false;
  bool is_regex = false;   ///< It stood between slashes. A `thread:{query}` has that query as its operand.
  bool is_prefix = false;  ///< A `*` stood behind it.
  std::size_t column = 0;  ///< Where it begins in what was typed, from 1, in octets.
};

}  // namespace mailspoor::index
