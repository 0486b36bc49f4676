#include "fetch/imap/lexer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "deliver/base/ascii.hpp"
#include "deliver/base/text.hpp"

namespace mailspoor::fetch::imap {
namespace {

using base::is_digit;

constexpr std::size_t kBufferSize = std::size_t{64} * 1024;
constexpr std::size_t kMaxFirstWord = 1024;  // a tag of ours has about ten octets
constexpr std::size_t kShownText = 200;

bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\0'; }
bool ends_atom(char c) noexcept { return is_blank(c) || c == '\r' || c == '\n' || c == '(' || c == ')'; }

/// Whether `atom` ends as a literal begins: `BODY[]{12}`. Nobody can tell whether 12 octets of mail follow.
bool ends_like_literal(std::string_view atom) noexcept {
  if (!atom.ends_with('}')) return false;
  atom.remove_suffix(1);
  if (atom.ends_with('+')) atom.remove_suffix(1);
  const auto digits_end = atom.size();
  while (!atom.empty() && is_digit(atom.back())) atom.remove_suffix(1);
  return atom.size() < digits_end && atom.ends_with('{');
}

/// Sets of UIDs have no limit: a long one comes in pieces.
bool is_long_set(std::string_view text) noexcept {
  return text.size() > kMaxToken / 2 && text.find_first_not_of("0123456789:,") == std::string_view::npos;
}

}  // namespace

Lexer::Lexer(Transport& transport, std::uint64_t max_response)
    : transport_{&transport}, max_response_{max_response}, buffer_(kBufferSize) {}

bool Lexer::fill() {
  if (position_ < filled_) return true;
  position_ = 0;
  filled_ = 0;
  filled_ = transport_->read(buffer_);
  return filled_ > 0;
}

char Lexer::peek() {
  if (!fill()) throw NetworkError{"the server closed the connection"};
  return buffer_[position_];
}

char Lexer::take() {
  const char c = peek();
  ++position_;
  if (++response_octets_ > max_response_) {
    throw ProtocolError{fmt::format("a response has more than {} octets outside literals", max_response_)};
  }
  return c;
}

/// CRLF or a bare LF. A CR that no LF follows is taken too, as a blank, and is no line end.
bool Lexer::take_line_end() {
  if (peek() == '\r') take();
  if (peek() != '\n') return false;
  take();
  return true;
}

void Lexer::start_line() noexcept {
  response_octets_ = 0;
  literal_left_ = 0;
  depth_ = 0;
  after_literal_ = false;
  ended_ = false;
}

const std::string& Lexer::start_response() {
  if (!ended_) skip_response();
  start_line();
  while (peek() == '\0' || peek() == '\r' || peek() == '\n') take();
  first_word_.clear();
  while (!is_blank(peek()) && peek() != '\r' && peek() != '\n') {
    if (first_word_.size() == kMaxFirstWord) break;
    first_word_ += take();
  }
  return first_word_;
}

std::string Lexer::take_text() {
  std::string text;
  while (!ended_) {
    const char c = take();
    if (c == '\n') {
      ended_ = true;
    } else if (text.size() < kMaxToken) {
      text += c;
    }
  }
  if (text.ends_with('\r')) text.pop_back();
  text.erase(0, text.find_first_not_of(' '));
  return text;
}

void Lexer::skip_response() {
  while (!next().is(Token::Kind::end)) {
  }
}

void Lexer::append(char c) {
  if (token_.text.size() == kMaxToken) {
    throw ProtocolError{fmt::format("an answer has a word of more than {} octets: '{}...'", kMaxToken,
                                    base::printable(std::string_view{token_.text}.substr(0, 40)))};
  }
  token_.text += c;
}

/// Domino announces literals one or two octets short and ends the message with CRLF all the same: a line end
/// that directly follows a literal and is itself followed by `)` is none.
bool Lexer::is_stray_line_end() { return after_literal_ && depth_ > 0 && peek() == ')'; }

const Token& Lexer::next() {
  if (literal_left_ > 0) skip_literal();
  token_.text.clear();
  token_.size = 0;
  token_.broken = false;
  token_.kind = Token::Kind::end;
  while (!ended_) {
    const char c = peek();
    if (c == '\r' || c == '\n') {
      if (take_line_end() && !is_stray_line_end()) ended_ = true;
      continue;
    }
    if (is_blank(c)) {
      take();
      continue;
    }
    after_literal_ = false;
    if (c == '(') {
      take();
      if (++depth_ > kMaxNesting) {
        throw ProtocolError{fmt::format("an answer nests parentheses more than {} deep", kMaxNesting)};
      }
      token_.kind = Token::Kind::open;
    } else if (c == ')') {
      take();
      if (depth_ > 0) --depth_;
      token_.kind = Token::Kind::close;
    } else if (c == '"') {
      take_quoted();
    } else {
      take_atom();
    }
    break;
  }
  return token_;
}

///     quoted = DQUOTE *QUOTED-CHAR DQUOTE      RFC 3501 §9
void Lexer::take_quoted() {
  token_.kind = Token::Kind::quoted;
  take();
  for (;;) {
    const char c = peek();
    if (c == '\n') break;
    take();
    if (c == '"') return;
    if (c == '\r' && peek() == '\n') break;
    if (c == '\\') {
      if (peek() == '\r' || peek() == '\n') break;
      append(take());
    } else {
      append(c);
    }
  }
  token_.broken = true;
}

void Lexer::take_atom() {
  token_.kind = Token::Kind::atom;
  if (peek() == '~') append(take());
  if (peek() == '{') {
    take_brace();
    if (token_.is(Token::Kind::literal)) return;
  }
  while (!ends_atom(peek())) {
    const char c = take();
    append(c);
    if (c == ',' && is_long_set(token_.text)) {
      token_.text.pop_back();
      return;
    }
    if (c == '[' && (base::equal_ignoring_case(token_.text, "BODY[") ||
                     base::equal_ignoring_case(token_.text, "BODY.PEEK[") ||
                     base::equal_ignoring_case(token_.text, "BINARY["))) {
      take_section();
    }
  }
  if ((peek() == '\r' || peek() == '\n') && ends_like_literal(token_.text)) {
    throw LostTrack{"an answer has a literal glued to a word"};
  }
}

/// `HEADER.FIELDS (A B)]`: blanks and parentheses belong to the atom up to the bracket.
void Lexer::take_section() {
  while (peek() != '\r' && peek() != '\n') {
    const char c = take();
    append(c);
    if (c == ']') return;
  }
}

///     literal  = "{" number ["+"] "}" CRLF *CHAR8      RFC 3501 §9, 7888 §5
///     literal8 = "~" literal                           RFC 3516 §7
///
/// A brace that no digit follows is a piece of an odd atom; with a digit it must be a literal to its line
/// end.
void Lexer::take_brace() {
  append(take());
  if (!is_digit(peek())) return;
  std::uint64_t size = 0;
  while (is_digit(peek())) {
    const auto digit = static_cast<std::uint64_t>(take() - '0');
    if (size > (std::numeric_limits<std::uint64_t>::max() - digit) / 10) {
      throw ProtocolError{"a literal announces more octets than 64 bits can count"};
    }
    size = size * 10 + digit;
  }
  if (peek() == '+') take();
  if (peek() != '}') throw LostTrack{"an answer has a broken literal: no '}' behind the number"};
  take();
  if (!take_line_end()) throw LostTrack{"an answer has a broken literal: text behind the '}'"};
  token_.kind = Token::Kind::literal;
  token_.text.clear();
  token_.size = size;
  literal_left_ = size;
  after_literal_ = true;
}

std::string Lexer::take_unread() {
  std::string unread{buffer_.data() + position_, filled_ - position_};
  position_ = filled_;
  return unread;
}

std::string Lexer::take_literal() {
  if (literal_left_ > kMaxSmallLiteral) {
    throw ProtocolError{fmt::format("the server sends {} octets where a name belongs", literal_left_)};
  }
  std::string octets;
  stream_literal([&octets](std::string_view piece) { octets += piece; });
  return octets;
}

void Lexer::stream_literal(const std::function<void(std::string_view)>& take) {
  while (literal_left_ > 0) {
    peek();
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(literal_left_, filled_ - position_));
    const std::string_view piece{buffer_.data() + position_, count};
    position_ += count;
    literal_left_ -= count;
    take(piece);
    transport_->deadlines().useful(count);
  }
}

