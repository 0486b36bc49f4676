#pragma once

#include <string_view>
#include <vector>

namespace mailspoor::index {

/// A piece of a Received field, viewing its octets.
struct ReceivedToken {
  enum class Kind { word, comment, semicolon };
  Kind kind;
  std::string_view text;  ///< Of a comment what stands between its parentheses, with the comments inside it.
  bool is_attached = false;  ///< No blank stands before it.
};

struct ReceivedTokens {
  std::vector<ReceivedToken> tokens;
  bool is_unbalanced = false;  ///< A parenthesis without its partner stood for a blank.
  bool is_cut = false;         ///< There were more than are read; the date behind them was still looked for.
};

/// Splits the body of a Received field, still folded, into what stands at its top level.
///
///     body    = *(word / comment / ";" / FWS)
///     comment = "(" *(ctext / quoted-pair / comment) ")"             RFC 5322 §3.2.2
///     word    = 1*(octet / quoted-string / "<" path ">" / "[" literal "]")
///
/// One pass, no recursion. A comment that is never closed hides nothing: its parenthesis counts as a blank,
/// and what follows is read as if it were not there (a peer may have announced `mail(`). So does a quotation
/// mark or bracket that is not closed within 1,000 octets.
ReceivedTokens split_received(std::string_view field_body);

/// The words of a comment, and of the comments inside it, ended by blanks, parentheses, commas, semicolons
/// and quotation marks: `[192.0.2.1]:25 "EHLO a.example"` has three. Not more than 32 of them.
std::vector<std::string_view> words_in_comment(std::string_view comment);

}  // namespace mailspoor::index
