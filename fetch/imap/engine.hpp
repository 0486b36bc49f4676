#pragma once

#include <spdlog/fwd.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fetch/fetcher.hpp"
#include "fetch/imap/download.hpp"
#include "fetch/imap/session.hpp"

namespace mailspoor::fetch::imap {

/// What Fetcher does, with the tag prefix passed in so that a recorded dialogue can be replayed.
class Engine {
 public:
  Engine(std::unique_ptr<Transport> transport, const AccountOptions& options, const Secret& password,
         std::string tag_prefix, spdlog::logger& log);

  const ServerIdentity& identity() const noexcept { return identity_; }
  std::vector<MailboxPlan> list();
  FetchReport fetch(AccountSink& sink, FetchObserver& observer);

 private:
  /// A mailbox and what it needs.
  struct Work {
    MailboxPlan plan;
    std::optional<std::uint64_t> uid_next;
    std::vector<Announced> messages;  ///< To fetch, ascending.
    base::UidSet absent;
    std::uint64_t held = 0;  ///< Messages on the server that were here before.
  };
  using Works = std::vector<Work>;
  /// What EXAMINE said.
  struct Examined {
    MailboxEpoch epoch;
    std::uint64_t messages = 0;
    std::optional<std::uint64_t> uid_next;
    std::string failure;
  };

  void log_in(const Secret& password);
  void identify();
  std::vector<MailboxName> list_names();
  std::vector<Work> survey();
  void ask_status(std::vector<Work>& works);
  Examined examine(const MailboxName& name);
  void plan(Work& work, AccountSink& sink);
  void list_missing(Work& work, const base::UidSet& missing, std::uint64_t messages, std::uint64_t held);
  Works::iterator plan_some(Works::iterator first, Works::iterator end, AccountSink& sink);
  void fetch_missing(Work& work, AccountSink& sink, FetchObserver& observer, FetchReport& report);
  void work_off(Work& work, AccountSink& sink, FetchObserver& observer, FetchReport& report);

  AccountOptions options_;
  spdlog::logger& log_;
  Session session_;
  ServerIdentity identity_;
  std::optional<MailboxName> selected_;
  Examined selected_state_;
  std::string list_failure_;  // why the list of mailboxes may not be whole; empty otherwise
};

/// `set` in pieces that each fit a command, ascending.
std::vector<std::string> sequence_set_chunks(const base::UidSet& set, std::size_t max_octets);

}  // namespace mailspoor::fetch::imap
