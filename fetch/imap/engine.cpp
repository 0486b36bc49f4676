#include "fetch/imap/engine.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <limits>
#include <map>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include "deliver/base/modified_utf7.hpp"
#include "deliver/base/quiet_thread.hpp"
#include "deliver/base/text.hpp"
#include "fetch/imap/login.hpp"
#include "fetch/imap/mailbox_names.hpp"
#include "fetch/imap/recognition.hpp"
#include "fetch/imap/throttling.hpp"
#include "fetch/imap/uid_fetch.hpp"
#include "fetch/shared_sink.hpp"

namespace mailspoor::fetch::imap {
namespace {

constexpr std::size_t kStatusDepth = 16;
constexpr std::size_t kMaxListingCommands = 8;  // more gaps than that: list from end to end
constexpr std::size_t kMaxMailboxes = 250'000;
constexpr std::size_t kMaxListed = 5'000'000;   // messages of one mailbox: some 200 MB while they are sorted
constexpr std::size_t kMaxPlanned = 1'000'000;  // messages of several mailboxes, before the first is fetched
constexpr std::uint64_t kOctetsOfLevel = 64;    // that a level of a name costs beside its text
constexpr std::uint64_t kMaxNameOctets =
    std::uint64_t{32} * 1024 * 1024;  // of all mailboxes; 100,000 of 200 octets need two thirds
// Flags of messages that are held, where the server cannot tell which have changed: those of the newest
// messages of INBOX in every run and of another mailbox if there is news in it, those of all once a day, of a
// million messages a run at most.
constexpr std::string_view kStatusItems = "MESSAGES UIDNEXT UIDVALIDITY UNSEEN";
constexpr std::string_view kStatusModseq = " HIGHESTMODSEQ";
constexpr const char* kNoUidValidity =
    "the server gives it no UIDVALIDITY, so that its messages have no lasting names";
constexpr std::uint64_t kRecentMessages = 500;
constexpr std::uint64_t kMaxCompared = 1'000'000;
// Of all mailboxes, since what is news is told at the end: 10,000 of a dozen combinations need a third.
constexpr std::uint64_t kMaxFlagOctets = std::uint64_t{64} * 1024 * 1024;
constexpr std::chrono::hours kCompareInterval{24};
constexpr std::chrono::hours kCompareIntervalWithModseq{24 * 7};  // it can, but servers have erred
constexpr std::size_t kMaxHiddenLists = 20;
constexpr std::string_view kNoPrefix{"%*\0", 3};  // wildcards of LIST, and what no command carries
constexpr std::uint32_t kMaxUid = std::numeric_limits<std::uint32_t>::max();

std::uint32_t clamped(std::uint64_t number) noexcept {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(number, kMaxUid));
}

base::UidSet up_to(const base::UidSet& set, std::uint32_t last) {
  base::UidSet result = set;
  if (last < kMaxUid) result.remove(base::UidSet{last + 1, kMaxUid});
  return result;
}

/// What iCloud says of vanished messages is wrong.
bool is_trusted_with_qresync(std::string_view host) {
  const auto ends_with = [lower = base::to_lower(host)](std::string_view end) {
    return lower.ends_with(end);
  };
  return !ends_with("mail.me.com") && !ends_with("icloud.com");
}

bool is_same_mailbox(const MailboxName& left, const MailboxName& right) {
  return left.levels == right.levels;
}

std::optional<std::string> special_use(const std::vector<std::string>& attributes) {
  for (const std::string_view use :
       {"\\All", "\\Archive", "\\Drafts", "\\Flagged", "\\Junk", "\\Sent", "\\Trash"}) {
    for (const auto& attribute : attributes) {
      if (base::equal_ignoring_case(attribute, use)) return std::string{use};
    }
  }
  return std::nullopt;
}

/// Whether it is Gmail's mailbox of all messages (RFC 6154 §2).
bool has_all_mail(const Session& session, const std::vector<std::string>& attributes) {
  const auto is_all = [](const std::string& attribute) {
    return base::equal_ignoring_case(attribute, "\\All");
  };
  return session.has_capability("X-GM-EXT-1") && std::any_of(attributes.begin(), attributes.end(), is_all);
}

/// Whether a list of mailboxes could bring nothing more.
bool is_inbox_enough(const std::vector<std::string>& wanted) {
  return !wanted.empty() && std::all_of(wanted.begin(), wanted.end(), [](const std::string& pattern) {
    return base::equal_ignoring_case(pattern, "INBOX");
  });
}

Command identification() {
  return Command{"ID (\"name\" \"mailspoor\" \"version\" \"" MAILSPOOR_VERSION "\")"};
}

MailboxName inbox() { return {"INBOX", "INBOX", {"INBOX"}, std::nullopt}; }

}  // namespace

Engine::Engine(std::unique_ptr<Transport> transport, const AccountOptions& options, Credentials& credentials,
               std::string tag_prefix, Setbacks& setbacks, Patience& patience, spdlog::logger& log)
    : options_{options},
      setbacks_{setbacks},
      patience_{patience},
      log_{log},
      session_{std::move(transport), std::move(tag_prefix), log},
      compare_budget_{kMaxCompared},
      flag_room_{kMaxFlagOctets} {
  session_.take_connect_lines();
  const bool is_in_step = session_.transport().is_in_step();
  if (is_in_step && session_.capabilities().empty()) session_.ask_capabilities();
  // 163.com and its sisters refuse every mailbox ("Unsafe Login") to clients that do not say who they are;
  // which of them want it before the log-in and which behind it is not known. What this one brings is of no
  // use. It is waited for: proxies lose what comes before they have answered (nginx before 1.21).
  if (is_in_step) {
    if (session_.has_capability("ID")) session_.run(identification());
  } else {
    if (session_.has_capability("ID")) session_.send(identification());
    // libcurl may have handed over in the middle of a line, and swallowed another: begin where a tag of ours
    // ends.
    session_.resync();
  }
  if (session_.greeting()) identity_.greeting = base::printable(session_.greeting()->text);
  if (session_.capabilities().empty()) session_.ask_capabilities();
  identity_.tls = session_.transport().tls();
  const auto told = session_.capability_lists();
  log_in(credentials);
  settle_in(session_.capability_lists() > told);
  session_.transport().deadlines().end_phase();
}

