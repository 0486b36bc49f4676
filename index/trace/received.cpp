#include "index/trace/received.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "deliver/base/ascii.hpp"
#include "deliver/base/text.hpp"
#include "index/trace/ip_address.hpp"
#include "index/trace/received_comment.hpp"
#include "index/trace/received_marks.hpp"
#include "index/trace/received_tokens.hpp"

namespace mailspoor::index {
namespace {

using base::equal_ignoring_case;
using base::is_blank;
using base::is_digit;
using base::starts_with_ignoring_case;
using Kind = ReceivedToken::Kind;

/// What anybody writes is shorter: a domain has 255 octets, a path 256, a Message-ID fits in a line.
constexpr std::size_t kMaxValueOctets = 1'000;
constexpr std::size_t kMaxClauseWords = 16;
/// Of the semicolons, and of the words a date could begin with, so many are tried, the last first.
constexpr int kMaxDates = 16;
constexpr std::size_t kMaxDateWords = 10;
constexpr std::size_t kMaxDateWordOctets = 40;

enum class Clause { none, from, by, via, with, id, for_recipient, envelope_from, tls, count };

Clause clause_of(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, Clause>, 9> kWords{
      {{"from", Clause::from},
       {"by", Clause::by},
       {"via", Clause::via},
       {"with", Clause::with},
       {"id", Clause::id},
       {"for", Clause::for_recipient},
       {"envelope-from", Clause::envelope_from},
       {"envelope-sender", Clause::envelope_from},
       {"tls", Clause::tls}}};
  for (const auto& [name, clause] : kWords) {
    if (equal_ignoring_case(word, name)) return clause;
  }
  return Clause::none;
}

struct Comment {
  Clause clause;
  Words words;
  bool is_attached;
  bool is_in_front;  ///< Of all words of its clause.
};

std::string joined(const Words& words) {
  std::string text;
  for (const auto word : words) {
    if (!text.empty()) text += ' ';
    text += word.substr(0, kMaxValueOctets);
  }
  return text;
}

/// `(using TLS)`, `(encrypted)`, `(Google Transport Security)`, `with STARTTLS`.
bool speaks_of_tls(const Words& words) {
  return std::any_of(words.begin(), words.end(), [](std::string_view word) {
    return starts_with_ignoring_case(word, "TLS") || starts_with_ignoring_case(word, "SSL") ||
           starts_with_ignoring_case(word, "STARTTLS") || starts_with_ignoring_case(word, "encrypt") ||
           equal_ignoring_case(word, "Security");
  });
}

std::string_view first_of(const Words& words) { return words.empty() ? std::string_view{} : words.front(); }

/// A name as its owner spells it, but for the comma or the root's dot behind it.
std::string_view host_of(std::string_view word) {
  while (word.size() > 1 && (word.back() == '.' || word.back() == ',')) word.remove_suffix(1);
  return word;
}

/// A name that qmail has made safe: `?192.0.2.1?` was `[192.0.2.1]`.
std::string announced_name(std::string_view word) {
  const bool is_masked = word.size() > 2 && word.front() == '?' && word.back() == '?' &&
                         parse_ip_address(word.substr(1, word.size() - 2));
  if (!is_masked) return std::string{word};
  return "[" + std::string{word.substr(1, word.size() - 2)} + "]";
}

bool is_month(std::string_view word) {
  constexpr std::string_view kMonths = "janfebmaraprmayjunjulaugsepoctnovdec";
  if (word.size() < 3) return false;
  const auto at = kMonths.find(base::to_lower(word.substr(0, 3)));
  return at != std::string_view::npos && at % 3 == 0;
}

bool is_day_name(std::string_view word) {
  constexpr std::string_view kDays = "sunmontuewedthufrisat";
  if (!word.empty() && word.back() == ',') word.remove_suffix(1);
  if (word.size() < 3 || word.size() > 9) return false;
  const auto at = kDays.find(base::to_lower(word.substr(0, 3)));
  return at != std::string_view::npos && at % 3 == 0;
}

/// `2023-09-05`, or a day in front of a month.
bool begins_date(std::string_view word, std::string_view next) {
  if (is_day_name(word)) return true;
  if (word.empty() || !is_digit(word[0])) return false;
  return (word.size() >= 10 && word[4] == '-' && word[7] == '-') || (word.size() <= 2 && is_month(next));
}

/// `8.17.1/8.17.1`, `8.12.8/8.12.8/Submit`: sendmail's own version and that of its configuration.
bool is_sendmail_version(std::string_view word) {
  const auto slash = word.find('/');
  return slash != std::string_view::npos && slash > 2 && is_digit(word[0]) && word[1] == '.' &&
         slash + 1 < word.size() && is_digit(word[slash + 1]);
}

bool is_local_protocol(std::string_view with) { return starts_with_ignoring_case(with, "local"); }
bool is_web_protocol(std::string_view with) { return starts_with_ignoring_case(with, "HTTP"); }
bool is_fetch_protocol(std::string_view with) {
  return starts_with_ignoring_case(with, "POP3") || starts_with_ignoring_case(with, "IMAP");
}

class ReceivedReader {
 public:
  explicit ReceivedReader(std::string_view field_body) : split_{split_received(field_body)} {
    hop_.raw = base::to_valid_utf8(field_body);
  }

