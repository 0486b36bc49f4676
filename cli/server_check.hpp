#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/connection.hpp"

namespace mailspoor::cli {

/// A message that only one side has.
struct OneSided {
  std::string account;
  std::string mailbox;
  std::uint32_t uid_validity = 0;
  std::optional<std::uint32_t> uid;   ///< nullopt for a whole mailbox.
  std::optional<std::string> reason;  ///< Why it could not be fetched, where that was tried.
  bool is_accepted = false;           ///< The user took note of that hole.
};

/// How a server's UIDs and the held ones differ.
struct ServerFindings {
  std::vector<OneSided> server_only;
  std::vector<OneSided> here_only;
  std::vector<std::string> failed;  ///< Mailboxes that could not be compared, and why.
  std::uint64_t messages = 0;       ///< That were compared.
};

/// Asks the server for the UIDs of each selected mailbox, and changes nothing on either side.
/// @throws what Fetcher and deliver/ throw; `findings` is right as far as it got.
void check_server(const std::filesystem::path& root, const Connection& connection,
                  const GlobalOptions& global, ServerFindings& findings);

}  // namespace mailspoor::cli
