#include "fetch/imap/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "fetch/error.hpp"
#include "fetch/imap/recognition.hpp"
#include "fetch/imap/throttling.hpp"

namespace mailspoor::fetch::imap {
namespace {

// Of flags: each message its own keyword is as good as noise.
constexpr std::size_t kMaxCombinations = 2'000;
constexpr std::size_t kMaxLabelCombinations = 5'000;  // of people who file their mail by them

/// The last that is told of a message counts.
/// @return false if there is no room for another combination.
bool put(FlagTable& table, std::size_t most, std::uint32_t uid, std::vector<std::string> flags,
         bool is_told_again, std::uint64_t& room) {
  std::sort(flags.begin(), flags.end());
  if (is_told_again) {
    for (auto& [other, uids] : table) {
      uids.remove(uid);
    }
  }
  auto known = table.find(flags);
  if (known == table.end()) {
    const auto octets = memory_of(flags);
    if (table.size() == most || octets > room) return false;
    room -= octets;
    known = table.emplace(std::move(flags), base::UidSet{}).first;
  }
  known->second.add(uid);
  return true;
}

/// @return whether something was not known before: a server may say the same for ever.
bool add_news(base::UidSet& known, const base::UidSet& uids) {
  const auto before = known.size();
  known.add(uids);
  return known.size() > before;
}

}  // namespace

Comparison compare_flags(Session& session, std::string_view set, const std::optional<ChangesSince>& since,
                         const base::UidSet& stored, std::uint64_t& room) {
  Comparison result;
  std::uint64_t told = 0;
  const auto take = [&](const Response& response) {
    if (const auto* vanished = std::get_if<Vanished>(&response)) {
      if (add_news(result.vanished, base::intersection(vanished->uids, stored))) session.was_useful();
      return;
    }
    const auto* fetched = std::get_if<Fetched>(&response);
    if (fetched == nullptr || !fetched->uid) return;
    const bool is_told_again = result.seen.contains(*fetched->uid);
    result.seen.add(*fetched->uid);
    if ((!fetched->flags && !fetched->gmail_labels) || !stored.contains(*fetched->uid)) return;
    if (++told > 4 * stored.size() + 10'000)
      throw ProtocolError{"the server tells of the same flags without end"};
    session.was_useful();
    if (fetched->flags &&
        !put(result.flags, kMaxCombinations, *fetched->uid, *fetched->flags, is_told_again, room))
      result.failure = "its messages have too many combinations of flags";
    if (fetched->gmail_labels && !put(result.labels, kMaxLabelCombinations, *fetched->uid,
                                      *fetched->gmail_labels, is_told_again, room))
      result.has_all_labels = false;
  };
  const std::string changes =
      since ? fmt::format(" (CHANGEDSINCE {}{})", since->modseq, since->asks_vanished ? " VANISHED" : "")
            : std::string{};
  Status status;
  std::string rest{set};
  for (std::uint64_t seen = 0; !rest.empty(); seen = result.seen.size()) {
    const bool asks_labels = session.has_capability("X-GM-EXT-1");
    status = session.run(Command{fmt::format("UID FETCH {} (UID FLAGS{}){}", rest,
                                             asks_labels ? " X-GM-LABELS" : "", changes)},
                         take);
    if (asks_labels && doubt_ids(session, status)) continue;
    const auto cut = cut_at(status);
    rest = cut && result.seen.size() > seen ? below(rest, *cut) : std::string{};
    if (cut && result.seen.size() == seen) result.failure = "the server stops short: " + describe(status);
  }
  if (status.kind != Status::Kind::ok) result.failure = "telling the flags was refused: " + describe(status);
  return result;
}

std::optional<base::UidSet> search_all(Session& session) {
  const bool is_extended = session.has_capability("ESEARCH") || session.has_capability("IMAP4rev2");
  base::UidSet found;
  std::string wanted = "ALL";
  for (;;) {
    const auto before = found.size();
    const Command command{fmt::format("UID SEARCH {}{}", is_extended ? "RETURN (ALL) " : "", wanted)};
    const Status status = session.run(command, [&](const Response& response) {
      const auto* result = std::get_if<SearchResult>(&response);
      if (result != nullptr && add_news(found, result->numbers)) session.was_useful();
    });
    if (status.kind != Status::Kind::ok) return std::nullopt;
    const auto cut = cut_at(status);
    if (!cut || *cut == 1) return found;
    if (found.size() == before) return std::nullopt;
    wanted = fmt::format("UID 1:{}", *cut - 1);
  }
}

}  // namespace mailspoor::fetch::imap
