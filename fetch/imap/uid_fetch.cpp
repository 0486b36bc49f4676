#include "fetch/imap/uid_fetch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>
#include <variant>

#include "fetch/error.hpp"
#include "fetch/imap/throttling.hpp"

namespace mailspoor::fetch::imap {
namespace {

constexpr std::size_t kDepth = 4;

struct Asked {
  std::string tag;
  std::string set;
  std::uint64_t told_before;
};

}  // namespace

std::vector<std::string> sequence_set_chunks(const base::UidSet& set, std::size_t max_octets) {
  std::vector<std::string> chunks;
  for (const base::UidSet::Range& range : set.ranges()) {
    const std::string text = base::to_sequence_set(base::UidSet{range.first, range.last});
    if (chunks.empty() || chunks.back().size() + 1 + text.size() > max_octets) {
      chunks.push_back(text);
    } else {
      chunks.back() += ',' + text;
    }
  }
  return chunks;
}

std::optional<Status> fetch_items(Session& session, std::vector<std::string> sets, std::string_view items,
                                  std::uint64_t messages,
                                  const std::function<bool(const Fetched& fetched)>& take) {
  // Items may be split over responses, flags may change, and new messages arrive.
  const std::uint64_t most = 4 * messages + 10'000;
  std::uint64_t told = 0;
  std::deque<Asked> in_flight;
  std::optional<Status> refusal;
  std::size_t next = 0;
  while (next < sets.size() || !in_flight.empty()) {
    if (next < sets.size() && in_flight.size() < kDepth) {
      const std::string& set = sets[next++];
      in_flight.push_back({session.send(Command{fmt::format("UID FETCH {} ({})", set, items)}), set, told});
      continue;
    }
    const Response response = session.read();
    if (const auto* fetched = std::get_if<Fetched>(&response)) {
      if (!fetched->uid || !take(*fetched)) continue;
      session.was_useful();
      if (++told > most) throw ProtocolError{"the server lists more messages than it has"};
    } else if (const auto* answer = std::get_if<Tagged>(&response)) {
      const auto found = std::find_if(in_flight.begin(), in_flight.end(),
                                      [&](const Asked& asked) { return asked.tag == answer->tag; });
      if (found == in_flight.end()) continue;
      const Asked asked = std::move(*found);
      in_flight.erase(found);
      const auto cut = cut_at(answer->status);
      auto rest = cut && told > asked.told_before ? below(asked.set, *cut) : std::string{};
      if (!rest.empty() && rest != asked.set) sets.push_back(std::move(rest));
      if (answer->status.kind == Status::Kind::ok) continue;
      if (!refusal) refusal = answer->status;
      next = sets.size();
    }
  }
  return refusal;
}

}  // namespace mailspoor::fetch::imap
