#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/connection.hpp"
#include "cli/finding.hpp"
#include "cli/store_sink.hpp"
#include "deliver/base/uid_set.hpp"
#include "deliver/held_account.hpp"
#include "deliver/stored_folder.hpp"
#include "fetch/fetcher.hpp"

namespace mailspoor::cli {

/// The messages of a mailbox that only one side has: ranges, since they may be millions.
struct OneSided {
  std::string account;
  std::string mailbox;
  std::uint32_t uid_validity = 0;
  std::optional<base::UidSet> uids;                ///< nullopt for a whole mailbox.
  std::map<std::uint32_t, deliver::Hole> holes{};  ///< Those of them that could not be fetched.
  bool is_maildrop = false;                        ///< The UIDs are numbers of ours.
  std::map<std::uint32_t, std::string> uidls{};    ///< What a POP3 server calls them, as far as is known.

  /// Whether the user took note of all.
  bool is_accepted() const;
  /// Hands them over one by one, up to kMaxRows of them, and then how many more there are.
  static constexpr std::uint64_t kMaxRows = 1000;
  void for_each(const std::function<void(const Finding&)>& take) const;
};

/// What could not be compared.
struct NotCompared {
  std::string account;
  std::optional<std::string> mailbox;  ///< nullopt for the whole account.
  std::string reason;
};

/// How a server's UIDs and the held ones differ.
struct ServerFindings {
  std::vector<OneSided> server_only;
  std::vector<OneSided> here_only;
  std::vector<NotCompared> failed;
  std::uint64_t messages = 0;  ///< That were compared.
};

/// Compares the mailboxes of one account with what is held of them.
class ServerCheck {
 public:
  /// `account` and `findings` must outlive it. @throws what deliver/ throws.
  ServerCheck(const std::filesystem::path& root, const std::string& account, ServerFindings& findings);
  /// What is held.
  fetch::AccountSink& sink() noexcept { return sink_; }
  void take(const fetch::MailboxUids& server);
  /// Call once all mailboxes that the server has were taken, but for those that were left out.
  void take_unlisted(const std::function<bool(const fetch::MailboxName&)>& is_left_out);

 private:
  struct Mailbox {
    fetch::MailboxName name;
    std::uint32_t uid_validity = 0;
    std::filesystem::path path;
    std::map<std::uint32_t, deliver::Hole> holes;
    bool is_listed = false;
  };

  const std::string& account_;
  deliver::HeldAccount held_;
  LookingSink sink_;
  ServerFindings& findings_;
  std::map<std::string, Mailbox> mailboxes_;  ///< By raw name.
};

/// Asks the server for the UIDs of each selected mailbox, and changes nothing on either side.
/// @throws what Fetcher and deliver/ throw; `findings` is right as far as it got.
void check_server(const std::filesystem::path& root, const Connection& connection,
                  const GlobalOptions& global, ServerFindings& findings);

}  // namespace mailspoor::cli
