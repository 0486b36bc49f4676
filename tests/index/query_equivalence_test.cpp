// Asks generated queries of the index, and of a slow reference that knows neither SQL nor the query parser:
// it goes through the parsed messages one by one. A query is a tree of the test's own. Each of its terms
// knows how it is typed and which messages it means; the whole is then typed as a person would, with aliases,
// quotation marks and parentheses. MAILSPOOR_SEED makes other queries.

#include <arpa/inet.h>
#include <glib.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iostream>
#include <iterator>
#include <map>
#include <numeric>
#include <optional>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "index/indexer.hpp"
#include "index/message_file.hpp"
#include "index/query/words.hpp"
#include "index/search.hpp"
#include "index/trace/ports.hpp"
#include "tests/index/real_mail.hpp"

namespace mailspoor::index {
namespace {

constexpr std::uint64_t kDefaultSeed = 20'240'305;
constexpr std::size_t kQueries = 220;
constexpr std::size_t kMaxCorpusMessages = 1'000;  // with sanitizers half a minute of processor time

/// Numbers from a seed; the distributions of one standard library are not those of the next.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_{seed} {}
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(engine_() % bound); }
  std::size_t from_to(std::size_t least, std::size_t most) { return least + below(most - least + 1); }
  bool chance(std::size_t percent) { return below(100) < percent; }
  template <typename Items>
  const auto& one_of(const Items& items) {
    return std::data(items)[below(std::size(items))];
  }
  template <typename Item>
  Item one_of(std::initializer_list<Item> items) {
    return std::data(items)[below(items.size())];
  }

 private:
  std::mt19937_64 engine_;
};

// --- text --------------------------------------------------------------------------------------------------

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
std::string lower(std::string text) {
  for (char& c : text) c = lower(c);
  return text;
}
std::string upper(std::string text) {
  for (char& c : text) c = upper(c);
  return text;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
bool is_alnum(char c) { return is_digit(c) || is_letter(c); }

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::string padded(std::int64_t number, std::size_t width) {
  auto digits = std::to_string(number);
  return std::string(width - std::min(width, digits.size()), '0') + digits;
}

/// Scripts written without blanks between words: every part of a run of them is to be found.
bool is_unspaced(gunichar c) {
  switch (g_unichar_get_script(c)) {
    case G_UNICODE_SCRIPT_HAN:
    case G_UNICODE_SCRIPT_HIRAGANA:
    case G_UNICODE_SCRIPT_KATAKANA:
    case G_UNICODE_SCRIPT_HANGUL:
    case G_UNICODE_SCRIPT_BOPOMOFO:
      return g_unichar_isalnum(c) != 0;
    default:
      return c == 0x30FC || c == 0xFF70;  // the long vowel, which both kinds of Kana share
  }
}

/// What SQLite's tokenizer `unicode61` makes words of: the categories L*, N* and Co.
bool is_word_character(gunichar c) {
  switch (g_unichar_type(c)) {
    case G_UNICODE_LOWERCASE_LETTER:
    case G_UNICODE_MODIFIER_LETTER:
    case G_UNICODE_OTHER_LETTER:
    case G_UNICODE_TITLECASE_LETTER:
    case G_UNICODE_UPPERCASE_LETTER:
    case G_UNICODE_DECIMAL_NUMBER:
    case G_UNICODE_LETTER_NUMBER:
    case G_UNICODE_OTHER_NUMBER:
    case G_UNICODE_PRIVATE_USE:
      return true;
    default:
      return false;
  }
}
bool is_accent(gunichar c) { return c >= 0x300 && c <= 0x36F; }

/// Without case; of Latin letters without accents too: É is e.
gunichar folded(gunichar c) {
  c = g_unichar_tolower(c);
  if (c < 0x80 || g_unichar_get_script(c) != G_UNICODE_SCRIPT_LATIN) return c;
  std::array<gunichar, G_UNICHAR_MAX_DECOMPOSITION_LENGTH> parts{};
  g_unichar_fully_decompose(c, FALSE, parts.data(), parts.size());
  return parts[0];
}

void append(std::string& text, gunichar c) {
  std::array<char, 6> octets{};
  const auto size = g_unichar_to_utf8(c, octets.data());
  text.append(octets.data(), static_cast<std::size_t>(size));
}

/// Stands before a character of a run that is not its first: in a phrase those have to touch.
constexpr char kJoin = '+';

struct Token {
  std::string word;  ///< Folded. Each character of an unspaced run is a word.
  std::size_t begin = 0;
  std::size_t end = 0;
};

std::vector<Token> tokens(std::string_view text) {
  std::vector<Token> found;
  enum class Before { nothing, word, unspaced } before = Before::nothing;
  for (std::size_t at = 0; at < text.size();) {
    const char* const here = text.data() + at;
    const gunichar c = g_utf8_get_char(here);
    const auto end = at + static_cast<std::size_t>(g_utf8_next_char(here) - here);
    if (is_unspaced(c)) {
      found.push_back({before == Before::unspaced ? std::string{kJoin} : std::string{}, at, end});
      append(found.back().word, c);
      before = Before::unspaced;
    } else if (is_word_character(c)) {
      if (before != Before::word) found.push_back({{}, at, at});
      append(found.back().word, folded(c));
      found.back().end = end;
      before = Before::word;
    } else if (is_accent(c) && before == Before::word) {
      found.back().end = end;
    } else {
      before = Before::nothing;
    }
    at = end;
  }
  return found;
}

/// What the reference can fold itself: ASCII, Latin-1 and Latin Extended-A.
bool is_plain_word(std::string_view word) {
  return std::all_of(word.begin(), word.end(), [](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return is_alnum(c) || (octet >= 0xC3 && octet <= 0xC5) || (octet >= 0x80 && octet <= 0xBF);
  });
}

/// `*` stands for any characters but `/`, `**` for any, `?` for one that is no `/`. No regard to ASCII case.
bool glob(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  const bool is_double = pattern.substr(0, 2) == "**";
  if (pattern[0] == '*') {
    const auto rest = pattern.substr(is_double ? 2 : 1);
    for (std::size_t taken = 0;; ++taken) {
      if (glob(text.substr(taken), rest)) return true;
      if (taken == text.size() || (text[taken] == '/' && !is_double)) return false;
    }
  }
  if (text.empty()) return false;
  if (pattern[0] == '?') {
    const auto size = static_cast<std::size_t>(g_utf8_next_char(text.data()) - text.data());
    return text[0] != '/' && glob(text.substr(size), pattern.substr(1));
  }
  return lower(text[0]) == lower(pattern[0]) && glob(text.substr(1), pattern.substr(1));
}

/// Whether the host is `domain` or below it, label by label.
bool is_below(const std::string& host, const std::string& domain) {
  const auto labels = [](const std::string& name) {
    auto all = split(lower(name), '.');
    while (!all.empty() && all.back().empty()) all.pop_back();
    return all;
  };
  const auto own = labels(host);
  const auto wanted = labels(domain);
  return own.size() >= wanted.size() && std::equal(wanted.rbegin(), wanted.rend(), own.rbegin());
}

/// One character of a regular expression: which it may be, and how often it may stand.
struct PatternPiece {
  std::string typed;
  std::set<char> taken;
  bool may_repeat = false;
  bool may_lack = false;
};
using Pattern = std::vector<PatternPiece>;

bool begins_with(std::string_view text, const PatternPiece* piece, const PatternPiece* end) {
  if (piece == end) return true;
  if (piece->may_lack && begins_with(text, piece + 1, end)) return true;
  if (text.empty() || piece->taken.count(text[0]) == 0) return false;
  text.remove_prefix(1);
  return begins_with(text, piece + 1, end) || (piece->may_repeat && begins_with(text, piece, end));
}
bool occurs(const Pattern& pattern, std::string_view text) {
  for (std::size_t at = 0; at <= text.size(); ++at) {
    if (begins_with(text.substr(at), pattern.data(), pattern.data() + pattern.size())) return true;
  }
  return false;
}

using IpNumber = std::bitset<128>;

/// IPv4 is mapped into IPv6.
IpNumber ip_number(const std::string& text) {
  std::array<unsigned char, 16> octets{};
  if (inet_pton(AF_INET, text.c_str(), octets.data() + 12) == 1) {
    octets[10] = octets[11] = 0xFF;
  } else if (inet_pton(AF_INET6, text.c_str(), octets.data()) != 1) {
    ADD_FAILURE() << text << " is no IP address";
  }
  IpNumber number;
  for (const auto octet : octets) number = number << 8 | IpNumber{octet};
  return number;
}

// --- messages ----------------------------------------------------------------------------------------------

enum Column : std::size_t {
  kSubject,
  kAuthor,
  kSender,
  kRecipient,
  kCc,
  kBcc,
  kReplyTo,
  kBody,
  kAttachment,
  kColumns
};

struct Message {
  MessageObject object;
  std::int64_t sort_date = 0;
  std::size_t conversation = 0;
  std::array<std::string, kColumns> texts;
  std::array<std::vector<std::uint32_t>, kColumns> words;

  const MessageSummary& summary() const { return object.summary; }
  bool has_flag(std::string_view name) const {
    const auto& placements = summary().placements;
    return std::any_of(placements.begin(), placements.end(), [&](const Placement& placement) {
      return std::any_of(placement.flags.begin(), placement.flags.end(), [&](const std::string& flag) {
        return lower(flag[0] == '\\' ? flag.substr(1) : flag) == name;
      });
    });
  }
};

// The parts of a message that a field looks at.

using Texts = std::vector<std::string>;

template <typename Part>
std::vector<Part> one_or_none(const std::optional<Part>& part) {
  return part ? std::vector{*part} : std::vector<Part>{};
}

std::vector<Address> addresses_in(const Message& message, Column column) {
  const auto& summary = message.summary();
  switch (column) {
    case kAuthor:
      return summary.from;
    case kSender:
      return one_or_none(summary.sender);
    case kRecipient:
      return summary.to;
    case kCc:
      return summary.cc;
    case kBcc:
      return summary.bcc;
    case kReplyTo:
      return summary.reply_to;
    default:
      return {};
  }
}
/// `name <address>`
Texts written_in(const Message& message, const std::vector<Column>& columns) {
  Texts all;
  for (const auto column : columns) {
    for (const auto& address : addresses_in(message, column))
      all.push_back(address.display_name + " <" + address.addr_spec + '>');
  }
  return all;
}
const std::vector<Column> kAddressColumns{kAuthor, kSender, kRecipient, kCc, kBcc, kReplyTo};

/// Before and behind the last `@` of every address that has one.
std::vector<std::pair<std::string, std::string>> addresses(const Message& message) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const auto column : kAddressColumns) {
    for (const auto& address : addresses_in(message, column)) {
      const auto at = address.addr_spec.rfind('@');
      if (at != std::string::npos)
        all.emplace_back(address.addr_spec.substr(0, at), address.addr_spec.substr(at + 1));
    }
  }
  return all;
}
Texts domains(const Message& message) {
  Texts all;
  for (const auto& address : addresses(message)) all.push_back(address.second);
  return all;
}
Texts local_parts(const Message& message) {
  Texts all;
  for (const auto& address : addresses(message)) all.push_back(address.first);
  return all;
}
Texts subjects(const Message& message) { return one_or_none(message.summary().subject); }
Texts message_ids(const Message& message) { return one_or_none(message.summary().message_id); }
Texts return_paths(const Message& message) {
  auto paths = one_or_none(message.summary().return_path);
  for (const auto& placement : message.summary().placements) {
    if (placement.envelope && placement.envelope->sender) paths.push_back(*placement.envelope->sender);
  }
  return paths;
}
Texts envelope_recipients(const Message& message) {
  Texts recipients;
  for (const auto& hop : message.object.hops) {
    if (hop.for_recipient) recipients.push_back(*hop.for_recipient);
  }
  for (const auto& placement : message.summary().placements) {
    if (!placement.envelope) continue;
    for (const auto& recipient : placement.envelope->recipients) recipients.push_back(recipient);
  }
  return recipients;
}
Texts domains_of(const Texts& addresses) {
  Texts all;
  for (const auto& address : addresses) {
    const auto at = address.rfind('@');
    if (at != std::string::npos) all.push_back(address.substr(at + 1));
  }
  return all;
}
Texts return_domains(const Message& message) { return domains_of(return_paths(message)); }
Texts recipient_domains(const Message& message) { return domains_of(envelope_recipients(message)); }
Texts mailers(const Message& message) { return one_or_none(message.summary().user_agent); }
Texts clients(const Message& message) {
  const auto& client = message.object.client;
  if (!client.program) return {};
  auto text = *client.program;
  for (const auto& more : {client.version, client.platform}) {
    if (more) text += ' ' + *more;
  }
  return {text};
}
Texts lists(const Message& message) { return one_or_none(message.object.sender_facts.list_id); }
Texts codes(const Message& message) {
  Texts all;
  for (const auto& finding : message.object.findings) all.push_back(finding.code);
  return all;
}
Texts bodies(const Message& message) { return {message.texts[kBody]}; }
Texts servers(const Message& message) {
  Texts all;
  for (const auto& hop : message.object.hops) {
    for (const auto& name : {hop.by, hop.from_rdns, hop.from_helo}) {
      if (name) all.push_back(*name);
    }
  }
  return all;
}
Texts announced_names(const Message& message) {
  Texts all;
  for (const auto& hop : message.object.hops) {
    if (hop.from_helo) all.push_back(*hop.from_helo);
  }
  return all;
}
Texts protocols(const Message& message) {
  Texts all;
  for (const auto& hop : message.object.hops) {
    if (hop.with) all.push_back(*hop.with);
  }
  return all;
}
Texts software(const Message& message) {
  Texts all;
  for (const auto& hop : message.object.hops) {
    if (hop.software) all.push_back(*hop.software);
  }
  return all;
}
Texts users(const Message& message) {
  Texts all;
  for (const auto& hop : message.object.hops) {
    if (hop.auth_user) all.push_back(*hop.auth_user);
  }
  return all;
}
std::vector<int> ports(const Message& message) {
  std::vector<int> all;
  for (const auto& port : ports_of(message.object.hops)) all.push_back(port.port);
  return all;
}
/// `spf:pass`, of what counts.
Texts verdicts(const Message& message) {
  Texts all;
  for (const auto& entry : message.object.authentication) {
    const bool has_field =
        entry.method == "dkim" || entry.method == "spf" || entry.method == "dmarc" || entry.method == "arc";
    if (entry.is_trusted && has_field && entry.result) all.push_back(entry.method + ':' + *entry.result);
  }
  return all;
}
/// Of the longest hop.
std::vector<std::int64_t> delays(const Message& message) {
  std::vector<std::int64_t> all;
  for (const auto& hop : message.object.hops) {
    if (hop.delay_seconds) all.push_back(*hop.delay_seconds);
  }
  if (!all.empty()) all = {*std::max_element(all.begin(), all.end())};
  return all;
}
Texts origins(const Message& message) {
  const auto& ip = message.object.origin.ip;
  return ip ? Texts{*ip} : Texts{};
}
Texts trusts(const Message& message) {
  const auto& trust = message.object.origin.trust;
  return trust ? Texts{std::string{to_text(*trust)}} : Texts{"none"};
}
Texts kinds(const Message& message) {
  const auto& kind = message.object.origin.kind;
  return kind ? Texts{std::string{to_text(*kind)}} : Texts{"none"};
}
Texts peers(const Message& message) {
  Texts all;
  for (const auto& hop : message.object.hops) {
    if (hop.from_ip) all.push_back(*hop.from_ip);
  }
  return all;
}
Texts file_names(const Message& message) {
  Texts all;
  for (const auto& attachment : message.object.attachments) {
    if (attachment.filename) all.push_back(*attachment.filename);
  }
  return all;
}
Texts media_types(const Message& message) {
  Texts all;
  for (const auto& attachment : message.object.attachments) all.push_back(attachment.media_type);
  return all;
}
Texts mailboxes(const Message& message) {
  Texts all;
  for (const auto& placement : message.summary().placements) all.push_back(placement.mailbox);
  return all;
}
Texts accounts(const Message& message) {
  Texts all;
  for (const auto& placement : message.summary().placements) all.push_back(*placement.account);
  return all;
}
std::vector<std::int64_t> dates(const Message& message) {
  const auto& date = message.summary().date;
  return date ? std::vector{date->unix_seconds} : std::vector<std::int64_t>{};
}
std::vector<int> zones(const Message& message) {
  const auto& date = message.summary().date;
  return date ? one_or_none(date->offset_minutes) : std::vector<int>{};
}
std::vector<std::int64_t> arrivals(const Message& message) {
  std::vector<std::int64_t> all;
  for (const auto& placement : message.summary().placements) {
    if (placement.internal_date) all.push_back(*placement.internal_date);
    if (placement.envelope) all.push_back(placement.envelope->delivered);
  }
  return all;
}
std::vector<std::uint64_t> sizes(const Message& message) { return {message.summary().size}; }

