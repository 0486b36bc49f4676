#pragma once

#include <spdlog/fwd.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fetch/engine.hpp"
#include "fetch/fetcher.hpp"
#include "fetch/imap/comparison.hpp"
#include "fetch/imap/download.hpp"
#include "fetch/imap/session.hpp"
#include "fetch/patience.hpp"

namespace mailspoor::fetch::imap {

/// By mailbox and UIDVALIDITY.
using Setbacks = std::map<std::pair<std::vector<std::string>, std::uint32_t>, Setback>;

/// What Fetcher does, with the tag prefix passed in so that a recorded dialogue can be replayed.
class Engine : public fetch::Engine {
 public:
  /// `credentials` for as long as the log-in takes; `patience` and `log` must outlive it.
  /// @param setbacks  Of the connections before this one; those of this one are added. Must outlive it.
  Engine(std::unique_ptr<Transport> transport, const AccountOptions& options, Credentials& credentials,
         std::string tag_prefix, Setbacks& setbacks, Patience& patience, spdlog::logger& log);

  const ServerIdentity& identity() override;
  std::vector<MailboxPlan> list() override;
  std::optional<std::vector<Quota>> quotas() override;
  std::string list_failure() const override;
  bool is_left_out(const MailboxName& mailbox) const override;
  void for_each_mailbox(AccountSink& sink, const std::function<void(const MailboxUids&)>& take) override;
  void fetch(AccountSink& sink, FetchObserver& observer, FetchReport& report, const Hire& hire = {}) override;

 private:
  /// A mailbox and what it needs.
  struct Work {
    MailboxPlan plan;
    std::vector<std::string> attributes;
    std::optional<std::uint64_t> uid_next;
    std::optional<std::uint64_t> unseen, highest_modseq;
    bool is_listed = false;           ///< The list of mailboxes brought its figures.
    std::vector<Announced> messages;  ///< To fetch, ascending.
    base::UidSet absent;
    base::UidSet holes;      ///< Of an earlier run.
    base::UidSet accepted;   ///< Holes that are no news.
    std::uint64_t held = 0;  ///< Messages on the server that were here before.
    bool is_unchanged = false;
    FlagTable flags;    ///< Of messages that are held.
    FlagTable labels;   ///< Gmail's, the same.
    base::UidSet gone;  ///< Held, and not in the mailbox any more.
    base::UidSet back;  ///< Of those to fetch, the ones that were thought to be absent.
    std::optional<ServerState>
        server;                ///< What to remember once all is done; nullopt if it cannot be trusted.
    bool is_known = false;     ///< It is what was remembered.
    bool is_compared = false;  ///< All UIDs and flags were.
    std::vector<Recognised> recognised;  ///< Of those that are not held in this epoch, ascending.
    std::optional<FormerEpochs> former;
    bool was_synced = false;  ///< A run before has seen it in this epoch.
    base::UidSet listed;      ///< What was missing and is on the server.
    bool is_whole = false;    ///< Together with what is held that is all that the mailbox has.
    ChangeCounts changes;     ///< While it was fetched.
    bool is_busy = false;     ///< It failed since the server had no time.
  };
  using Works = std::vector<Work>;
  /// What EXAMINE said.
  struct Examined {
    MailboxEpoch epoch;
    std::uint64_t messages = 0;
    bool tells_messages = false;  ///< There was an EXISTS.
    std::optional<std::uint64_t> uid_next, highest_modseq;
    std::optional<std::string> object_id;
    std::string failure;
    bool is_busy = false;  ///< The failure asks for patience only.
  };