void Engine::log_in(Credentials& credentials) {
  if (!session_.transport().is_encrypted() && options_.url.tls != Tls::none) {
    throw NetworkError{
        fmt::format("the connection to {} is not encrypted", base::printable(options_.url.host))};
  }
  if (session_.greeting() && session_.greeting()->kind == Status::Kind::preauth) {
    identity_.mechanism = "PREAUTH";
    return;
  }
  identity_.mechanism = imap::log_in(session_, options_, credentials);
}

void Engine::take_id(const ServerId& id) {
  identity_.id.clear();
  for (const auto& [field, value] : id.fields)
    identity_.id.emplace_back(base::printable(field), base::printable(value));
}

/// Sends CAPABILITY, ID and ENABLE. Where the log-in has told the capabilities, the answers are left to
/// take_settling(): LIST travels in the same flight.
void Engine::settle_in(bool knows_capabilities) {
  // Asked for even if the log-in brought them: until it has been answered, iCloud's proxy may insert a
  // capability into any data that has that word, messages included.
  settling_.open.push_back(session_.send(Command{"CAPABILITY"}));
  settle_what_is_known();
  // That one changes how the names in a list are written.
  if (!knows_capabilities || settling_.wants_utf8) settle();
}

void Engine::settle_what_is_known() {
  auto& [open, is_identified, enabling, enables_qresync, wants_utf8] = settling_;
  has_condstore_ = session_.has_capability("CONDSTORE") || session_.has_capability("QRESYNC");
  if (!is_identified && session_.has_capability("ID")) {
    is_identified = true;
    open.push_back(session_.send(identification()));
  }
  if (!enabling.empty() || !session_.has_capability("ENABLE")) return;
  const bool has_qresync = session_.has_capability("QRESYNC") && is_trusted_with_qresync(options_.url.host);
  // Only where nothing is shown without (RFC 9755 §6): it makes other names of all mailboxes, and brings
  // nothing, since servers give the octets of a message as they have them either way (Courier, Dovecot).
  wants_utf8 = session_.has_capability("UTF8=ONLY");
  if (!has_qresync && !wants_utf8) return;
  enabling = session_.send(
      Command{fmt::format("ENABLE{}{}", has_qresync ? " QRESYNC" : "", wants_utf8 ? " UTF8=ACCEPT" : "")});
  enables_qresync = has_qresync;
  open.push_back(enabling);
}

void Engine::take_settling(const Response& response) {
  if (const auto* id = std::get_if<ServerId>(&response)) take_id(*id);
  const auto* answer = std::get_if<Tagged>(&response);
  if (answer == nullptr || std::erase(settling_.open, answer->tag) == 0) return;
  const bool is_enabled = answer->tag == settling_.enabling && answer->status.kind == Status::Kind::ok;
  has_qresync_ |= is_enabled && settling_.enables_qresync;
  is_utf8_ |= is_enabled && settling_.wants_utf8;
}

/// Reads what is unanswered of settle_in(), and does what its answers bring up.
void Engine::settle() {
  if (std::exchange(is_settled_, true)) return;
  for (const bool is_last : {false, true}) {
    while (!settling_.open.empty()) take_settling(session_.read());
    if (!is_last) settle_what_is_known();
  }
  for (const std::string& name : session_.capabilities())
    identity_.capabilities.push_back(base::printable(name));
}

const ServerIdentity& Engine::identity() {
  settle();
  return identity_;
}

std::string Engine::received_name(const std::string& name) const {
  return is_utf8_ ? from_utf8_mode(name) : name;
}

std::string Engine::sent_name(const MailboxName& name) const {
  return is_utf8_ ? to_utf8_mode(name.raw) : name.raw;
}

void Engine::take_status(Work& work, const MailboxStatus& status) {
  session_.was_useful();
  work.is_listed = status.uid_validity && status.messages;
  work.plan.messages = status.messages.value_or(0);
  work.plan.octets = status.size;
  work.plan.epoch = {clamped(status.uid_validity.value_or(0))};
  work.uid_next = status.uid_next;
  work.unseen = status.unseen;
  work.plan.name.object_id = status.object_id;
  work.highest_modseq = status.highest_modseq.value_or(0) > 0 ? status.highest_modseq : std::nullopt;
}

/// LIST of what `pattern` fits, with `options` behind it.
Status Engine::list_into(Works& works, std::string_view pattern, std::string_view options) {
  std::map<std::vector<std::string>, std::size_t> known;
  for (std::size_t i = 0; i < works.size(); ++i) known.emplace(works[i].plan.name.levels, i);
  std::map<std::string, std::size_t, std::less<>> by_raw_name;
  std::uint64_t octets = 0;
  Command command{R"(LIST "" )"};
  command.add_string(pattern).add(options);
  return session_.run(command, [&](Response& response) {
    take_settling(response);
    if (auto* namespaces = std::get_if<Namespaces>(&response)) namespaces_ = std::move(*namespaces);
    if (const auto* figures = std::get_if<MailboxStatus>(&response)) {
      const std::string name = received_name(figures->name);
      const bool is_inbox = base::equal_ignoring_case(name, "INBOX");
      const auto work = by_raw_name.find(is_inbox ? "INBOX" : name);
      if (work != by_raw_name.end()) take_status(works[work->second], *figures);
      return;
    }
    auto* listed = std::get_if<Listed>(&response);
    if (listed == nullptr || listed->name.empty() || !is_selectable(*listed)) return;
    listed->name = received_name(listed->name);
    session_.was_useful();
    octets += listed->name.size();
    if (works.size() == kMaxMailboxes || octets > kMaxNameOctets)
      throw ProtocolError{"the server lists too many mailboxes"};
    Work work;
    work.plan.name = mailbox_name(*listed);
    work.plan.name.special_use = special_use(listed->attributes);
    work.attributes = listed->attributes;
    octets += kOctetsOfLevel * work.plan.name.levels.size();
    if (!known.emplace(work.plan.name.levels, works.size()).second) return;
    const bool is_inbox = base::equal_ignoring_case(listed->name, "INBOX");
    by_raw_name.emplace(is_inbox ? "INBOX" : listed->name, works.size());
    works.push_back(std::move(work));
  });
}

