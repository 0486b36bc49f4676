#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "deliver/base/maildrop.hpp"

namespace mailspoor::fetch::pop3 {

/// A message that the server lists in this session.
struct Listed {
  std::uint32_t number = 0;             ///< Of this session only.
  std::optional<std::uint64_t> octets;  ///< What LIST says: a hint.
  std::optional<base::MaildropName> name;
};

/// Gathers the lines of UIDL and LIST. Servers leave lines out, repeat them and put others in: a message is
/// what either names.
class Listing {
 public:
  /// @return false for a line that is none; it is left out. @throws ProtocolError for lists without end.
  bool take_uidl(std::string_view line);
  bool take_size(std::string_view line);
  /// Numbers 1 to `messages`, where the server lists nothing.
  void take_count(std::uint64_t messages);
  /// All, ascending by number. Call it last.
  std::vector<Listed> messages();

 private:
  std::vector<std::pair<std::uint32_t, base::MaildropName>> names_;
  std::vector<std::pair<std::uint32_t, std::optional<std::uint64_t>>> sizes_;
  std::uint64_t octets_ = 0;
  std::size_t uidl_lines_ = 0;
  std::size_t size_lines_ = 0;
};

/// What `STAT` says: messages and octets (RFC 1939 §5); nullopt if it does not.
std::optional<std::pair<std::uint64_t, std::uint64_t>> parse_stat(std::string_view text);

}  // namespace mailspoor::fetch::pop3