  Hop read() {
    sort_into_clauses();
    if (split_.is_unbalanced) hop_.defects.emplace_back("a parenthesis without its partner");
    if (split_.is_cut) hop_.defects.emplace_back("more than 2,000 words: of the rest only the date was read");
    hop_.has_clause = has_any_clause();
    hop_.date = date();
    if (!hop_.date) hop_.defects.emplace_back("no readable date");
    read_plain_clauses();
    read_session();
    find_software();
    read_from();
    if (!hop_.has_clause && !hop_.software) hop_.defects.emplace_back("no clause");
    return std::move(hop_);
  }

 private:
  // --- clauses: their words stand outside comments, quotes and brackets

  void sort_into_clauses() {
    for (std::size_t index = 0; index < split_.tokens.size(); ++index) {
      const auto& token = split_.tokens[index];
      switch (token.kind) {
        case Kind::semicolon:
          // One in the announced name must not hide the peer behind it.
          if (clause_ != Clause::from || has(Clause::by)) clause_ = Clause::none;
          is_behind_semicolon_ = true;
          break;
        case Kind::comment:
          comments_.push_back({clause_, words_in_comment(token.text), token.is_attached,
                               words_[static_cast<std::size_t>(clause_)].empty()});
          if (clause_ == Clause::with && !words(Clause::with).empty()) clause_ = Clause::none;
          break;
        case Kind::word:
          take_word(index);
          break;
      }
    }
    if (has(Clause::from) || has(Clause::by)) return;
    words_[static_cast<std::size_t>(Clause::from)].clear();  // it was no name
    for (auto& comment : comments_) comment.clause = Clause::none;
  }

  void take_word(std::size_t index) {
    const auto word = split_.tokens[index].text;
    const auto clause = clause_of(word);
    if (clause != Clause::none && begins_clause(clause, index)) {
      begin(clause);
      return;
    }
    auto& values = words_[static_cast<std::size_t>(clause_)];
    switch (clause_) {
      case Clause::none:
        take_loose_word(word);
        return;
      case Clause::from:
        if (is_late_from_ || (values.empty() && word.front() == '<')) {
          take_late_from(word);
          return;
        }
        break;
      case Clause::with:
      case Clause::via:
        if (!values.empty() && begins_date(word, next_word(index))) {
          clause_ = Clause::none;
          return;
        }
        break;
      case Clause::by:
        break;
      default:  // one word is all that belongs to it
        values.push_back(word);
        clause_ = Clause::none;
        return;
    }
    if (values.size() < kMaxClauseWords) values.push_back(word);
  }

  /// A peer may announce itself as `by`, and `TLS` be a protocol.
  bool begins_clause(Clause clause, std::size_t index) const {
    if (clause == Clause::tls) return !words(Clause::with).empty();
    const bool awaits_name =
        clause_ == Clause::from && has(Clause::from) && !is_late_from_ && words(Clause::from).empty();
    const bool has_comment_behind =
        index + 1 < split_.tokens.size() && split_.tokens[index + 1].kind == Kind::comment;
    return !awaits_name || clause == Clause::from || !has_comment_behind;
  }

  /// Of two clauses of a kind the first counts: a later one is `with STARTTLS`, or the sender's `from <E>`.
  void begin(Clause clause) {
    auto& is_there = has_[static_cast<std::size_t>(clause)];
    is_late_from_ = is_there && clause == Clause::from;
    clause_ = is_there && !is_late_from_ ? Clause::none : clause;
    if (!is_there && clause == Clause::from) words_[static_cast<std::size_t>(clause)].clear();
    is_there = true;
  }

