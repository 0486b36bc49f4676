#include "cli/server_check.hpp"

#include <spdlog/spdlog.h>

#include <map>
#include <utility>

#include "cli/log.hpp"
#include "cli/opened.hpp"
#include "cli/store_sink.hpp"
#include "deliver/held_account.hpp"
#include "deliver/stored_folder.hpp"
#include "fetch/fetcher.hpp"
#include "fetch/transport.hpp"

namespace mailspoor::cli {
namespace {

class ServerCheck {
 public:
  ServerCheck(const std::filesystem::path& root, const std::string& account, ServerFindings& findings)
      : account_{account}, held_{root, account}, sink_{held_}, findings_{findings} {
    for (auto& folder : deliver::stored_folders(root)) {
      if (folder.account != account) continue;
      auto& mailbox = mailboxes_[key_of(folder.identity.mailbox, folder.identity.mailbox_raw)];
      mailbox.name = folder.identity.mailbox;
      mailbox.uid_validity = folder.identity.uid_validity;
      for (auto& hole : deliver::folder_holes(folder.path)) mailbox.holes.emplace(hole.uid, std::move(hole));
    }
  }

  void take(const fetch::MailboxUids& server) {
    const auto known = mailboxes_.find(key_of(server.name.name, server.name.raw));
    if (known != mailboxes_.end()) known->second.is_listed = true;
    if (!server.failure.empty()) {
      findings_.failed.push_back(server.name.name + ": " + server.failure);
      return;
    }
    const auto here = sink_.state(server.name, server.epoch).stored;
    auto server_only = server.uids;
    server_only.remove(here);
    auto here_only = here;
    here_only.remove(server.uids);
    findings_.messages += server.uids.size();
    const bool is_same_epoch =
        known != mailboxes_.end() && known->second.uid_validity == server.epoch.uid_validity;
    for_each_uid(server_only, [&](std::uint32_t uid) {
      auto& found = add(findings_.server_only, server, uid);
      if (!is_same_epoch) return;
      const auto hole = known->second.holes.find(uid);
      if (hole == known->second.holes.end()) return;
      found.reason = hole->second.reason;
      found.is_accepted = hole->second.is_accepted;
    });
    for_each_uid(here_only, [&](std::uint32_t uid) { add(findings_.here_only, server, uid); });
  }

  /// Call once all mailboxes that the server has were taken.
  void take_unlisted() {
    for (const auto& [raw, mailbox] : mailboxes_) {
      if (!mailbox.is_listed)
        findings_.here_only.push_back(
            {account_, mailbox.name, mailbox.uid_validity, std::nullopt, std::nullopt, false});
    }
  }

 private:
  struct Mailbox {
    std::string name;
    std::uint32_t uid_validity = 0;
    std::map<std::uint32_t, deliver::Hole> holes;
    bool is_listed = false;
  };

  /// INBOX in any case is one mailbox (RFC 3501 §5.1).
  static const std::string& key_of(const std::string& name, const std::string& raw) {
    return name == "INBOX" ? name : raw;
  }

  template <typename Take>
  static void for_each_uid(const base::UidSet& uids, Take take) {
    for (const auto& range : uids.ranges()) {
      for (auto uid = std::uint64_t{range.first}; uid <= range.last; ++uid)
        take(static_cast<std::uint32_t>(uid));
    }
  }

  OneSided& add(std::vector<OneSided>& list, const fetch::MailboxUids& mailbox, std::uint32_t uid) const {
    list.push_back({account_, mailbox.name.name, mailbox.epoch.uid_validity, uid, std::nullopt, false});
    return list.back();
  }

  const std::string& account_;
  deliver::HeldAccount held_;
  LookingSink sink_;
  ServerFindings& findings_;
  std::map<std::string, Mailbox> mailboxes_;  ///< By raw name.
};

}  // namespace

void check_server(const std::filesystem::path& root, const Connection& connection,
                  const GlobalOptions& global, ServerFindings& findings) {
  const auto log = make_logger("fetch", global);
  auto opened = open_connection(connection, *log);
  fetch::Fetcher fetcher{std::move(opened.transport), connection.options, opened.credentials, *log};
  ServerCheck check{root, connection.account, findings};
  const auto failure =
      fetcher.for_each_mailbox([&](const fetch::MailboxUids& mailbox) { check.take(mailbox); });
  const bool is_selection = !connection.options.mailboxes.empty() || !connection.options.excludes.empty();
  if (!failure.empty()) {
    findings.failed.push_back("the list of mailboxes: " + failure);
  } else if (!is_selection) {
    check.take_unlisted();
  }
}

}  // namespace mailspoor::cli
