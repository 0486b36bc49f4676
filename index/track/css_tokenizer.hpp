#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mailspoor::index {

enum class CssTokenKind : std::uint8_t {
  ident,
  function,
  at_keyword,
  hash,
  string,
  bad_string,
  url,
  bad_url,
  delim,
  number,
  percentage,
  dimension,
  blank,
  cdo,
  cdc,
  colon,
  semicolon,
  comma,
  open_square,
  close_square,
  open_paren,
  close_paren,
  open_curly,
  close_curly,
  end,
};

struct CssToken {
  CssTokenKind kind = CssTokenKind::end;
  bool is_id = false;     ///< A hash that is a name, as an id selector must be.
  char delim = '\0';      ///< Of a delim.
  double number = 0;      ///< Of a number, percentage, dimension.
  std::string_view text;  ///< Name, string, url or unit; escapes undone. Good until the next token.
};

/// Splits CSS into tokens (CSS Syntax Level 3, §4). The source must outlive the tokenizer, and may hold any
/// octets. Time is linear; memory that of the longest token with an escape in it.
class CssTokenizer {
 public:
  explicit CssTokenizer(std::string_view css) noexcept : source_{css} {}
  // Tokens view a string of the tokenizer.
  CssTokenizer(const CssTokenizer&) = delete;
  CssTokenizer& operator=(const CssTokenizer&) = delete;

  /// Takes the next token; `end` at the end of the source, however often it is asked.
  const CssToken& next();

  /// Passes over what remains of a declaration's value if that takes no tokenizing: up to the `;` or `}` that
  /// ends it, or the end of the source.
  /// @return  Whether it did; otherwise nothing was taken.
  bool skip_plain_value() noexcept;

 private:
  void skip_comments() noexcept;
  void take_numeric();
  void take_ident_like();
  void take_string(char quote);
  void take_url();
  void take_bad_url() noexcept;
  void take_name();
  void take_hash();
  void append_escape();
  bool take_word(std::string_view word) noexcept;
  void skip_blanks() noexcept;
  bool starts_escape(std::size_t position) const noexcept;
  bool starts_ident(std::size_t position) const noexcept;
  bool starts_number(std::size_t position) const noexcept;
  char at(std::size_t position) const noexcept {
    return position < source_.size() ? source_[position] : '\0';
  }
  void take_kind(CssTokenKind kind) noexcept {
    token_.kind = kind;
    ++position_;
  }

  std::string_view source_;
  std::size_t position_ = 0;
  CssToken token_;
  std::string decoded_;
};

}  // namespace mailspoor::index
