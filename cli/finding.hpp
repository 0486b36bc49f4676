#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace mailspoor::cli {

/// A message, a file or a mailbox with which something is wrong: a row of `check`.
struct Finding {
  std::string account;
  std::string mailbox;
  std::optional<std::uint32_t> uid_validity{}, uid{};
  std::optional<std::string> file{};    ///< Its unique name. Without UID and file it is the whole mailbox.
  std::optional<std::string> reason{};  ///< What is wrong, where more than the list tells that it is in.
  std::optional<std::string> uidl{};    ///< With POP3.
  bool is_accepted = false;             ///< A hole that the user took note of.
  std::optional<std::uint64_t>
      more{};  ///< Not one, but so many of the mailbox that have no row of their own.
};

}  // namespace mailspoor::cli
