#include "fetch/pop3/engine.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "deliver/base/text.hpp"
#include "fetch/error.hpp"
#include "fetch/line_text.hpp"
#include "fetch/pop3/login.hpp"

namespace mailspoor::fetch::pop3 {
namespace {

constexpr std::uint64_t kWindowOctets = std::uint64_t{8} * 1024 * 1024;
constexpr std::size_t kWindowMessages = 1000;  // commands of 12 KB: no server's socket is full of them
// What a session does not prove before it ends, it has brought for nothing.
constexpr std::uint64_t kProofMessages = 32;
constexpr std::uint64_t kProofOctets = std::uint64_t{256} * 1024;
constexpr unsigned kMarkBits = 12;
constexpr unsigned kMaxEndedByHoles = 3;
constexpr std::uint64_t kCommitMessages = 1000;
constexpr std::uint64_t kCommitOctets = std::uint64_t{8} * 1024 * 1024;
constexpr std::size_t kMaxHeaderOctets = std::size_t{16} * 1024 * 1024;
// A message without end would fill the disk. Sizes are not trusted, but by so much none is wrong.
constexpr std::uint64_t kMaxUnannounced = std::uint64_t{64} * 1024 * 1024;
constexpr std::uint64_t kMaxUnknown = std::uint64_t{16} * 1024 * 1024 * 1024;

MailboxName maildrop() {
  MailboxName name{"INBOX", "INBOX", {"INBOX"}, std::nullopt};
  name.is_maildrop = true;
  return name;
}

/// Gmail lists some 250 of the oldest messages that were not retrieved yet: what is not listed is there.
bool lists_a_window(const Session& session, std::string_view host) {
  const std::string lower = '.' + base::to_lower(host);
  return lower.ends_with(".gmail.com") || lower.ends_with(".googlemail.com") ||
         base::starts_with_ignoring_case(session.greeting(), "Gpop ");
}

/// An answer to `LIST number` (RFC 1939 §5). Its size does not count, as some servers know it only after
/// RETR.
bool is_listed(const Reply& reply, std::uint32_t number) {
  Listing listing;
  return reply.is_ok() && listing.take_size(reply.text) && listing.messages().front().number == number;
}

Setbacks::Key key_of(const Wanted& wanted) { return {wanted.name ? wanted.name->hash : 0, wanted.number}; }

}  // namespace

Engine::Engine(std::unique_ptr<Transport> transport, const AccountOptions& options, Credentials& credentials,
               std::uint64_t seed, Setbacks& setbacks, Patience& patience, spdlog::logger& log)
    : options_{options},
      setbacks_{setbacks},
      patience_{patience},
      log_{log},
      session_{std::move(transport), log},
      random_{seed} {
  if (!session_.transport().is_encrypted() && options_.url.tls != Tls::none) {
    throw NetworkError{
        fmt::format("the connection to {} is not encrypted", base::printable(options_.url.host))};
  }
  session_.ask_capabilities();
  ask_for_utf8();
  identity_.greeting = base::printable(session_.greeting());
  identity_.tls = session_.transport().tls();
  for (const auto& name : session_.capabilities()) identity_.capabilities.push_back(base::printable(name));
  identity_.mechanism = pop3::log_in(session_, options_, credentials);
  is_pipelined_ = options_.pipelines && session_.has_capability("PIPELINING");
  session_.transport().deadlines().end_phase();
}

/// Without it Courier gives something else in place of a message that has 8-bit octets in its header section
/// (RFC 6856 §2.1): a notice that differs each time.
void Engine::ask_for_utf8() {
  if (!session_.has_capability("UTF8")) return;
  session_.send("UTF8");
  if (const Reply reply = session_.read_reply(); !reply.is_ok()) {
    log_.warn("the server refuses UTF8, and may alter messages with 8-bit header fields: {}",
              describe(reply));
  }
}

/// Where commands are not pipelined, sends it first.
/// @return false if the server does not know the command.
bool Engine::list_by(std::string_view command, const std::function<void(std::string_view)>& take) {
  if (!is_pipelined_) session_.send(command);
  const Reply reply = session_.read_reply();
  if (!reply.is_ok()) {
    // Of [SYS/TEMP] too: without UIDLs for once, every message would be another one.
    if (const auto throttle = throttle_of(reply))
      throw ThrottledError{"the server is busy: " + describe(reply), throttle->pause};
    if (reply.has_code("SYS/PERM"))
      throw ProtocolError{fmt::format("{} fails for good: {}", command, describe(reply))};
    log_.info("the server refuses {}: {}", command, describe(reply));
    return false;
  }
  session_.read_lines(take);
  return true;
}

std::vector<Listed> Engine::list_messages() {
  Listing listing;
  std::uint64_t odd = 0;  // lines that nobody can read
  // STAT first: of what comes in meanwhile too many are listed, and not too few.
  session_.send("STAT");
  if (is_pipelined_) {
    session_.send("UIDL");
    session_.send("LIST");
  }
  const bool asks_for_one = is_pipelined_ && is_retrieving_;
  if (asks_for_one) session_.send("LIST 1");
  stat_ = read_stat();
  const bool has_uidl =
      list_by("UIDL", [&](std::string_view line) { odd += listing.take_uidl(line) ? 0 : 1; });
  std::uint64_t sizes = 0;
  const bool has_sizes = list_by("LIST", [&](std::string_view line) {
    const bool is_read = listing.take_size(line);
    odd += is_read ? 0 : 1;
    sizes += is_read ? 1 : 0;
  });
  if (asks_for_one) {
    const bool is_one_listed = is_listed(session_.read_reply(), 1);
    if (has_sizes) lists_one_ = is_one_listed;
  }
  if (!has_uidl && !has_sizes) {
    if (!stat_.told) throw ProtocolError{"the server answers neither UIDL, LIST nor STAT: " + stat_.words};
    listing.take_count(stat_.told->first);
    return listing.messages();
  }
  auto messages = listing.messages();
  const bool is_numbered = !messages.empty() && messages.front().number == 1 &&
                           messages.back().number == messages.size() && sizes == messages.size();
  if (is_numbered) listed_ = messages.back().number;
  const auto counted = stat_.told ? stat_.told->first : messages.size();
  if (counted > messages.size() || (odd > 0 && (!stat_.told || counted != messages.size()))) {
    list_failure_ = fmt::format("{} messages are listed{}, and STAT says {}", messages.size(),
                                odd == 0 ? "" : fmt::format(", {} lines cannot be read", odd), stat_.words);
  } else if (has_sizes && sizes < messages.size() && stat_.told) {
    // A server that removes messages within a session counts the others anew, against RFC 1939 §8: whose
    // numbers UIDL's are is not known then.
    session_.send("STAT");
    const Stat now = read_stat();
    if (now.told && now.told->first < counted)
      list_failure_ = fmt::format("STAT says {} first, then {}", stat_.words, now.words);
  }
  return messages;
}

Engine::Stat Engine::read_stat() {
  const Reply reply = session_.read_reply();
  return {reply.is_ok() ? parse_stat(reply.text) : std::nullopt, describe(reply)};
}

std::vector<std::string> Engine::header_digests(const std::vector<std::uint32_t>& numbers) {
  if (session_.has_list() && !session_.has_capability("TOP")) return {};
  std::vector<std::string> digests;
  bool has_any = false;
  unsigned refusals = 0;
  std::size_t asked = 0;
  const auto is_asked = [&](std::size_t at) { return !setbacks_.topless.contains(numbers[at]); };
  while (digests.size() < numbers.size()) {
    const auto most = is_pipelined_ && has_any ? kWindowMessages : 1;
    for (; asked < numbers.size() && asked - digests.size() < most; ++asked)
      if (is_asked(asked)) session_.send(fmt::format("TOP {} 0", numbers[asked]));
    if (!is_asked(digests.size())) {
      digests.emplace_back();
      continue;
    }
    try {
      digests.push_back(read_header_digest());
    } catch (const NetworkError&) {
      setbacks_.topless.insert(numbers[digests.size()]);
      throw;
    }
    has_any = has_any || !digests.back().empty();
    if (digests.back().empty() && !has_any && ++refusals == 3)
      return {};  // it is not one message: it has none
  }
  return has_any ? digests : std::vector<std::string>{};
}

/// The answer to TOP; empty if it was refused.
std::string Engine::read_header_digest() {
  const Reply reply = session_.read_reply();
  if (!reply.is_ok()) {
    log_.info("the server refuses TOP: {}", describe(reply));
    return {};
  }
  has_retrieved_ = true;
  std::string header;
  session_.read_message([&](std::string_view octets) {
    header += octets;
    if (header.size() > kMaxHeaderOctets) throw NetworkError{"the server's answer to TOP does not end"};
  });
  return base::header_digest(header);
}

Plan Engine::plan(AccountSink& sink) {
  auto state = sink.maildrop();
  const auto epoch = state.epoch;
  auto listed = list_messages();
  auto plan = make_plan(
      std::move(listed), std::move(state),
      [this](const std::vector<std::uint32_t>& numbers) { return header_digests(numbers); },
      [&](const UidSet& uids) { return sink.contents(epoch, uids); });
  if (plan.nameless > 0) {
    log_.warn(
        "{} messages have no UIDL of their own, and the server no TOP: they are fetched in every run, and "
        "stored if their octets are new",
        plan.nameless);
  }
  return plan;
}

bool Engine::is_too_large(const Wanted& wanted) const {
  return options_.max_message_size && wanted.octets.value_or(0) > *options_.max_message_size;
}

MailboxPlan Engine::mailbox_plan(const Plan& plan) const {
  MailboxPlan shown;
  shown.name = maildrop();
  shown.epoch = plan.state.epoch;
  shown.messages = plan.messages;
  for (const auto& wanted : plan.wanted) {
    shown.missing.add(wanted.uid);
    if (is_too_large(wanted)) {
      ++shown.too_large;
    } else {
      shown.missing_octets += wanted.octets.value_or(0);
    }
  }
  return shown;
}

std::vector<MailboxPlan> Engine::list() {
  MailboxPlan plan;
  plan.name = maildrop();
  session_.send("STAT");
  if (const auto [stat, words] = read_stat(); stat) {
    plan.messages = stat->first;
    plan.octets = stat->second;
    leave();  // nobody has more to ask, and the maildrop may stay locked for some minutes
  } else {
    plan.failure = "STAT was refused: " + words;
  }
  return {plan};
}

void Engine::for_each_mailbox(AccountSink& sink, const std::function<void(const MailboxUids&)>& take) {
  const Plan known = plan(sink);
  MailboxUids mailbox{maildrop(), known.state.epoch, known.matched, list_failure_, {}};
  for (const auto& wanted : known.wanted) {
    mailbox.uids.add(wanted.uid);
    mailbox.uidls[wanted.uid] = wanted.name ? wanted.name->uidl : std::string{};
  }
  take(mailbox);
  leave();
}

void Engine::fetch(AccountSink& sink, FetchObserver& observer, FetchReport& report, const Hire&) {
  try {
    fetch_all(sink, observer, report);
  } catch (const ProtocolError& error) {
    // A server that ignores the number of LIST 1 has answered with a whole list: the next session does not
    // ask.
    if (asked_ == 0 && lists_one_ && options_.pipelines) throw NetworkError{error.what()};
    throw;
  }
}

void Engine::fetch_all(AccountSink& sink, FetchObserver& observer, FetchReport& report) {
  report.mailboxes = 1;
  fetched_before_ = report.fetched;
  proven_.report = report;
  is_retrieving_ = !options_.only_plans;
  Plan known = plan(sink);
  report.held = known.matched.size();
  if (!list_failure_.empty()) report.failed_mailboxes.push_back("INBOX: " + list_failure_);
  observer.planned({mailbox_plan(known)});
  if (options_.only_plans) {
    leave();
    return;
  }
  known.nameless_holes.remove(setbacks_.holes);
  known.closed.remove(list_failure_.empty() ? setbacks_.holes : known.closed);
  download(known, sink, observer, report);
  auto old = old_messages(known, sink);
  // Some may not be those that lie here under their UIDLs: the octets tell, and are the best proof there is.
  download(known, sink, observer, report);
  std::erase_if(old,
                [&](const Old& one) { return one.is_doubted && !known.matched.contains(one.content.uid); });
  finish(known, sink, report);
  std::size_t deleted = 0;
  const auto failure = leave([&] { deleted = delete_old(known, std::move(old), sink); });
  if (deleted == 0) return;
  if (failure.empty()) {
    report.notes.push_back(fmt::format("{} messages that lie here are deleted from the server", deleted));
  } else {
    report.failed_mailboxes.push_back(fmt::format(
        "INBOX: {} messages were to be deleted from the server, and are not: {}", deleted, failure));
  }
}

void Engine::download(Plan& plan, AccountSink& sink, FetchObserver& observer, FetchReport& report) {
  const bool tries_holes = setbacks_.ended_by_holes < kMaxEndedByHoles;
  std::erase_if(plan.wanted, [&](const Wanted& wanted) {
    return setbacks_.given_up.contains(key_of(wanted)) ||
           (!tries_holes && plan.state.holes.contains(wanted.uid));
  });
  if (plan.wanted.empty() && (plan.state.is_known || mailbox_)) return;
  if (!mailbox_) mailbox_ = sink.open(maildrop(), plan.state.epoch);
  candidates_.reset();
  const auto rank = [&](const Wanted& wanted) {
    return is_suspect(wanted) ? 2 : plan.state.holes.contains(wanted.uid) ? 1 : 0;
  };
  std::stable_sort(plan.wanted.begin(), plan.wanted.end(),
                   [&](const Wanted& left, const Wanted& right) { return rank(left) < rank(right); });
  const auto first_of = [&](int least) {
    return std::partition_point(plan.wanted.begin(), plan.wanted.end(),
                                [&](const Wanted& wanted) { return rank(wanted) < least; });
  };
  std::shuffle(first_of(1), first_of(2), random_);  // where they end the session, others come first next time
  try {
    retrieve(plan, sink, observer, report);
    reset();  // tells too if an answer was none to what was asked
  } catch (const ThrottledError&) {
    drop_unproven(report);
    commit(observer);
    throw;
  } catch (const NetworkError& error) {
    blame(drop_unproven(report), plan, fmt::format("the connection is lost each time: {}", error.what()),
          report);
    commit(observer);
    throw;
  } catch (const ProtocolError& error) {
    const auto* const empty = first_empty_;
    const auto accused = drop_unproven(report);
    if (accused.empty()) throw;
    // One message must not cost the others.
    const auto words = fmt::format("the server's answer does not end where it should: {}", error.what());
    // Where it is not the first, another may hold it.
    if (empty != nullptr && empty == accused.front()) {
      give_up(*empty, words, plan, report);
    } else if (empty != nullptr || !is_mark_refused_) {
      blame(accused, plan, words, report);
    }
    commit(observer);
    throw NetworkError{fmt::format("an answer is none to what was asked: {}", error.what())};
  }
  plan.wanted.clear();
}

bool Engine::is_suspect(const Wanted& wanted) const { return setbacks_.suspects.contains(key_of(wanted)); }

/// Answers have no names: of one too many, as Dovecot sends it for a message whose first line is a dot, each
/// message since is another than was asked for. Marks stand between the RETR, and only what they prove is
/// kept. The first stands behind one message, since some servers end a session behind a few.
void Engine::retrieve(Plan& plan, AccountSink& sink, FetchObserver& observer, FetchReport& report) {
  auto next = plan.wanted.begin();
  std::uint64_t octets = 0;           // announced for those in flight
  std::uint64_t unmarked = 0;         // RETR since the last mark
  std::uint64_t unmarked_octets = 0;  // announced for them
  std::uint64_t distance = 1;         // of marks
  take_as_proven(observer, report);
  find_out_about_marks();
  const bool is_marked = is_pipelined_ && listed_ > 0;
  const auto has_room = [&] {
    if (next == plan.wanted.end()) return false;
    const Wanted* const before = !in_flight_.empty() ? in_flight_.back()
                                 : unproven_.empty() ? nullptr
                                                     : unproven_.back();
    if (before == nullptr) return true;
    if (is_suspect(*next) || is_suspect(*before)) return false;
    if (!is_marked && (in_flight_.size() + unproven_.size() >= distance || unproven_octets_ >= kProofOctets))
      return false;
    if (in_flight_.empty()) return true;
    return is_pipelined_ && in_flight_.size() < kWindowMessages &&
           octets + next->octets.value_or(0) <= kWindowOctets;
  };
  const auto mark = [&] {
    send_mark();
    distance = std::min(2 * distance, kProofMessages);
    unmarked = unmarked_octets = 0;
  };
  while (true) {
    // Many at a time: a command a message would be a packet each.
    const bool is_due = in_flight_.size() <= kWindowMessages / 2;
    while (is_due && has_room()) {
      const Wanted& wanted = *next++;
      if (is_too_large(wanted)) {
        note_hole(wanted,
                  fmt::format("announced with {} octets, the limit is {}", *wanted.octets,
                              *options_.max_message_size),
                  plan, report);
        continue;
      }
      session_.send(fmt::format("RETR {}", wanted.number));
      ++asked_;
      in_flight_.push_back(&wanted);
      octets += wanted.octets.value_or(0);
      unmarked_octets += wanted.octets.value_or(0);
      if (!is_marked) continue;
      if (++unmarked < distance && unmarked_octets < kProofOctets && next != plan.wanted.end()) continue;
      mark();
    }
    if (!marks_.empty() && marks_.front().behind == answered_) {
      read_mark();
      take_as_proven(observer, report);
    } else if (!in_flight_.empty()) {
      receive(*in_flight_.front(), plan, sink, observer, report);
      octets -= in_flight_.front()->octets.value_or(0);
      unproven_.push_back(in_flight_.front());
      in_flight_.pop_front();
      ++answered_;
      if (in_flight_.empty() && marks_.empty()) session_.check_silence();
    } else if (!unproven_.empty()) {
      mark();
      read_mark();
      take_as_proven(observer, report);
    } else if (next == plan.wanted.end()) {
      take_as_proven(observer, report);
      return commit(observer);
    }
  }
}

/// Before anything came that senders wrote: they may know what to say in the server's place.
void Engine::find_out_about_marks() {
  if (listed_ > 0 && !lists_one_ && options_.pipelines) {
    session_.send("LIST 1");
    lists_one_ = is_listed(session_.read_reply(), 1);
  }
  if (!lists_one_.value_or(false)) listed_ = 0;
}

/// LIST of messages at random, so that a message that holds an answer has one chance in 2^kMarkBits to hold
/// the right one; STAT, which can be known, where the server has no such LIST.
void Engine::send_mark() {
  Mark mark{asked_, {}};
  if (listed_ == 0) {
    session_.send("STAT");
  } else {
    const auto bits = static_cast<unsigned>(std::bit_width(listed_)) - 1;  // of one number, rounded down
    const std::size_t numbers = bits == 0 || !is_pipelined_ ? 1 : (kMarkBits + bits - 1) / bits;
    while (mark.listed.size() < numbers) {
      mark.listed.push_back(static_cast<std::uint32_t>(random_() % listed_) + 1);
      session_.send(fmt::format("LIST {}", mark.listed.back()));
    }
  }
  marks_.push_back(std::move(mark));
}

void Engine::read_mark() {
  const Mark mark = std::move(marks_.front());
  marks_.pop_front();
  for (const auto number : mark.listed) {
    if (const Reply reply = session_.read_reply(); !is_listed(reply, number)) {
      is_mark_refused_ = !reply.is_ok();
      throw ProtocolError{
          fmt::format("the server answers '{}', where LIST {} was asked", describe(reply), number)};
    }
  }
  if (mark.listed.empty()) {
    if (const Stat stat = read_stat(); stat_.told && !stat.told)
      throw ProtocolError{fmt::format("the server answers '{}', where STAT was asked", stat.words)};
  }
  if (in_flight_.empty() && marks_.empty()) session_.check_silence();
}

void Engine::take_as_proven(FetchObserver& observer, const FetchReport& report) {
  unproven_.clear();
  unproven_octets_ = 0;
  first_empty_ = nullptr;
  mailbox_->savepoint();
  if (uncommitted_ >= kCommitMessages || uncommitted_octets_ >= kCommitOctets) commit(observer);
  if (report.fetched > proven_.report.fetched) patience_.got_on();
  proven_ = {report, setbacks_, uncommitted_, uncommitted_octets_};
}

/// @return what the session may have gone wrong at: this, and what it waited for.
std::vector<const Wanted*> Engine::drop_unproven(FetchReport& report) {
  if (std::exchange(is_receiving_, false)) mailbox_->abandon();
  auto accused = std::exchange(unproven_, {});
  if (!in_flight_.empty()) accused.push_back(in_flight_.front());
  mailbox_->roll_back();
  report = proven_.report;
  setbacks_ = proven_.setbacks;
  uncommitted_ = proven_.uncommitted;
  uncommitted_octets_ = proven_.uncommitted_octets;
  return accused;
}

/// The second time that it was one alone it is a hole, unless the session brought something new before it:
/// then the server may have had enough of this session.
void Engine::blame(const std::vector<const Wanted*>& accused, Plan& plan, const std::string& words,
                   FetchReport& report) {
  for (const Wanted* const wanted : accused) {
    auto& times = setbacks_.suspects[key_of(*wanted)];
    if (accused.size() == 1 && ++times > 1 && report.fetched == fetched_before_)
      give_up(*wanted, words, plan, report);
  }
}

void Engine::give_up(const Wanted& wanted, const std::string& words, Plan& plan, FetchReport& report) {
  if (plan.state.holes.contains(wanted.uid)) ++setbacks_.ended_by_holes;
  note_hole(wanted, words, plan, report);
}

void Engine::receive(const Wanted& wanted, Plan& plan, AccountSink& sink, FetchObserver& observer,
                     FetchReport& report) {
  const Reply reply = session_.read_reply();
  if (!reply.is_ok()) {
    if (const auto throttle = throttle_of(reply); throttle && !throttle->may_be_particular) {
      if (first_empty_ != nullptr)  // may hold this
        throw ProtocolError{"the server is busy behind a message without octets: " + describe(reply)};
      throw ThrottledError{"the server is busy: " + describe(reply), throttle->pause};
    }
    return note_hole(wanted, describe(reply), plan, report);
  }
  has_retrieved_ = true;
  mailbox_->begin();
  is_receiving_ = true;
  base::Sha256 hash;
  std::string header;
  std::uint64_t octets = 0;
  const bool is_doubtful = wanted.may_be || wanted.may_be_back;
  const auto most = options_.max_message_size.value_or(UINT64_MAX);
  const auto end = std::max(wanted.octets ? 2 * *wanted.octets + kMaxUnannounced : kMaxUnknown,
                            options_.max_message_size.value_or(0));
  session_.read_message([&](std::string_view piece) {
    octets += piece.size();
    if (octets > end) {
      throw NetworkError{
          fmt::format("message {} was announced with {} octets and does not end; if it is larger than {}, "
                      "--max-message-size lets it come",
                      wanted.number, wanted.octets.value_or(0), end)};
    }
    if (octets > most) {
      if (std::exchange(is_receiving_, false)) mailbox_->abandon();
      return;
    }
    if (is_doubtful) hash.update(piece);
    if (!wanted.name && header.size() < kMaxHeaderOctets) header += piece;
    mailbox_->append(piece);
  });
  if (octets == 0 && wanted.octets.value_or(0) > 0) {
    is_receiving_ = false;
    mailbox_->abandon();
    if (first_empty_ == nullptr) first_empty_ = &wanted;
    return note_hole(wanted, fmt::format("announced with {} octets, and none came", *wanted.octets), plan,
                     report);
  }
  if (octets > most)
    return note_hole(wanted, fmt::format("has {} octets, the limit is {}", octets, most), plan, report);
  const auto sha256 = is_doubtful ? base::to_hex(hash.finish()) : std::string{};
  const auto same = same_octets(wanted.may_be, sha256, plan, sink);
  is_receiving_ = false;
  if (same) {
    mailbox_->abandon();
    plan.matched.add(*same);
    relist(wanted, *same, plan);
    ++report.held;
    return;
  }
  ServerFacts facts;
  facts.uid = wanted.uid;
  if (const auto back = same_octets(wanted.may_be_back, sha256, plan, sink)) {
    facts.uid = *back;
    plan.matched.add(*back);
    mailbox_->back(UidSet{*back, *back});
  }
  facts.announced_size = wanted.octets;
  facts.name = wanted.name ? *wanted.name : base::nameless_maildrop_name(base::header_digest(header));
  mailbox_->end(facts);
  setbacks_.stored.add(facts.uid);
  ++report.fetched;
  report.octets += octets;
  ++uncommitted_;
  unproven_octets_ += octets;
  uncommitted_octets_ += octets;
  observer.fetched(octets);
}

/// Which message of these has these octets; each is only one.
std::optional<std::uint32_t> Engine::same_octets(const Candidates& uids, const std::string& sha256,
                                                 const Plan& plan, AccountSink& sink) {
  if (!uids) return std::nullopt;
  if (!candidates_) {
    std::set<Candidates> distinct;
    for (const auto& one : plan.wanted) distinct.insert({one.may_be, one.may_be_back});
    distinct.erase(nullptr);
    UidSet all;
    for (const auto& some : distinct) all.add(*some);
    all.remove(plan.matched);
    candidates_.emplace();
    for (const auto& content : sink.contents(plan.state.epoch, all))
      candidates_->by_hash.emplace(content.sha256, content.uid);
    for (const auto& entry : plan.state.entries)
      if (all.contains(entry.uid)) candidates_->entries[entry.uid] = entry;
  }
  const auto [first, last] = candidates_->by_hash.equal_range(sha256);
  const auto same = std::find_if(first, last, [&](const auto& held) { return uids->contains(held.second); });
  if (same == last) return std::nullopt;
  const auto uid = same->second;
  candidates_->by_hash.erase(same);
  return uid;
}

/// Has noted what the server calls this message now, so that it is not doubted in the next run too.
void Engine::relist(const Wanted& wanted, std::uint32_t uid, Plan& plan) const {
  const auto known = candidates_->entries.find(uid);
  if (known == candidates_->entries.end()) return;
  auto entry = known->second;
  if (wanted.octets) entry.size = wanted.octets;
  if (wanted.name && !wanted.name->uidl.empty()) entry.hash = wanted.name->hash;
  if (wanted.is_doubted || entry != known->second) plan.relisted.push_back(entry);
}

void Engine::note_hole(const Wanted& wanted, const std::string& reason, Plan& plan, FetchReport& report) {
  auto uid = wanted.uid;
  if (!wanted.name && !plan.nameless_holes.empty()) {
    uid = plan.nameless_holes.min();
    plan.nameless_holes.remove(uid);
    plan.closed.remove(uid);
  }
  const bool is_accepted = plan.state.accepted.contains(uid);
  log_.log(is_accepted ? spdlog::level::info : spdlog::level::warn, "message {}{} could not be fetched: {}",
           wanted.number, wanted.name ? fmt::format(" (UIDL {})", shortened(wanted.name->uidl)) : "", reason);
  setbacks_.holes.add(uid);
  mailbox_->hole(uid, reason, wanted.name ? *wanted.name : MaildropName{});
  setbacks_.given_up.insert(key_of(wanted));
  if (wanted.may_be) setbacks_.doubtful.add(*wanted.may_be);
  ++report.holes;
  if (is_accepted) ++report.accepted_holes;
  ++uncommitted_;
}

void Engine::commit(FetchObserver& observer) {
  if (uncommitted_ == 0) return;
  mailbox_->commit();
  uncommitted_ = uncommitted_octets_ = 0;
  observer.committed();
}

/// What is held and not listed any more. What was deleted for us is not missed.
UidSet Engine::gone_of(const Plan& plan) {
  UidSet gone = plan.state.stored;
  gone.remove(plan.matched);
  gone.remove(plan.state.deleted);
  gone.remove(setbacks_.doubtful);
  if (gone.empty()) return gone;
  if (!list_failure_.empty() || lists_a_window(session_, options_.url.host)) return {};
  if (2 * gone.size() <= plan.state.stored.size()) return gone;
  if (stat_.told && stat_.told->first == plan.messages) return gone;
  log_.warn(
      "the server lists {} messages and {} are held, but its STAT says otherwise ({}): none is taken for "
      "gone",
      plan.messages, plan.state.stored.size(), stat_.words);
  return {};
}

void Engine::finish(Plan& plan, AccountSink& sink, FetchReport& report) {
  const auto gone = gone_of(plan);
  const bool is_news = report.fetched > 0 || report.holes > 0 || !gone.empty() || !plan.closed.empty() ||
                       !plan.relisted.empty() || mailbox_;
  if (!is_news) return sink.unchanged(maildrop());
  if (!mailbox_) mailbox_ = sink.open(maildrop(), plan.state.epoch);
  if (!plan.closed.empty()) mailbox_->absent(plan.closed);
  if (!gone.empty()) mailbox_->gone(gone);
  for (const auto& entry : plan.relisted) mailbox_->relisted(entry);
  mailbox_->synced(ServerState{plan.next_uid, plan.messages, {}, {}}, true);
  mailbox_->commit();
  report.gone += mailbox_->changes().gone;
  report.recognised += mailbox_->changes().renumbered;
  mailbox_.reset();
}

/// What may be deleted from the server: an earlier session stored it, it lies here as it was stored, and long
/// enough; and what the server calls so now is still the same, as servers reuse UIDLs.
std::vector<Engine::Old> Engine::old_messages(Plan& plan, AccountSink& sink) {
  if (!options_.delete_after) return {};
  std::map<std::uint32_t, std::uint32_t> numbers;
  std::map<std::uint32_t, MaildropName> names;  // by number
  UidSet candidates;
  for (const auto& [uid, number, is_sure, name] : plan.held) {
    if (!is_sure || setbacks_.stored.contains(uid)) continue;
    numbers[uid] = number;
    names[number] = name;
    candidates.add(uid);
  }
  if (candidates.empty()) return {};
  std::map<std::uint32_t, HeldContent> contents;  // by number
  for (auto& content :
       sink.deletable(plan.state.epoch, candidates, *options_.delete_after, options_.delete_max))
    contents[numbers.at(content.uid)] = std::move(content);
  std::vector<std::uint32_t> asked;
  asked.reserve(contents.size());
  for (const auto& [number, content] : contents) asked.push_back(number);
  const auto digests = asked.empty() ? std::vector<std::string>{} : header_digests(asked);
  if (digests.empty() && !asked.empty()) {
    log_.warn(
        "the server has no TOP, which would show that its messages are those that lie here: none is deleted");
  }
  std::vector<Old> old;
  for (std::size_t at = 0; at < digests.size(); ++at) {
    auto& content = contents[asked[at]];
    if (!digests[at].empty() && digests[at] == content.header_digest) {
      old.push_back({asked[at], std::move(content), false});
    } else if (!digests[at].empty()) {
      log_.info("message {} may not be the one that lies here under its UIDL", asked[at]);
      const UidSet uid{content.uid, content.uid};
      plan.matched.remove(uid);
      Wanted wanted;
      wanted.number = asked[at];
      wanted.name = names.at(asked[at]);
      wanted.uid = plan.next_uid++;
      wanted.may_be = std::make_shared<UidSet>(uid);
      wanted.is_doubted = true;
      plan.wanted.push_back(std::move(wanted));
      old.push_back({asked[at], std::move(content), true});
    }
  }
  return old;
}

/// @return how many the server has taken note of; QUIT carries it out.
std::size_t Engine::delete_old(const Plan& plan, std::vector<Old> messages, AccountSink& sink) {
  std::vector<Reply> replies;
  for (std::size_t asked = 0; replies.size() < messages.size(); replies.push_back(session_.read_reply())) {
    do {
      session_.send(fmt::format("DELE {}", messages[asked++].number));
    } while (is_pipelined_ && asked < messages.size());
    if (is_pipelined_) break;
  }
  while (replies.size() < messages.size()) replies.push_back(session_.read_reply());
  session_.check_silence();  // an answer too many, and it is not known which were taken
  std::vector<HeldContent> deleted;
  for (std::size_t at = 0; at < messages.size(); ++at) {
    if (replies[at].is_ok()) {
      deleted.push_back(std::move(messages[at].content));
    } else {
      log_.warn("a message could not be deleted from the server: {}", describe(replies[at]));
    }
  }
  if (!deleted.empty()) sink.deleted(plan.state.epoch, deleted);
  return deleted.size();
}

/// Takes back the marks that RETR and TOP have set, where a server sets them at QUIT only (Dovecot).
void Engine::reset() {
  if (!std::exchange(has_retrieved_, false)) return;
  session_.send("RSET");
  const Reply reply = session_.read_reply();
  session_.check_silence();
  if (reply.is_ok()) return;
  is_reset_ = false;
  log_.warn("RSET was refused, and the server may mark as read what was fetched: {}", describe(reply));
}

/// @return what went wrong; empty if the server has ended the session as it was asked to. It costs nothing
/// that is stored.
/// @throws ProtocolError where answers turn out to be none to what was asked.
std::string Engine::leave(const std::function<void()>& before_quit) {
  try {
    reset();
    if (before_quit && is_reset_) before_quit();
    session_.send("QUIT");
    const Reply reply = session_.read_reply();
    session_.transport().close();
    if (reply.is_ok()) return {};
    log_.warn("QUIT was refused: {}", describe(reply));
    return "QUIT was refused: " + describe(reply);
  } catch (const NetworkError& error) {
    log_.warn("leaving: {}", error.what());
    return error.what();
  }
}

}  // namespace mailspoor::fetch::pop3
