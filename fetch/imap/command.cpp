#include "fetch/imap/command.hpp"

#include <algorithm>

#include "deliver/base/text.hpp"
#include "fetch/error.hpp"
#include "fetch/sasl.hpp"

namespace mailspoor::fetch::imap {
namespace {

constexpr std::size_t kMaxQuoted =
    900;  // a command line is kept within 1000 octets (RFC 7162 §4 speaks of 8192)

/// 8-bit octets are not allowed in a quoted string (RFC 3501 §9), though many servers take them.
bool can_be_quoted(std::string_view octets) noexcept {
  return octets.size() <= kMaxQuoted && std::all_of(octets.begin(), octets.end(), [](char c) {
           return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f;
         });
}

}  // namespace

/// It may hold a password.
Command::~Command() {
  for (Piece& piece : pieces_) wipe(piece.octets);
}

Command& Command::add(std::string_view text) {
  if (pieces_.empty() || pieces_.back().is_literal) {
    pieces_.push_back({false, std::string{text}});
  } else {
    pieces_.back().octets += text;
  }
  return *this;
}

Command& Command::add_string(std::string_view octets) {
  if (octets.find('\0') != std::string_view::npos)
    throw SettingError{"a NUL cannot be sent to an IMAP server"};
  if (!can_be_quoted(octets)) {
    pieces_.push_back({true, std::string{octets}});
    return *this;
  }
  std::string quoted{'"'};
  for (const char c : octets) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  quoted += '"';
  add(quoted);
  wipe(quoted);
  return *this;
}

std::string Command::shown() const {
  if (!shown_.empty()) return shown_;
  std::string text;
  for (const Piece& piece : pieces_) text += piece.octets;
  return base::printable(text);
}

}  // namespace mailspoor::fetch::imap
