#include "cli/server_check.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "cli/log.hpp"
#include "cli/opened.hpp"
#include "fetch/transport.hpp"

namespace mailspoor::cli {
namespace {

/// As many as a sync would list. `1:4294967295` costs a server nothing, and us a row each.
constexpr std::uint64_t kMaxMessages = 5'000'000;

/// INBOX in any case is one mailbox (RFC 3501 §5.1).
const std::string& key_of(const std::string& name, const std::string& raw) {
  return name == "INBOX" ? name : raw;
}

}  // namespace

bool OneSided::is_accepted() const {
  const auto accepted =
      std::count_if(holes.begin(), holes.end(), [](const auto& item) { return item.second.is_accepted; });
  return uids && static_cast<std::uint64_t>(accepted) == uids->size();
}

void OneSided::for_each(const std::function<void(const Finding&)>& take) const {
  Finding finding{.account = account, .mailbox = mailbox};
  if (!is_maildrop) finding.uid_validity = uid_validity;
  if (!uids) return take(finding);
  std::uint64_t rows = 0;
  for (const auto& range : uids->ranges()) {
    for (auto uid = std::uint64_t{range.first}; uid <= range.last; ++uid) {
      if (rows++ == kMaxRows) {
        take({.account = account,
              .mailbox = mailbox,
              .uid_validity = finding.uid_validity,
              .more = uids->size() - kMaxRows});
        return;
      }
      const auto number = static_cast<std::uint32_t>(uid);
      if (is_maildrop) {
        const auto uidl = uidls.find(number);
        finding.uidl = uidl == uidls.end() ? std::string{} : uidl->second;
      } else {
        finding.uid = number;
      }
      const auto hole = holes.find(number);
      finding.reason = hole == holes.end() ? std::nullopt : std::optional{hole->second.reason};
      finding.is_accepted = hole != holes.end() && hole->second.is_accepted;
      take(finding);
    }
  }
}

ServerCheck::ServerCheck(const std::filesystem::path& root, const std::string& account,
                         ServerFindings& findings)
    : account_{account}, held_{root, account}, sink_{&held_}, findings_{findings} {
  for (auto& folder : deliver::stored_folders(root)) {
    if (folder.account != account) continue;
    auto& mailbox = mailboxes_[key_of(folder.identity.mailbox, folder.identity.mailbox_raw)];
    mailbox.name.raw = folder.identity.mailbox_raw;
    mailbox.name.name = folder.identity.mailbox;
    mailbox.uid_validity = folder.identity.uid_validity;
    mailbox.path = folder.path;
    for (auto& hole : deliver::folder_holes(folder.path)) mailbox.holes.emplace(hole.uid, std::move(hole));
  }
}

void ServerCheck::take(const fetch::MailboxUids& server) {
  const auto known = mailboxes_.find(key_of(server.name.name, server.name.raw));
  if (known != mailboxes_.end()) known->second.is_listed = true;
  auto failure = server.failure;
  if (failure.empty() && server.uids.size() > kMaxMessages)
    failure = fmt::format("the server tells of {} messages, more than can be compared", server.uids.size());
  if (!failure.empty()) {
    findings_.failed.push_back({account_, server.name.name, failure});
    return;
  }
  auto here = fetch::UidSet{};
  if (server.name.is_maildrop) {
    auto maildrop = sink_.maildrop();
    here = std::move(maildrop.stored);
    auto deleted = std::move(maildrop.deleted);
    deleted.remove(server.uids);
    here.remove(deleted);
  } else {
    here = sink_.state(server.name, server.epoch).stored;
  }
  OneSided server_only{account_, server.name.name, server.epoch.uid_validity, server.uids};
  server_only.uids->remove(here);
  server_only.uidls = server.uidls;
  OneSided here_only{account_, server.name.name, server.epoch.uid_validity, here};
  server_only.is_maildrop = here_only.is_maildrop = server.name.is_maildrop;
  here_only.uids->remove(server.uids);
  findings_.messages += server.uids.size();
  if (known != mailboxes_.end() && known->second.uid_validity == server.epoch.uid_validity) {
    server_only.holes = std::move(known->second.holes);
    std::erase_if(server_only.holes,
                  [&](const auto& item) { return !server_only.uids->contains(item.first); });
  }
  if (!server_only.uids->empty()) findings_.server_only.push_back(std::move(server_only));
  if (here_only.is_maildrop && known != mailboxes_.end())
    here_only.uidls = deliver::folder_uidls(known->second.path, *here_only.uids);
  if (!here_only.uids->empty()) findings_.here_only.push_back(std::move(here_only));
}

void ServerCheck::take_unlisted(const std::function<bool(const fetch::MailboxName&)>& is_left_out) {
  for (const auto& [key, mailbox] : mailboxes_) {
    if (!mailbox.is_listed && !is_left_out(mailbox.name))
      findings_.here_only.push_back({account_, mailbox.name.name, mailbox.uid_validity, std::nullopt});
  }
}

void check_server(const std::filesystem::path& root, const Connection& connection,
                  const GlobalOptions& global, ServerFindings& findings) {
  const auto log = make_logger("fetch", global);
  auto opened = open_connection(connection, *log);
  fetch::Fetcher fetcher{std::move(opened.transport), connection.options, opened.credentials, *log};
  ServerCheck check{root, connection.account, findings};
  fetcher.for_each_mailbox(check.sink(), [&](const fetch::MailboxUids& mailbox) { check.take(mailbox); });
  const auto failure = fetcher.list_failure();
  const bool is_selection = !connection.options.mailboxes.empty() || !connection.options.excludes.empty();
  if (!failure.empty()) {
    findings.failed.push_back({connection.account, std::nullopt, "the list of mailboxes: " + failure});
  } else if (!is_selection) {
    check.take_unlisted([&](const fetch::MailboxName& name) { return fetcher.is_left_out(name); });
  }
}

}  // namespace mailspoor::cli
