#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mailspoor::index {

/// Reads a structured field body from left to right: words, quoted strings and comments (RFC 5322 §3.2), in
/// one pass and without recursion. Texts it gives are valid UTF-8 without line ends.
class StructuredCursor {
 public:
  explicit StructuredCursor(std::string_view text) noexcept : text_{text} {}

  bool is_at_end() const noexcept { return at_ == text_.size(); }
  bool is_at(char c) const noexcept { return at_ < text_.size() && text_[at_] == c; }

  /// Where the cursor stands, to come back to. Good until take_comments().
  struct Mark {
    std::size_t at;
    std::size_t comment_octets;
  };
  Mark mark() const noexcept { return {at_, comments_.size()}; }
  void return_to(Mark place) {
    at_ = place.at;
    comments_.resize(place.comment_octets);
  }

  bool take(char c) noexcept;
  /// Passes one octet, whatever it is: what cannot be read must not hold the reader.
  void skip_octet() noexcept {
    if (!is_at_end()) ++at_;
  }
  /// Passes blanks, folds and comments. What the comments say is kept for take_comments().
  void skip_cfws();
  /// Octets up to a blank, a comment, a quote, `;`, or one of `ends`.
  std::string take_word(std::string_view ends);
  /// Octets and quoted strings, without their quotes, up to a blank, a comment or `;`: `"john
  /// doe"@example.org` and `a=b` are one value.
  std::string take_value();
  /// The comments passed since the last call, without their outer parentheses, joined by blanks.
  std::string take_comments();
  /// A comment or quoted string that was never closed has swallowed the rest.
  bool is_broken() const noexcept { return is_broken_; }

 private:
  void skip_comment();
  void take_quoted_string(std::string& value);

  std::string_view text_;
  std::size_t at_ = 0;
  std::string comments_;
  bool is_broken_ = false;
};

}  // namespace mailspoor::index
