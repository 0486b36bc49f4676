// Mailboxes that have another name on the server, and those that are not there any more.
#include <fmt/format.h>
#include <spdlog/logger.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "deliver/base/text.hpp"
#include "fetch/imap/engine.hpp"

namespace mailspoor::fetch::imap {
namespace {

constexpr std::uint64_t kSample = 20;
constexpr std::ptrdiff_t kMaxCandidates =
    20;  // that are new and have the UIDVALIDITY of one that is not listed

/// Whether the server says for good that there is no such mailbox. Not [UNAVAILABLE], [INUSE] and their like.
bool denies(const Status& status) {
  return status.kind == Status::Kind::no && (status.code.empty() || status.has_code("NONEXISTENT"));
}

}  // namespace

/// Whether a mailbox that is new has the messages of one that the list has not any more, as far as a sample
/// tells. Their UIDVALIDITY is the same. That their object ids differ is no proof: see is_object_id().
/// @param sample  Of the messages held of that one, the newest among them.
bool Engine::has_messages_of(const std::vector<ServerFacts>& sample, const Work& work) {
  base::UidSet uids;
  for (const ServerFacts& facts : sample) uids.add(facts.uid);
  if (uids.empty() || work.plan.messages == 0 || work.uid_next.value_or(0) <= uids.max()) return false;
  if (!examine(work.plan.name).failure.empty()) return false;
  std::size_t agreed = 0;
  bool has_other = false;
  const Command command{
      fmt::format("UID FETCH {} (UID INTERNALDATE RFC822.SIZE)", base::to_sequence_set(uids))};
  const Status status = session_.run(command, [&](const Response& response) {
    const auto* fetched = std::get_if<Fetched>(&response);
    if (fetched == nullptr || !fetched->uid || !fetched->internal_date || !uids.contains(*fetched->uid))
      return;
    const auto facts = std::find_if(sample.begin(), sample.end(),
                                    [&](const ServerFacts& known) { return known.uid == *fetched->uid; });
    uids.remove({*fetched->uid, *fetched->uid});  // once
    const bool is_same =
        facts->internal_date == *fetched->internal_date && facts->announced_size == fetched->size;
    agreed += is_same ? 1 : 0;
    has_other = has_other || !is_same;
    session_.was_useful();
  });
  return status.kind == Status::Kind::ok && !has_other && 2 * agreed > sample.size();
}

/// What is held under a name that is not listed may be what is listed under a name that is new. What is not
/// is looked for by its name, and if the server denies it in a second run as well, its messages are gone: a
/// list that is whole, a refusal that is not for now, and time between the two. A mailbox that only the
/// options leave out is listed, and a list without INBOX is not believed.
void Engine::follow_mailboxes(const Works& works, AccountSink& sink, FetchReport& report) {
  const auto is_listed = [this](const std::string& raw) {
    return std::binary_search(listed_names_.begin(), listed_names_.end(), raw);
  };
  if (!list_failure_.empty() || !is_listed("INBOX")) return;
  const auto held = sink.mailboxes();
  std::set<std::string_view> known;
  for (const HeldMailbox& mailbox : held) known.insert(mailbox.name.raw);
  std::multimap<std::string, const MailboxName*, std::less<>> by_object_id;
  std::multimap<std::uint32_t, const Work*> by_uid_validity;
  for (const Work& work : works) {
    if (!work.plan.failure.empty() || work.plan.name.name == "INBOX" || known.contains(work.plan.name.raw))
      continue;
    by_uid_validity.emplace(work.plan.epoch.uid_validity, &work);
    if (work.plan.name.object_id) by_object_id.emplace(*work.plan.name.object_id, &work.plan.name);
  }
  std::set<const MailboxName*> taken;
  for (const HeldMailbox& mailbox : held) {
    if (is_listed(mailbox.name.raw)) {
      if (mailbox.was_unlisted) sink.unlisted(mailbox, true);
      continue;
    }
    // By its object id its UIDVALIDITY may change with its name (Cyrus).
    std::set<const MailboxName*> same;
    const auto with_id = by_object_id.equal_range(mailbox.name.object_id.value_or(""));
    for (auto item = with_id.first; item != with_id.second; ++item) same.insert(item->second);
    const auto [first, last] = by_uid_validity.equal_range(mailbox.epoch.uid_validity);
    const bool is_too_common = same.empty() && std::distance(first, last) > kMaxCandidates;
    const bool has_id = !same.empty();
    const bool needs_sample = first != last && !has_id && !is_too_common;
    const auto sample = needs_sample ? sink.sample(mailbox, kSample) : std::vector<ServerFacts>{};
    for (auto item = first; item != last && needs_sample; ++item) {
      const bool is_free = !taken.contains(&item->second->plan.name);
      if (is_free && has_messages_of(sample, *item->second)) same.insert(&item->second->plan.name);
    }
    if (same.empty() && !is_too_common) miss(mailbox, sink, report);
    if (same.size() != 1 || !taken.insert(*same.begin()).second) continue;
    const MailboxName& name = **same.begin();
    sink.rename(mailbox, name);
    report.notes.push_back(
        fmt::format("{}: renamed to {}", base::printable(mailbox.name.name), base::printable(name.name)));
    log_.info("{}", report.notes.back());
  }
}

void Engine::miss(const HeldMailbox& held, AccountSink& sink, FetchReport& report) {
  if (held.epoch.uid_validity == 0) return;  // adopted: it was never seen on the server
  if (!options_.mailboxes.empty()) return;   // it may be there, under a name that was not asked for
  const auto stored = sink.state(held.name, held.epoch).stored;
  if (stored.empty()) return;
  Command command{"STATUS "};
  command.add_string(sent_name(held.name)).add(" (MESSAGES)");
  if (!denies(session_.run(command))) return;
  if (!held.was_unlisted) return sink.unlisted(held, false);
  const auto mailbox = sink.open(held.name, held.epoch);
  mailbox->gone(stored);
  mailbox->commit();
  report.gone += mailbox->changes().gone;
  report.notes.push_back(fmt::format("{}: not on the server any more, {} messages gone",
                                     base::printable(held.name.name), mailbox->changes().gone));
  log_.info("{}", report.notes.back());
}

}  // namespace mailspoor::fetch::imap