/// @return false if the list was refused or brought nothing.
bool Engine::list_all(Works& works, std::string_view options) {
  works.clear();
  const Status status = list_into(works, "*", options);
  // Zimbra lists nothing when one mount point is broken: an empty list says nothing about the account.
  list_failure_.clear();
  is_list_busy_ = false;
  if (status.kind != Status::Kind::ok) {
    list_failure_ = "LIST was refused: " + describe(status);
    is_list_busy_ = throttle_of(status).has_value();
  } else if (works.empty()) {
    list_failure_ = "the server lists no mailboxes at all";
  }
  return list_failure_.empty();
}

std::string Engine::status_items() const {
  return fmt::format("{}{}{}{}", kStatusItems, has_condstore_ ? kStatusModseq : "",
                     asks_sizes_ ? " SIZE" : "", session_.has_capability("OBJECTID") ? " MAILBOXID" : "");
}

/// What LIST "" "*" does not show of other users' and shared mailboxes, and of one's own beside the usual
/// place: the mailboxes of namespaces with a prefix that no name has (Courier's `#shared.`, Dovecot's with
/// `list = no`).
void Engine::list_hidden(Works& works, bool wants_others) {
  std::vector<Namespaces::One> all = namespaces_.personal;
  if (wants_others) {
    all.insert(all.end(), namespaces_.others.begin(), namespaces_.others.end());
    all.insert(all.end(), namespaces_.shared.begin(), namespaces_.shared.end());
  }
  std::size_t asked = 0;
  for (const Namespaces::One& one : all) {
    const auto is_shown = [&one](const Work& work) { return is_below(work.plan.name, one); };
    const bool is_pattern = one.prefix.find_first_of(kNoPrefix) != std::string::npos;
    if (one.prefix.empty() || is_pattern || std::any_of(works.begin(), works.end(), is_shown)) continue;
    if (++asked > kMaxHiddenLists) return;
    const Status status = list_into(works, one.prefix + '*', "");
    if (status.kind != Status::Kind::ok)
      log_.debug("namespace {}: {}", base::printable(one.prefix), describe(status));
  }
}

/// What `--mailbox` names and no list has shown: the mailboxes of a namespace that is not even told of
/// (Dovecot's with `hidden = yes`) are listed where its prefix is given.
void Engine::list_named(Works& works) {
  std::set<char> delimiters{'/', '.'};
  for (const Work& work : works) {
    if (work.plan.name.delimiter) delimiters.insert(*work.plan.name.delimiter);
  }
  std::set<std::string> prefixes;
  for (const std::string& pattern : options_.mailboxes) {
    const bool is_shown = std::any_of(works.begin(), works.end(), [&](const Work& work) {
      return is_wanted(work.plan.name.name, work.attributes, {pattern}, {});
    });
    const auto front = pattern.substr(0, pattern.find_first_of("*%"));
    if (is_shown || front.empty() || front.starts_with('\\') || front.find('\0') != std::string::npos)
      continue;
    // Below INBOX all is listed that is real; what Dovecot hides there are other names of the same mailboxes.
    if (base::starts_with_ignoring_case(front, "INBOX")) continue;
    // Which delimiter it has is not known either.
    for (const char delimiter : delimiters) {
      auto raw = base::to_modified_utf7(front);
      std::replace(raw.begin(), raw.end(), '/', delimiter);
      prefixes.insert(std::move(raw));
    }
  }
  std::size_t asked = 0;
  for (const std::string& prefix : prefixes) {
    if (++asked > kMaxHiddenLists) return;
    const Status status = list_into(works, is_utf8_ ? to_utf8_mode(prefix + '*') : prefix + '*', "");
    if (status.kind != Status::Kind::ok) log_.debug("{}: {}", base::printable(prefix), describe(status));
  }
}

/// Other users' and shared mailboxes are fetched only where `--mailbox` names them: whoever has rights in a
/// whole company would bring it home otherwise. They are counted and told.
void Engine::leave_out_others(Works& works) {
  if (!options_.mailboxes.empty()) return;
  const auto count = works.size();
  std::erase_if(works, [](const Work& work) { return work.plan.is_others; });
  left_out_ = count - works.size();
  if (left_out_ > 0)
    log_.info("{} mailboxes of other users or shared ones are left out; --mailbox brings them", left_out_);
}

Engine::Works Engine::list_mailboxes(bool for_fetching) {
  Works works;
  bool is_done = false;
  // In the flight of LIST. It is a hint only: no answer does no harm.
  if (options_.asks_namespace && session_.has_capability("NAMESPACE")) session_.send(Command{"NAMESPACE"});
  if (session_.has_capability("LIST-STATUS")) {
    // Some answer an extended LIST with an error, or with nothing (Proton Bridge, Strato).
    const bool has_special_use = session_.has_capability("SPECIAL-USE");
    is_done = list_all(
        works, fmt::format(" RETURN ({}STATUS ({}))", has_special_use ? "SPECIAL-USE " : "", status_items()));
    is_wary_ = !is_done;
  }
  if (!is_done) is_done = list_all(works, "");
  settle();
  if (!is_done && is_list_busy_) {
    patience_.rest(list_failure_, 0);
    is_done = list_all(works, "");
  }
  if (!is_done) log_.debug("{}", list_failure_);
  if (is_done) list_hidden(works, !for_fetching || !options_.mailboxes.empty());
  if (is_done) list_named(works);
  if (works.empty()) works.emplace_back().plan.name = inbox();
  listed_names_.clear();
  for (const Work& work : works)
    listed_names_.push_back(work.plan.name.name == "INBOX" ? "INBOX" : work.plan.name.raw);
  std::sort(listed_names_.begin(), listed_names_.end());
  for (Work& work : works) work.plan.is_others = is_others(work.plan.name, namespaces_);
  std::erase_if(works, [&](const Work& work) {
    return !is_wanted(work.plan.name.name, work.attributes, options_.mailboxes, options_.excludes);
  });
  if (for_fetching) leave_out_others(works);
  const auto is_inbox = [](const Work& work) { return work.plan.name.name == "INBOX"; };
  std::stable_partition(works.begin(), works.end(), is_inbox);
  // Gmail has every message there but those of Spam and Trash: what the other mailboxes show is here by then.
  std::stable_partition(works.begin(), works.end(),
                        [this](const Work& work) { return has_all_mail(session_, work.attributes); });
  return works;
}