  /// `from <E>` behind the other clauses, or in place of the first `from`, names the envelope's sender. Smail
  /// writes the peer so: `from H from [I] by B`.
  void take_late_from(std::string_view word) {
    const auto peer = has(Clause::by) ? std::nullopt : parse_peer_address(word);
    if (peer && peer->is_bracketed) words_[static_cast<std::size_t>(Clause::from)].push_back(word);
    const bool is_path = word.front() == '<' || word.find('@') != std::string_view::npos;
    if (is_path && !hop_.envelope_from) set(hop_.envelope_from, without_angle_brackets(word));
    clause_ = Clause::none;
  }

  void take_loose_word(std::string_view word) {
    if (!has_any_clause() && !is_behind_semicolon_) {  // smap has been seen without `from`
      words_[static_cast<std::size_t>(Clause::from)].push_back(word);
      clause_ = Clause::from;
    }
    if (starts_with_ignoring_case(word, "auth=")) has_auth_word_ = true;
    if (has_auth_word_ && starts_with_ignoring_case(word, "user=")) set(hop_.auth_user, word.substr(5));
    if (const auto sender = envelope_sender({word})) set(hop_.envelope_from, *sender);
  }

  std::string_view next_word(std::size_t index) const {
    const auto& tokens = split_.tokens;
    return index + 1 < tokens.size() && tokens[index + 1].kind == Kind::word ? tokens[index + 1].text
                                                                             : std::string_view{};
  }
  bool has_any_clause() const {
    return std::any_of(has_.begin(), has_.end(), [](bool has) { return has; });
  }
  bool has(Clause clause) const { return has_[static_cast<std::size_t>(clause)]; }
  const Words& words(Clause clause) const { return words_[static_cast<std::size_t>(clause)]; }

  // --- the date

  /// Behind the last semicolon that has one behind it; SendGrid leaves the semicolon out.
  std::optional<DateTime> date() const {
    const auto& tokens = split_.tokens;
    int tries = 0;
    for (auto index = tokens.size(); index-- > 0 && tries < kMaxDates;) {
      if (tokens[index].kind != Kind::semicolon) continue;
      ++tries;
      if (const auto found = parse_date_time(date_text(index + 1))) return found;
    }
    tries = 0;
    for (auto index = tokens.size(); index-- > 0 && tries < kMaxDates;) {
      if (tokens[index].kind != Kind::word) continue;
      if (!begins_date(tokens[index].text, next_word(index))) continue;
      ++tries;
      if (const auto found = parse_date_time(date_text(index))) return found;
    }
    return std::nullopt;
  }

  std::string date_text(std::size_t index) const {
    std::string text;
    std::size_t count = 0;
    for (; index < split_.tokens.size() && count < kMaxDateWords; ++index) {
      const auto& token = split_.tokens[index];
      if (token.kind == Kind::semicolon) break;
      if (token.kind == Kind::comment) continue;
      text += token.text.substr(0, kMaxDateWordOctets);
      text += ' ';
      ++count;
    }
    return text;
  }

  // --- what is said in so many words

  void read_plain_clauses() {
    if (!words(Clause::by).empty()) set(hop_.by, host_of(words(Clause::by).front()));
    if (!words(Clause::with).empty()) set(hop_.with, joined(words(Clause::with)));
    if (!words(Clause::via).empty()) set(hop_.via, joined(words(Clause::via)));
    if (!words(Clause::id).empty()) set(hop_.id, without_angle_brackets(words(Clause::id).front()));
    if (!words(Clause::for_recipient).empty())
      set(hop_.for_recipient, without_angle_brackets(words(Clause::for_recipient).front()));
    if (!words(Clause::envelope_from).empty() && !hop_.envelope_from)
      set(hop_.envelope_from, without_angle_brackets(words(Clause::envelope_from).front()));
    read_by_address();
  }

  /// `by B (I)`, `by B ([I])`, `by B [I]`, `by B (KumoMTA I:port)`, `by I`.
  void read_by_address() {
    std::optional<PeerAddress> address;
    for (const auto word : words(Clause::by)) {
      if (!address) address = parse_peer_address(word);
    }
    for (const auto& comment : comments_) {
      if (comment.clause != Clause::by || address) continue;
      for (std::size_t index = 0; index < std::min<std::size_t>(2, comment.words.size()) && !address;
           ++index) {
        const auto found = parse_peer_address(comment.words[index]);
        // Behind a name a bare one may be a version: `(Postfix 3.1.2.4)`.
        if (found && (index == 0 || found->is_bracketed || found->port)) address = found;
      }
    }
    if (address) hop_.by_ip = to_text(address->address);
  }