/// Which messages: one bit a message of the corpus.
using Answer = std::vector<bool>;

/// A message file and the mailbox it is put into.
struct Source {
  std::filesystem::path path;
  std::string mailbox;
};

/// Messages in an index and in memory.
class Corpus {
 public:
  Corpus() {
    auto pattern = (std::filesystem::temp_directory_path() / "equivalence-test-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~Corpus() { std::filesystem::remove_all(folder_); }
  Corpus(const Corpus&) = delete;
  Corpus& operator=(const Corpus&) = delete;

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path database() const { return folder_ / "index.db"; }
  const std::vector<Message>& messages() const { return messages_; }

  /// Each message lies in the mailbox of its source, and some in a second one as well.
  void fill(const std::vector<Source>& sources) {
    Random random{kDefaultSeed};  // not the seed of the queries: the mail stays the same
    Indexer indexer{database()};
    for (const auto& source : sources) {
      const auto message = taken(source.path);
      const std::string account = random.chance(70) ? "work" : "home";
      place(indexer, random, message, source, {account, source.mailbox});
      if (random.chance(20)) {
        place(
            indexer, random, message, source,
            {random.one_of({"work", "Old account"}), random.one_of({"All Mail", "Archive/2024/Kyoto & Co"})});
      }
    }
    const auto report = indexer.finish();
    ASSERT_EQ(report.messages, messages_.size());
    ASSERT_EQ(report.failures, 0U);
    for (auto& message : messages_) date(message);
    thread();
  }

  template <typename Predicate>
  Answer those(Predicate predicate) const {
    Answer answer(messages_.size());
    for (std::size_t index = 0; index < messages_.size(); ++index)
      answer[index] = predicate(messages_[index]);
    return answer;
  }

  /// Those of which one of the parts is such.
  template <typename Parts, typename Predicate>
  Answer with(Parts parts_of, Predicate predicate) const {
    return those([&](const Message& message) {
      const auto parts = parts_of(message);
      return std::any_of(parts.begin(), parts.end(), predicate);
    });
  }

  /// Those that hold the words of `typed` one behind the other in one of the columns.
  Answer with_phrase(const std::vector<Column>& columns, std::string_view typed, bool is_prefix) const {
    std::vector<std::vector<bool>> accepted;
    const auto wanted = tokens(typed);
    for (const auto& token : wanted) {
      accepted.push_back(words_like(token.word, is_prefix && &token == &wanted.back()));
      if (accepted.size() > 1) continue;
      const auto joined = dictionary_.find(kJoin + token.word);  // a run may begin before the phrase
      if (joined != dictionary_.end()) accepted[0][joined->second] = true;
    }
    return those([&](const Message& message) {
      return std::any_of(columns.begin(), columns.end(), [&](Column column) {
        const auto& words = message.words[column];
        return std::search(words.begin(), words.end(), accepted.begin(), accepted.end(),
                           [](std::uint32_t word, const auto& set) { return set[word]; }) != words.end();
      });
    });
  }

 private:
  struct Place {
    std::string account;
    std::string mailbox;
  };

  std::size_t taken(const std::filesystem::path& path) {
    Message message;
    message.object = read_message_file(path);
    const auto [known, is_new] = by_id_.try_emplace(message.summary().id, messages_.size());
    if (!is_new) return known->second;
    message.texts[kSubject] = message.summary().subject.value_or("");
    for (const auto column : kAddressColumns) {
      for (const auto& address : addresses_in(message, column))
        message.texts[column] += address.display_name + ' ' + address.addr_spec + '\n';
    }
    for (const auto& part : message.object.texts) message.texts[kBody] += part.text + "\n\n";
    for (const auto& name : file_names(message)) message.texts[kAttachment] += name + '\n';
    for (std::size_t column = 0; column < kColumns; ++column) {
      for (auto& token : tokens(message.texts[column])) {
        const auto number = static_cast<std::uint32_t>(dictionary_.size());
        message.words[column].push_back(dictionary_.try_emplace(std::move(token.word), number).first->second);
      }
    }
    messages_.push_back(std::move(message));
    return known->second;
  }

  void place(Indexer& indexer, Random& random, std::size_t number, const Source& source, const Place& where) {
    auto& message = messages_[number];
    const auto uid = ++uids_[where.account + '/' + where.mailbox];
    Placement placement;
    placement.account = where.account;
    placement.mailbox = where.mailbox;
    for (const char* flag :
         {"\\Seen", "\\Flagged", "\\Answered", "\\Draft", "\\Deleted", "$Label1", "Junk"}) {
      if (random.chance(flag == std::string_view{"\\Seen"} ? 60 : 15)) placement.flags.emplace_back(flag);
    }
    std::string internal_date_raw;
    if (random.chance(85)) {
      const std::int64_t sent = message.summary().date ? message.summary().date->unix_seconds : 1'030'000'000;
      placement.internal_date = sent + static_cast<std::int64_t>(random.below(3 * 86'400));
      internal_date_raw = internal_date(*placement.internal_date, random.one_of({0, 60, -480, 330}));
    } else if (random.chance(70)) {
      placement.envelope = envelope(random, message);
    }
    Arrival arrival{source.path, std::to_string(uid), 1U, uid, placement.flags, internal_date_raw};
    arrival.envelope = placement.envelope;
    indexer.add({where.account + '/' + where.mailbox, where.account, where.mailbox, where.mailbox},
                std::move(arrival));
    message.object.summary.placements.push_back(std::move(placement));
  }

  /// What a delivery may have come with: addresses that the message has too, and others.
  static Envelope envelope(Random& random, const Message& message) {
    Envelope told;
    if (random.chance(80)) told.sender = random.one_of({"", "bounce@lists.example.net", "Alice@Example.org"});
    for (const auto& address : message.summary().to) {
      if (random.chance(50)) told.recipients.push_back(address.addr_spec);
    }
    if (random.chance(50)) told.recipients.emplace_back("b+tag@mail.example.org");
    told.delivered = 1'030'000'000 + static_cast<std::int64_t>(random.below(900 * 86'400));
    return told;
  }

  /// `05-Mar-2024 10:00:02 +0100`
  static std::string internal_date(std::int64_t moment, int offset_minutes) {
    const std::time_t local = moment + 60 * offset_minutes;
    std::tm parts{};
    gmtime_r(&local, &parts);
    std::array<char, 40> day{};
    std::array<char, 40> time{};
    std::strftime(day.data(), day.size(), "%d-%b-", &parts);
    std::strftime(time.data(), time.size(), " %H:%M:%S ", &parts);
    const auto minutes = std::abs(offset_minutes);
    return day.data() + padded(parts.tm_year + 1900, 4) + time.data() + (offset_minutes < 0 ? '-' : '+') +
           padded(minutes / 60, 2) + padded(minutes % 60, 2);
  }

  static void date(Message& message) {
    const auto sent = dates(message);
    const auto arrived = arrivals(message);
    if (!arrived.empty()) message.sort_date = *std::min_element(arrived.begin(), arrived.end());
    if (!sent.empty()) message.sort_date = sent[0];
  }

  /// Messages that name one Message-ID are of one conversation: the smaller number spreads until none
  /// changes.
  void thread() {
    std::map<std::string, std::vector<std::size_t>> named;
    for (std::size_t index = 0; index < messages_.size(); ++index) {
      messages_[index].conversation = index;
      for (const auto& reference : messages_[index].object.references) named[reference].push_back(index);
    }
    for (bool has_changed = true; has_changed;) {
      has_changed = false;
      for (const auto& [reference, group] : named) {
        std::size_t least = messages_.size();
        for (const auto index : group) least = std::min(least, messages_[index].conversation);
        for (const auto index : group) {
          has_changed |= messages_[index].conversation != least;
          messages_[index].conversation = least;
        }
      }
    }
  }

  std::vector<bool> words_like(const std::string& wanted, bool is_prefix) const {
    std::vector<bool> accepted(dictionary_.size());
    for (auto entry = dictionary_.lower_bound(wanted); entry != dictionary_.end(); ++entry) {
      if (entry->first != wanted && !(is_prefix && entry->first.starts_with(wanted))) break;
      accepted[entry->second] = true;
    }
    return accepted;
  }

  std::filesystem::path folder_;
  std::vector<Message> messages_;
  std::map<std::string, std::size_t> by_id_;
  std::map<std::string, std::uint32_t> uids_;
  std::map<std::string, std::uint32_t> dictionary_;
};

// --- queries -----------------------------------------------------------------------------------------------

struct Node {
  enum class Kind { term, thread, negation, conjunction, disjunction };
  Kind kind = Kind::term;
  std::string text;  ///< Of a term as typed; of a thread what stands before the brace.
  Answer answer;     ///< Of a term.
  std::vector<Node> operands;
};

Answer evaluate(const Node& node, const Corpus& corpus) {
  if (node.kind == Node::Kind::term) return node.answer;
  auto answer = evaluate(node.operands[0], corpus);
  if (node.kind == Node::Kind::negation) answer.flip();
  if (node.kind == Node::Kind::thread) {
    std::set<std::size_t> conversations;
    for (std::size_t index = 0; index < answer.size(); ++index) {
      if (answer[index]) conversations.insert(corpus.messages()[index].conversation);
    }
    return corpus.those([&](const Message& one) { return conversations.count(one.conversation) > 0; });
  }
  for (std::size_t number = 1; number < node.operands.size(); ++number) {
    const auto other = evaluate(node.operands[number], corpus);
    for (std::size_t index = 0; index < answer.size(); ++index) {
      answer[index] = node.kind == Node::Kind::conjunction ? answer[index] && other[index]
                                                           : answer[index] || other[index];
    }
  }
  return answer;
}

/// What the tree looks like when typed.
class Typist {
 public:
  explicit Typist(Random& random) : random_{random} {}

  std::string typed(const Node& node) { return maybe_blank() + disjunction(node) + maybe_blank(); }

 private:
  std::string disjunction(const Node& node) {
    return node.kind == Node::Kind::disjunction
               ? joined(node, "OR", [this](const Node& one) { return conjunction(one); })
               : conjunction(node);
  }
  std::string conjunction(const Node& node) {
    return node.kind == Node::Kind::conjunction
               ? joined(node, "AND", [this](const Node& one) { return negation(one); })
               : negation(node);
  }
  std::string negation(const Node& node) {
    if (node.kind != Node::Kind::negation) return primary(node);
    const auto operand = negation(node.operands[0]);
    if (random_.chance(50)) return "-" + operand;
    return (operand[0] == '(' && random_.chance(50) ? "NOT" : "NOT" + blanks()) + operand;
  }
  std::string primary(const Node& node) {
    if (node.kind == Node::Kind::thread)
      return node.text + '{' + maybe_blank() + disjunction(node.operands[0]) + maybe_blank() + '}';
    if (node.kind == Node::Kind::term && !random_.chance(5)) return node.text;
    return '(' + maybe_blank() + disjunction(node) + maybe_blank() + ')';
  }

  template <typename Operand>
  std::string joined(const Node& node, const std::string& word, Operand operand) {
    std::string text;
    for (const auto& one : node.operands) {
      const auto next = operand(one);
      if (!text.empty()) {
        // A parenthesis parts words as well as a blank does.
        const auto before = text.back() == ')' && random_.chance(30) ? std::string{} : blanks();
        const auto behind = next[0] == '(' && random_.chance(30) ? std::string{} : blanks();
        const bool is_silent = word == "AND" && random_.chance(70);
        text += is_silent ? before : before + word + behind;
      }
      text += next;
    }
    return text;
  }
  std::string blanks() { return random_.chance(90) ? " " : random_.one_of({"  ", "\t", " \n "}); }
  std::string maybe_blank() { return random_.chance(10) ? blanks() : std::string{}; }

  Random& random_;
};

// --- dates -------------------------------------------------------------------------------------------------

using Days = std::chrono::sys_days;

Days day_of(std::int64_t moment) {
  return std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds{std::chrono::seconds{moment}});
}
std::int64_t midnight(Days day) { return std::int64_t{day.time_since_epoch().count()} * 86'400; }

struct Span {
  std::string text;
  std::int64_t begin = 0;
  std::int64_t end = 0;
};
Span span(std::string text, Days first, Days behind) {
  return {std::move(text), midnight(first), midnight(behind)};
}

/// Names for moments, each near the one that is asked for, counted from `now`. All times are UTC.
class Calendar {
 public:
  Calendar(Random& random, std::int64_t now) : random_{random}, now_{now}, today_{day_of(now)} {}

  Span about(std::int64_t moment) {
    // Whether a month before 31 March is in February or in March is not for this test to say.
    const bool is_plain_day = static_cast<unsigned>(std::chrono::year_month_day{today_}.day()) <= 28;
    const bool is_past = moment < now_ && now_ - moment < 3'000 * std::int64_t{86'400};
    if (is_past && random_.chance(40))
      return is_plain_day && random_.chance(40) ? months(moment) : ago(moment);
    if (random_.chance(10)) return named();
    return fixed(moment);
  }

  Span ago(std::int64_t moment) {
    const auto days =
        static_cast<int>((today_ - day_of(moment)).count() + std::int64_t(random_.below(3))) - 1;
    const int past = std::max(days, 0);
    switch (random_.below(3)) {
      case 0:
        return day_before(std::to_string(past) + "d", past);
      case 1:
        return day_before(std::to_string(past / 7) + "w", past / 7 * 7);
      default: {
        const auto hours = (now_ - moment) / 3'600;
        return {std::to_string(hours) + "h", now_ - 3'600 * hours, now_ - 3'600 * hours + 1};
      }
    }
  }

 private:
  Span day_before(std::string text, int days) {
    const auto day = today_ - std::chrono::days{days};
    return span(std::move(text), day, day + std::chrono::days{1});
  }

  Span months(std::int64_t moment) {
    const std::chrono::year_month_day now{today_};
    const std::chrono::year_month_day then{day_of(moment)};
    const auto years = static_cast<int>(now.year()) - static_cast<int>(then.year());
    const auto count = 12 * years + static_cast<int>(static_cast<unsigned>(now.month())) -
                       static_cast<int>(static_cast<unsigned>(then.month()));
    const bool is_year = random_.chance(30);
    const Days day = now - std::chrono::months{is_year ? 12 * years : count};
    return span(is_year ? std::to_string(years) + "y" : std::to_string(count) + "m", day,
                day + std::chrono::days{1});
  }

  Span named() {
    using std::chrono::days;
    const std::chrono::year_month_day now{today_};
    const std::chrono::weekday weekday{today_};
    const bool is_last = random_.chance(50);
    const std::string which = std::string{is_last ? "last" : "this"} + (random_.chance(50) ? "-" : "");
    switch (random_.below(5)) {
      case 0:
        return is_last ? day_before("yesterday", 1) : day_before("today", 0);
      case 1: {
        const auto number = static_cast<unsigned>(random_.below(7));
        const auto past = (weekday - std::chrono::weekday{number}).count();
        constexpr std::array kNames{"sunday", "mon", "Tuesday", "wed", "thursday", "friday", "SAT"};
        return day_before(kNames[number], static_cast<int>(past == 0 ? 7 : past));
      }
      case 2: {
        const auto monday = today_ - (weekday - std::chrono::Monday) - days{is_last ? 7 : 0};
        return span(which + "week", monday, monday + days{7});
      }
      case 3: {
        const auto month = now.year() / now.month() - std::chrono::months{is_last ? 1 : 0};
        return span(which + "month", month / 1, (month + std::chrono::months{1}) / 1);
      }
      default: {
        const auto year = now.year() - std::chrono::years{is_last ? 1 : 0};
        return span(which + "year", year / 1 / 1, (year + std::chrono::years{1}) / 1 / 1);
      }
    }
  }

  Span fixed(std::int64_t moment) {
    const auto day = day_of(moment);
    const std::chrono::year_month_day date{day};
    const char dash = random_.chance(80) ? '-' : '/';
    const auto year = padded(static_cast<int>(date.year()), 4);
    const auto month = year + dash + padded(static_cast<unsigned>(date.month()), 2);
    const auto whole = month + dash + padded(static_cast<unsigned>(date.day()), 2);
    const auto second = moment - midnight(day);
    const auto minute = 'T' + padded(second / 3'600, 2) + ':' + padded(second / 60 % 60, 2);
    const std::string zone = random_.chance(50) ? "Z" : "";
    switch (random_.below(6)) {
      case 0:
        return span(year, date.year() / 1 / 1, (date.year() + std::chrono::years{1}) / 1 / 1);
      case 1: {
        const auto first = date.year() / date.month();
        return span(month, first / 1, (first + std::chrono::months{1}) / 1);
      }
      case 2:
        return {whole + minute + zone, moment - second % 60, moment - second % 60 + 60};
      case 3:
        return {whole + minute + ':' + padded(second % 60, 2) + zone, moment, moment + 1};
      case 4:
        if (moment > 0) return {'@' + std::to_string(moment), moment, moment + 1};
        [[fallthrough]];
      default:
        return span(whole, day, day + std::chrono::days{1});
    }
  }

  Random& random_;
  std::int64_t now_;
  Days today_;
};

// --- the generator -----------------------------------------------------------------------------------------

class Generator {
 public:
  Generator(const Corpus& corpus, Random& random) : corpus_{corpus}, random_{random} {}

  /// What relative dates count from: some days after some message, so that they find something.
  std::int64_t some_now() {
    const auto moment = some_moment(dates);
    now_ = moment + static_cast<std::int64_t>(random_.below(20 * 86'400));
    return now_;
  }

  Node query(std::size_t depth) {
    if (depth == 0 || random_.chance(25)) return term(depth);
    Node node;
    const auto choice = random_.below(100);
    node.kind = choice < 45   ? Node::Kind::conjunction
                : choice < 80 ? Node::Kind::disjunction
                              : Node::Kind::negation;
    const auto operands = node.kind == Node::Kind::negation ? 1 : random_.from_to(2, 3);
    for (std::size_t count = 0; count < operands; ++count) node.operands.push_back(query(depth - 1));
    return node;
  }

 private:
  Node term(std::size_t depth) {
    struct Choice {
      std::size_t weight;
      Node (Generator::*make)();
    };
    static constexpr std::array kChoices{
        Choice{20, &Generator::words},     Choice{4, &Generator::file_name},
        Choice{3, &Generator::media_type}, Choice{6, &Generator::domain},
        Choice{3, &Generator::local},      Choice{3, &Generator::return_path},
        Choice{3, &Generator::rcpt},       Choice{3, &Generator::mailer},
        Choice{5, &Generator::hop},        Choice{8, &Generator::ip},
        Choice{6, &Generator::origin},     Choice{2, &Generator::trust},
        Choice{2, &Generator::kind},       Choice{3, &Generator::client},
        Choice{2, &Generator::list},       Choice{5, &Generator::finding},
        Choice{2, &Generator::helo},       Choice{2, &Generator::protocol},
        Choice{2, &Generator::mta},        Choice{2, &Generator::auth},
        Choice{2, &Generator::port},       Choice{2, &Generator::delay},
        Choice{3, &Generator::verdict},    Choice{3, &Generator::zone},
        Choice{2, &Generator::msgid},      Choice{2, &Generator::id},
        Choice{8, &Generator::date},       Choice{4, &Generator::arrived},
        Choice{5, &Generator::since},      Choice{6, &Generator::size},
        Choice{5, &Generator::mailbox},    Choice{2, &Generator::account},
        Choice{3, &Generator::flag},       Choice{5, &Generator::state},
        Choice{3, &Generator::possession}, Choice{10, &Generator::regex},
        Choice{1, &Generator::everything}};
    constexpr std::size_t kThreadWeight = 5;
    std::size_t total = kThreadWeight;
    for (const auto& choice : kChoices) total += choice.weight;
    auto at = random_.below(total);
    for (const auto& choice : kChoices) {
      if (at < choice.weight) return (this->*choice.make)();
      at -= choice.weight;
    }
    return thread(depth);
  }

  // --- how it is typed

  static Node made(std::string text, Answer answer) {
    Node node;
    node.text = std::move(text);
    node.answer = std::move(answer);
    return node;
  }

  /// One of the names of a field, with its colon.
  std::string field(const std::vector<const char*>& names) {
    const std::string name = random_.chance(60) ? names[0] : random_.one_of(names);
    return (random_.chance(8) ? upper(name) : name) + ':';
  }

  static bool needs_quotes(std::string_view value) {
    return value.empty() || value[0] == '/' || value.find_first_of(" \t\r\n()\"}") != std::string_view::npos;
  }
  static std::string quoted(std::string_view value) {
    std::string text = "\"";
    for (const char c : value) text += c == '"' ? std::string{"\"\""} : std::string{c};
    return text + '"';
  }
  std::string value(const std::string& value) {
    return needs_quotes(value) || random_.chance(20) ? quoted(value) : value;
  }
  std::string any_case(const std::string& text) {
    return random_.chance(70) ? text : random_.chance(50) ? upper(text) : lower(text);
  }

  // --- what it is typed of

  const Message& some_message() { return random_.one_of(corpus_.messages()); }
  /// A part of some message; where none has any, `otherwise`.
  template <typename Parts, typename Part>
  Part some(Parts parts_of, Part otherwise) {
    for (int attempts = 0; attempts < 300; ++attempts) {
      const auto parts = parts_of(some_message());
      if (!parts.empty()) return random_.one_of(parts);
    }
    return otherwise;
  }
  std::string some_text(Texts (*texts_of)(const Message&), const char* otherwise) {
    const auto text = some(texts_of, std::string{otherwise});
    return text.empty() ? otherwise : text;
  }
  /// A moment of the years that people write with four digits.
  std::int64_t some_moment(std::vector<std::int64_t> (*moments_of)(const Message&)) {
    const auto moment = some(moments_of, std::int64_t{0});
    return moment > 0 && moment < 4'000'000'000 ? moment : 1'709'640'000;
  }

  /// A host, or what it lies below; sometimes cut inside a label, where it is another one.
  std::string some_domain(Texts (*hosts_of)(const Message&)) {
    auto name = some_text(hosts_of, "mail.example.org");
    const bool is_plain = std::all_of(name.begin(), name.end(),
                                      [](char c) { return is_alnum(c) || c == '.' || c == '-' || c == '_'; });
    if (!is_plain || !is_alnum(name[0]) || !is_alnum(name.back()) || name.find("..") != std::string::npos)
      name = "mail.example.org";
    const auto dot = name.find('.');
    if (dot != std::string::npos && random_.chance(50)) name.erase(0, dot + 1);
    if (name.size() > 3 && is_alnum(name[1]) && random_.chance(5)) name.erase(0, 1);
    return any_case(name);
  }
  /// Dots at its ends do not count.
  std::string domain_value(const std::string& domain) {
    return value((random_.chance(10) ? "." : "") + domain + (random_.chance(5) ? "." : ""));
  }

  // --- words

  using Names = std::vector<const char*>;
  struct TextField {
    Names names;  ///< None: words anywhere.
    std::vector<Column> columns;
  };
  static const std::vector<TextField>& text_fields() {
    static const std::vector<Column> kAll{kSubject, kAuthor,  kSender, kRecipient, kCc,
                                          kBcc,     kReplyTo, kBody,   kAttachment};
    static const std::vector<TextField> kFields{{{}, kAll},
                                                {{}, kAll},
                                                {{}, kAll},
                                                {{"from"}, {kAuthor}},
                                                {{"to"}, {kRecipient}},
                                                {{"cc"}, {kCc}},
                                                {{"bcc"}, {kBcc}},
                                                {{"sender"}, {kSender}},
                                                {{"replyto", "reply-to"}, {kReplyTo}},
                                                {{"recip", "recipient"}, {kRecipient, kCc, kBcc}},
                                                {{"contact"}, kAddressColumns},
                                                {{"subject"}, {kSubject}},
                                                {{"body"}, {kBody}},
                                                {{"attachment", "filename", "file"}, {kAttachment}}};
    return kFields;
  }

  Node words() {
    const auto& text_field = random_.one_of(text_fields());
    const auto texts_of = [&](const Message& message) {
      Texts texts;
      for (const auto column : text_field.columns) {
        if (!message.words[column].empty()) texts.push_back(message.texts[column]);
      }
      return texts;
    };
    auto phrase = some_phrase(some(texts_of, std::string{"nothing"}));
    auto& last = phrase.back();
    // A star in a file name is a glob.
    const bool is_prefix = text_field.columns[0] != kAttachment && random_.chance(20) &&
                           std::all_of(last.begin(), last.end(), is_alnum);
    if (is_prefix) last.resize(random_.from_to(std::min<std::size_t>(2, last.size()), last.size()));
    const bool is_bare = random_.chance(phrase.size() == 1 ? 80 : 40);
    const std::string between =
        is_bare ? random_.one_of({".", "-", "@", "_"}) : random_.one_of({" ", "  ", ", ", "."});
    std::string typed;
    for (const auto& word : phrase) typed += (typed.empty() ? "" : between) + any_case(word);
    if (typed == "OR" || typed == "AND" || typed == "NOT") typed = lower(typed);
    return made((text_field.names.empty() ? "" : field(text_field.names)) +
                    (is_bare ? typed : quoted(typed)) + (is_prefix ? "*" : ""),
                corpus_.with_phrase(text_field.columns, typed, is_prefix));
  }

  /// One to four words that follow each other in the text, or a part of one unspaced run; never both, as
  /// people do not type that.
  Texts some_phrase(const std::string& text) {
    const auto all = tokens(text);
    for (int attempts = 0; attempts < 50 && !all.empty(); ++attempts) {
      const auto first = random_.below(all.size());
      const auto original = [&](std::size_t index) {
        return text.substr(all[index].begin, all[index].end - all[index].begin);
      };
      if (is_unspaced(g_utf8_get_char(original(first).c_str()))) {
        auto last = first;
        const auto wanted = random_.below(4);
        while (last - first < wanted && last + 1 < all.size() && all[last + 1].word[0] == kJoin) ++last;
        return {text.substr(all[first].begin, all[last].end - all[first].begin)};
      }
      Texts phrase;
      for (auto index = first; index < all.size() && phrase.size() < 4; ++index) {
        const auto word = original(index);
        if (!is_plain_word(word) || word.size() > 40 || (index > first && random_.chance(60))) break;
        phrase.push_back(word);
      }
      if (phrase.size() > 1 && random_.chance(10)) std::swap(phrase[0], phrase[1]);
      if (!phrase.empty()) return phrase;
    }
    return {"nosuchword"};
  }

  // --- addresses and the trail

  Node domain() {
    const auto wanted = some_domain(domains);
    return made(field({"domain"}) + domain_value(wanted),
                corpus_.with(domains, [&](const auto& own) { return is_below(own, wanted); }));
  }

  Node local() {
    const auto wanted = any_case(some_text(local_parts, "alice"));
    return made(field({"local"}) + value(wanted),
                corpus_.with(local_parts, [&](const auto& own) { return lower(own) == lower(wanted); }));
  }

  Node return_path() {
    const auto name = field({"returnpath", "return-path", "envelope"});
    if (random_.chance(20))
      return made(name + value("<>"),
                  corpus_.with(return_paths, [](const auto& own) { return own.empty(); }));
    if (random_.chance(50)) {
      const auto wanted = some_domain(return_domains);
      return made(name + domain_value(wanted),
                  corpus_.with(return_domains, [&](const auto& own) { return is_below(own, wanted); }));
    }
    auto wanted = any_case(some_text(return_paths, "alice@example.org"));
    if (wanted.find('@') == std::string::npos || wanted[0] == '@') wanted = "alice@example.org";
    return made(name + value(wanted),
                corpus_.with(return_paths, [&](const auto& own) { return lower(own) == lower(wanted); }));
  }

  Node rcpt() {
    const auto name = field({"rcpt", "envelope-to"});
    if (random_.chance(50)) {
      const auto wanted = some_domain(recipient_domains);
      return made(name + domain_value(wanted),
                  corpus_.with(recipient_domains, [&](const auto& own) { return is_below(own, wanted); }));
    }
    auto wanted = any_case(some_text(envelope_recipients, "alice@example.org"));
    if (wanted.find('@') == std::string::npos || wanted[0] == '@') wanted = "alice@example.org";
    return made(name + value(wanted), corpus_.with(envelope_recipients, [&](const auto& own) {
      return lower(own) == lower(wanted);
    }));
  }

  Node mailer() { return part({"mailer", "useragent", "user-agent", "x-mailer"}, mailers); }
  Node client() { return part({"client"}, clients); }
  Node list() { return part({"list"}, lists); }

  Node part(const std::vector<const char*>& names, Texts (*own_texts)(const Message&)) {
    auto wanted = some_text(own_texts, "Mutt");
    if (random_.chance(80)) wanted = wanted.substr(random_.below(wanted.size()), random_.from_to(3, 12));
    if (std::any_of(wanted.begin(), wanted.end(), [](char c) { return c < ' ' || c > '~'; })) wanted = "Mutt";
    wanted = any_case(wanted);
    return made(field(names) + value(wanted), corpus_.with(own_texts, [&](const auto& own) {
      return lower(own).find(lower(wanted)) != std::string::npos;
    }));
  }

  Node finding() {
    auto wanted = some_text(codes, "CHAIN_BREAK");
    if (random_.chance(30)) wanted = wanted.substr(0, random_.from_to(1, wanted.size())) + '*';
    return made(field({"finding"}) + any_case(wanted),
                corpus_.with(codes, [&](const auto& own) { return glob(own, wanted); }));
  }

  Node hop() {
    const auto wanted = some_domain(servers);
    return made(field({"hop", "via"}) + domain_value(wanted),
                corpus_.with(servers, [&](const auto& own) { return is_below(own, wanted); }));
  }

  Node helo() {
    const auto wanted = some_domain(announced_names);
    return made(field({"helo", "ehlo"}) + domain_value(wanted),
                corpus_.with(announced_names, [&](const auto& own) { return is_below(own, wanted); }));
  }

  Node protocol() {
    auto wanted = some_text(protocols, "ESMTP");
    if (wanted.find_first_of("*?/") != std::string::npos) wanted = "ESMTP";
    return made(field({"with", "protocol"}) + value(any_case(wanted)),
                corpus_.with(protocols, [&](const auto& own) { return lower(own) == lower(wanted); }));
  }

  Node mta() {
    const auto wanted = some_text(software, "postfix");
    return made(field({"mta", "software"}) + value(any_case(wanted)),
                corpus_.with(software, [&](const auto& own) { return own == wanted; }));
  }

  Node auth() {
    const auto wanted = some_text(users, "alice");
    return made(field({"auth"}) + value(any_case(wanted)), corpus_.with(users, [&](const auto& own) {
      const auto at = own.rfind('@');
      const bool is_side = at != std::string::npos && (lower(own.substr(0, at)) == lower(wanted) ||
                                                       is_below(own.substr(at + 1), wanted));
      return is_side || lower(own) == lower(wanted);
    }));
  }

  Node port() {
    const auto wanted = random_.chance(30) ? random_.one_of({25, 465, 587, 443, 24}) : some(ports, 25);
    return made(field({"port"}) + std::to_string(wanted),
                corpus_.with(ports, [&](const auto& own) { return own == wanted; }));
  }

  Node verdict() {
    const auto typed = random_.chance(30)
                           ? random_.one_of({"dkim:pass", "dkim:fail", "spf:none", "dmarc:any", "arc:pass"})
                           : some_text(verdicts, "spf:pass");
    const auto method = typed.substr(0, typed.find(':') + 1);
    const bool is_any = random_.chance(20) || typed == method + "any";
    return made(any_case(is_any ? method + "any" : typed), corpus_.with(verdicts, [&](const auto& own) {
      return is_any ? own.starts_with(method) : own == typed;
    }));
  }

  Node delay() {
    const auto wanted = std::abs(some(delays, std::int64_t{60}));
    const auto seconds = std::to_string(wanted) + 's';
    if (random_.chance(50))
      return made(field({"delay"}) + seconds + "..",
                  corpus_.with(delays, [&](const auto& own) { return own >= wanted; }));
    return made(field({"delay"}) + ".." + seconds,
                corpus_.with(delays, [&](const auto& own) { return own <= wanted; }));
  }

  Node ip() { return network({"ip"}, peers); }
  Node origin() { return network({"origin"}, origins); }
  Node trust() { return word({"trust"}, trusts, {"observed", "assumed", "claimed", "none"}); }
  Node kind() { return word({"kind"}, kinds, {"client", "server", "provider", "none"}); }

  Node word(const std::vector<const char*>& names, Texts (*own_words)(const Message&),
            std::initializer_list<const char*> all) {
    const std::string wanted = random_.one_of(all);
    return made(field(names) + (random_.chance(20) ? upper(wanted) : wanted),
                corpus_.with(own_words, [&](const auto& own) { return own == wanted; }));
  }

  Node network(const std::vector<const char*>& names, Texts (*own_addresses)(const Message&)) {
    const auto address = some_text(own_addresses, "192.0.2.1");
    const bool is_ipv4 = address.find(':') == std::string::npos;
    auto text = random_.chance(20) ? upper(address) : address;
    std::size_t bits = 128;
    if (random_.chance(70)) {
      const auto length = is_ipv4 ? random_.one_of({0U, 1U, 8U, 12U, 16U, 20U, 24U, 25U, 30U, 31U, 32U})
                                  : random_.one_of({0U, 3U, 16U, 32U, 40U, 48U, 61U, 64U, 96U, 127U, 128U});
      bits = is_ipv4 ? 96 + length : length;
      text += '/' + std::to_string(length);
    }
    const auto network = [&](const std::string& own) { return ip_number(own) >> (128 - bits); };
    return made(field(names) + value(text), corpus_.with(own_addresses, [&](const auto& own) {
      return network(own) == network(address);
    }));
  }

  Node zone() {
    const auto minutes = some(zones, 60);
    const std::string sign = minutes < 0 ? "-" : "+";
    const auto hours = padded(std::abs(minutes) / 60, 2);
    const auto rest = padded(std::abs(minutes) % 60, 2);
    auto text = sign + hours + (random_.chance(30) ? ":" : "") + rest;
    if (rest == "00" && random_.chance(20)) text = sign + std::to_string(std::abs(minutes) / 60);
    if (minutes == 0 && random_.chance(40)) text = random_.one_of({"Z", "UTC", "utc"});
    return made(field({"tz", "zone"}) + value(text),
                corpus_.with(zones, [&](int own) { return own == minutes; }));
  }

  // --- names of messages

  Node msgid() {
    auto wanted = some_text(message_ids, "nothing@example.org");
    if (wanted.size() > 1 && random_.chance(5)) wanted.pop_back();  // no part of it will do
    const auto text = random_.chance(30) ? '<' + wanted + '>' : wanted;
    return made(field({"msgid", "rfc822msgid", "message-id", "mid"}) + value(text),
                corpus_.with(message_ids, [&](const auto& own) { return own == wanted; }));
  }

  std::string some_id() {
    return some_message().summary().id.substr(0, random_.chance(30) ? 64 : random_.from_to(6, 20));
  }
  Answer with_id(const std::string& prefix) {
    return corpus_.those([&](const Message& message) { return message.summary().id.starts_with(prefix); });
  }
  Node id() {
    const auto prefix = some_id();
    return made(field({"id"}) + value(any_case(prefix)), with_id(prefix));
  }

  Node thread(std::size_t depth) {
    Node node;
    node.kind = Node::Kind::thread;
    node.text = field({"thread"});
    if (random_.chance(70)) {
      node.operands.push_back(query(std::min<std::size_t>(depth, 1)));
      return node;
    }
    const auto prefix = some_id();
    node.operands.push_back(made("", with_id(prefix)));
    return made(node.text + value(prefix), evaluate(node, corpus_));
  }

  // --- dates and sizes

  /// One name or a range of names, and the moments that it covers.
  struct Range {
    std::string text;
    std::optional<std::int64_t> begin;
    std::optional<std::int64_t> end;
    bool covers(std::int64_t moment) const { return (!begin || moment >= *begin) && (!end || moment < *end); }
  };
  Range some_range(std::int64_t moment, std::int64_t other) {
    Calendar calendar{random_, now_};
    const auto first = calendar.about(moment);
    if (random_.chance(40)) return {first.text, first.begin, first.end};
    if (random_.chance(30)) return {first.text + "..", first.begin, std::nullopt};
    if (random_.chance(30)) return {".." + first.text, std::nullopt, first.end};
    const auto second = calendar.about(other);
    const bool is_swapped = second.begin < first.begin && !random_.chance(5);
    const auto& from = is_swapped ? second : first;
    const auto& to = is_swapped ? first : second;
    return {from.text + ".." + to.text, from.begin, to.end};
  }

  Node date() {
    const auto range = some_range(some_moment(dates), some_moment(dates));
    return made(field({"date"}) + value(range.text),
                corpus_.with(dates, [&](std::int64_t own) { return range.covers(own); }));
  }

  Node arrived() {
    const auto range = some_range(some_moment(arrivals), some_moment(arrivals));
    return made(field({"arrived", "received", "server-date"}) + value(range.text),
                corpus_.with(arrivals, [&](std::int64_t own) { return range.covers(own); }));
  }

  /// after, before, newer_than, older_than: one side of a moment, which counts from its beginning.
  Node since() {
    Calendar calendar{random_, now_};
    const auto moment = some_moment(dates);
    const bool is_ago = moment < now_ && now_ - moment < 3'000 * std::int64_t{86'400} && random_.chance(50);
    const auto named = is_ago ? calendar.ago(moment) : calendar.about(moment);
    const bool is_later = random_.chance(50);
    std::string name;
    if (is_ago) {
      name = is_later ? field({"newer_than", "newer"}) : field({"older_than", "older"});
    } else {
      name = is_later ? field({"after", "since"}) : field({"before"});
    }
    Range range;
    (is_later ? range.begin : range.end) = named.begin;
    return made(name + value(named.text),
                corpus_.with(dates, [&](std::int64_t own) { return range.covers(own); }));
  }

  struct Octets {
    std::string text;
    std::uint64_t count = 0;
  };
  Octets some_octets() {
    const auto size = some(sizes, std::uint64_t{0});
    switch (random_.below(5)) {
      case 0:
        return {std::to_string(size >> 10U) + random_.one_of({"k", "K"}), size >> 10U << 10U};
      case 1:
        return random_.chance(50) ? Octets{"1M", 1'048'576} : Octets{"0m", 0};
      case 2:
        return {std::to_string(size) + 'b', size};
      default:
        return {std::to_string(size), size};
    }
  }

  Node size() {
    auto least = some_octets();
    auto most = some_octets();
    if (most.count < least.count) std::swap(least, most);
    std::string text;
    switch (random_.below(6)) {
      case 0:
        text = field({"larger", "bigger"}) + value(least.text);
        most.count = UINT64_MAX;
        break;
      case 1:
        text = field({"smaller"}) + value(most.text);
        least.count = 0;
        break;
      case 2:
        text = field({"size"}) + value(least.text + "..");
        most.count = UINT64_MAX;
        break;
      case 3:
        text = field({"size"}) + value(".." + most.text);
        least.count = 0;
        break;
      case 4:
        text = field({"size"}) + value(least.text);
        most.count = least.count;
        break;
      default:
        text = field({"size"}) + value(least.text + ".." + most.text);
    }
    return made(std::move(text), corpus_.with(sizes, [&](std::uint64_t own) {
      return own >= least.count && own <= most.count;
    }));
  }

  // --- places and states

  /// A name with a part of it replaced by a wildcard.
  std::string globbed(const std::string& name) {
    std::string pattern;
    const auto begin = random_.below(name.size());
    const auto end = random_.from_to(begin, name.size());
    std::size_t at = 0;
    for (const char* here = name.data(); at < name.size();
         at = static_cast<std::size_t>(here - name.data())) {
      const char* const next = g_utf8_next_char(here);
      if (at < begin || at >= end) {
        pattern.append(here, next);
      } else if (pattern.empty() || pattern.back() != '*') {
        pattern += end - begin <= 3 ? '?' : '*';
      }
      here = next;
    }
    return pattern;
  }

  Node mailbox() {
    auto pattern = some_text(mailboxes, "INBOX");
    const auto slash = pattern.rfind('/');
    bool is_whole_tree = false;
    switch (random_.below(6)) {
      case 0:
        pattern = globbed(pattern);
        break;
      case 1:
        if (slash != std::string::npos) pattern.resize(slash);
        is_whole_tree = true;
        break;
      case 2:
        if (slash != std::string::npos) pattern = "**" + pattern.substr(slash);
        break;
      case 3:
        pattern = random_.one_of({"*", "**", "*/*", "Archive/*", "*/2024", "Nowhere"});
        break;
      default:
        break;
    }
    pattern = any_case(pattern);
    const auto typed = (random_.chance(10) ? "/" : "") + pattern + (is_whole_tree ? "/**" : "");
    return made(field({"mailbox", "in", "folder", "path", "maildir"}) + value(typed),
                corpus_.with(mailboxes, [&](const auto& own) {
                  return glob(own, pattern) || (is_whole_tree && glob(own, pattern + "/**"));
                }));
  }

  Node account() {
    const auto wanted = random_.chance(90) ? some_text(accounts, "work") : std::string{"nobody"};
    return made(field({"account"}) + value(wanted),
                corpus_.with(accounts, [&](const auto& own) { return own == wanted; }));
  }

  Node flag() {
    const std::string wanted =
        random_.one_of({"seen", "flagged", "answered", "draft", "deleted", "$label1", "junk", "$forwarded"});
    const bool has_backslash = wanted[0] != '$' && wanted != "junk" && random_.chance(40);
    return made(field({"flag", "keyword"}) + value((has_backslash ? "\\" : "") + any_case(wanted)),
                corpus_.those([&](const Message& message) { return message.has_flag(wanted); }));
  }

  Node state() {
    const auto name = field({"is", "tag", "label"});
    struct State {
      const char* name;
      const char* flag;
    };
    static constexpr std::array kStates{State{"read", "seen"},         State{"seen", "seen"},
                                        State{"flagged", "flagged"},   State{"starred", "flagged"},
                                        State{"answered", "answered"}, State{"replied", "answered"},
                                        State{"draft", "draft"},       State{"deleted", "deleted"}};
    switch (random_.below(8)) {
      case 0:
      case 1:
      case 2:
        return made(name + value(any_case("unread")),
                    corpus_.those([](const Message& message) { return !message.has_flag("seen"); }));
      case 3:
        return made(name + value("here"), corpus_.those([](const Message&) { return true; }));
      case 4:
        return made(name + value("gone"), corpus_.those([](const Message&) { return false; }));
      default: {
        const auto& wanted = random_.one_of(kStates);
        return made(name + value(any_case(wanted.name)),
                    corpus_.those([&](const Message& message) { return message.has_flag(wanted.flag); }));
      }
    }
  }

  Node possession() {
    const bool is_defect = random_.chance(50);
    return made(field({"has"}) + value(any_case(is_defect ? "defect" : "attachment")),
                corpus_.those([&](const Message& message) {
                  return is_defect ? !message.object.defects.empty() : !message.object.attachments.empty();
                }));
  }

  Node everything() {
    return made("*", corpus_.those([](const Message&) { return true; }));
  }

  // --- attachments

  /// A glob over the whole name; words in it are for words().
  Node file_name() {
    auto name = some_text(file_names, "invoice.pdf");
    if (needs_quotes(name)) name = "invoice.pdf";
    const auto dot = name.rfind('.');
    auto pattern = dot != std::string::npos && random_.chance(50) ? '*' + name.substr(dot) : globbed(name);
    pattern = any_case(pattern);
    if (pattern.find_first_of("*?") == std::string::npos) pattern += '*';
    return made(field({"attachment", "filename", "file"}) + pattern,
                corpus_.with(file_names, [&](const auto& own) { return glob(own, pattern); }));
  }

  Node media_type() {
    const auto parts = split(some_text(media_types, "application/pdf"), '/');
    std::string major = parts[0];
    std::string minor = parts.back();
    const auto which = random_.below(4);
    if (which == 0) major = "*";
    if (which == 1) minor = random_.chance(50) ? "*" : minor.substr(0, 1) + '*';
    const auto name = field({"type", "mimetype", "mime"});
    const bool are_both = random_.chance(50);
    const auto either = random_.chance(50) ? major : minor;
    return made(name + value(any_case(are_both ? major + '/' + minor : either)),
                corpus_.with(media_types, [&](const auto& type) {
                  const auto own = split(type, '/');
                  return are_both ? glob(own[0], major) && glob(own.back(), minor)
                                  : glob(own[0], either) || glob(own.back(), either);
                }));
  }

  // --- regular expressions

  struct RegexField {
    const char* name;
    Texts (*texts)(const Message&);
  };
  static const std::vector<RegexField>& regex_fields() {
    static const std::vector<RegexField> kFields{
        {"from", [](const Message& message) { return written_in(message, {kAuthor}); }},
        {"to", [](const Message& message) { return written_in(message, {kRecipient}); }},
        {"cc", [](const Message& message) { return written_in(message, {kCc}); }},
        {"recip",
         [](const Message& message) {
           return written_in(message, {kRecipient, kCc, kBcc});
         }},
        {"contact", [](const Message& message) { return written_in(message, kAddressColumns); }},
        {"subject", subjects},
        // The index keeps the text of the body in one form only, with Chinese, Japanese and Korean in pairs.
        {"body",
         [](const Message& message) {
           auto texts = bodies(message);
           for (auto& text : texts) text = indexable(text);
           return texts;
         }},
        {"attachment", file_names},
        {"mailbox", mailboxes},
        {"mailer", mailers},
        {"list", lists},
        {"msgid", message_ids},
        {"returnpath", return_paths},
        {"rcpt", envelope_recipients},
        {"hop", servers},
        {"helo", announced_names},
        {"with", protocols},
        {"auth", users}};
    return kFields;
  }

  Node regex() {
    const auto& wanted = random_.one_of(regex_fields());
    std::vector<Pattern> alternatives;
    std::string typed;
    do {
      // In the body that the index holds, blanks stand about Chinese, Japanese and Korean that are not in the
      // message.
      const std::string_view literal = wanted.texts == bodies ? "/-@<>_=,:." : " /-@<>_=,:.";
      alternatives.push_back(some_pattern(some_text(wanted.texts, "nothing"), literal));
      for (const auto& piece : alternatives.back()) typed += piece.typed;
      typed += '|';
    } while (random_.chance(40));
    typed.pop_back();
    if (random_.chance(20)) typed = '(' + typed + ')';
    return made(field({wanted.name}) + '/' + with_slashes(typed) + '/',
                corpus_.with(wanted.texts, [&](const auto& own) {
                  return std::any_of(alternatives.begin(), alternatives.end(),
                                     [&](const Pattern& pattern) { return occurs(pattern, own); });
                }));
  }

  /// A slash needs a backslash where it could be taken for the end.
  std::string with_slashes(const std::string& pattern) {
    std::string typed;
    for (std::size_t at = 0; at < pattern.size(); ++at) {
      const bool is_inside = at + 1 < pattern.size() && is_alnum(pattern[at + 1]);
      if (pattern[at] == '/' && !(is_inside && random_.chance(50))) typed += '\\';
      typed += pattern[at];
    }
    return typed;
  }

  /// Some characters of the text: as they are, or as a class or a repetition that takes them.
  Pattern some_pattern(const std::string& text, std::string_view literal) {
    const auto is_fit = [&](char c) { return is_alnum(c) || literal.find(c) != std::string_view::npos; };
    std::size_t begin = 0;
    std::size_t end = 0;
    for (int attempts = 0; attempts < 50 && end - begin < 3 && !text.empty(); ++attempts) {
      begin = random_.below(text.size());
      end = begin;
      const auto longest = random_.from_to(3, 8);
      while (end < text.size() && end - begin < longest && is_fit(text[end])) ++end;
    }
    Pattern pattern;
    for (const char c : end - begin < 3 ? "nosuchtext" : text.substr(begin, end - begin))
      pattern.push_back(some_piece(c));
    return pattern;
  }

  PatternPiece some_piece(char c) {
    PatternPiece piece{std::string{c}, {lower(c), upper(c)}};
    if (c == '.') piece.typed = "\\.";
    if (!is_alnum(c)) return piece;
    switch (random_.below(10)) {
      case 0:
        if (is_digit(c)) return {random_.one_of({"\\d", "[0-9]"}), characters('0', '9')};
        if (lower(c) <= 'm') return {"[a-m]", characters('a', 'm')};
        return {"[N-Z]", characters('n', 'z')};
      case 1:
        piece.typed = std::string{"["} + c + "#%]";
        piece.taken.insert({'#', '%'});
        break;
      case 2:
        piece.typed += '+';
        piece.may_repeat = true;
        break;
      case 3:
        piece.typed += '?';
        piece.may_lack = true;
        break;
      default:
        break;
    }
    return piece;
  }
  static std::set<char> characters(char first, char last) {
    std::set<char> all;
    for (char c = first; c <= last; ++c) all.insert({lower(c), upper(c)});
    return all;
  }

  const Corpus& corpus_;
  Random& random_;
  std::int64_t now_ = 0;
};

// --- the comparison ----------------------------------------------------------------------------------------

std::vector<std::string> ids_of(Searcher& searcher, const std::string& query, const SearchOptions& options) {
  std::vector<std::string> ids;
  searcher.search(query, options, [&](MessageSummary& summary) { ids.push_back(summary.id); });
  return ids;
}

/// The messages of an answer as a search gives them: newest first, those of one second by id.
std::vector<std::string> in_order(const Answer& answer, const Corpus& corpus) {
  std::vector<const Message*> found;
  for (std::size_t index = 0; index < answer.size(); ++index) {
    if (answer[index]) found.push_back(&corpus.messages()[index]);
  }
  std::sort(found.begin(), found.end(), [](const Message* left, const Message* right) {
    if (left->sort_date != right->sort_date) return left->sort_date > right->sort_date;
    return left->summary().id < right->summary().id;
  });
  std::vector<std::string> ids;
  for (const auto* message : found) ids.push_back(message->summary().id);
  return ids;
}

void describe_terms(const Node& node, const Corpus& corpus, std::size_t message, std::ostream& out) {
  if (node.kind == Node::Kind::term || node.kind == Node::Kind::thread) {
    out << "    " << node.text << (node.kind == Node::Kind::thread ? "{...}" : "") << " is "
        << (evaluate(node, corpus)[message] ? "true" : "false") << " in the reference\n";
  }
  for (const auto& operand : node.operands) describe_terms(operand, corpus, message, out);
}

std::string explained(Searcher& searcher, const std::string& query, const SearchOptions& options) {
  const auto explanation = searcher.explain(query, options);
  std::ostringstream out;
  out << explanation.tree << explanation.sql << '\n';
  for (const auto& step : explanation.plan) out << "  " << step << '\n';
  return out.str();
}

/// Why the answers differ, for the first few messages of which they do.
std::string differences(const Node& node, const Answer& answer, const Corpus& corpus,
                        const std::vector<std::string>& found) {
  const std::set<std::string> ids{found.begin(), found.end()};
  std::ostringstream out;
  std::size_t count = 0;
  for (std::size_t index = 0; index < answer.size(); ++index) {
    const auto& summary = corpus.messages()[index].summary();
    if ((ids.count(summary.id) > 0) == answer[index]) continue;
    if (++count > 5) continue;
    out << "  " << summary.id << " \"" << summary.subject.value_or("")
        << "\": " << (answer[index] ? "only the reference finds it\n" : "only the index finds it\n");
    describe_terms(node, corpus, index, out);
  }
  out << "  " << count << " messages differ\n";
  return out.str();
}

void compare(Searcher& searcher, const Corpus& corpus, const Node& node, const std::string& query,
             std::int64_t now) {
  SearchOptions options;
  options.now = now;
  try {
    const auto answer = evaluate(node, corpus);
    const auto expected = in_order(answer, corpus);
    const auto found = ids_of(searcher, query, options);
    const bool are_same = found == expected;
    EXPECT_TRUE(are_same) << "query: " << query << "\nnow: " << now << '\n'
                          << explained(searcher, query, options) << differences(node, answer, corpus, found)
                          << "  " << found.size() << " found, " << expected.size() << " expected; order "
                          << (found.size() == expected.size() ? "may differ" : "aside");
    EXPECT_EQ(searcher.count(query, options), expected.size()) << "query: " << query;
    options.limit = 10;
    const auto few = ids_of(searcher, query, options);
    EXPECT_EQ(few, std::vector(expected.begin(),
                               expected.begin() + std::ptrdiff_t(std::min<std::size_t>(10, expected.size()))))
        << "with limit 10, query: " << query << '\n'
        << explained(searcher, query, options);
  } catch (const std::exception& error) {
    ADD_FAILURE() << "query: " << query << "\nfails: " << error.what();
  }
}

std::uint64_t seed() {
  const char* text = std::getenv("MAILSPOOR_SEED");
  return text == nullptr ? kDefaultSeed : std::strtoull(text, nullptr, 10);
}

void compare_generated_queries(const Corpus& corpus) {
  std::cout << "MAILSPOOR_SEED=" << seed() << ": " << kQueries << " queries over " << corpus.messages().size()
            << " messages\n";
  Random random{seed()};
  Generator generator{corpus, random};
  Typist typist{random};
  Searcher searcher{corpus.database()};
  std::size_t answered = 0;
  for (std::size_t number = 0; number < kQueries && !testing::Test::HasFatalFailure(); ++number) {
    const auto now = generator.some_now();
    const auto node = generator.query(number % 5);
    const auto query = typist.typed(node);
    compare(searcher, corpus, node, query, now);
    const auto answer = evaluate(node, corpus);
    const auto matches = static_cast<std::size_t>(std::count(answer.begin(), answer.end(), true));
    if (matches > 0 && matches < answer.size()) ++answered;
  }
  std::cout << answered << " of them find some messages but not all\n";
  EXPECT_GT(answered, kQueries / 2) << "such queries show little";
}

// --- the mail ----------------------------------------------------------------------------------------------

std::vector<Source> sample_mailbox() {
  const std::filesystem::path root = std::filesystem::path{MAILSPOOR_PROJECT} / "tests/data/mailbox";
  std::vector<Source> sources;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{root}) {
    if (entry.path().extension() != ".eml") continue;
    sources.push_back({entry.path(), entry.path().parent_path().lexically_relative(root).generic_string()});
  }
  std::sort(sources.begin(), sources.end(),
            [](const Source& left, const Source& right) { return left.path < right.path; });
  return sources;
}

/// A part of the corpus, evenly taken, without the line that an mbox puts before a message.
std::vector<Source> real_mail(const std::filesystem::path& scratch) {
  const auto files = real_mail_files("spamassassin.tar.zst", scratch);
  const auto wanted = std::min(files.size(), kMaxCorpusMessages);
  std::filesystem::create_directory(scratch / "messages");
  std::vector<Source> sources;
  for (std::size_t number = 0; number < wanted; ++number) {
    const auto& file = files[number * files.size() / wanted];
    std::ifstream in{file, std::ios::binary};
    std::string octets{std::istreambuf_iterator<char>{in}, {}};
    if (octets.starts_with("From ")) octets.erase(0, octets.find('\n') + 1);
    const auto copy = scratch / "messages" / std::to_string(number);
    std::ofstream{copy, std::ios::binary} << octets;
    const auto group = split(file.filename().string(), '.')[0];
    sources.push_back({copy, "Archive/" + file.parent_path().filename().string() + '/' + group});
  }
  return sources;
}

// --- the tests ---------------------------------------------------------------------------------------------

class QueryEquivalence : public testing::Test {
 protected:
  void SetUp() override {
    setenv("TZ", "UTC", 1);
    tzset();
  }
};

TEST_F(QueryEquivalence, HoldsForTheSampleMailbox) {
  Corpus corpus;
  ASSERT_NO_FATAL_FAILURE(corpus.fill(sample_mailbox()));
  ASSERT_GT(corpus.messages().size(), 90U);
  compare_generated_queries(corpus);
}

TEST_F(QueryEquivalence, HoldsForRealMail) {
  Corpus corpus;
  const auto sources = real_mail(corpus.folder());
  if (sources.empty()) {
    GTEST_SKIP() << "no real mail: MAILSPOOR_CORPORA names the folder of spamassassin.tar.zst, "
                    "MAILSPOOR_CORPORA_UNPACKED one of message files";
  }
  ASSERT_NO_FATAL_FAILURE(corpus.fill(sources));
  compare_generated_queries(corpus);
}

/// Queries of each kind of plan, for either mail: few and many matches, lists and walks, all fields.
const std::vector<const char*> kPlannedQueries{"*",
                                               "-*",
                                               "the",
                                               "nosuchword",
                                               "the -subject:re",
                                               "NOT the",
                                               "the OR linux OR kyoto",
                                               "\"of the\" -(and OR or)",
                                               "inv*",
                                               "from:alice OR from:rssfeeds",
                                               "from:org to:org subject:re",
                                               "(from:alice OR to:alice) -body:the",
                                               "contact:example.org -recip:example.org",
                                               "domain:org",
                                               "domain:example.com OR domain:lists.sourceforge.net",
                                               "-domain:org -domain:com",
                                               "local:alice OR local:admin",
                                               "ip:0.0.0.0/0",
                                               "ip:0.0.0.0/0 -ip:10.0.0.0/8",
                                               "ip:2001:db8::/32 OR ip:127.0.0.1",
                                               "-ip:0.0.0.0/1 -ip:128.0.0.0/1",
                                               "hop:org OR hop:com",
                                               "hop:example.org is:unread",
                                               "date:2002 OR date:2024",
                                               "date:2002-08..2002-09 OR date:2023-06..2024-02",
                                               "-date:1900..2100",
                                               "after:2002-09 before:2024-03 is:flagged",
                                               "arrived:..2024",
                                               "-arrived:1970.. has:attachment",
                                               "newer_than:1y OR older_than:10y",
                                               "size:2k..4k",
                                               "larger:3k -has:attachment",
                                               "smaller:100 OR size:1M..",
                                               "mailbox:Archive/** -mailbox:archive/2023",
                                               "in:INBOX OR in:\"All Mail\"",
                                               "-mailbox:*",
                                               "account:home flag:seen (the OR -the)",
                                               "is:unread is:unread is:unread",
                                               "(is:flagged is:answered) OR (is:draft is:deleted)",
                                               "has:defect",
                                               "type:image/* OR type:text",
                                               "attachment:*.?? OR attachment:*.???",
                                               "returnpath:<> OR returnpath:example.org",
                                               "mailer:mozilla -tz:+0000",
                                               "thread:{the is:flagged}",
                                               "thread:{subject:re} -subject:re date:2002..",
                                               "thread:{thread:{from:alice} has:attachment} OR is:gone",
                                               "from:/a[lb]i/",
                                               "subject:/^re: / is:read the",
                                               "-subject:/./",
                                               "body:/free|libre/ (date:2002 OR is:unread) -ip:192.0.2.0/24",
                                               "(the (is:unread (hop:org (size:1k.. OR *))))"};

/// However many are wanted and however the query is wrapped, which makes lists of what was asked one by one
/// and the reverse, the answer is one.
void compare_plans(const Corpus& corpus) {
  Searcher searcher{corpus.database()};
  SearchOptions options;
  options.now = 1'730'000'000;
  for (const std::string query : kPlannedQueries) {
    const auto all = ids_of(searcher, query, options);
    for (const auto& wrapped : {query, "-(-(" + query + "))", "* (" + query + ")", "(" + query + ") OR -*",
                                "(" + query + ") size:0..", "(" + query + ") OR (" + query + ")"}) {
      EXPECT_EQ(ids_of(searcher, wrapped, options), all) << wrapped;
      EXPECT_EQ(searcher.count(wrapped, options), all.size()) << wrapped;
      for (const std::uint64_t limit : {1U, 100U}) {
        auto limited = options;
        limited.limit = limit;
        const auto wanted = std::min<std::size_t>(limit, all.size());
        EXPECT_EQ(ids_of(searcher, wrapped, limited),
                  std::vector(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(wanted)))
            << wrapped << " with limit " << limit << '\n'
            << explained(searcher, wrapped, limited);
      }
    }
  }
}

TEST_F(QueryEquivalence, GivesOneAnswerWhateverThePlan) {
  Corpus sample;
  ASSERT_NO_FATAL_FAILURE(sample.fill(sample_mailbox()));
  compare_plans(sample);
  Corpus real;
  const auto sources = real_mail(real.folder());
  if (sources.empty()) return;
  ASSERT_NO_FATAL_FAILURE(real.fill(sources));
  compare_plans(real);
}

}  // namespace
}  // namespace mailspoor::index
