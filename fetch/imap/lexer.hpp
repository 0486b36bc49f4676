#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "fetch/error.hpp"
#include "fetch/transport.hpp"

namespace mailspoor::fetch::imap {

inline constexpr std::size_t kMaxToken =
    std::size_t{64} * 1024;  ///< An atom, a quoted string: names and flags are far shorter.
inline constexpr std::size_t kMaxSmallLiteral =
    std::size_t{64} * 1024;  ///< A literal that is held in memory: mailbox names.
/// Octets of one response outside literals. `SEARCH` with a million hits has 8 MiB.
inline constexpr std::uint64_t kMaxResponse = std::uint64_t{64} * 1024 * 1024;
inline constexpr std::uint64_t kMaxDiscarded =
    std::uint64_t{1024} * 1024 * 1024;          ///< Octets; a damaged message may be large.
inline constexpr std::size_t kMaxNesting = 64;  ///< Parentheses; what we ask for needs two.

/// What was read cannot be what the server meant, most likely since a literal was longer or shorter than
/// announced. What follows must not be trusted until a fresh tag has come back.
class LostTrack : public ProtocolError {
 public:
  using ProtocolError::ProtocolError;
};

struct Token {
  enum class Kind {
    atom,     ///< Anything unquoted; `BODY[HEADER.FIELDS (A B)]<0>` is one.
    quoted,   ///< `text` without quotes and escapes.
    literal,  ///< `size` octets follow, to be taken by one of the literal functions; next() skips what was
              ///< not.
    open,
    close,
    end,  ///< The response is over.
  };
  Kind kind = Kind::end;
  std::string text;
  std::uint64_t size = 0;
  bool broken = false;  ///< A quoted string that its line ended.

  bool is(Kind other) const noexcept { return kind == other; }
};

/// Cuts a server's octets into tokens (RFC 3501 §9), pulling as many as it needs. Strict about what decides
/// where a message ends: literals, line ends, the first word of a response. Lenient about all else, since
/// servers are.
///
/// Order of calls: start_response(), then next() until its `end`, or one of the functions that end the
/// response.
/// @throws NetworkError when the connection ends, ProtocolError for a broken literal or a limit.
class Lexer {
 public:
  explicit Lexer(Transport& transport, std::uint64_t max_response = kMaxResponse);

  /// Goes to the next response and takes its first word: `*`, `+` or a tag. NULs and empty lines before it
  /// are skipped (both have been seen). The view is valid until the next call.
  const std::string& start_response();
  /// The next token of the response. The reference is valid until the next call. An atom that is a set of
  /// numbers comes in pieces if it is long, cut at its commas.
  const Token& next();
  /// The rest of the line, without its end, cut at kMaxToken: human text, in which `{5}` is no literal.
  std::string take_text();
  void skip_response();

  /// The octets of the literal just read, all at once. @throws ProtocolError above kMaxSmallLiteral.
  std::string take_literal();
  void stream_literal(const std::function<void(std::string_view)>& take);

  /// Discards line by line, whatever they hold, up to one that begins with `tag`. Ends in the middle of that
  /// line.
  /// @return the last line before it, cut short: what a server said before it hung up.
  /// @throws ProtocolError above kMaxDiscarded.
  std::string skip_lines_until(std::string_view tag);

  /// Hands out what was read from the transport and not taken yet. Between responses only.
  std::string take_unread();
  /// Goes on with another transport, which must outlive the lexer.
  void read_from(Transport& transport) noexcept { transport_ = &transport; }

  /// Octets of the current response so far, outside literals.
  std::uint64_t response_octets() const noexcept { return response_octets_; }

 private:
  bool fill();
  char peek();
  char take();
  bool take_line_end();
  void start_line() noexcept;
  void skip_literal();
  bool is_stray_line_end();
  void take_quoted();
  void take_atom();
  void take_section();
  void take_brace();
  void append(char c);

  Transport* transport_;
  std::uint64_t max_response_;
  std::vector<char> buffer_;
  std::size_t position_ = 0;
  std::size_t filled_ = 0;

  Token token_;
  std::string first_word_;
  std::uint64_t response_octets_ = 0;
  std::uint64_t literal_left_ = 0;
  std::size_t depth_ = 0;
  bool after_literal_ = false;
  bool ended_ = true;
};

}  // namespace mailspoor::fetch::imap
