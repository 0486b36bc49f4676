#pragma once

#include <spdlog/fwd.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "deliver/base/sha256.hpp"
#include "fetch/engine.hpp"
#include "fetch/patience.hpp"
#include "fetch/pop3/plan.hpp"
#include "fetch/pop3/session.hpp"

namespace mailspoor::fetch::pop3 {

/// What earlier connections of a run have met.
struct Setbacks {
  /// MaildropName::hash, 0 without one, and number: messages may share a UIDL.
  using Key = std::pair<std::uint64_t, std::uint32_t>;
  /// A session went wrong at them, or at another message near by: they come last, and alone. How often one
  /// did when it was alone.
  std::map<Key, unsigned> suspects;
  std::set<Key> given_up;           ///< Holes of this run, not to be asked for again.
  std::set<std::uint32_t> topless;  ///< Numbers at whose TOP a connection was lost.
  UidSet holes;                     ///< Of this run.
  UidSet stored;                    ///< In this run: too young to be deleted from the server.
  UidSet doubtful;                  ///< What `given_up` may be.
  unsigned ended_by_holes = 0;      ///< Sessions that ended at what was a hole before the run.
};

/// Brings a maildrop from a POP3 server. What it says there:
///
///     CAPA, log-in; STAT, UIDL, LIST, where they leave doubts TOP n 0; RETR with LIST n or STAT between;
///     RSET once anything was retrieved (Dovecot marks nothing as read then); DELE only where
///     AccountOptions::delete_after asks for it; QUIT.
class Engine : public fetch::Engine {
 public:
  /// `credentials` for as long as the log-in takes; `setbacks`, `patience` and `log` must outlive it. Nobody
  /// who sends a message may know `seed`.
  Engine(std::unique_ptr<Transport> transport, const AccountOptions& options, Credentials& credentials,
         std::uint64_t seed, Setbacks& setbacks, Patience& patience, spdlog::logger& log);

  const ServerIdentity& identity() override { return identity_; }
  std::vector<MailboxPlan> list() override;
  std::optional<std::vector<Quota>> quotas() override { return std::nullopt; }
  std::string list_failure() const override { return list_failure_; }
  bool is_left_out(const MailboxName&) const override { return false; }
  void for_each_mailbox(AccountSink& sink, const std::function<void(const MailboxUids&)>& take) override;
  void fetch(AccountSink& sink, FetchObserver& observer, FetchReport& report, const Hire& hire = {}) override;

 private:
  void ask_for_utf8();
  std::vector<Listed> list_messages();
  bool list_by(std::string_view command, const std::function<void(std::string_view)>& take);
  std::vector<std::string> header_digests(const std::vector<std::uint32_t>& numbers);
  std::string read_header_digest();
  struct Stat {
    std::optional<std::pair<std::uint64_t, std::uint64_t>> told;  ///< Messages and octets.
    std::string words;                                            ///< Of the server.
  };
  Stat read_stat();
  Plan plan(AccountSink& sink);
  MailboxPlan mailbox_plan(const Plan& plan) const;
  bool is_too_large(const Wanted& wanted) const;

  void fetch_all(AccountSink& sink, FetchObserver& observer, FetchReport& report);
  void download(Plan& plan, AccountSink& sink, FetchObserver& observer, FetchReport& report);
  void retrieve(Plan& plan, AccountSink& sink, FetchObserver& observer, FetchReport& report);
  void receive(const Wanted& wanted, Plan& plan, AccountSink& sink, FetchObserver& observer,
               FetchReport& report);
  void note_hole(const Wanted& wanted, const std::string& reason, Plan& plan, FetchReport& report);
  bool is_suspect(const Wanted& wanted) const;
  void relist(const Wanted& wanted, std::uint32_t uid, Plan& plan) const;
  std::vector<const Wanted*> drop_unproven(FetchReport& report);
  void blame(const std::vector<const Wanted*>& accused, Plan& plan, const std::string& words,
             FetchReport& report);
  void give_up(const Wanted& wanted, const std::string& words, Plan& plan, FetchReport& report);
  std::optional<std::uint32_t> same_octets(const Candidates& uids, const std::string& sha256,
                                           const Plan& plan, AccountSink& sink);
  void find_out_about_marks();
  void send_mark();
  void read_mark();
  void take_as_proven(FetchObserver& observer, const FetchReport& report);
  void commit(FetchObserver& observer);
  void finish(Plan& plan, AccountSink& sink, FetchReport& report);
  UidSet gone_of(const Plan& plan);
  struct Old {
    std::uint32_t number = 0;
    HeldContent content;
    bool is_doubted = false;  ///< Its octets have to come first.
  };
  std::vector<Old> old_messages(Plan& plan, AccountSink& sink);
  std::size_t delete_old(const Plan& plan, std::vector<Old> messages, AccountSink& sink);
  void reset();
  std::string leave(const std::function<void()>& before_quit = {});

  AccountOptions options_;
  Setbacks& setbacks_;
  Patience& patience_;
  spdlog::logger& log_;
  Session session_;
  ServerIdentity identity_;
  bool is_pipelined_ = false;
  bool is_retrieving_ = false;  ///< What is new will be asked for.
  Stat stat_;                   ///< When the session began.
  std::uint32_t listed_ = 0;    ///< LIST has had the numbers 1 to this; 0 if it is not so.
  std::string list_failure_;    ///< Why the lists may not be whole; empty otherwise.
  bool has_retrieved_ = false;  ///< Since the last RSET.
  bool is_reset_ = true;        ///< No RSET was refused.
  std::unique_ptr<MailboxSink> mailbox_;
  std::deque<const Wanted*> in_flight_;
  /// Commands behind so many RETR whose answers prove that those before belong to what was asked.
  struct Mark {
    std::uint64_t behind = 0;
    std::vector<std::uint32_t> listed;  ///< Numbers of messages; STAT if there are none.
  };
  std::deque<Mark> marks_;
  std::optional<bool> lists_one_;  ///< The server knows LIST with a number.
  bool is_mark_refused_ = false;   ///< Not any more: no message is to blame.
  std::mt19937_64 random_;
  std::uint64_t asked_ = 0;              ///< RETR sent.
  std::uint64_t answered_ = 0;           ///< RETR answered.
  std::vector<const Wanted*> unproven_;  ///< Of them, since the last mark.
  std::uint64_t unproven_octets_ = 0;
  /// Of `unproven_`, and announced with octets: where answers turn out to be none to what was asked, the
  /// answer to it has most likely gone on.
  const Wanted* first_empty_ = nullptr;
  bool is_receiving_ = false;  ///< Between the sink's begin() and end() or abandon().
  /// What wanted ones may be.
  struct HeldOnes {
    std::multimap<std::string, std::uint32_t> by_hash;  ///< Those that none is yet; by SHA-256.
    std::map<std::uint32_t, base::MaildropEntry> entries;
  };
  std::optional<HeldOnes> candidates_;
  std::uint64_t uncommitted_ = 0;  ///< Messages and holes.
  std::uint64_t uncommitted_octets_ = 0;
  std::uint64_t fetched_before_ = 0;  ///< By earlier sessions of the run.
  struct Proven {
    FetchReport report;
    Setbacks setbacks;
    std::uint64_t uncommitted = 0;
    std::uint64_t uncommitted_octets = 0;
  };
  Proven proven_;  ///< All as it was before `unproven_`.
};

}  // namespace mailspoor::fetch::pop3
