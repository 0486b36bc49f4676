#include "fetch/imap/engine.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>

#include <algorithm>
#include <deque>
#include <limits>
#include <set>
#include <utility>

#include "deliver/base/text.hpp"
#include "fetch/imap/login.hpp"
#include "fetch/imap/mailbox_names.hpp"

namespace mailspoor::fetch::imap {
namespace {

constexpr std::size_t kStatusDepth = 16;
constexpr std::size_t kListingDepth = 4;
constexpr std::size_t kMaxSetOctets = 900;      // Yahoo refuses commands above 1000 octets
constexpr std::size_t kMaxListingCommands = 8;  // more gaps than that: list from end to end
constexpr std::size_t kMaxMailboxes = 250'000;
constexpr std::size_t kMaxListed = 5'000'000;   // messages of one mailbox: some 200 MB while they are sorted
constexpr std::size_t kMaxPlanned = 1'000'000;  // messages of several mailboxes, before the first is fetched
constexpr std::uint64_t kOctetsOfLevel = 64;    // that a level of a name costs beside its text
constexpr std::uint64_t kMaxNameOctets =
    std::uint64_t{32} * 1024 * 1024;  // of all mailboxes; 100,000 of 200 octets need two thirds
constexpr std::uint32_t kMaxUid = std::numeric_limits<std::uint32_t>::max();

std::uint32_t clamped(std::uint64_t number) noexcept {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(number, kMaxUid));
}

base::UidSet intersection(const base::UidSet& set, std::uint32_t last) {
  base::UidSet result = set;
  if (last < kMaxUid) result.remove(base::UidSet{last + 1, kMaxUid});
  return result;
}

bool is_same_mailbox(const MailboxName& left, const MailboxName& right) {
  return left.levels == right.levels;
}

/// Whether a list of mailboxes could bring nothing more.
bool is_inbox_enough(const std::vector<std::string>& wanted) {
  return !wanted.empty() && std::all_of(wanted.begin(), wanted.end(), [](const std::string& pattern) {
    return base::equal_ignoring_case(pattern, "INBOX");
  });
}

MailboxName inbox() { return {"INBOX", "INBOX", {"INBOX"}, std::nullopt}; }

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

Engine::Engine(std::unique_ptr<Transport> transport, const AccountOptions& options, const Secret& password,
               std::string tag_prefix, spdlog::logger& log)
    : options_{options}, log_{log}, session_{std::move(transport), std::move(tag_prefix), log} {
  // libcurl may hand over in the middle of a line, and may have swallowed another: begin where a tag of ours
  // ends.
  session_.take_connect_lines();
  session_.resync();
  if (session_.greeting()) identity_.greeting = base::printable(session_.greeting()->text);
  if (session_.capabilities().empty()) session_.ask_capabilities();
  log_in(password);
  // Asked for even if the log-in brought them: until it has been answered, iCloud's proxy may insert a
  // capability into any data that has that word, messages included.
  session_.ask_capabilities();
  identify();
  for (const std::string& name : session_.capabilities())
    identity_.capabilities.push_back(base::printable(name));
  session_.transport().deadlines().end_phase();
}

void Engine::log_in(const Secret& password) {
  if (!session_.transport().is_encrypted() && options_.url.tls != Tls::none) {
    throw NetworkError{
        fmt::format("the connection to {} is not encrypted", base::printable(options_.url.host))};
  }
  if (session_.greeting() && session_.greeting()->kind == Status::Kind::preauth) {
    identity_.mechanism = "PREAUTH";
    return;
  }
  identity_.mechanism = imap::log_in(session_, options_, password);
}

/// 163.com and its sisters refuse every mailbox ("Unsafe Login") to clients that do not say who they are.
void Engine::identify() {
  if (!session_.has_capability("ID")) return;
  session_.run(Command{"ID (\"name\" \"mailspoor\" \"version\" \"" MAILSPOOR_VERSION "\")"});
}

std::vector<MailboxName> Engine::list_names() {
  std::vector<MailboxName> names;
  std::set<std::vector<std::string>> known;
  std::uint64_t octets = 0;
  const Status status = session_.run(Command{R"(LIST "" "*")"}, [&](const Response& response) {
    const auto* listed = std::get_if<Listed>(&response);
    if (listed == nullptr || listed->name.empty() || !is_selectable(*listed)) return;
    session_.was_useful();
    octets += listed->name.size();
    if (names.size() == kMaxMailboxes || octets > kMaxNameOctets)
      throw ProtocolError{"the server lists too many mailboxes"};
    MailboxName name = mailbox_name(*listed);
    octets += kOctetsOfLevel * name.levels.size();
    if (known.insert(name.levels).second) names.push_back(std::move(name));
  });
  // Zimbra lists nothing when one mount point is broken: an empty list says nothing about the account.
  list_failure_.clear();
  if (status.kind != Status::Kind::ok) {
    list_failure_ = "LIST was refused: " + describe(status);
  } else if (names.empty()) {
    list_failure_ = "the server lists no mailboxes at all";
  }
  if (!list_failure_.empty()) log_.warn("{}", list_failure_);
  if (names.empty()) names.push_back(inbox());
  names.erase(std::remove_if(names.begin(), names.end(),
                             [&](const MailboxName& name) {
                               return !is_wanted(name.name, options_.mailboxes, options_.excludes);
                             }),
              names.end());
  const auto is_inbox = [](const MailboxName& name) { return name.name == "INBOX"; };
  std::stable_partition(names.begin(), names.end(), is_inbox);
  return names;
}

/// STATUS for all, some in flight at a time. Where it fails, EXAMINE decides: it is what we need in the end.
void Engine::ask_status(std::vector<Work>& works) {
  struct Asked {
    std::string tag;
    Work* work;
    bool answered = false;
  };
  std::deque<Asked> in_flight;
  std::vector<Work*> failed;
  const auto read_one = [&] {
    Response response = session_.read();
    if (const auto* status = std::get_if<MailboxStatus>(&response)) {
      for (Asked& asked : in_flight) {
        const std::string& raw = asked.work->plan.name.raw;
        const bool is_inbox =
            base::equal_ignoring_case(raw, "INBOX") && base::equal_ignoring_case(status->name, raw);
        if (asked.answered || (status->name != raw && !is_inbox)) continue;
        session_.was_useful();
        asked.answered = status->uid_validity && status->messages;
        asked.work->plan.messages = status->messages.value_or(0);
        asked.work->plan.epoch = {clamped(status->uid_validity.value_or(0))};
        asked.work->uid_next = status->uid_next;
        break;
      }
    } else if (const auto* answer = std::get_if<Tagged>(&response)) {
      const auto asked = std::find_if(in_flight.begin(), in_flight.end(),
                                      [&](const Asked& candidate) { return candidate.tag == answer->tag; });
      if (asked == in_flight.end()) return;
      if (answer->status.kind != Status::Kind::ok || !asked->answered) failed.push_back(asked->work);
      in_flight.erase(asked);
    }
  };
  for (Work& work : works) {
    if (!work.plan.failure.empty()) continue;
    Command command{"STATUS "};
    command.add_string(work.plan.name.raw).add(" (MESSAGES UIDNEXT UIDVALIDITY)");
    const std::size_t room = command.has_literal() && command.pieces()[1].is_literal ? 1 : kStatusDepth;
    while (in_flight.size() >= room) read_one();
    in_flight.push_back({session_.send(command), &work});
    if (room == 1) {
      while (!in_flight.empty()) read_one();
    }
  }
  while (!in_flight.empty()) read_one();
  for (Work* work : failed) {
    const Examined examined = examine(work->plan.name);
    work->plan.failure = examined.failure;
    work->plan.messages = examined.messages;
    work->plan.epoch = examined.epoch;
    work->uid_next = examined.uid_next;
  }
}

std::vector<Engine::Work> Engine::survey() {
  std::vector<Work> works;
  for (MailboxName& name : list_names()) {
    Work work;
    if (name.raw.find('\0') != std::string::npos)
      work.plan.failure = "its name has a NUL, which no command can carry";
    work.plan.name = std::move(name);
    works.push_back(std::move(work));
  }
  ask_status(works);
  for (Work& work : works) {
    if (work.plan.failure.empty() && work.plan.epoch.uid_validity == 0) {
      work.plan.failure = "the server gives it no UIDVALIDITY, so that its messages have no lasting names";
    }
  }
  return works;
}

std::vector<MailboxPlan> Engine::list() {
  std::vector<MailboxPlan> plans;
  for (Work& work : survey()) plans.push_back(std::move(work.plan));
  return plans;
}

Engine::Examined Engine::examine(const MailboxName& name) {
  if (selected_ && is_same_mailbox(*selected_, name)) return selected_state_;
  selected_.reset();
  Examined examined;
  Command command{"EXAMINE "};
  command.add_string(name.raw);
  const Status status = session_.run(command, [&](const Response& response) {
    if (const auto* exists = std::get_if<Exists>(&response)) examined.messages = exists->messages;
    if (const auto* note = std::get_if<Status>(&response)) {
      if (note->has_code("UIDVALIDITY")) examined.epoch = {clamped(note->code_number().value_or(0))};
      if (note->has_code("UIDNEXT")) examined.uid_next = note->code_number();
    }
  });
  if (status.kind != Status::Kind::ok) {
    examined.failure = "EXAMINE was refused: " + describe(status);
    return examined;
  }
  if (status.has_code("READ-WRITE")) {
    log_.warn("{}: the server opened it for writing though EXAMINE asks for reading only",
              base::printable(name.name));
  }
  selected_ = name;
  selected_state_ = examined;
  return examined;
}

/// Finds out what is missing here: [1, UIDNEXT) less what is held, as far as the server still has it.
void Engine::plan(Work& work, AccountSink& sink) {
  const auto missing_of = [&work](const base::UidSet& held) {
    const bool is_known = work.uid_next && *work.uid_next > 0;
    const std::uint64_t last = is_known ? std::min<std::uint64_t>(*work.uid_next - 1, kMaxUid) : kMaxUid;
    base::UidSet missing;
    if (last > 0) missing.add(1, static_cast<std::uint32_t>(last));
    missing.remove(held);
    return missing;
  };
  base::UidSet held = sink.held(work.plan.name, work.plan.epoch);
  base::UidSet missing = missing_of(held);
  work.held = work.plan.messages;
  if (missing.empty()) return;

  const Examined examined = examine(work.plan.name);
  work.plan.failure = examined.failure;
  if (examined.failure.empty() && examined.epoch.uid_validity == 0) {
    work.plan.failure = "the server gives it no UIDVALIDITY, so that its messages have no lasting names";
  }
  if (!work.plan.failure.empty()) return;
  if (examined.uid_next.value_or(0) > work.uid_next.value_or(0)) work.uid_next = examined.uid_next;
  if (examined.epoch.uid_validity != work.plan.epoch.uid_validity) {
    work.plan.epoch = examined.epoch;
    work.uid_next = examined.uid_next;
    held = sink.held(work.plan.name, work.plan.epoch);
  }
  work.plan.messages = examined.messages;
  missing = missing_of(held);
  if (examined.messages == 0) {
    // Some servers answer BAD to any FETCH in an empty mailbox; there is nothing to ask.
    if (work.uid_next.value_or(0) > 0) work.absent = missing;
    work.held = 0;
    return;
  }
  list_missing(work, missing, examined.messages, held.size());
}

/// Asks which of the missing UIDs exist, and how large their messages are said to be.
void Engine::list_missing(Work& work, const base::UidSet& missing, std::uint64_t messages,
                          std::uint64_t held) {
  const bool is_open = work.uid_next.value_or(0) == 0;  // UIDNEXT unknown: the last range ends at `*`
  std::vector<std::string> chunks = sequence_set_chunks(missing, kMaxSetOctets);
  if (chunks.size() > kMaxListingCommands) {
    chunks = {base::to_sequence_set(base::UidSet{missing.min(), missing.max()})};
  }
  if (is_open) {
    std::string& last = chunks.back();
    const auto colon = last.rfind(':');
    const auto comma = last.rfind(',');
    if (colon != std::string::npos && (comma == std::string::npos || colon > comma)) last.resize(colon);
    last += ":*";
  }

  // Items may be split over responses, and new messages arrive.
  const std::uint64_t most = 4 * std::min<std::uint64_t>(messages, kMaxUid) + 10'000;
  std::uint64_t told = 0;
  std::vector<Announced> listed;
  std::deque<std::string> in_flight;
  std::string failure;
  std::size_t next = 0;
  while (next < chunks.size() || !in_flight.empty()) {
    if (next < chunks.size() && in_flight.size() < kListingDepth) {
      in_flight.push_back(
          session_.send(Command{fmt::format("UID FETCH {} (UID RFC822.SIZE)", chunks[next++])}));
      continue;
    }
    Response response = session_.read();
    if (const auto* fetched = std::get_if<Fetched>(&response)) {
      // `n:*` brings the last message even if its UID is below n (RFC 3501 §6.4.8).
      // Those between that are held count as well: one command asks for all from end to end.
      if (fetched->uid && *fetched->uid >= missing.min() && *fetched->uid <= missing.max()) {
        session_.was_useful();
        if (++told > most) throw ProtocolError{"the server lists more messages than it has"};
      }
      if (fetched->uid && missing.contains(*fetched->uid)) {
        if (listed.size() == kMaxListed) throw ProtocolError{"the server lists too many messages"};
        listed.push_back({*fetched->uid, clamped(fetched->size.value_or(0))});
      }
    } else if (const auto* answer = std::get_if<Tagged>(&response)) {
      const auto asked = std::find(in_flight.begin(), in_flight.end(), answer->tag);
      if (asked == in_flight.end()) continue;
      in_flight.erase(asked);
      if (answer->status.kind != Status::Kind::ok) {
        failure = "listing its messages was refused: " + describe(answer->status);
        next = chunks.size();
      }
    }
  }
  work.plan.failure = failure;
  if (!failure.empty()) return;

  // A UID named twice (items split over responses, a changed flag) counts once, with the size that was said.
  std::stable_sort(listed.begin(), listed.end(), [](const Announced& left, const Announced& right) {
    return left.uid != right.uid ? left.uid < right.uid : left.octets > right.octets;
  });
  listed.erase(
      std::unique(listed.begin(), listed.end(),
                  [](const Announced& left, const Announced& right) { return left.uid == right.uid; }),
      listed.end());
  base::UidSet existing;
  for (const Announced& message : listed) existing.add(message.uid);
  work.held = messages > listed.size() ? messages - listed.size() : 0;
  if (listed.size() + held < messages) {
    log_.warn("{}: the server says it has {} messages, lists {} and {} are held; no UID is taken for absent",
              base::printable(work.plan.name.name), messages, listed.size(), held);
    work.held = held;
  } else {
    work.absent = is_open ? intersection(missing, existing.empty() ? 0 : existing.max()) : missing;
    work.absent.remove(existing);
  }
  work.plan.missing = std::move(existing);
  for (const Announced& message : listed) work.plan.missing_octets += message.octets;
  work.messages = std::move(listed);
}

void Engine::work_off(Work& work, AccountSink& sink, FetchObserver& observer, FetchReport& report) {
  if (work.plan.failure.empty()) fetch_missing(work, sink, observer, report);
  if (work.plan.failure.empty()) {
    report.held += work.held;
  } else {
    const std::string text = base::printable(work.plan.name.name) + ": " + work.plan.failure;
    log_.warn("{}", text);
    report.failed_mailboxes.push_back(text);
  }
  work.plan.missing = {};
}

void Engine::fetch_missing(Work& work, AccountSink& sink, FetchObserver& observer, FetchReport& report) {
  if (work.messages.empty() && work.absent.empty()) return;
  if (!work.messages.empty()) {
    const Examined examined = examine(work.plan.name);
    if (!examined.failure.empty()) {
      work.plan.failure = examined.failure;
      return;
    }
    if (examined.epoch.uid_validity != work.plan.epoch.uid_validity) {
      work.plan.failure =
          fmt::format("its UIDVALIDITY changed from {} to {} during the run; the next run copes",
                      work.plan.epoch.uid_validity, examined.epoch.uid_validity);
      return;
    }
  }
  const auto mailbox = sink.open(work.plan.name, work.plan.epoch);
  if (!work.absent.empty()) {
    mailbox->absent(work.absent);
    mailbox->commit();
  }
  Download download{session_, *mailbox, observer, options_, work.plan.name.name, log_};
  download.run(std::move(work.messages));
  report.fetched += download.result().fetched;
  report.octets += download.result().octets;
  report.holes += download.result().holes;
  log_.info("{}: {} messages fetched, {} octets, {} holes", base::printable(work.plan.name.name),
            download.result().fetched, download.result().octets, download.result().holes);
}

FetchReport Engine::fetch(AccountSink& sink, FetchObserver& observer) {
  std::vector<Work> works = survey();
  FetchReport report;
  report.mailboxes = works.size();
  if (!list_failure_.empty() && !is_inbox_enough(options_.mailboxes))
    report.failed_mailboxes.push_back("the list of mailboxes: " + list_failure_ + "; only INBOX was tried");
  // All at once, so that one sees what is to come; but lists of messages are not piled up without end.
  for (auto first = works.begin(); first != works.end();) {
    const auto last = plan_some(first, works.end(), sink);
    std::vector<MailboxPlan> plans;
    for (auto work = first; work != last; ++work) plans.push_back(work->plan);
    observer.planned(plans);
    plans = {};
    for (; first != last; ++first) work_off(*first, sink, observer, report);
  }
  session_.log_out();
  return report;
}

/// Plans mailboxes from `first` on, all if their missing messages are not too many. @return behind the last.
Engine::Works::iterator Engine::plan_some(Works::iterator first, Works::iterator end, AccountSink& sink) {
  std::size_t messages = 0;
  for (; first != end && messages < kMaxPlanned; ++first) {
    if (first->plan.failure.empty()) plan(*first, sink);
    messages += first->messages.size();
  }
  return first;
}

}  // namespace mailspoor::fetch::imap