  void read_session() {
    for (const auto& comment : comments_) {
      const auto tls = read_tls(comment.words);
      if (!hop_.tls_version && !tls.version.empty()) set(hop_.tls_version, tls.version);
      if (!hop_.tls_cipher && !tls.cipher.empty()) set(hop_.tls_cipher, tls.cipher);
      if (!hop_.auth_user) {
        if (const auto user = authenticated_user(comment.words)) set(hop_.auth_user, *user);
      }
      if (!hop_.envelope_from) {
        if (const auto sender = envelope_sender(comment.words)) set(hop_.envelope_from, *sender);
      }
      const bool is_via = comment.words.size() == 2 && equal_ignoring_case(comment.words[0], "via");
      if (is_via && !hop_.via) set(hop_.via, comment.words[1]);
      hop_.mentions_tls |= speaks_of_tls(comment.words);
    }
    hop_.mentions_tls |= speaks_of_tls(words(Clause::with));
    if (!words(Clause::tls).empty() && !hop_.tls_cipher) set(hop_.tls_cipher, words(Clause::tls).front());
    const auto& with = words(Clause::with);
    if (hop_.tls_cipher || with.empty()) return;
    if (with.size() > 2 && equal_ignoring_case(with[1], "encrypted")) set(hop_.tls_cipher, with[0]);
    if (const auto at = with[0].find("/TLS/"); at != std::string_view::npos)
      set(hop_.tls_cipher, with[0].substr(at + 5));
  }

  // --- who wrote it

  void find_software() {
    using Place = FormatMark::Place;
    for (const auto& comment : comments_) {
      if (mark_ != nullptr) break;
      const auto& words = comment.words;
      if (words.empty()) continue;
      if (comment.clause == Clause::from) {
        if (words.size() > 1 && !parse_peer_address(words[1])) mark_ = find_mark(Place::first_word, words[0]);
        for (std::size_t index = 1; index < words.size() && mark_ == nullptr && !is_session_comment(words);
             ++index)
          mark_ = find_mark(Place::later_word, words[index]);
        continue;
      }
      const auto text = joined(words);
      for (const auto place : {Place::comment, Place::whole_comment, Place::comment_part}) {
        if (mark_ == nullptr) mark_ = find_mark(place, text);
      }
      if (mark_ == nullptr && !hop_.software && is_sendmail_version(words.front()))
        hop_.software = "sendmail";
    }
    if (mark_ == nullptr && hop_.with) mark_ = find_mark(Place::with, *hop_.with);
    if (mark_ == nullptr && hop_.via) mark_ = find_mark(Place::via, *hop_.via);
    if (mark_ == nullptr && !hop_.software && hop_.by) mark_ = find_mark(Place::by, *hop_.by);
    if (mark_ != nullptr) hop_.software = std::string{mark_->software};
  }

  // --- the peer

  /// What the comments of the `from` clause say, and the words behind its first.
  TcpInfo tcp_info() const {
    TcpInfo info;
    // A comment that is attached to a word may be part of what the client announced: `a([192.0.2.1])`.
    for (const bool is_attached : {false, true}) {
      for (const auto& comment : comments_) {
        if (comment.clause == Clause::from && comment.is_attached == is_attached) merge(info, comment.words);
      }
      if (is_attached || words(Clause::from).size() < 2) continue;
      const auto name = info.name;
      merge(info, {words(Clause::from).begin() + 1, words(Clause::from).end()});
      info.name = name;
    }
    return info;
  }

  static void merge(TcpInfo& into, const Words& words) {
    if (words.empty() || is_session_comment(words)) return;
    const auto more = read_tcp_info(words);
    if (!into.peer && more.peer) {
      into.peer = more.peer;
      into.ident = more.ident;
    }
    if (into.name.empty()) into.name = more.name;
    if (into.helo.empty()) into.helo = more.helo;
    if (into.account.empty()) into.account = more.account;
    if (!into.port) into.port = more.port;
    into.names_helo |= more.names_helo;
    into.has_ident_key |= more.has_ident_key;
    into.is_may_be_forged |= more.is_may_be_forged;
    into.has_no_name |= more.has_no_name;
    into.is_local_user |= more.is_local_user;
  }

