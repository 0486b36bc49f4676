#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fetch/account.hpp"
#include "fetch/imap/engine.hpp"
#include "fetch/replay_transport.hpp"
#include "tests/fetch/memory_sink.hpp"

namespace mailspoor::fetch {

using Script = std::vector<ReplayTransport::Step>;

/// What a run against a scripted server came to.
struct Outcome {
  std::shared_ptr<MemoryAccount> account;
  FetchReport report;
  std::vector<MailboxPlan> plans;
  ServerIdentity identity;
  std::string error;    ///< `Type: text` of what was thrown; empty if nothing was.
  int renewals = 0;     ///< How often another token was asked for.
  std::string written;  ///< All that the client said.
  imap::Setbacks setbacks;
  std::vector<std::chrono::milliseconds> waits;  ///< For a server that was busy; no time has passed.
};

/// One session against a scripted server. run() holds it three times, with answers that come whole, in pieces
/// of seven octets and one by one, expects the same of all, and expects that nothing was said that could
/// alter the server.
class Dialogue {
 public:
  Dialogue();

  /// Greeting to capabilities after log-in: what most dialogues begin with.
  static Script logged_in();
  /// logged_in(), one mailbox INBOX with UIDVALIDITY 1, EXAMINE, and the listing `sizes` of its messages.
  static Script with_inbox(int messages, int uid_next, const std::string& listing);

  Outcome run(const Script& script);
  /// For dialogues in which the client says something new each time.
  Outcome run_unrepeated(const Script& script);

  AccountOptions options;
  ReplayTransport::Options connection;
  std::string password = "secret";
  std::string token;          ///< Empty: none.
  std::string renewed_token;  ///< What a refused one is replaced by; empty: nothing.
  std::vector<std::pair<std::string, base::UidSet>> held;
  std::vector<std::pair<std::string, MailboxState>> states;
  std::map<std::string, std::uint64_t> recognisable;  ///< See MailboxContent, for all of `states`.
  base::UidSet lost;
  std::vector<HeldMailbox> held_mailboxes;
  std::map<std::string, std::vector<ServerFacts>> samples;            ///< By mailbox.
  imap::Setbacks setbacks;                                            ///< Of earlier connections.
  std::chrono::milliseconds patience_limit = std::chrono::hours{24};  ///< What all waits may take.
  bool has_compression =
      false;  ///< The server compresses once it has said OK to COMPRESS; scripts stay plain.

 private:
  Outcome run_once(const Script& script, std::size_t chunk);
};

/// A FETCH response with a literal of exactly `octets`.
std::string fetched(int sequence_number, std::uint32_t uid, const std::string& octets);

}  // namespace mailspoor::fetch