/// STATUS for all, some in flight at a time. Where it fails, EXAMINE decides: it is what we need in the end.
void Engine::ask_status(Works& works) {
  std::vector<Work*> wanted;
  for (Work& work : works) {
    if (work.plan.failure.empty() && !work.is_listed) wanted.push_back(&work);
  }
  std::vector<Work*> failed;
  // Of the extensions whose items STATUS asks for, one may be offered that is not there.
  while (!ask_status_of(wanted, failed) && ask_less()) {
    failed.clear();
    std::erase_if(wanted, [](const Work* work) { return work->is_listed; });
  }
  for (Work* work : failed) {
    const Examined examined = examine(work->plan.name);
    work->plan.failure = examined.failure;
    work->is_busy = examined.is_busy;
    work->plan.messages = examined.messages;
    work->plan.epoch = examined.epoch;
    work->uid_next = examined.uid_next;
    work->highest_modseq = examined.highest_modseq;
  }
}

/// Leaves out the items of one more extension. @return false if there is none left.
bool Engine::ask_less() {
  if (session_.has_capability("OBJECTID") || asks_sizes_) {
    session_.distrust("OBJECTID");
    asks_sizes_ = false;
    return true;
  }
  return std::exchange(has_condstore_, false);
}

/// @param refused  Gets those of which nothing was told.
/// @return         false if the first answers called the command bad: no more of them were asked then.
bool Engine::ask_status_of(const std::vector<Work*>& works, std::vector<Work*>& refused) {
  struct Asked {
    std::string tag;
    Work* work;
  };
  std::deque<Asked> in_flight;
  bool is_understood = false;
  bool is_bad = false;
  const auto read_one = [&] {
    Response response = session_.read();
    if (const auto* status = std::get_if<MailboxStatus>(&response)) {
      const std::string name = received_name(status->name);
      for (Asked& asked : in_flight) {
        const std::string& raw = asked.work->plan.name.raw;
        const bool is_inbox = base::equal_ignoring_case(raw, "INBOX") && base::equal_ignoring_case(name, raw);
        if (asked.work->is_listed || (name != raw && !is_inbox)) continue;
        take_status(*asked.work, *status);
        break;
      }
    } else if (const auto* answer = std::get_if<Tagged>(&response)) {
      const auto asked = std::find_if(in_flight.begin(), in_flight.end(),
                                      [&](const Asked& candidate) { return candidate.tag == answer->tag; });
      if (asked == in_flight.end()) return;
      is_bad = is_bad || answer->status.kind == Status::Kind::bad;
      is_understood = is_understood || answer->status.kind != Status::Kind::bad;
      if (answer->status.kind != Status::Kind::ok || !asked->work->is_listed) refused.push_back(asked->work);
      in_flight.erase(asked);
    }
  };
  for (Work* work : works) {
    Command command{"STATUS "};
    command.add_string(sent_name(work->plan.name)).add(fmt::format(" ({})", status_items()));
    const bool has_literal = command.has_literal() && command.pieces()[1].is_literal;
    const std::size_t room = has_literal || (is_wary_ && !is_understood) ? 1 : kStatusDepth;
    while (in_flight.size() >= room) read_one();
    if (is_bad && !is_understood) {
      refused.push_back(work);
      continue;
    }
    in_flight.push_back({session_.send(command), work});
    if (has_literal) {
      while (!in_flight.empty()) read_one();
    }
  }
  while (!in_flight.empty()) read_one();
  is_wary_ = is_wary_ || is_bad;
  return is_understood || !is_bad;
}

Engine::Works Engine::survey(bool for_fetching) {
  Works works = list_mailboxes(for_fetching);
  for (Work& work : works) {
    if (work.plan.name.raw.find('\0') != std::string::npos)
      work.plan.failure = "its name has a NUL, which no command can carry";
  }
  ask_status(works);
  for (Work& work : works) {
    if (work.plan.failure.empty() && work.plan.epoch.uid_validity == 0) {
      work.plan.failure = kNoUidValidity;
    }
  }
  return works;
}

std::vector<MailboxPlan> Engine::list() {
  asks_sizes_ = session_.has_capability("STATUS=SIZE");
  std::vector<MailboxPlan> plans;
  for (Work& work : survey(false)) plans.push_back(std::move(work.plan));
  return plans;
}

/// What EXAMINE and SEARCH tell of a mailbox, where they agree.
MailboxUids Engine::uids_of(const MailboxPlan& plan) {
  MailboxUids mailbox{plan.name, plan.epoch, {}, plan.failure};
  if (!mailbox.failure.empty()) return mailbox;
  const Examined examined = examine(plan.name);
  mailbox.epoch = examined.epoch;
  mailbox.failure = examined.failure;
  if (!mailbox.failure.empty()) return mailbox;
  if (examined.epoch.uid_validity == 0) {
    mailbox.failure = kNoUidValidity;
  } else if (!examined.tells_messages) {
    mailbox.failure = "EXAMINE does not tell how many messages it has";
  } else if (examined.messages > 0) {
    auto uids = search_all(session_);
    if (!uids) {
      mailbox.failure = "the server refuses to search it";
    } else if (uids->size() < examined.messages) {
      mailbox.failure =
          fmt::format("the server has {} messages and lists {}", examined.messages, uids->size());
    } else {
      mailbox.uids = std::move(*uids);
    }
  }
  return mailbox;
}

