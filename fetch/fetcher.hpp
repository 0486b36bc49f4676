#pragma once

#include <spdlog/fwd.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fetch/account.hpp"
#include "fetch/credentials.hpp"
#include "fetch/message_sink.hpp"

namespace mailspoor::fetch {

class Transport;

/// One mailbox of an account, before its messages are fetched.
struct MailboxPlan {
  MailboxName name;
  MailboxEpoch epoch;
  std::uint64_t messages = 0;        ///< On the server.
  UidSet missing;                    ///< UIDs to fetch.
  std::uint64_t missing_octets = 0;  ///< Announced by the server.
  std::uint64_t too_large = 0;  ///< How many of `missing` are above AccountOptions::max_message_size: holes.
  std::optional<std::uint64_t> octets;  ///< Of all its messages, where list() was told (RFC 8438).
  std::string failure;                  ///< Why this mailbox cannot be read; empty if it can.
  bool is_others = false;               ///< Of another user or shared: not fetched unless a pattern names it.
};

/// What a mailbox holds on the server.
struct MailboxUids {
  MailboxName name;
  MailboxEpoch epoch;
  UidSet uids;
  std::string failure;                           ///< Why they cannot be told; empty if they are complete.
  std::map<std::uint32_t, std::string> uidls{};  ///< With POP3, of those that are not held.
};

/// What a run did, the figures of `sync --format jsonl`.
struct FetchReport {
  std::uint64_t mailboxes = 0;
  std::uint64_t fetched = 0;
  std::uint64_t held = 0;            ///< Messages that were here before.
  std::uint64_t octets = 0;          ///< Of the fetched messages.
  std::uint64_t holes = 0;           ///< UIDs that could not be fetched in this run.
  std::uint64_t accepted_holes = 0;  ///< Those of them that MailboxState::accepted has.
  std::uint64_t flags_changed = 0;
  std::uint64_t labels_changed = 0;  ///< Gmail's.
  std::uint64_t gone = 0;            ///< Messages that have left their mailbox.
  std::uint64_t recognised = 0;      ///< Of `held`, those that have another name on the server now.
  std::uint64_t left_out = 0;        ///< Mailboxes of other users and shared ones that no pattern names.
  std::vector<std::string> notes;    ///< What else happened to mailboxes, a line each.
  std::vector<std::string> failed_mailboxes;

  /// Adds what connections count each for itself: not the mailboxes, nor what is said of them.
  FetchReport& operator+=(const FetchReport& part) noexcept;
};

/// Hears how a run goes on. Every function may do nothing.
class FetchObserver {
 public:
  virtual ~FetchObserver() = default;
  virtual void planned(
      const std::vector<MailboxPlan>& plans) = 0;  ///< All mailboxes, before the first body;
                                                   ///< some at a time if very much is missing.
  virtual void fetched(std::uint64_t octets) = 0;  ///< One message was received whole.
  virtual void committed() = 0;                    ///< A batch became durable.
};

/// What the server said of itself, for `account test`.
struct ServerIdentity {
  std::string greeting;
  std::vector<std::string> capabilities;  ///< After log-in.
  std::string mechanism;                  ///< How the log-in was done: a SASL mechanism or `LOGIN command`.
  std::string tls;                        ///< Version and cipher suite; empty if unknown.
  std::vector<std::pair<std::string, std::string>> id;  ///< What it answered to ID, printable.
};

/// What an account may hold of one resource (RFC 9208).
struct Quota {
  std::string root;      ///< Printable, as `resource`.
  std::string resource;  ///< `STORAGE`, in units of 1024 octets, `MESSAGE` and others.
  std::uint64_t usage = 0;
  std::uint64_t limit = 0;
};

/// Opens the connection of an account with libcurl: proxy, TCP, TLS with its checks, STARTTLS, greeting.
/// @throws NetworkError, CertificateError, ProtocolError, SettingError.
std::unique_ptr<Transport> connect(const AccountOptions& options, spdlog::logger& log);

/// Connects once more, when a connection was lost. Throws what connect() throws.
using Reconnect = std::function<std::unique_ptr<Transport>(const AccountOptions& options)>;

/// Brings an account from an IMAP or a POP3 server. Reads only: with IMAP EXAMINE and BODY.PEEK[], no command
/// that changes anything; with POP3 the same, unless AccountOptions::delete_after is set.
class Fetcher {
 public:
  using Sleep = std::function<void(std::chrono::milliseconds)>;
  static void sleep(std::chrono::milliseconds time);

  /// Takes over a connected transport and logs in; without one, fetch() connects. A server that is too busy
  /// to let us in is waited for by fetch(), everything else throws. `credentials`, which keeps a renewed
  /// token, and `log` must outlive it.
  /// @throws NetworkError, AuthenticationError, ProtocolError, SettingError, what Credentials::renewed_token
  /// throws.
  Fetcher(std::unique_ptr<Transport> transport, const AccountOptions& options, Credentials& credentials,
          spdlog::logger& log, Sleep sleep = Fetcher::sleep);
  ~Fetcher();
  Fetcher(Fetcher&&) noexcept;

  /// @throws ThrottledError where the server has not let us in.
  const ServerIdentity& identity() const;

  /// The mailboxes that the server lists and the options select, the selectable ones, with their message
  /// counts; other users' and shared ones too, marked. @throws NetworkError, ProtocolError.
  std::vector<MailboxPlan> list();

  /// Why what the last list() gave, or the list of what for_each_mailbox() handed over, may not be whole;
  /// empty if it is.
  std::string list_failure() const;

  /// Whether a mailbox is another user's or shared and no pattern names it: it is left out of what is
  /// fetched.
  bool is_left_out(const MailboxName& mailbox) const;

  /// The quotas of INBOX; nullopt where the server has no QUOTA or refuses.
  std::optional<std::vector<Quota>> quotas();

  /// Hands over the UIDs of each of those mailboxes, as EXAMINE and SEARCH tell them, and ends the session.
  /// @param sink  Is only asked for what is held.
  /// @throws NetworkError, ProtocolError, what `take` throws.
  void for_each_mailbox(AccountSink& sink, const std::function<void(const MailboxUids&)>& take);

  /// Brings every message of the selected mailboxes that `sink` does not hold, newest mailboxes' messages
  /// first, and tells what became of the others. A connection that is lost is made again as long as that gets
  /// on, a server that is busy is waited for, and a message at which it is lost each time becomes a hole.
  /// With AccountOptions::only_plans, `sink` is only asked for its states, and `observer` hears the plans.
  /// @param reconnect  May be empty: the first loss ends it.
  /// @param report     Is right also when it has thrown.
  /// @throws NetworkError, ProtocolError; what was committed before stays. What a sink throws passes through.
  void fetch(AccountSink& sink, FetchObserver& observer, const Reconnect& reconnect, FetchReport& report);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailspoor::fetch
