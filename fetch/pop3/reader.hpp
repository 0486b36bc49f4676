#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fetch/transport.hpp"

namespace mailspoor::fetch::pop3 {

/// Takes what a POP3 server sends apart into lines, lists and messages. All functions throw NetworkError
/// where the connection ends, and ProtocolError for a line that never does.
class Reader {
 public:
  explicit Reader(Transport& transport);

  /// One line, without its end; one that ends in a bare LF too.
  std::string read_line();
  /// Hands over the lines of a multi-line response (RFC 1939 §3), their dots unstuffed, up to the one of a
  /// single dot.
  void read_lines(const std::function<void(std::string_view line)>& take);
  /// Hands over the octets of a message, piece by piece, their dots unstuffed. Only CRLF "." CRLF ends it: a
  /// bare LF or CR is content, and so is a dot behind it.
  void read_message(const std::function<void(std::string_view octets)>& take);
  /// Whether more has come than was read: an answer to nothing, where nothing is asked.
  bool has_unread() const noexcept { return begin_ != end_; }

 private:
  std::string_view unread() const noexcept;
  void fill();

  Transport& transport_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace mailspoor::fetch::pop3