std::optional<std::vector<Quota>> Engine::quotas() {
  const auto& names = session_.capabilities();
  const bool is_offered = std::any_of(names.begin(), names.end(), [](const std::string& name) {
    return base::starts_with_ignoring_case(name, "QUOTA");  // QUOTA, QUOTA=RES-STORAGE
  });
  if (!is_offered) return std::nullopt;
  std::vector<Quota> quotas;
  const Status status = session_.run(Command{"GETQUOTAROOT \"INBOX\""}, [&](const Response& response) {
    const auto* told = std::get_if<QuotaTold>(&response);
    if (told == nullptr) return;
    for (const auto& [name, usage, limit] : told->resources)
      quotas.push_back({base::printable(told->root), base::printable(name), usage, limit});
  });
  if (status.kind != Status::Kind::ok) return std::nullopt;
  return quotas;
}

bool Engine::is_left_out(const MailboxName& mailbox) const {
  return options_.mailboxes.empty() && is_others(mailbox, namespaces_);
}

std::string Engine::list_failure() const {
  return is_inbox_enough(options_.mailboxes) ? std::string{} : list_failure_;
}

void Engine::for_each_mailbox(AccountSink&, const std::function<void(const MailboxUids&)>& take) {
  const Works works = survey(true);
  for (const Work& work : works) take(uids_of(work.plan));
  session_.log_out();
}

