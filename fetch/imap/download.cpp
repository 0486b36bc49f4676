#include "fetch/imap/download.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "deliver/base/text.hpp"
#include "fetch/imap/recognition.hpp"
#include "fetch/imap/stub.hpp"
#include "fetch/imap/uid_fetch.hpp"

namespace mailspoor::fetch::imap {
namespace {

constexpr std::uint64_t kWindowOctets = std::uint64_t{4} * 1024 * 1024;
constexpr std::size_t kWindowMessages = 200;
constexpr std::size_t kPipelineDepth = 8;
constexpr std::uint64_t kCommitOctets = std::uint64_t{8} * 1024 * 1024;
constexpr std::uint64_t kCommitMessages = 1000;
constexpr std::size_t kFewOctets = 1024;                               // of facts: never too many
constexpr std::size_t kMaxFactOctets = std::size_t{16} * 1024 * 1024;  // that wait for their messages
constexpr unsigned kMaxRests = 2;                                      // of a mailbox
constexpr std::size_t kMaxLater = 50;  // messages refused in a row that are a matter of single messages

/// Octets of `first:last,` at most.
constexpr std::size_t kMaxRangeOctets = 22;

/// @return whether something was not known before.
bool merge(Fetched& known, const Fetched& news) {
  const bool is_new = (news.flags && !known.flags) || (news.internal_date && !known.internal_date) ||
                      (news.size && !known.size);
  if (news.flags) known.flags = news.flags;
  if (news.internal_date) known.internal_date = news.internal_date;
  if (news.size) known.size = news.size;
  if (news.email_id) known.email_id = news.email_id;
  if (news.gmail_message) known.gmail_message = news.gmail_message;
  if (news.gmail_thread) known.gmail_thread = news.gmail_thread;
  if (news.gmail_labels) known.gmail_labels = news.gmail_labels;
  return is_new;
}

bool is_complete(const Fetched& known) noexcept { return known.flags && known.internal_date; }

}  // namespace

base::UidSet take_window(std::vector<Announced>& todo, std::uint64_t most_messages) {
  base::UidSet window;
  std::uint64_t octets = 0;
  const auto most = std::clamp<std::uint64_t>(most_messages, 1, kWindowMessages);
  std::size_t messages = 0;
  std::size_t set_octets = kMaxRangeOctets;
  std::uint32_t lowest = 0;
  while (!todo.empty() && messages < most) {
    const Announced next = todo.back();
    const bool is_adjacent = messages > 0 && next.uid + 1 == lowest;
    if (messages > 0 && octets + next.octets > kWindowOctets) break;
    if (messages > 0 && !is_adjacent && set_octets + kMaxRangeOctets > kMaxSetOctets) break;
    if (!is_adjacent) set_octets += kMaxRangeOctets;
    window.add(next.uid);
    octets += next.octets;
    ++messages;
    lowest = next.uid;
    todo.pop_back();
  }
  return window;
}

Download::Download(Session& session, const ServerIdentity& server, MailboxSink& sink, FetchObserver& observer,
                   const AccountOptions& options, std::string mailbox, Setback& setback, Patience& patience,
                   spdlog::logger& log)
    : session_{session},
      looks_for_stubs_{sends_stubs(server)},
      sink_{sink},
      observer_{observer},
      options_{options},
      mailbox_{std::move(mailbox)},
      setback_{setback},
      patience_{patience},
      log_{log},
      depth_{kPipelineDepth},
      most_messages_{session.message_limit().value_or(kWindowMessages)} {}

void Download::run(std::vector<Announced> todo) {
  todo_ = std::move(todo);
  set_suspects_aside();
  try {
    run_windows();
  } catch (const ThrottledError&) {
    drop_body();
    commit();
    throw;
  } catch (const NetworkError& error) {
    blame(error.what());
    drop_body();
    commit();
    throw;
  } catch (const Error&) {
    // A connection that breaks every few MiB must still get on: what is whole stays.
    drop_body();
    commit();
    throw;
  } catch (...) {
    drop_body();  // the sink itself failed
    throw;
  }
  commit();
}

/// RFC822.SIZE is a hint, but fetching gigabytes in every run only to drop them would be worse than believing
/// it.
void Download::refuse_large() {
  if (!options_.max_message_size) return;
  const auto is_too_large = [this](const Announced& message) {
    return message.octets > *options_.max_message_size;
  };
  for (const Announced& message : todo_) {
    if (!is_too_large(message)) continue;
    const bool is_clamped = message.octets == std::numeric_limits<std::uint32_t>::max();
    note_hole(message.uid, fmt::format("announced with {} octets{}, the limit is {}", message.octets,
                                       is_clamped ? " or more" : "", *options_.max_message_size));
  }
  todo_.erase(std::remove_if(todo_.begin(), todo_.end(), is_too_large), todo_.end());
}

void Download::note_hole(std::uint32_t uid, const std::string& reason) {
  const bool is_accepted = setback_.accepted.contains(uid);
  log_.log(is_accepted ? spdlog::level::info : spdlog::level::warn, "{}: UID {} could not be fetched: {}",
           base::printable(mailbox_), uid, reason);
  sink_.hole(uid, reason, std::nullopt);
  setback_.given_up.add(uid);
  ++result_.holes;
  if (is_accepted) ++result_.accepted_holes;
  ++uncommitted_;
}

void Download::run_windows() {
  refuse_large();
  for (;;) {
    fill_pipeline();
    if (in_flight_.empty()) {
      if (!throttled_ && later_.empty()) return;
      rest();
      continue;
    }
    try {
      Response response = session_.read(this);
      take(response);
    } catch (const LostTrack& why) {
      recover(why);
    }
  }
}

void Download::fill_pipeline() {
  if (throttled_) return;
  while (in_flight_.size() < depth_ && !put_back_.empty()) {
    Window window = std::move(put_back_.front());
    put_back_.pop_front();
    send(std::move(window.asked), window.alone);
  }
  while (in_flight_.size() < depth_ && !todo_.empty()) send(take_window(todo_, most_messages_), false);
  while (in_flight_.size() < depth_ && !again_.empty()) {
    // If the connection is lost at a suspect, it must be known which one it was.
    const bool is_suspect = setback_.suspects.contains(again_.front());
    if (!in_flight_.empty() && (is_suspect || is_in_flight_suspect())) return;
    send(base::UidSet{again_.front(), again_.front()}, true);
    again_.pop_front();
  }
}

void Download::send(base::UidSet asked, bool alone) {
  for (const base::UidSet::Range& range : asked.ranges()) {
    for (std::uint64_t uid = range.first; uid <= range.last; ++uid)
      wanted_[static_cast<std::uint32_t>(uid)] = {};
  }
  Command command{"UID FETCH "};
  command.add(base::to_sequence_set(asked)).add(fmt::format(" ({} BODY.PEEK[])", fact_items(session_)));
  in_flight_.push_back({session_.send(command), std::move(asked), alone, has_ids(session_), result_.fetched});
}

void Download::take(Response& response) {
  if (const auto* fetched = std::get_if<Fetched>(&response)) {
    take_fetched(*fetched);
  } else if (const auto* answer = std::get_if<Tagged>(&response)) {
    finish_window(*answer);
  } else if (std::holds_alternative<Expunged>(response) || std::holds_alternative<Vanished>(response)) {
    uid_by_sequence_number_.clear();  // all above it have moved
  }
}

std::optional<std::uint32_t> Download::uid_of(const Fetched& fetched) const {
  if (fetched.uid || fetched.sequence_number == 0) return fetched.uid;
  const auto known = uid_by_sequence_number_.find(fetched.sequence_number);
  return known == uid_by_sequence_number_.end() ? std::nullopt : std::optional{known->second};
}

BodyUse Download::begin_body(const Fetched& so_far, std::uint64_t octets) {
  finish_pending();
  refused_octets_ = 0;
  const auto uid = uid_of(so_far);
  const auto wanted = uid ? wanted_.find(*uid) : wanted_.end();
  if (uid && (wanted == wanted_.end() || !wanted->second.refusal.empty())) return BodyUse::ignore;
  if (options_.max_message_size && octets > *options_.max_message_size) {
    if (octets > kMaxRefused) {
      // No connection gets to the end of it: the hole must be written before that fails.
      if (wanted != wanted_.end()) {
        wanted_.erase(wanted);
        note_hole(*uid, fmt::format("announced with {} octets", octets));
      }
      return BodyUse::ignore;
    }
    refused_octets_ = octets;
    return BodyUse::refuse;
  }
  sink_.begin();
  front_.clear();
  is_receiving_ = true;
  receiving_ = uid;
  return BodyUse::take;
}

void Download::append_body(std::string_view octets) {
  if (looks_for_stubs_) front_ += octets.substr(0, kStubOctets - std::min(kStubOctets, front_.size()));
  sink_.append(octets);
}

/// Merges what a response says into what is known of its message. A body waits as `pending_` until its facts
/// are known, another body begins or its command ends, since servers send FLAGS and even the UID behind it.
void Download::take_fetched(const Fetched& fetched) {
  const auto uid = uid_of(fetched);
  if (fetched.uid && fetched.sequence_number != 0)
    uid_by_sequence_number_[fetched.sequence_number] = *fetched.uid;
  const auto wanted = uid ? wanted_.find(*uid) : wanted_.end();
  if (fetched.body == Fetched::Body::taken) {
    pending_ = Pending{uid, wanted == wanted_.end() ? Fetched{} : wanted->second.known};
    pending_->known.sequence_number = fetched.sequence_number;
    pending_->known.body_octets = fetched.body_octets;
  }
  if (fetched.body == Fetched::Body::dropped && refused_octets_ > 0) {
    if (wanted != wanted_.end()) {
      wanted->second.refusal =
          fmt::format("{} octets, more than the limit of {}", refused_octets_, *options_.max_message_size);
    } else {
      session_.transport().deadlines().useless(refused_octets_);
    }
  }
  refused_octets_ = 0;
  if (wanted != wanted_.end()) {
    if (merge(wanted->second.known, fetched)) session_.was_useful();
    limit_facts(wanted->second);
  }
  if (!pending_) return;

  const bool is_same = uid && pending_->uid ? uid == pending_->uid
                                            : fetched.sequence_number == pending_->known.sequence_number;
  if (!is_same) return;
  if (uid && !pending_->uid) {
    pending_->uid = uid;
    if (wanted != wanted_.end()) merge(pending_->known, wanted->second.known);
  }
  merge(pending_->known, fetched);
  if (pending_->uid && is_complete(pending_->known)) finish_pending();
}

/// Of all messages that are asked for, since a server may tell the facts of each and send none.
void Download::limit_facts(Wanted& changed) {
  changed.octets = memory_of(changed.known);
  if (changed.octets <= kFewOctets) return;
  std::size_t octets = 0;
  for (const auto& [uid, wanted] : wanted_) octets += wanted.octets;
  if (octets > kMaxFactOctets)
    throw ProtocolError{"the server tells too much of messages that it does not send"};
}

void Download::finish_pending() {
  if (!pending_) return;
  const Pending done = *std::exchange(pending_, std::nullopt);
  const auto wanted = done.uid ? wanted_.find(*done.uid) : wanted_.end();
  if (wanted == wanted_.end()) {
    session_.transport().deadlines().useless(done.known.body_octets);
    drop_body();
    return;
  }
  wanted_.erase(wanted);
  if (looks_for_stubs_ && is_stub(front_)) {
    drop_body();
    return note_hole(*done.uid, "the server sent a note in its place, that it could not be retrieved");
  }
  is_receiving_ = false;
  sink_.end(facts_of(*done.uid, done.known));
  patience_.got_on();
  ++result_.fetched;
  result_.octets += done.known.body_octets;
  ++uncommitted_;
  uncommitted_octets_ += done.known.body_octets + memory_of(done.known);
  observer_.fetched(done.known.body_octets);
  commit_if_due();
}

void Download::drop_body() noexcept {
  pending_.reset();
  if (std::exchange(is_receiving_, false)) sink_.abandon();
}

void Download::finish_window(const Tagged& answer) {
  const auto window = std::find_if(in_flight_.begin(), in_flight_.end(),
                                   [&](const Window& candidate) { return candidate.tag == answer.tag; });
  if (window == in_flight_.end()) return;
  finish_pending();
  commit_if_due();  // holes
  const Window done = std::move(*window);
  in_flight_.erase(window);
  // Exchange and some proxies answer BAD to commands that come before the last one is done.
  if (answer.status.kind == Status::Kind::bad) depth_ = 1;
  if (is_postponed(done, answer.status)) return;
  if (done.asks_ids && doubt_ids(session_, answer.status)) return put_back(done);
  // The rest in another command (RFC 9738 §3.1), as long as each brings something.
  const bool is_cut = answer.status.has_code("MESSAGELIMIT") && result_.fetched > done.fetched_before;
  if (is_cut) return put_back(done);
  settle(done, answer.status.kind == Status::Kind::ok
                   ? fmt::format("the server answered '{}' and sent no message", describe(answer.status))
                   : describe(answer.status));
}

/// What a window did not bring is to be asked for as if it had not been.
void Download::put_back(const Window& window) {
  base::UidSet left;
  for (const base::UidSet::Range& range : window.asked.ranges()) {
    for (std::uint64_t number = range.first; number <= range.last; ++number) {
      const auto uid = static_cast<std::uint32_t>(number);
      if (wanted_.erase(uid) > 0) left.add(uid);
    }
  }
  if (!left.empty()) put_back_.push_back({{}, std::move(left), window.alone, {}, {}});
}

/// Whether the refusal of `window` only says that the server is busy, so that it makes no hole.
bool Download::is_postponed(const Window& window, const Status& status) {
  const auto throttle = throttle_of(status);
  if (!throttle) return false;
  const auto wait_for_server = [&] {
    depth_ = 1;
    throttled_.emplace(fmt::format("{}: the server is busy: {}", base::printable(mailbox_), describe(status)),
                       throttle->pause);
  };
  if (!throttle->may_be_particular) {
    put_back(window);
    wait_for_server();
    return true;
  }
  // Perhaps it is about a message: that is asked for alone, and then once more after each rest. What an
  // earlier run could not have either is not waited for.
  const auto uid = window.asked.min();
  if (!window.alone || rests_ == kMaxRests || !wanted_.contains(uid) || setback_.suspects.contains(uid))
    return false;
  wanted_.erase(uid);
  later_.push_back(uid);
  busy_words_ = describe(status);
  if (later_.size() < kMaxLater || result_.fetched > fetched_before_) return true;
  again_.insert(again_.begin(), later_.begin(), later_.end());  // so many, and none came: it is about all
  later_.clear();
  wait_for_server();
  return true;
}

/// Gives the server time. Nothing is in flight.
void Download::rest() {
  commit();  // it may take minutes
  fetched_before_ = result_.fetched;
  if (throttled_) {
    patience_.wait(*std::exchange(throttled_, std::nullopt));
    return;
  }
  patience_.rest(fmt::format("{}: the server is busy: {}", base::printable(mailbox_), busy_words_), rests_++);
  std::swap(again_, later_);
}

/// What a window did not bring is asked for once more, alone; what does not come then is a hole.
void Download::settle(const Window& window, const std::string& words) {
  for (const base::UidSet::Range& range : window.asked.ranges()) {
    for (std::uint64_t number = range.first; number <= range.last; ++number) {
      const auto uid = static_cast<std::uint32_t>(number);
      const auto wanted = wanted_.find(uid);
      if (wanted == wanted_.end()) continue;
      const std::string refusal = std::move(wanted->second.refusal);
      wanted_.erase(wanted);
      if (refusal.empty() && !window.alone) {
        again_.push_back(uid);
        continue;
      }
      note_hole(uid, refusal.empty() ? words : refusal);
    }
  }
}

/// What is suspected comes last, and alone.
void Download::set_suspects_aside() {
  const auto is_suspect = [this](const Announced& message) {
    return setback_.suspects.contains(message.uid);
  };
  for (auto message = todo_.rbegin(); message != todo_.rend(); ++message) {
    if (is_suspect(*message)) again_.push_back(message->uid);
  }
  std::erase_if(todo_, is_suspect);
}

bool Download::is_in_flight_suspect() const {
  return std::any_of(in_flight_.begin(), in_flight_.end(), [this](const Window& window) {
    return window.alone && setback_.suspects.contains(window.asked.min());
  });
}

/// The connection was lost. Some servers hang up at a message that they cannot read (Dovecot's default), and
/// would at each attempt: what was awaited is suspected, and a suspect that was awaited alone is given up.
void Download::blame(const std::string& words) {
  if (in_flight_.empty()) return;
  base::UidSet awaited;
  if (is_receiving_ && receiving_ && wanted_.contains(*receiving_)) {
    awaited.add(*receiving_);
  } else {
    for (const base::UidSet::Range& range : in_flight_.front().asked.ranges()) {
      for (std::uint64_t uid = range.first; uid <= range.last; ++uid) {
        if (wanted_.contains(static_cast<std::uint32_t>(uid))) awaited.add(static_cast<std::uint32_t>(uid));
      }
    }
  }
  if (awaited.empty()) return;
  if (is_in_flight_suspect()) {
    note_hole(awaited.min(), "the connection is lost at this message: " + words);
    setback_.suspects.remove(awaited);
  } else {
    setback_.suspects.add(awaited);
  }
}

/// Nothing that was in flight can be believed any more. From here on one command at a time, so that what
/// fails is known to be the fault of that message.
void Download::recover(const LostTrack& why) {
  drop_body();
  refused_octets_ = 0;
  uid_by_sequence_number_.clear();
  log_.warn("{}: {}; starting over with what was not received", base::printable(mailbox_), why.what());
  std::deque<Window> lost;
  std::swap(lost, in_flight_);
  const bool was_single = lost.size() == 1;
  depth_ = 1;
  for (Window& window : lost) {
    window.alone = window.alone && was_single;
    settle(window, why.what());
  }
  session_.resync();  // it may fail; the hole of a message that was asked for alone is noted by then
}

void Download::commit_if_due() {
  if (uncommitted_octets_ >= kCommitOctets || uncommitted_ >= kCommitMessages) commit();
}

void Download::commit() {
  if (uncommitted_ == 0) return;
  sink_.commit();
  uncommitted_ = 0;
  uncommitted_octets_ = 0;
  observer_.committed();
}

}  // namespace mailspoor::fetch::imap
