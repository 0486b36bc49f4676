#pragma once

#include <string_view>

#include "index/query/query.hpp"

namespace mailspoor::index {

inline constexpr std::size_t kMaxQueryOctets = 100'000;
inline constexpr std::size_t kMaxQueryTerms = 500;
inline constexpr std::size_t kMaxQueryDepth = 25;  ///< FTS5 takes some 30 nested parentheses.

/// Reads the query language.
///
///     query       = disjunction
///     disjunction = conjunction *("OR" conjunction)
///     conjunction = negation *(["AND"] negation)
///     negation    = ("NOT" / "-") negation / primary
///     primary     = "(" disjunction ")" / "*" / "thread:{" disjunction "}" / [field ":"] value
///     value       = DQUOTE *(char / DQUOTE DQUOTE) DQUOTE ["*"] / "/" regex "/" / word ["*"]
///     regex       = *(char / "\/")    behind a field that takes one; ends at the slash before a blank,
///                                      a closing parenthesis or brace, or the end
///     word        = any octets but blanks, parentheses and double quotes; in a thread's query no "}"
///
/// AND, OR and NOT count in upper case only. A word with a colon must name a field.
/// @throws QueryError naming the column and what was expected.
Query parse_query(std::string_view text);

}  // namespace mailspoor::index
