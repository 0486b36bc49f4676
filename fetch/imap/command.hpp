#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mailspoor::fetch::imap {

/// A command without its tag, as pieces: text that goes as it is, and strings that need a literal. Nothing
/// that came from a server or a user becomes text: octets in a string can never end the command.
class Command {
 public:
  struct Piece {
    bool is_literal;
    std::string octets;
  };

  explicit Command(std::string_view text) { add(text); }
  Command(Command&&) = default;
  Command(const Command&) = delete;
  ~Command();

  Command& add(std::string_view text);
  /// A string (RFC 3501 §4.3): quoted where that is possible, otherwise a literal.
  /// @throws SettingError for a NUL, which no form can carry.
  Command& add_string(std::string_view octets);
  /// What logs may show in its place; by default they show all.
  Command& set_shown(std::string_view shown) {
    shown_ = shown;
    return *this;
  }

  const std::vector<Piece>& pieces() const noexcept { return pieces_; }
  bool has_literal() const noexcept { return pieces_.size() > 1; }
  std::string shown() const;

 private:
  std::vector<Piece> pieces_;
  std::string shown_;
};

}  // namespace mailspoor::fetch::imap