void Lexer::skip_literal() {
  while (literal_left_ > 0) {
    peek();
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(literal_left_, filled_ - position_));
    position_ += count;
    literal_left_ -= count;
    transport_->deadlines().useless(count);
  }
}

std::string Lexer::skip_lines_until(std::string_view tag) {
  std::string last;
  std::string line;
  std::uint64_t discarded = 0;
  for (;;) {
    start_line();
    line.clear();
    bool is_tagged = true;
    while (is_tagged && line.size() < tag.size()) {
      is_tagged = fill() && peek() == tag[line.size()];
      if (is_tagged) line += take();
    }
    if (is_tagged && (peek() == ' ' || peek() == '\r' || peek() == '\n')) return last;
    for (bool is_over = false; !is_over;) {
      if (!fill()) {
        throw NetworkError{last.empty() && line.empty()
                               ? "the server closed the connection"
                               : fmt::format("the server closed the connection, its last words: {}",
                                             base::printable(line.empty() ? last : line))};
      }
      const std::string_view rest{buffer_.data() + position_, filled_ - position_};
      const std::string_view piece = rest.substr(0, rest.find('\n'));
      line += piece.substr(0, kShownText - std::min(line.size(), kShownText));
      is_over = piece.size() < rest.size();
      position_ += piece.size() + (is_over ? 1 : 0);
      discarded += piece.size() + 1;
      // A slow line must get past a damaged message too; kMaxDiscarded ends what never ends.
      transport_->deadlines().useful(piece.size());
      if (discarded > kMaxDiscarded) throw ProtocolError{"the server never answers, and never stops talking"};
    }
    if (line.ends_with('\r')) line.pop_back();
    std::swap(last, line);
  }
}

}  // namespace mailspoor::fetch::imap