  void read_from() {
    auto info = tcp_info();
    read_user(info);
    auto reading = reading_of(info);
    const auto outer = is_placeholder(info) ? std::string_view{} : host_of(first_of(words(Clause::from)));
    const auto outer_peer = parse_peer_address(outer);
    if (const auto name = announced_in_front(); !name.empty() && outer_peer && outer_peer->is_bracketed) {
      info.peer = outer_peer;
      info.helo = name;
      info.has_no_name = true;
      reading = FromReading::looked_up_first;
    }
    const bool is_exim_literal =
        reading == FromReading::equal_if_alone && outer_peer && outer_peer->is_bracketed;
    const bool is_peer_outside =
        outer_peer && (is_exim_literal || (!info.peer && is_outer_observed(reading, *outer_peer)));
    if (is_peer_outside) info.peer = outer_peer;
    if (info.peer) {
      hop_.from_ip = to_text(info.peer->address);
      hop_.from_port = info.peer->port ? info.peer->port : info.port;
    }
    hop_.is_may_be_forged = info.is_may_be_forged;
    read_names(info, reading, outer, is_peer_outside);
  }

  /// `from (H) [I] by B`: old Exim where it found no name.
  std::string_view announced_in_front() const {
    for (const auto& comment : comments_) {
      if (comment.clause != Clause::from) continue;
      return comment.is_in_front && comment.words.size() == 1 ? comment.words.front() : std::string_view{};
    }
    return {};
  }

  /// CommuniGate's account; IMP's `from R ( [I]) as user A by B`; with qmail a user who has logged in takes
  /// the place of the ident in `(A@I)`.
  void read_user(const TcpInfo& info) {
    if (!info.account.empty() && !hop_.auth_user) set(hop_.auth_user, info.account);
    const bool is_authenticated = hop_.with && (equal_ignoring_case(*hop_.with, "ESMTPA") ||
                                                equal_ignoring_case(*hop_.with, "ESMTPSA"));
    const bool is_qmail = mark_ == nullptr && info.names_helo && info.peer && !info.peer->is_bracketed;
    if (is_authenticated && is_qmail && !info.ident.empty() && !hop_.auth_user)
      set(hop_.auth_user, info.ident);
    const auto& from = words(Clause::from);
    for (std::size_t index = 1; index + 2 < from.size(); ++index) {
      if (equal_ignoring_case(from[index], "as") && equal_ignoring_case(from[index + 1], "user") &&
          !hop_.auth_user)
        set(hop_.auth_user, from[index + 2]);
    }
  }

  FromReading reading_of(const TcpInfo& info) const {
    if (mark_ != nullptr && mark_->reading != FromReading::announced_first) return mark_->reading;
    if (info.names_helo) return FromReading::looked_up_first;
    if (info.has_ident_key || is_plain_qmail(info)) return FromReading::equal_if_alone;
    return FromReading::announced_first;
  }

  /// `from R (I) by B with SMTP; d -0000`: qmail leaves an announced name out that is the looked-up one.
  bool is_plain_qmail(const TcpInfo& info) const {
    const bool is_smtp =
        hop_.with && (equal_ignoring_case(*hop_.with, "SMTP") || equal_ignoring_case(*hop_.with, "ESMTP"));
    return is_smtp && mark_ == nullptr && !hop_.software && !has(Clause::id) && info.peer &&
           !info.peer->is_bracketed && info.name.empty() && hop_.date && !hop_.date->offset_minutes &&
           std::none_of(comments_.begin(), comments_.end(),
                        [](const Comment& comment) { return comment.clause == Clause::by; });
  }

  /// Whether an address in the place of the announced name is what the server saw.
  bool is_outer_observed(FromReading reading, const PeerAddress& outer) const {
    const bool is_web = is_web_protocol(hop_.with.value_or("")) || is_web_protocol(hop_.via.value_or(""));
    if (is_web || reading == FromReading::looked_up_only || is_fetch_protocol(hop_.with.value_or("")))
      return true;
    if (reading != FromReading::announced_first) return true;
    return outer.is_bracketed && mark_ != nullptr && mark_->has_peer_outside;
  }

  /// A local user or program in the place of a host: no client announced it.
  bool is_placeholder(const TcpInfo& info) const {
    const auto& from = words(Clause::from);
    if (from.empty() || info.is_local_user || is_local_protocol(hop_.with.value_or(""))) return true;
    if (from.front().find('@') != std::string_view::npos && !info.peer) return true;
    return from.size() > 2 &&
           ((equal_ignoring_case(from[0], "mail") && equal_ignoring_case(from[1], "pickup")) ||
            (equal_ignoring_case(from[1], "named") && equal_ignoring_case(from[2], "unknown")));
  }

