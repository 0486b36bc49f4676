#pragma once

#include <spdlog/fwd.h>

#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fetch/fetcher.hpp"
#include "fetch/imap/session.hpp"
#include "fetch/imap/throttling.hpp"
#include "fetch/patience.hpp"

namespace mailspoor::fetch::imap {

/// A message to fetch, as the server announced it.
struct Announced {
  std::uint32_t uid = 0;
  std::uint32_t octets =
      0;  ///< RFC822.SIZE, at most 4 GiB; 0 if unknown. A hint for windows and progress only.
};

/// The most recent UIDs of `todo` (ascending) that one command may ask for: bounded in octets, in number of
/// messages (`most_messages` and a limit of its own) and by what a command line holds. Takes them off the
/// back of `todo`; at least one.
base::UidSet take_window(std::vector<Announced>& todo,
                         std::uint64_t most_messages = std::numeric_limits<std::uint64_t>::max());

/// What earlier connections and runs have met in a mailbox.
struct Setback {
  base::UidSet suspects;    ///< A connection was lost while they were awaited, or an earlier run had them as
                            ///< holes: asked for last, alone, one at a time.
  base::UidSet given_up;    ///< Holes of this run, not to be asked for again.
  base::UidSet accepted{};  ///< As holes they are no news to anybody.
};

/// Fetches messages of the mailbox that is examined, in pipelined windows, and hands them to the mailbox's
/// sink. What a server answers counts only for UIDs that are asked for and not yet taken; each of them ends
/// as a message or as a hole.
class Download : private BodyReceiver {
 public:
  /// @param server   What it said of itself.
  /// @param setback  Is changed when a connection is lost.
  Download(Session& session, const ServerIdentity& server, MailboxSink& sink, FetchObserver& observer,
           const AccountOptions& options, std::string mailbox, Setback& setback, Patience& patience,
           spdlog::logger& log);
  Download(const Download&) = delete;
  Download& operator=(const Download&) = delete;

  /// Commits on the way, at its end, and what is whole when the connection fails.
  /// @param todo  Ascending by UID.
  void run(std::vector<Announced> todo);

  /// What was fetched, and holes; right also after run() has thrown.
  const FetchReport& result() const noexcept { return result_; }

 private:
  struct Window {
    std::string tag;
    base::UidSet asked;
    bool alone = false;
    bool asks_ids = false;             ///< See has_ids().
    std::uint64_t fetched_before = 0;  ///< Messages that had come when it was sent.
  };
  /// A message that is asked for and has not come yet.
  struct Wanted {
    Fetched known;           ///< What was said of it so far.
    std::string refusal;     ///< Why we do not take it though it came; empty otherwise.
    std::size_t octets = 0;  ///< That `known` takes, most of it.
  };
  /// A whole body whose facts may still follow.
  struct Pending {
    std::optional<std::uint32_t> uid;
    Fetched known;
  };

  BodyUse begin_body(const Fetched& so_far, std::uint64_t octets) override;
  void append_body(std::string_view octets) override;

  void run_windows();
  void refuse_large();
  void note_hole(std::uint32_t uid, const std::string& reason);
  void fill_pipeline();
  void send(base::UidSet asked, bool alone);
  void take(Response& response);
  void take_fetched(const Fetched& fetched);
  void limit_facts(Wanted& changed);
  void finish_pending();
  void drop_body() noexcept;
  void finish_window(const Tagged& answer);
  void put_back(const Window& window);
  bool is_postponed(const Window& window, const Status& status);
  void rest();
  void settle(const Window& window, const std::string& words);
  void recover(const LostTrack& why);
  void set_suspects_aside();
  bool is_in_flight_suspect() const;
  void blame(const std::string& words);
  void commit_if_due();
  void commit();
  std::optional<std::uint32_t> uid_of(const Fetched& fetched) const;

  Session& session_;
  bool looks_for_stubs_;
  MailboxSink& sink_;
  FetchObserver& observer_;
  const AccountOptions& options_;
  std::string mailbox_;
  Setback& setback_;
  Patience& patience_;
  spdlog::logger& log_;

  std::vector<Announced> todo_;
  std::deque<std::uint32_t> again_;  // UIDs that a window did not bring: each alone
  std::deque<std::uint32_t> later_;  // refused alone by a server that was busy: again once it had time
  std::optional<ThrottledError> throttled_;  // nothing more is sent until it has been waited for
  std::deque<Window> put_back_;              // refused by a server that was busy, or cut short
  unsigned rests_ = 0;                       // for the sake of those in later_
  std::uint64_t fetched_before_ = 0;         // messages that had come at the last wait
  std::string busy_words_;                   // why the last of later_ was refused
  std::deque<Window> in_flight_;
  std::size_t depth_;
  std::uint64_t most_messages_;  // of a window
  std::unordered_map<std::uint32_t, Wanted> wanted_;
  std::unordered_map<std::uint32_t, std::uint32_t> uid_by_sequence_number_;
  std::optional<Pending> pending_;
  std::uint64_t refused_octets_ = 0;        // of a body that was too large, in the response being read
  std::string front_;                       // of the last body, as much as tells a stub
  std::optional<std::uint32_t> receiving_;  // UID of the body that is being received, if it is known
  bool is_receiving_ = false;               // between the sink's begin() and end() or abandon()

  std::uint64_t uncommitted_octets_ = 0;
  std::uint64_t uncommitted_ = 0;
  FetchReport result_;
};

}  // namespace mailspoor::fetch::imap
