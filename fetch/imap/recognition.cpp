#include "fetch/imap/recognition.hpp"

#include <algorithm>
#include <functional>
#include <optional>

#include "fetch/error.hpp"
#include "fetch/imap/throttling.hpp"
#include "fetch/imap/uid_fetch.hpp"

namespace mailspoor::fetch::imap {
namespace {

constexpr std::uint64_t kCommitMessages = 500;
constexpr std::uint64_t kCommitOctets = std::uint64_t{8} * 1024 * 1024;  // of flags and labels

/// Asks for the facts of all `uids`, and places what `find` finds.
/// @return  What it does not find, or the sink does not have any more.
base::UidSet place_found(Session& session, MailboxSink& sink, const base::UidSet& uids,
                         const std::function<std::optional<HeldMessage>(const ServerFacts& facts)>& find) {
  base::UidSet placed;
  std::uint64_t uncommitted = 0;
  std::uint64_t uncommitted_octets = 0;
  const auto take = [&](const Fetched& fetched) {
    if (!uids.contains(*fetched.uid)) return false;
    // Not what merely says that flags have changed: all facts or none.
    if (!fetched.flags || !fetched.internal_date || placed.contains(*fetched.uid)) return true;
    const auto facts = facts_of(*fetched.uid, fetched);
    const auto held = find(facts);
    if (!held || !sink.place(*held, facts)) return true;
    placed.add(facts.uid);
    uncommitted_octets += memory_of(fetched);
    if (++uncommitted < kCommitMessages && uncommitted_octets < kCommitOctets) return true;
    sink.commit();
    uncommitted = uncommitted_octets = 0;
    return true;
  };
  try {
    const auto refusal =
        fetch_items(session, sequence_set_chunks(uids), fact_items(session), uids.size(), take);
    if (refusal) doubt_ids(session, *refusal);
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

bool doubt_ids(Session& session, const Status& answer) {
  if (answer.kind != Status::Kind::bad || throttle_of(answer)) return false;
  session.distrust("OBJECTID");
  session.distrust("X-GM-EXT-1");
  return true;
}

std::string list_former(Session& session, const base::UidSet& uids, FormerMessages& former) {
  const auto take = [&](const Fetched& fetched) {
    if (!uids.contains(*fetched.uid)) return false;
    if (fetched.size && fetched.internal_date && fetched.header_fields)
      former.listed(*fetched.uid, *fetched.size, *fetched.internal_date, *fetched.header_fields);
    return true;
  };
  const auto refusal =
      fetch_items(session, sequence_set_chunks(uids),
                  "UID INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]", uids.size(), take);
  return refusal ? describe(*refusal) : std::string{};
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

base::UidSet place_by_id(Session& session, MessageSink& account, MailboxSink& sink,
                         const base::UidSet& uids) {
  return place_found(session, sink, uids, [&](const ServerFacts& facts) { return account.find(facts); });
}

}  // namespace mailspoor::fetch::imap
