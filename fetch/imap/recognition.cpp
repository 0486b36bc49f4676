#include "fetch/imap/recognition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <optional>
#include <variant>

#include "fetch/error.hpp"
#include "fetch/imap/engine.hpp"

namespace mailspoor::fetch::imap {
namespace {

constexpr std::size_t kDepth = 4;
constexpr std::size_t kMaxSetOctets = 900;  // Yahoo refuses commands above 1000 octets
constexpr std::uint64_t kCommitMessages = 500;

/// `UID FETCH uids items`, a piece of the UIDs a command, some in flight at a time.
/// @return Why one was refused; empty if none was.
std::string fetch_items(Session& session, const base::UidSet& uids, std::string_view items,
                        const std::function<void(const Fetched& fetched)>& on_fetched) {
  const auto pieces = sequence_set_chunks(uids, kMaxSetOctets);
  // Items may be split over responses, and flags may change meanwhile.
  const std::uint64_t most = 4 * uids.size() + 10'000;
  std::uint64_t told = 0;
  std::deque<std::string> in_flight;
  std::string failure;
  std::size_t next = 0;
  while (next < pieces.size() || !in_flight.empty()) {
    if (next < pieces.size() && in_flight.size() < kDepth) {
      in_flight.push_back(session.send(Command{fmt::format("UID FETCH {} ({})", pieces[next++], items)}));
      continue;
    }
    const Response response = session.read();
    if (const auto* fetched = std::get_if<Fetched>(&response)) {
      if (!fetched->uid || !uids.contains(*fetched->uid)) continue;
      if (++told > most) throw ProtocolError{"the server lists more messages than it has"};
      session.was_useful();
      on_fetched(*fetched);
    } else if (const auto* answer = std::get_if<Tagged>(&response)) {
      const auto asked = std::find(in_flight.begin(), in_flight.end(), answer->tag);
      if (asked == in_flight.end()) continue;
      in_flight.erase(asked);
      if (answer->status.kind == Status::Kind::ok) continue;
      failure = describe(answer->status);
      next = pieces.size();
    }
  }
  return failure;
}

/// Asks for the facts of all `uids`, and places what `find` finds.
/// @return  What it does not find, or the sink does not have any more.
base::UidSet place_found(Session& session, MailboxSink& sink, const base::UidSet& uids,
                         const std::function<std::optional<HeldMessage>(const ServerFacts& facts)>& find) {
  base::UidSet placed;
  std::uint64_t uncommitted = 0;
  const auto take = [&](const Fetched& fetched) {
    // Not what merely says that flags have changed: all facts or none.
    if (!fetched.flags || !fetched.internal_date || placed.contains(*fetched.uid)) return;
    const auto facts = facts_of(*fetched.uid, fetched);
    const auto held = find(facts);
    if (!held || !sink.place(*held, facts)) return;
    placed.add(facts.uid);
    if (++uncommitted < kCommitMessages) return;
    sink.commit();
    uncommitted = 0;
  };
  try {
    fetch_items(session, uids, fact_items(session), take);
  } catch (const Error&) {
    sink.commit();
    throw;
  }
  sink.commit();
  auto left = uids;
  left.remove(placed);
  return left;
}

}  // namespace

std::string fact_items(const Session& session) {
  std::string items = "UID FLAGS INTERNALDATE RFC822.SIZE";
  if (session.has_capability("OBJECTID")) items += " EMAILID";
  if (session.has_capability("X-GM-EXT-1")) items += " X-GM-MSGID X-GM-THRID X-GM-LABELS";
  return items;
}

bool has_ids(const Session& session) {
  return session.has_capability("OBJECTID") || session.has_capability("X-GM-EXT-1");
}

std::string list_former(Session& session, const base::UidSet& uids, FormerMessages& former) {
  return fetch_items(session, uids, "UID INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]",
                     [&](const Fetched& fetched) {
                       if (fetched.size && fetched.internal_date && fetched.header_fields)
                         former.listed(*fetched.uid, *fetched.size, *fetched.internal_date,
                                       *fetched.header_fields);
                     });
}

base::UidSet place_recognised(Session& session, MailboxSink& sink,
                              const std::vector<Recognised>& recognised) {
  base::UidSet uids;
  for (const Recognised& message : recognised) uids.add(message.uid);
  return place_found(session, sink, uids, [&](const ServerFacts& facts) -> std::optional<HeldMessage> {
    return std::lower_bound(recognised.begin(), recognised.end(), facts.uid,
                            [](const Recognised& known, std::uint32_t uid) { return known.uid < uid; })
        ->held;
  });
}

base::UidSet place_by_id(Session& session, AccountSink& account, MailboxSink& sink,
                         const base::UidSet& uids) {
  return place_found(session, sink, uids, [&](const ServerFacts& facts) { return account.find(facts); });
}

}  // namespace mailspoor::fetch::imap
