#include "index/trace/received_tokens.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "deliver/base/ascii.hpp"

namespace mailspoor::index {
namespace {

using base::is_blank;

/// Real fields have up to 60; the rest of a longer one says nothing that could be believed.
constexpr std::size_t kMaxTokens = 2'000;
/// Behind the last semicolon of a field that has more: enough for a date.
constexpr std::size_t kTailTokens = 32;
constexpr std::size_t kMaxCommentWords = 32;
/// A path has 256 octets (RFC 5321 §4.5.3.1.3), a Message-ID may fill a line.
constexpr std::size_t kMaxUnitOctets = 1'000;
/// Each is looked for up to the end of the field, so this bounds the time.
constexpr int kMaxUnclosed = 4;

/// Finds the ends of quoted strings, paths and literals, looking at each octet once.
class UnitScanner {
 public:
  explicit UnitScanner(std::string_view text) : text_{text} {}

  /// Where the unit at `at` ends, its last octet included; `at + 1` where none begins or none ends.
  std::size_t end(std::size_t at) {
    const char open = text_[at];
    const auto kind = kOpening.find(open);
    if (kind == std::string_view::npos || at < plain_until_.at(kind)) return at + 1;
    const char close = kClosing[kind];
    const auto last = std::min(text_.size(), at + kMaxUnitOctets);
    bool is_quoted = open == '"';
    bool has_blank = false;
    auto here = at + 1;
    for (; here < last; ++here) {
      const char c = text_[here];
      if (c == close && (!is_quoted || open == '"')) {
        if (open == '"' && !may_follow_quoted(here + 1)) break;
        return here + 1;
      }
      if (is_quoted) {
        if (c == '\\') ++here;
        if (c == '"') is_quoted = false;
        continue;
      }
      if (c == open) break;
      if (c == '"' && open == '<') is_quoted = true;
      has_blank = has_blank || is_blank(c);
      // `<multiple recipients>` and `[unix socket]` hold a blank, but no comment behind it.
      if ((c == '(' || c == ';') && (has_blank || open == '[')) break;
    }
    plain_until_.at(kind) = here;
    return at + 1;
  }

 private:
  /// Behind a quoted string comes a domain or the end of the word. Else its first mark was a peer's name.
  bool may_follow_quoted(std::size_t at) const {
    constexpr std::string_view kFollowers = " \t\r\n@.>(;";
    return at >= text_.size() || kFollowers.find(text_[at]) != std::string_view::npos;
  }

  static constexpr std::string_view kOpening = "\"<[";
  static constexpr std::string_view kClosing = "\">]";
  std::string_view text_;
  std::array<std::size_t, 3> plain_until_{};  ///< Up to here nothing of each kind is opened: it was tried.
};

/// Where the comment that opens at `begin` ends, its last octet included; npos if it is never closed.
std::size_t end_of_comment(std::string_view text, std::size_t begin) {
  std::size_t depth = 0;
  for (auto at = begin; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '(') {
      ++depth;
    } else if (text[at] == ')' && --depth == 0) {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_{text}, units_{text} {}

  ReceivedTokens run() {
    while (at_ < text_.size()) step();
    return std::move(result_);
  }

 private:
  using Kind = ReceivedToken::Kind;

  void step() {
    switch (text_[at_]) {
      case ' ':
      case '\t':
      case '\r':
      case '\n':
        ++at_;
        return;
      case ';':
        push(Kind::semicolon, text_.substr(at_, 1));
        ++at_;
        return;
      case '(':
        take_comment();
        return;
      case ')':
        result_.is_unbalanced = true;
        ++at_;
        return;
      default:
        take_word();
    }
  }

  void take_comment() {
    const auto end = unclosed_ < kMaxUnclosed ? end_of_comment(text_, at_) : std::string_view::npos;
    if (end == std::string_view::npos) {
      ++unclosed_;
      result_.is_unbalanced = true;
      ++at_;
      return;
    }
    push(Kind::comment, text_.substr(at_ + 1, end - at_ - 2));
    at_ = end;
  }

  void take_word() {
    const auto begin = at_;
    auto end = begin;
    while (end < text_.size() && !is_blank(text_[end]) && text_[end] != '(' && text_[end] != ';')
      end = units_.end(end);
    push(Kind::word, text_.substr(begin, end - begin));
    at_ = end;
  }

  /// Called with at_ still at the first octet of the token.
  void push(Kind kind, std::string_view text) {
    auto& tokens = result_.tokens;
    if (tokens.size() >= kMaxTokens) {
      result_.is_cut = true;
      if (kind == Kind::semicolon) tokens.erase(tokens.begin() + kMaxTokens, tokens.end());
      if (tokens.size() >= kMaxTokens + kTailTokens) return;
    }
    tokens.push_back({kind, text, at_ > 0 && !is_blank(text_[at_ - 1])});
  }

  std::string_view text_;
  UnitScanner units_;
  std::size_t at_ = 0;
  int unclosed_ = 0;
  ReceivedTokens result_;
};

constexpr bool is_name_octet(char c) noexcept { return base::is_alphanumeric(c) || c == '.'; }
constexpr bool ends_comment_word(char c) noexcept {
  return is_blank(c) || c == '(' || c == ')' || c == ',' || c == ';' || c == '"';
}

}  // namespace

ReceivedTokens split_received(std::string_view field_body) { return Lexer{field_body}.run(); }

std::vector<std::string_view> words_in_comment(std::string_view comment) {
  std::vector<std::string_view> words;
  UnitScanner units{comment};
  for (std::size_t at = 0; at < comment.size() && words.size() < kMaxCommentWords;) {
    if (ends_comment_word(comment[at])) {
      ++at;
      continue;
    }
    const auto begin = at;
    while (at < comment.size() && !ends_comment_word(comment[at])) {
      if (comment[at] == '[' && at > begin && is_name_octet(comment[at - 1])) break;  // host[192.0.2.1]
      at = units.end(at);
    }
    words.push_back(comment.substr(begin, at - begin));
  }
  return words;
}

}  // namespace mailspoor::index