  void read_names(const TcpInfo& info, FromReading reading, std::string_view outer, bool is_peer_outside) {
    const auto outer_name = is_no_name(outer) ? std::string_view{} : outer;
    auto looked_up = outer_name;
    auto helo = info.helo;
    bool is_unknown = info.has_no_name || equal_ignoring_case(outer, "unknown") ||
                      (is_peer_outside && writes_name_if_found(info));
    switch (reading) {
      case FromReading::announced_first:
        helo = is_peer_outside ? std::string_view{} : outer;
        looked_up = is_no_name(info.name) ? std::string_view{} : host_of(info.name);
        is_unknown =
            info.has_no_name || (!info.name.empty() && is_no_name(info.name)) || states_no_name(info);
        break;
      case FromReading::looked_up_first:
        break;
      case FromReading::equal_if_alone:
        if (!info.names_helo) helo = outer_name;
        if (!info.peer) looked_up = {};
        break;
      case FromReading::looked_up_only:
        helo = {};
        if (looked_up.empty() && !is_no_name(info.name)) looked_up = host_of(info.name);
        break;
    }
    if (!helo.empty()) set(hop_.from_helo, announced_name(helo));
    if (!looked_up.empty()) set(hop_.from_rdns, looked_up);
    if (!looked_up.empty()) {
      hop_.name_lookup = NameLookup::found;
    } else if (is_unknown && info.peer) {
      hop_.name_lookup = NameLookup::not_found;
    }
  }

  /// Those that always look the name up write `([I])` where they found none.
  bool states_no_name(const TcpInfo& info) const {
    return info.peer && info.name.empty() &&
           (hop_.software == "sendmail" || hop_.software == "gmail" || is_courier());
  }
  /// The same of those that turn the clause round, and then begin with `[I]`.
  bool writes_name_if_found(const TcpInfo& info) const {
    return hop_.software == "exim" ||
           (hop_.software == "communigate" && info.names_helo && info.account.empty());
  }

  /// `from H ([::ffff:I]) by B with esmtp`: Courier does not name itself, but sees IPv4 as IPv6.
  bool is_courier() const {
    const bool is_plain = hop_.with == "esmtp" || hop_.with == "smtp";
    const bool has_id = hop_.id && std::count(hop_.id->begin(), hop_.id->end(), '.') == 2 &&
                        hop_.id->find_first_not_of("0123456789ABCDEF.") == std::string::npos;
    return mark_ == nullptr && (is_plain || has_id) &&
           std::any_of(comments_.begin(), comments_.end(), [](const Comment& comment) {
             return comment.clause == Clause::from && comment.words.size() == 1 &&
                    starts_with_ignoring_case(comment.words.front(), "[::ffff:");
           });
  }

  /// Keeps a text that came from outside: valid UTF-8, folds made blanks, without control characters, cut.
  void set(std::optional<std::string>& value, std::string_view text) {
    if (text.size() > kMaxValueOctets) {
      text = text.substr(0, kMaxValueOctets);
      hop_.defects.emplace_back("a value of more than 1,000 octets was cut");
    }
    const auto valid = base::to_valid_utf8(text);
    std::string clean;
    for (std::string_view rest{valid}; !rest.empty();) {
      const auto before = rest;
      const auto code_point = base::take_code_point(rest);
      if (is_blank(before.front())) {
        if (!clean.empty() && clean.back() != ' ') clean += ' ';
      } else if (base::is_control(code_point)) {
        base::append_utf8(clean, U'\uFFFD');
      } else {
        clean += before.substr(0, before.size() - rest.size());
      }
    }
    value = std::move(clean);
  }

  ReceivedTokens split_;
  Hop hop_;
  std::array<Words, static_cast<std::size_t>(Clause::count)> words_;
  std::array<bool, static_cast<std::size_t>(Clause::count)> has_{};
  std::vector<Comment> comments_;
  Clause clause_ = Clause::none;
  bool is_late_from_ = false;
  bool is_behind_semicolon_ = false;
  bool has_auth_word_ = false;
  const FormatMark* mark_ = nullptr;
};

}  // namespace

Hop parse_received(std::string_view field_body) { return ReceivedReader{field_body}.read(); }

}  // namespace mailspoor::index