Engine::Examined Engine::examine(const MailboxName& name) {
  if (selected_ && is_same_mailbox(*selected_, name)) return selected_state_;
  selected_.reset();
  Examined examined;
  Command command{"EXAMINE "};
  command.add_string(sent_name(name));
  if (has_condstore_ && !has_qresync_) command.add(" (CONDSTORE)");
  const Status status = session_.run(command, [&](const Response& response) {
    if (const auto* exists = std::get_if<Exists>(&response)) {
      examined.messages = exists->messages;
      examined.tells_messages = true;
    }
    if (const auto* note = std::get_if<Status>(&response)) {
      if (note->has_code("UIDVALIDITY")) examined.epoch = {clamped(note->code_number().value_or(0))};
      if (note->has_code("UIDNEXT")) examined.uid_next = note->code_number();
      if (note->has_code("HIGHESTMODSEQ") && note->code_number().value_or(0) > 0)
        examined.highest_modseq = note->code_number();
      if (note->has_code("MAILBOXID")) examined.object_id = note->code_object_id();
    }
  });
  if (status.kind != Status::Kind::ok) {
    examined.failure = "EXAMINE was refused: " + describe(status);
    examined.is_busy = throttle_of(status).has_value();
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

/// Asked for once something is to be brought: an account in which nothing has changed is spared the round
/// trip.
void Engine::compress() {
  if (std::exchange(is_compression_asked_, true) || !options_.compress) return;
  if (session_.has_capability("COMPRESS=DEFLATE")) session_.compress();
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
  MailboxState state = sink.state(work.plan.name, work.plan.epoch);
  base::UidSet missing = missing_of(state.held);
  work.holes = state.holes;
  work.accepted = state.accepted;
  work.held = work.plan.messages;
  const auto interval = work.highest_modseq ? kCompareIntervalWithModseq : kCompareInterval;
  const bool is_due = !state.held.empty() &&
                      (options_.compares_all || !state.since_compared || *state.since_compared >= interval);
  if (work.uid_next.value_or(0) > 0)
    work.server = ServerState{*work.uid_next, work.plan.messages, work.unseen, work.highest_modseq};
  const bool is_empty = work.plan.messages == 0 && state.stored.empty();
  // Nothing tells that a flag has changed but the number of unseen messages; what is in INBOX changes most.
  const bool is_watched = !work.highest_modseq && work.plan.name.name == "INBOX" && !state.stored.empty();
  if (missing.empty() && !is_due && !is_watched && !state.former && work.server &&
      (is_empty || state.server == work.server)) {
    work.is_unchanged = true;
    return;
  }

  compress();
  const Examined examined = examine(work.plan.name);
  work.plan.failure = examined.failure;
  work.is_busy = examined.is_busy;
  if (examined.failure.empty() && examined.epoch.uid_validity == 0) {
    work.plan.failure = kNoUidValidity;
  }
  if (!work.plan.failure.empty()) return;
  if (examined.object_id) work.plan.name.object_id = examined.object_id;  // what STATUS says may be wrong
  if (examined.uid_next.value_or(0) > work.uid_next.value_or(0)) work.uid_next = examined.uid_next;
  if (examined.epoch.uid_validity != work.plan.epoch.uid_validity) {
    work.plan.epoch = examined.epoch;
    work.uid_next = examined.uid_next;
    work.server.reset();  // was said of another epoch
    state = sink.state(work.plan.name, work.plan.epoch);
    work.holes = state.holes;
    work.accepted = state.accepted;
  }
  work.former = state.former;
  work.was_synced = state.server.has_value();
  work.is_known = work.server && state.server == work.server;
  work.plan.messages = examined.messages;
  missing = missing_of(state.held);
  work.is_compared = state.held.empty() && !work.is_known;
  if (examined.messages == 0 && (!examined.tells_messages || (work.server && work.server->messages > 0))) {
    // Neither is believed: what is taken for absent or gone here would not be asked for again.
    work.plan.failure =
        work.server && work.server->messages > 0
            ? fmt::format("STATUS tells of {} messages and EXAMINE of none", work.server->messages)
            : "EXAMINE does not tell how many messages it has";
    return;
  }
  if (examined.messages == 0) {
    // Some servers answer BAD to any FETCH in an empty mailbox; there is nothing to ask.
    if (work.uid_next.value_or(0) > 0) work.absent = missing;
    work.held = 0;
    if (work.server) work.gone = state.stored;  // STATUS has said so too
    work.is_whole = work.server.has_value();
    return;
  }
  work.is_whole = missing.empty() && state.stored.size() >= examined.messages;
  if (!missing.empty()) list_missing(work, missing, examined.messages, state.stored.size());
  const bool has_stored = !state.stored.empty();
  if (work.plan.failure.empty() && (has_stored || work.messages.size() < examined.messages))
    plan_changes(work, state, is_due);
  if (work.former && work.plan.failure.empty()) recognise_former(work, sink);
}

/// The UIDVALIDITY has changed: most of what is missing lies here under another UID.
void Engine::recognise_former(Work& work, AccountSink& sink) {
  work.listed = work.plan.missing;
  auto news = work.listed;
  news.remove(work.holes);  // a run before has looked for them: not every run reads all journals and files
  if (news.empty()) return;
  const auto former = sink.former(work.plan.name, work.plan.epoch);
  if (!former) return;
  if (const auto failure = list_former(session_, work.listed, *former); !failure.empty()) {
    log_.warn("{}: asking for the Message-IDs was refused: {}", base::printable(work.plan.name.name),
              failure);
  }
  work.recognised = former->recognised();
  base::UidSet known;
  for (const Recognised& message : work.recognised) known.add(message.uid);
  std::erase_if(work.messages, [&](const Announced& message) {
    if (!known.contains(message.uid)) return false;
    work.plan.missing_octets -= message.octets;
    return true;
  });
  work.plan.missing.remove(known);
}

/// Tells the sink what lies here under another name or in another mailbox; what does not is left to be
/// fetched.
void Engine::place(Work& work, MessageSink& sink, MailboxSink& mailbox, FetchReport& report) {
  const auto add_up = [&] {
    const auto placed = mailbox.changes().placed;
    report.recognised += placed;
    work.held += placed;
  };
  try {
    place_all(work, sink, mailbox);
  } catch (...) {
    add_up();
    throw;
  }
  add_up();
}

void Engine::place_all(Work& work, MessageSink& sink, MailboxSink& mailbox) {
  if (!work.recognised.empty()) {
    const auto lost = place_recognised(session_, mailbox, work.recognised);
    for (const Recognised& message : work.recognised) {
      if (lost.contains(message.uid)) work.messages.push_back({message.uid, 0});
    }
    std::sort(work.messages.begin(), work.messages.end(),
              [](const Announced& left, const Announced& right) { return left.uid < right.uid; });
  }
  if (!work.messages.empty() && has_ids(session_) && sink.has_ids()) {
    base::UidSet uids;
    for (const Announced& message : work.messages) uids.add(message.uid);
    const auto left = place_by_id(session_, sink, mailbox, uids);
    std::erase_if(work.messages, [&](const Announced& message) { return !left.contains(message.uid); });
  }
}

/// What was not found again is gone, but only if nothing is left that it could be. A server that is being
/// restored has few messages yet: most of a mailbox is gone only if a run has looked at it before, this one
/// has found nothing more, and a search agrees.
bool Engine::finish_former(Work& work, MailboxSink& mailbox) {
  auto lacking = work.listed;
  lacking.remove(mailbox.held());
  lacking.remove(work.accepted);
  if (!work.is_whole || !lacking.empty()) return false;
  const auto recognised = std::min(work.former->messages, work.changes.renumbered);
  const auto left = work.former->messages - recognised;
  const bool is_most = 2 * left > work.former->messages;
  if (is_most && (!work.was_synced || recognised > 0 || !has_nothing_else(work, mailbox))) return false;
  mailbox.former_gone();
  return true;
}

/// Whether all that a search finds is held, or known not to be had.
bool Engine::has_nothing_else(const Work& work, const MailboxSink& mailbox) {
  if (!examine(work.plan.name).failure.empty()) return false;
  if (work.plan.messages == 0) return true;  // both STATUS and EXAMINE say so, and some answer BAD then
  auto existing = search_all(session_);
  if (!existing || existing->empty()) return false;
  existing->remove(mailbox.held());
  existing->remove(work.accepted);
  return existing->empty();
}

void Engine::note_former(const Work& work, const ChangeCounts& end, bool is_all_here, FetchReport& report) {
  const auto recognised = work.changes.renumbered;
  const auto left = work.former->messages - std::min(work.former->messages, recognised + end.gone);
  const auto what = work.former->uid_validity == 0
                        ? std::string{"of the adopted messages"}
                        : fmt::format("UIDVALIDITY changed from {} to {}", work.former->uid_validity,
                                      work.plan.epoch.uid_validity);
  auto note =
      fmt::format("{}: {}: {} messages recognised, {} new, {} gone", base::printable(work.plan.name.name),
                  what, recognised, work.listed.size() - std::min(work.listed.size(), recognised), end.gone);
  if (!is_all_here) note += fmt::format(", {} to be looked for in the next run", left);
  log_.info("{}", note);
  report.notes.push_back(std::move(note));
}

/// What became of the messages that are held.
void Engine::plan_changes(Work& work, const MailboxState& state, bool is_due) {
  const auto modseq = state.server ? state.server->highest_modseq : std::nullopt;
  // One that is new, or went back as after a restored backup, tells nothing of what was before.
  const bool is_restart = work.highest_modseq && (!modseq || *work.highest_modseq < *modseq);
  const bool compares_all = (is_due || is_restart) && compare_budget_ >= state.stored.size();
  Comparison news;
  if (compares_all) {
    compare_budget_ -= state.stored.size();
    news = compare_flags(session_, "1:*", std::nullopt, state.stored, flag_room_);
  } else if (modseq && work.highest_modseq) {
    // Not `1:*`: Cyrus leaves out what vanished above the last message that is there.
    if (*modseq != *work.highest_modseq)
      news = compare_flags(session_, "1:4294967295", ChangesSince{*modseq, has_qresync_}, state.stored,
                           flag_room_);
  } else if (!state.stored.empty()) {
    const auto newest = state.stored.greatest(kRecentMessages);
    news = compare_flags(session_, fmt::format("{}:{}", newest.min(), newest.max()), std::nullopt,
                         state.stored, flag_room_);
  }
  if (!news.failure.empty()) {
    log_.warn("{}: {}", base::printable(work.plan.name.name), news.failure);
    work.server.reset();
  }
  work.flags = std::move(news.flags);
  work.labels = std::move(news.labels);
  if (!news.has_all_labels)
    log_.warn("{}: too many combinations of labels: some are not followed",
              base::printable(work.plan.name.name));
  if (compares_all && news.failure.empty() && news.seen.size() >= work.plan.messages) {
    compare_sets(work, state, news.seen);
    work.is_compared = true;
    return;
  }
  // A vanished message leaves its folder; a server that errs with most of a mailbox must not empty it.
  const bool is_believed = 2 * news.vanished.size() <= state.stored.size();
  if (is_believed) work.gone = std::move(news.vanished);
  const auto expected = state.stored.size() - work.gone.size() + work.messages.size();
  if (is_believed && expected == work.plan.messages) return;
  const auto existing = search_all(session_);
  if (!existing || existing->size() < work.plan.messages) {
    log_.warn(
        "{}: the server has {} messages, {} should be there, and it does not list all: no message is taken "
        "for gone",
        base::printable(work.plan.name.name), work.plan.messages, expected);
    work.gone = {};
    work.server.reset();
    return;
  }
  compare_sets(work, state, *existing);
}

/// Takes all that exists for what there is: what is held and not among it is gone, what was thought to be
/// absent and is there is fetched.
void Engine::compare_sets(Work& work, const MailboxState& state, const base::UidSet& existing) {
  work.gone = state.stored;
  work.gone.remove(existing);
  // The listing left them out: not absent, and the next run asks once more.
  if (const auto shown = base::intersection(existing, work.absent); !shown.empty()) {
    work.absent.remove(shown);
    work.server.reset();
  }
  for (auto& [flags, uids] : work.flags) uids.remove(work.gone);
  for (auto& [labels, uids] : work.labels) uids.remove(work.gone);
  base::UidSet back = base::intersection(existing, state.held);
  back.remove(state.stored);
  if (back.empty()) return;
  log_.warn("{}: {} messages are there that were not", base::printable(work.plan.name.name), back.size());
  Work more;
  more.plan.name = work.plan.name;
  more.uid_next = std::uint64_t{back.max()} + 1;
  list_missing(more, back, existing.size(), existing.size() - back.size());
  if (!more.plan.failure.empty()) work.server.reset();
  work.back = more.plan.missing;
  work.messages.insert(work.messages.end(), more.messages.begin(), more.messages.end());
  std::sort(work.messages.begin(), work.messages.end(),
            [](const Announced& left, const Announced& right) { return left.uid < right.uid; });
  work.plan.missing.add(more.plan.missing);
  work.plan.missing_octets += more.plan.missing_octets;
  work.plan.too_large += more.plan.too_large;
}

/// Asks which of the missing UIDs exist, and how large their messages are said to be.
void Engine::list_missing(Work& work, const base::UidSet& missing, std::uint64_t messages,
                          std::uint64_t held) {
  const bool is_open = work.uid_next.value_or(0) == 0;  // UIDNEXT unknown: the last range ends at `*`
  std::vector<std::string> chunks = sequence_set_chunks(missing);
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

  std::vector<Announced> listed;
  const auto take = [&](const Fetched& fetched) {
    // `n:*` brings the last message even if its UID is below n (RFC 3501 §6.4.8).
    // Those between that are held count as well: one command asks for all from end to end.
    if (*fetched.uid < missing.min() || *fetched.uid > missing.max()) return false;
    if (!missing.contains(*fetched.uid)) return true;
    if (listed.size() == kMaxListed) throw ProtocolError{"the server lists too many messages"};
    listed.push_back({*fetched.uid, clamped(fetched.size.value_or(0))});
    return true;
  };
  const auto refusal = fetch_items(session_, std::move(chunks), "UID RFC822.SIZE",
                                   std::min<std::uint64_t>(messages, kMaxUid), take);
  if (refusal) {
    work.plan.failure = "listing its messages was refused: " + describe(*refusal);
    work.is_busy = throttle_of(*refusal).has_value();
    return;
  }

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
    work.is_whole = true;
    work.absent = is_open ? up_to(missing, existing.empty() ? 0 : existing.max()) : missing;
    work.absent.remove(existing);
  }
  work.plan.missing = std::move(existing);
  for (const Announced& message : listed) {
    if (options_.max_message_size && message.octets > *options_.max_message_size) {
      ++work.plan.too_large;
    } else {
      work.plan.missing_octets += message.octets;
    }
  }
  work.messages = std::move(listed);
}

Setbacks::key_type Engine::setback_key(const Work& work) {
  return {work.plan.name.levels, work.plan.epoch.uid_validity};
}

void Engine::work_off(Work& work, MessageSink& sink, FetchObserver& observer, FetchReport& report) {
  if (work.plan.failure.empty() && !options_.only_plans) fetch_missing(work, sink, observer, report);
  work.plan.missing = {};
}

void Engine::tell(const Work& work, FetchReport& report) {
  if (work.plan.failure.empty()) {
    report.held += work.held;
  } else {
    const std::string text = base::printable(work.plan.name.name) + ": " + work.plan.failure;
    log_.debug("{}", text);  // whoever gets the report tells it
    report.failed_mailboxes.push_back(text);
  }
}

/// Once everything new is here, so that a message that was moved on the server is stored in its new place
/// before it leaves the old one.
void Engine::finish(Work& work, AccountSink& sink, FetchReport& report) {
  if (!work.plan.failure.empty()) return;
  if (work.is_unchanged) return sink.unchanged(work.plan.name);
  const bool is_news = work.server && (work.is_compared || !work.is_known);
  if (!is_news && work.flags.empty() && work.labels.empty() && work.gone.empty() && !work.former) {
    if (work.is_known) sink.unchanged(work.plan.name);
    return;
  }
  const auto mailbox = sink.open(work.plan.name, work.plan.epoch);
  for (const auto& [flags, uids] : work.flags) {
    if (!uids.empty()) mailbox->flags(uids, flags);
  }
  for (const auto& [labels, uids] : work.labels) {
    if (!uids.empty()) mailbox->labels(uids, labels);
  }
  if (!work.gone.empty()) mailbox->gone(work.gone);
  const bool is_all_here = work.former && finish_former(work, *mailbox);
  if (is_news) mailbox->synced(*work.server, work.is_compared);
  mailbox->commit();
  if (work.former) note_former(work, mailbox->changes(), is_all_here, report);
  report.flags_changed += mailbox->changes().flags_changed;
  report.labels_changed += mailbox->changes().labels_changed;
  report.gone += mailbox->changes().gone;
}

void Engine::fetch_missing(Work& work, MessageSink& sink, FetchObserver& observer, FetchReport& report) {
  auto& setback = setbacks_[setback_key(work)];
  std::erase_if(work.messages,
                [&](const Announced& message) { return setback.given_up.contains(message.uid); });
  if (work.messages.empty() && work.absent.empty() && work.recognised.empty()) return;
  if (!work.messages.empty() || !work.recognised.empty()) {
    const Examined examined = examine(work.plan.name);
    if (!examined.failure.empty()) {
      work.plan.failure = examined.failure;
      work.is_busy = examined.is_busy;
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
  if (!work.back.empty()) mailbox->back(work.back);
  if (!work.absent.empty()) {
    mailbox->absent(work.absent);
    mailbox->commit();
  }
  place(work, sink, *mailbox, report);
  setback.suspects.add(work.holes);
  setback.accepted = work.accepted;
  Download download{session_, identity_, *mailbox, observer, options_, work.plan.name.name,
                    setback,  patience_, log_};
  try {
    download.run(std::move(work.messages));
  } catch (...) {
    report += download.result();
    throw;
  }
  report += download.result();
  work.changes = mailbox->changes();
  log_.info("{}: {} messages fetched, {} octets, {} holes", base::printable(work.plan.name.name),
            download.result().fetched, download.result().octets, download.result().holes);
}

/// Works mailboxes off, each by the first connection that is free.
void Engine::spread(Works::iterator first, Works::iterator last, AccountSink& sink, FetchObserver& observer,
                    FetchReport& report, const Hire& hire) {
  const auto needs_fetching = [](const Work& work) {
    return work.plan.failure.empty() && !work.messages.empty();
  };
  const auto tasks = static_cast<std::uint64_t>(std::count_if(first, last, needs_fetching));
  const auto connections = hire && !options_.only_plans ? std::min(options_.connections, tasks) : 1;
  if (connections <= 1) {
    for (; first != last; ++first) work_off(*first, sink, observer, report);
    return;
  }
  // Before the others ask what is held of it.
  if (has_all_mail(session_, first->attributes)) work_off(*first++, sink, observer, report);
  SharedSink shared_sink{sink};
  SharedObserver shared_observer{observer};
  for (auto work = first; work != last; ++work) setbacks_[setback_key(*work)];  // no thread adds any
  std::mutex mutex;
  std::exception_ptr failure;
  const auto next_work = [&]() -> Work* {
    const std::lock_guard lock{mutex};
    return failure || first == last ? nullptr : &*first++;
  };
  const auto work_on = [&](Engine& engine) {
    FetchReport part;
    std::exception_ptr thrown;
    try {
      while (Work* work = next_work()) engine.work_off(*work, shared_sink, shared_observer, part);
    } catch (...) {
      thrown = std::current_exception();
    }
    const std::lock_guard lock{mutex};
    if (thrown && !failure) failure = thrown;
    report += part;
  };
  const auto work_on_another = [&] {
    try {
      const auto hired = hire();
      auto& engine = static_cast<Engine&>(*hired);  // of the same account
      engine.settle();
      engine.compress();
      work_on(engine);
      engine.session_.log_out();
    } catch (const std::exception& error) {
      log_.warn("one connection less: {}", error.what());  // the others do its work
    }
  };
  std::vector<std::thread> threads;
  try {
    while (threads.size() + 1 < connections) threads.push_back(base::quiet_thread(work_on_another));
  } catch (const std::system_error& error) {
    log_.warn("{} connections less: {}", connections - 1 - threads.size(), error.what());
  }
  work_on(*this);
  for (auto& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
}

void Engine::fetch(AccountSink& sink, FetchObserver& observer, FetchReport& report, const Hire& hire) {
  Works works = survey(true);
  report.mailboxes = works.size();
  report.left_out = left_out_;
  if (const auto failure = list_failure(); !failure.empty())
    report.failed_mailboxes.push_back("the list of mailboxes: " + failure + "; only INBOX was tried");
  if (!options_.only_plans) follow_mailboxes(works, sink, report);
  // All at once, so that one sees what is to come; but lists of messages are not piled up without end.
  for (auto first = works.begin(); first != works.end();) {
    const auto last = plan_some(first, works.end(), sink);
    std::vector<MailboxPlan> plans;
    for (auto work = first; work != last; ++work) plans.push_back(work->plan);
    observer.planned(plans);
    plans = {};
    spread(first, last, sink, observer, report, hire);
    for (; first != last; ++first) {
      if (!first->is_busy) tell(*first, report);
    }
  }
  work_off_busy(works, sink, observer, report);
  for (Work& work : works) {
    if (!options_.only_plans) finish(work, sink, report);
  }
  session_.log_out();
}

/// Mailboxes that the server was too busy to open have had some time, and get some more: then they fail.
void Engine::work_off_busy(Works& works, AccountSink& sink, FetchObserver& observer, FetchReport& report) {
  const auto is_busy = [](const Work& work) { return work.is_busy; };
  const auto first = std::find_if(works.begin(), works.end(), is_busy);
  if (first == works.end()) return;
  patience_.rest(base::printable(first->plan.name.name) + ": " + first->plan.failure, 0);
  for (auto work = first; work != works.end(); work = std::find_if(work, works.end(), is_busy)) {
    work->plan.failure.clear();
    plan(*work, sink);
    observer.planned({work->plan});
    work_off(*work, sink, observer, report);
    work->is_busy = false;
    tell(*work, report);
  }
}

/// Plans mailboxes from `first` on, all if their missing messages are not too many. @return behind the last.
Engine::Works::iterator Engine::plan_some(Works::iterator first, Works::iterator end, AccountSink& sink) {
  std::size_t messages = 0;
  for (; first != end && messages < kMaxPlanned; ++first) {
    if (first->plan.failure.empty()) plan(*first, sink);
    messages += first->messages.size() + first->recognised.size();
  }
  return first;
}

}  // namespace mailspoor::fetch::imap
