#include "fetch/pop3/reader.hpp"

#include "fetch/error.hpp"

namespace mailspoor::fetch::pop3 {
namespace {

constexpr std::size_t kBufferOctets = std::size_t{64} * 1024;
constexpr std::size_t kMaxLineOctets = std::size_t{64} * 1024;

/// Finds the end of a message, and the dots that are not of it: the first of two (RFC 1939 §3).
///
///     line start --"."--> dot --CR--> dot CR --LF--> the end
class Unstuffer {
 public:
  explicit Unstuffer(const std::function<void(std::string_view)>& take) : take_{take} {}

  /// @return how many octets were used; the end was found if is_done().
  std::size_t feed(std::string_view octets);
  bool is_done() const noexcept { return state_ == State::end; }

 private:
  enum class State { line_start, dot, dot_cr, text, cr, end };

  const std::function<void(std::string_view)>& take_;
  State state_ = State::line_start;
};

std::size_t Unstuffer::feed(std::string_view octets) {
  std::size_t kept = 0;  // from here on, nothing was handed over yet
  std::size_t at = 0;
  const auto hand_over = [&](std::size_t until) {
    if (until > kept) take_(octets.substr(kept, until - kept));
  };
  while (at < octets.size()) {
    const char c = octets[at];
    switch (state_) {
      case State::text:
        at = octets.find('\r', at);
        if (at == std::string_view::npos) {
          at = octets.size();
        } else {
          ++at;
          state_ = State::cr;
        }
        break;
      case State::cr:
        ++at;
        state_ = c == '\n' ? State::line_start : c == '\r' ? State::cr : State::text;
        break;
      case State::line_start:
        if (c == '.') {
          hand_over(at);
          kept = ++at;
          state_ = State::dot;
        } else {
          state_ = State::text;  // the same octet again
        }
        break;
      case State::dot:
        if (c == '\r') {
          kept = ++at;  // held back
          state_ = State::dot_cr;
        } else {
          if (c != '.') take_(".");  // nobody has doubled it: Dovecot does not in the first line
          state_ = State::text;
        }
        break;
      case State::dot_cr:
        if (c == '\n') {
          state_ = State::end;
          return at + 1;
        }
        take_(".\r");
        state_ = State::cr;
        break;
      case State::end:
        return at;
    }
  }
  hand_over(octets.size());
  return octets.size();
}

}  // namespace

Reader::Reader(Transport& transport) : transport_{transport}, buffer_(kBufferOctets) {}

std::string_view Reader::unread() const noexcept { return {buffer_.data() + begin_, end_ - begin_}; }

void Reader::fill() {
  begin_ = 0;
  end_ = transport_.read(buffer_);
  if (end_ == 0) throw NetworkError{"the server closed the connection"};
}

std::string Reader::read_line() {
  std::string line;
  for (;;) {
    if (begin_ == end_) fill();
    const auto rest = unread();
    const auto end = rest.find('\n');
    line += rest.substr(0, end);
    if (line.size() > kMaxLineOctets) throw ProtocolError{"the server sends a line that does not end"};
    if (end != std::string_view::npos) {
      begin_ += end + 1;
      break;
    }
    begin_ = end_;
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

void Reader::read_lines(const std::function<void(std::string_view)>& take) {
  for (;;) {
    const std::string line = read_line();
    if (line == ".") return;
    take(line.starts_with('.') ? std::string_view{line}.substr(1) : std::string_view{line});
  }
}

void Reader::read_message(const std::function<void(std::string_view)>& take) {
  Unstuffer unstuffer{take};
  while (!unstuffer.is_done()) {
    if (begin_ == end_) fill();
    begin_ += unstuffer.feed(unread());
  }
}

}  // namespace mailspoor::fetch::pop3