  void log_in(Credentials& credentials);
  void take_id(const ServerId& id);
  void settle_in(bool knows_capabilities);
  void settle_what_is_known();
  void take_settling(const Response& response);
  void settle();
  std::string status_items() const;
  std::string received_name(const std::string& name) const;
  std::string sent_name(const MailboxName& name) const;
  Works list_mailboxes(bool for_fetching);
  Status list_into(Works& works, std::string_view pattern, std::string_view options);
  bool list_all(Works& works, std::string_view options);
  void list_hidden(Works& works, bool wants_others);
  void list_named(Works& works);
  void leave_out_others(Works& works);
  Works survey(bool for_fetching);
  void take_status(Work& work, const MailboxStatus& status);
  void ask_status(Works& works);
  bool ask_status_of(const std::vector<Work*>& works, std::vector<Work*>& refused);
  bool ask_less();
  void follow_mailboxes(const Works& works, AccountSink& sink, FetchReport& report);
  bool has_messages_of(const std::vector<ServerFacts>& sample, const Work& work);
  void miss(const HeldMailbox& held, AccountSink& sink, FetchReport& report);
  void compress();
  Examined examine(const MailboxName& name);
  MailboxUids uids_of(const MailboxPlan& plan);
  void plan(Work& work, AccountSink& sink);
  void list_missing(Work& work, const base::UidSet& missing, std::uint64_t messages, std::uint64_t held);
  void plan_changes(Work& work, const MailboxState& state, bool is_due);
  void recognise_former(Work& work, AccountSink& sink);
  void place(Work& work, MessageSink& sink, MailboxSink& mailbox, FetchReport& report);
  void place_all(Work& work, MessageSink& sink, MailboxSink& mailbox);
  bool finish_former(Work& work, MailboxSink& mailbox);
  bool has_nothing_else(const Work& work, const MailboxSink& mailbox);
  void note_former(const Work& work, const ChangeCounts& end, bool is_all_here, FetchReport& report);
  void compare_sets(Work& work, const MailboxState& state, const base::UidSet& existing);
  void finish(Work& work, AccountSink& sink, FetchReport& report);
  Works::iterator plan_some(Works::iterator first, Works::iterator end, AccountSink& sink);
  void fetch_missing(Work& work, MessageSink& sink, FetchObserver& observer, FetchReport& report);
  static Setbacks::key_type setback_key(const Work& work);
  void spread(Works::iterator first, Works::iterator last, AccountSink& sink, FetchObserver& observer,
              FetchReport& report, const Hire& hire);
  void work_off(Work& work, MessageSink& sink, FetchObserver& observer, FetchReport& report);
  void tell(const Work& work, FetchReport& report);
  void work_off_busy(Works& works, AccountSink& sink, FetchObserver& observer, FetchReport& report);

  AccountOptions options_;
  Setbacks& setbacks_;
  Patience& patience_;
  spdlog::logger& log_;
  Session session_;
  ServerIdentity identity_;
  /// What follows the log-in, see settle_in().
  struct Settling {
    std::vector<std::string> open;  ///< Tags.
    bool is_identified = false;
    std::string enabling;  ///< Tag of ENABLE.
    bool enables_qresync = false;
    bool wants_utf8 = false;
  };
  Settling settling_;
  bool is_settled_ = false;
  std::optional<MailboxName> selected_;
  Examined selected_state_;
  bool has_condstore_ = false;  // STATUS and EXAMINE tell HIGHESTMODSEQ
  bool has_qresync_ = false;    // it is enabled
  bool is_utf8_ = false;        // UTF8=ACCEPT is
  bool is_compression_asked_ = false;
  bool asks_sizes_ = false;  // STATUS tells the octets of all messages
  Namespaces namespaces_;
  std::uint64_t left_out_ = 0;  // mailboxes of others
  std::uint64_t compare_budget_;
  std::uint64_t flag_room_;                // octets that more flags of held messages may take
  std::vector<std::string> listed_names_;  // raw, sorted; INBOX in capitals
  bool is_wary_ = false;                   // a command with the items of STATUS was not understood
  bool is_list_busy_ = false;              // a refused one asks for patience only
  std::string list_failure_;               // why the list of mailboxes may not be whole; empty otherwise
};

}  // namespace mailspoor::fetch::imap
