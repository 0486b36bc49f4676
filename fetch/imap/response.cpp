#include "fetch/imap/response.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "deliver/base/ascii.hpp"
#include "deliver/base/text.hpp"

namespace mailspoor::fetch::imap {
namespace {

using Kind = Token::Kind;

constexpr std::size_t kMaxCapabilities = 10'000;
constexpr std::size_t kMaxAttributes = 100;  // of one mailbox
constexpr std::size_t kMaxObjectId = 255;    // RFC 8474 §7
constexpr std::size_t kMaxIdFields = 30;     // RFC 2971 §3.3
constexpr std::size_t kMaxQuotaResources = 100;
constexpr std::size_t kSortedHits = 1'000'000;  // of a SEARCH, before they are sorted
constexpr std::size_t kMaxNamespaces = 100;     // of a kind
constexpr std::size_t kMaxFlagOctets =
    std::size_t{64} * 1024;            // memory_of() one message's: room for more than a thousand
constexpr std::size_t kMaxDate = 100;  // a date-time has 26 octets

/// Digits only: `-1`, `9.37e+06` and the like, which servers do send, are no number.
std::optional<std::uint64_t> number(std::string_view digits) noexcept {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::optional<std::uint32_t> uid(std::string_view digits) noexcept {
  const auto value = number(digits);
  if (!value || *value == 0 || *value > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

std::optional<Status::Kind> status_kind(std::string_view word) noexcept {
  if (base::equal_ignoring_case(word, "OK")) return Status::Kind::ok;
  if (base::equal_ignoring_case(word, "NO")) return Status::Kind::no;
  if (base::equal_ignoring_case(word, "BAD")) return Status::Kind::bad;
  if (base::equal_ignoring_case(word, "BYE")) return Status::Kind::bye;
  if (base::equal_ignoring_case(word, "PREAUTH")) return Status::Kind::preauth;
  return std::nullopt;
}

std::string_view word_of(Status::Kind kind) noexcept {
  switch (kind) {
    case Status::Kind::ok:
      return "OK";
    case Status::Kind::no:
      return "NO";
    case Status::Kind::bad:
      return "BAD";
    case Status::Kind::bye:
      return "BYE";
    case Status::Kind::preauth:
      return "PREAUTH";
  }
  return "";
}

bool is_nil(const Token& token) noexcept {
  return token.is(Kind::atom) && base::equal_ignoring_case(token.text, "NIL");
}

/// Whether `word` can be the name of a FETCH item. Behind a body, anything else means that the body went
/// wrong.
bool is_item_name(std::string_view word) noexcept {
  return !word.empty() && base::is_letter(word.front()) && std::all_of(word.begin(), word.end(), [](char c) {
    return base::is_alphanumeric(c) || std::string_view{".-_[]<> ()\""}.find(c) != std::string_view::npos;
  });
}

///     objectid = 1*255(ALPHA / DIGIT / "_" / "-")      RFC 8474 §7
///
/// Cyrus 3.6 sends octets of memory that it has freed for the MAILBOXID of STATUS; that of EXAMINE is right.
bool is_object_id(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kMaxObjectId && std::all_of(text.begin(), text.end(), [](char c) {
    return base::is_alphanumeric(c) || c == '_' || c == '-';
  });
}

bool is_whole_body(std::string_view item) noexcept {
  return base::equal_ignoring_case(item, "BODY[]") || base::equal_ignoring_case(item, "BODY.PEEK[]");
}

}  // namespace

bool Status::has_code(std::string_view name) const noexcept {
  return base::starts_with_ignoring_case(code, name) &&
         (code.size() == name.size() || code[name.size()] == ' ');
}

std::optional<std::uint64_t> Status::code_number() const noexcept {
  std::string_view rest{code};
  rest.remove_prefix(std::min(rest.find(' '), rest.size()));
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return number(rest.substr(0, rest.find(' ')));
}

std::optional<std::string> Status::code_object_id() const {
  const auto open = code.find('(');
  if (open == std::string::npos || !code.ends_with(')')) return std::nullopt;
  auto id = code.substr(open + 1, code.size() - open - 2);
  return is_object_id(id) ? std::optional{std::move(id)} : std::nullopt;
}

std::string describe(const Status& status) {
  std::string text{word_of(status.kind)};
  if (!status.code.empty()) text += " [" + status.code + ']';
  if (!status.text.empty()) text += ' ' + status.text;
  return base::printable(text);
}

std::size_t memory_of(const std::vector<std::string>& words) noexcept {
  std::size_t octets = 0;
  for (const std::string& word : words) octets += word.size() + sizeof word;
  return octets;
}

std::size_t memory_of(const Fetched& fetched) noexcept {
  return (fetched.flags ? memory_of(*fetched.flags) : 0) +
         (fetched.gmail_labels ? memory_of(*fetched.gmail_labels) : 0);
}

ServerFacts facts_of(std::uint32_t uid, const Fetched& fetched) {
  ServerFacts facts{uid, fetched.flags.value_or(std::vector<std::string>{}),
                    fetched.internal_date.value_or(""), fetched.size};
  facts.email_id = fetched.email_id.value_or("");
  if (fetched.gmail_message) {
    facts.gmail = GmailFacts{*fetched.gmail_message, fetched.gmail_thread.value_or(0),
                             fetched.gmail_labels.value_or(std::vector<std::string>{})};
  }
  return facts;
}

///     resp-text = ["[" resp-text-code "]" SP] text      RFC 3501 §9
Status parse_status(Status::Kind kind, std::string_view text) {
  Status status{kind, {}, {}};
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  if (const auto end = text.find(']'); text.starts_with('[') && end != std::string_view::npos) {
    status.code = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  }
  status.text = text;
  return status;
}

Response ResponseReader::read(BodyReceiver* receiver) {
  const std::string first = lexer_.start_response();
  if (first == "*") return read_untagged(receiver);
  if (first == "+") return Continuation{lexer_.take_text()};
  if (!first.starts_with(tag_prefix_)) return Skipped{first + ' ' + lexer_.take_text()};
  const Token& word = lexer_.next();
  const auto kind = word.is(Kind::atom) ? status_kind(word.text) : std::nullopt;
  if (!kind || *kind == Status::Kind::bye || *kind == Status::Kind::preauth) {
    throw ProtocolError{"the server ends a command with neither OK, NO nor BAD: '" +
                        base::printable(word.text) + "'"};
  }
  return Tagged{first, parse_status(*kind, lexer_.take_text())};
}

Response ResponseReader::read_untagged(BodyReceiver* receiver) {
  const Token& word = lexer_.next();
  if (!word.is(Kind::atom)) return skip({});
  if (const auto kind = status_kind(word.text)) return parse_status(*kind, lexer_.take_text());
  if (const auto count = number(word.text)) return read_numbered(*count, receiver);
  if (base::equal_ignoring_case(word.text, "CAPABILITY")) return read_capabilities();
  if (base::equal_ignoring_case(word.text, "LIST")) return read_list();
  if (base::equal_ignoring_case(word.text, "NAMESPACE")) return read_namespaces();
  if (base::equal_ignoring_case(word.text, "STATUS")) return read_mailbox_status();
  if (base::equal_ignoring_case(word.text, "ID")) return read_id();
  if (base::equal_ignoring_case(word.text, "QUOTA")) return read_quota();
  if (base::equal_ignoring_case(word.text, "SEARCH")) return read_search();
  if (base::equal_ignoring_case(word.text, "ESEARCH")) return read_esearch();
  if (base::equal_ignoring_case(word.text, "VANISHED")) return read_vanished();
  return skip(word.text);
}

Response ResponseReader::read_numbered(std::uint64_t count, BodyReceiver* receiver) {
  const Token& word = lexer_.next();
  if (!word.is(Kind::atom)) return skip(std::to_string(count));
  if (base::equal_ignoring_case(word.text, "FETCH")) return read_fetch(count, receiver);
  Response response = Skipped{std::to_string(count) + ' ' + word.text};
  if (base::equal_ignoring_case(word.text, "EXISTS")) response = Exists{count};
  if (base::equal_ignoring_case(word.text, "EXPUNGE")) response = Expunged{count};
  lexer_.skip_response();
  return response;
}

Response ResponseReader::skip(std::string words) {
  lexer_.skip_response();
  return Skipped{std::move(words)};
}

Response ResponseReader::read_capabilities() {
  Capabilities capabilities;
  for (const Token* token = &lexer_.next(); !token->is(Kind::end); token = &lexer_.next()) {
    const bool has_room = capabilities.names.size() < kMaxCapabilities;
    if (token->is(Kind::atom) && has_room) capabilities.names.push_back(token->text);
  }
  return capabilities;
}

///     mailbox-list = "(" [mbx-list-flags] ")" SP (DQUOTE QUOTED-CHAR DQUOTE / nil) SP mailbox      RFC 3501
///     §9
Response ResponseReader::read_list() {
  Listed listed;
  if (!lexer_.next().is(Kind::open)) return skip("LIST");
  for (const Token* token = &lexer_.next(); !token->is(Kind::close); token = &lexer_.next()) {
    if (token->is(Kind::end)) return Skipped{"LIST"};
    const bool has_room = listed.attributes.size() < kMaxAttributes;
    if (token->is(Kind::atom) && has_room) listed.attributes.push_back(token->text);
  }
  const Token& delimiter = lexer_.next();
  if (delimiter.is(Kind::end)) return Skipped{"LIST"};
  if (!is_nil(delimiter) && delimiter.text.size() == 1) listed.delimiter = delimiter.text[0];

  const Token& name = lexer_.next();
  if (name.is(Kind::literal)) {
    listed.name = lexer_.take_literal();
  } else if (name.is(Kind::quoted) && !name.broken) {
    listed.name = name.text;
  } else if (name.is(Kind::atom)) {
    // Servers have sent `[Gmail]/All Mail` without quotes: an unquoted name goes on to the end of the line.
    listed.name = name.text;
    if (const std::string rest = lexer_.take_text(); !rest.empty() && !rest.starts_with('(')) {
      listed.name += ' ' + rest.substr(0, rest.find_last_not_of(' ') + 1);
    }
    return listed;
  } else {
    return skip("LIST");
  }
  lexer_.skip_response();
  return listed;
}

///     "NAMESPACE" SP personal SP others SP shared      RFC 2342 §6
///     each  = nil / "(" 1*("(" string SP (DQUOTE QUOTED-CHAR DQUOTE / nil) *extension ")") ")"
Response ResponseReader::read_namespaces() {
  Namespaces namespaces;
  for (auto* list : {&namespaces.personal, &namespaces.others, &namespaces.shared}) {
    const Token* token = &lexer_.next();
    if (token->is(Kind::end)) return namespaces;
    if (!token->is(Kind::open)) continue;
    for (token = &lexer_.next(); !token->is(Kind::close); token = &lexer_.next()) {
      if (token->is(Kind::end)) return namespaces;
      if (!token->is(Kind::open)) continue;
      auto one = read_namespace();
      if (one && list->size() < kMaxNamespaces) list->push_back(std::move(*one));
    }
  }
  lexer_.skip_response();
  return namespaces;
}

/// Behind its parenthesis, and to the one that closes it. nullopt where it has no prefix.
std::optional<Namespaces::One> ResponseReader::read_namespace() {
  Namespaces::One one;
  const Token& prefix = lexer_.next();
  if (prefix.is(Kind::end) || prefix.is(Kind::close)) return std::nullopt;
  if (prefix.is(Kind::open)) {
    skip_group();
    skip_group();
    return std::nullopt;
  }
  const bool is_known = !prefix.broken && !is_nil(prefix);
  one.prefix = prefix.is(Kind::literal) ? lexer_.take_literal() : prefix.text;
  const Token& delimiter = lexer_.next();
  if (delimiter.is(Kind::end) || delimiter.is(Kind::close)) return std::nullopt;
  if (delimiter.is(Kind::open)) skip_group();
  if (delimiter.is(Kind::quoted) && delimiter.text.size() == 1) one.delimiter = delimiter.text[0];
  skip_group();
  return is_known ? std::optional{std::move(one)} : std::nullopt;
}

///     "STATUS" SP mailbox SP "(" [status-att SP number ...] ")"      RFC 3501 §9
///     status-att =/ "MAILBOXID" SP "(" objectid ")"                  RFC 8474 §7
Response ResponseReader::read_mailbox_status() {
  MailboxStatus status;
  const Token& name = lexer_.next();
  if (!name.is(Kind::literal) && !name.is(Kind::quoted) && !name.is(Kind::atom)) return skip("STATUS");
  status.name = name.is(Kind::literal) ? lexer_.take_literal() : name.text;
  std::string item;
  for (const Token* token = &lexer_.next(); !token->is(Kind::end); token = &lexer_.next()) {
    if (!token->is(Kind::atom)) continue;
    if (base::equal_ignoring_case(item, "MAILBOXID")) {
      if (is_object_id(token->text)) status.object_id = token->text;
      item.clear();
      continue;
    }
    const auto value = number(token->text);
    if (base::equal_ignoring_case(item, "MESSAGES")) status.messages = value;
    if (base::equal_ignoring_case(item, "UIDNEXT")) status.uid_next = value;
    if (base::equal_ignoring_case(item, "UIDVALIDITY")) status.uid_validity = value;
    if (base::equal_ignoring_case(item, "UNSEEN")) status.unseen = value;
    if (base::equal_ignoring_case(item, "HIGHESTMODSEQ")) status.highest_modseq = value;
    if (base::equal_ignoring_case(item, "SIZE")) status.size = value;
    item = value ? std::string{} : token->text;
  }
  return status;
}

///     "ID" SP ("(" *(string SP nstring) ")" / nil)      RFC 2971 §4
Response ResponseReader::read_id() {
  ServerId id;
  std::optional<std::string> field;
  for (const Token* token = &lexer_.next(); !token->is(Kind::end); token = &lexer_.next()) {
    if (token->is(Kind::open) || token->is(Kind::close) || token->broken) continue;
    auto text = token->is(Kind::literal) ? lexer_.take_literal() : token->text;
    if (is_nil(*token) && field) text.clear();
    if (!field) {
      field = std::move(text);
      continue;
    }
    if (id.fields.size() < kMaxIdFields) id.fields.emplace_back(std::move(*field), std::move(text));
    field.reset();
  }
  return id;
}

///     "QUOTA" SP astring SP "(" [resource-name SP number SP number ...] ")"      RFC 9208 §7
Response ResponseReader::read_quota() {
  QuotaTold quota;
  const Token& root = lexer_.next();
  if (!root.is(Kind::literal) && !root.is(Kind::quoted) && !root.is(Kind::atom)) return skip("QUOTA");
  quota.root = root.is(Kind::literal) ? lexer_.take_literal() : root.text;
  std::string name;
  std::optional<std::uint64_t> usage;
  for (const Token* token = &lexer_.next(); !token->is(Kind::end); token = &lexer_.next()) {
    if (!token->is(Kind::atom)) continue;
    const auto value = number(token->text);
    if (!value || name.empty()) {
      name = value ? std::string{} : token->text;
      usage.reset();
    } else if (!usage) {
      usage = value;
    } else {
      if (quota.resources.size() < kMaxQuotaResources) quota.resources.push_back({name, *usage, *value});
      name.clear();
    }
  }
  return quota;
}

/// Numbers may come in any order, so they are sorted before they become a set; now and then on the way, since
/// they may be the same without end.
Response ResponseReader::read_search() {
  std::vector<std::uint32_t> hits;
  std::size_t room = kSortedHits;
  for (const Token* token = &lexer_.next(); !token->is(Kind::end); token = &lexer_.next()) {
    if (token->is(Kind::open)) {
      skip_group();  // (MODSEQ 917162500), RFC 7162 §3.1.5
    } else if (const auto hit = uid(token->text); hit && token->is(Kind::atom)) {
      hits.push_back(*hit);
      if (hits.size() < room) continue;
      std::sort(hits.begin(), hits.end());
      hits.erase(std::unique(hits.begin(), hits.end()), hits.end());
      room = std::max(kSortedHits, 2 * hits.size());
    }
  }
  std::sort(hits.begin(), hits.end());
  SearchResult result;
  for (const std::uint32_t hit : hits) result.numbers.add(hit);
  return result;
}

///     "ESEARCH" [SP "(" "TAG" SP string ")"] [SP "UID"] *(SP "ALL" SP sequence-set / ...)      RFC 4731 §4
Response ResponseReader::read_esearch() {
  SearchResult result;
  bool is_all = false;
  for (const Token* token = &lexer_.next(); !token->is(Kind::end); token = &lexer_.next()) {
    if (token->is(Kind::open)) {
      skip_group();
      continue;
    }
    const auto set = is_all ? base::parse_sequence_set(token->text) : std::nullopt;
    if (set) {
      result.numbers.add(*set);  // of a long set a piece
    } else {
      is_all = token->is(Kind::atom) && base::equal_ignoring_case(token->text, "ALL");
    }
  }
  return result;
}

///     "VANISHED" [SP "(EARLIER)"] SP known-uids      RFC 7162 §7
Response ResponseReader::read_vanished() {
  Vanished vanished;
  for (const Token* token = &lexer_.next(); !token->is(Kind::end); token = &lexer_.next()) {
    if (token->is(Kind::open)) {
      skip_group();
    } else if (auto set = base::parse_sequence_set(token->text)) {
      vanished.uids.add(*set);
    }
  }
  return vanished;
}

///     "FETCH" SP "(" msg-att *(SP msg-att) ")"      RFC 3501 §9
///
/// Items come in any order. More parentheses than needed are accepted (Domino), and a response without them
/// is skipped. Behind a body it must go on as a response does, or it is not known where the body ended.
Response ResponseReader::read_fetch(std::uint64_t sequence_number, BodyReceiver* receiver) {
  Fetched fetched;
  if (sequence_number <= std::numeric_limits<std::uint32_t>::max()) {
    fetched.sequence_number = static_cast<std::uint32_t>(sequence_number);
  }
  std::size_t depth = 0;
  for (const Token* token = &lexer_.next(); !token->is(Kind::end); token = &lexer_.next()) {
    const bool has_body = fetched.body == Fetched::Body::taken || fetched.body == Fetched::Body::dropped;
    if (token->is(Kind::open)) {
      ++depth;
    } else if (token->is(Kind::close) && depth > 0) {
      --depth;
    } else if (depth > 0 && token->is(Kind::atom) && is_item_name(token->text)) {
      read_item(std::string{token->text}, fetched, receiver);
    } else if (has_body) {
      throw LostTrack{"behind a message the answer goes on with '" + base::printable(token->text) +
                      "': the announced size was wrong"};
    } else if (token->broken) {
      throw LostTrack{"an answer has a quoted string without end"};
    }
  }
  const bool has_body = fetched.body == Fetched::Body::taken || fetched.body == Fetched::Body::dropped;
  if (depth > 0 && has_body)
    throw LostTrack{"behind a message the answer ends too early: the announced size was wrong"};
  return fetched;
}

void ResponseReader::read_item(const std::string& name, Fetched& fetched, BodyReceiver* receiver) {
  if (is_whole_body(name)) {
    read_body(fetched, receiver);
  } else if (base::equal_ignoring_case(name, "UID")) {
    if (const auto value = uid(lexer_.next().text)) fetched.uid = value;
  } else if (base::equal_ignoring_case(name, "RFC822.SIZE")) {
    if (const auto value = number(lexer_.next().text)) fetched.size = value;
  } else if (base::equal_ignoring_case(name, "INTERNALDATE")) {
    const Token& date = lexer_.next();
    if (date.is(Kind::quoted) && !date.broken) fetched.internal_date = date.text;
    if (is_nil(date) || date.text.size() > kMaxDate) fetched.internal_date = "";
  } else if (base::equal_ignoring_case(name, "FLAGS")) {
    if (auto flags = read_flags()) fetched.flags = std::move(flags);
  } else if (base::equal_ignoring_case(name, "EMAILID")) {
    fetched.email_id = read_object_id();
  } else if (base::equal_ignoring_case(name, "X-GM-MSGID")) {
    if (const auto value = number(lexer_.next().text); value.value_or(0) > 0) fetched.gmail_message = value;
  } else if (base::equal_ignoring_case(name, "X-GM-THRID")) {
    if (const auto value = number(lexer_.next().text)) fetched.gmail_thread = value;
  } else if (base::equal_ignoring_case(name, "X-GM-LABELS")) {
    fetched.gmail_labels = read_labels();
  } else if (base::starts_with_ignoring_case(name, "BODY[HEADER.FIELDS ")) {
    fetched.header_fields = read_text();
  } else {
    skip_value();
  }
}

/// The value of an item that is not ours: a string, or parentheses with all they hold.
void ResponseReader::skip_value() {
  const Token& token = lexer_.next();
  if (token.broken) throw LostTrack{"an answer has a quoted string without end"};
  if (token.is(Kind::open)) skip_group();
}

/// Up to the parenthesis that closes the one just read.
void ResponseReader::skip_group() {
  for (std::size_t depth = 1; depth > 0;) {
    const Token& token = lexer_.next();
    if (token.is(Kind::end)) return;
    if (token.is(Kind::open)) ++depth;
    if (token.is(Kind::close)) --depth;
  }
}

///     "EMAILID" SP "(" objectid ")"      RFC 8474 §7
std::string ResponseReader::read_object_id() {
  std::string id;
  if (!lexer_.next().is(Kind::open)) return id;
  const Token& token = lexer_.next();
  if (token.is(Kind::close) || token.is(Kind::end)) return id;
  if (token.is(Kind::atom) && !is_nil(token) && is_object_id(token.text)) id = token.text;
  if (token.is(Kind::open)) skip_group();
  skip_group();
  return id;
}

///     "X-GM-LABELS" SP ("(" [label *(SP label)] ")" / nil)      label = astring, modified UTF-7
std::vector<std::string> ResponseReader::read_labels() {
  std::vector<std::string> labels;
  if (!lexer_.next().is(Kind::open)) return labels;
  std::size_t octets = 0;
  for (std::size_t depth = 1; depth > 0;) {
    const Token& token = lexer_.next();
    if (token.is(Kind::end)) return labels;
    if (token.broken) throw LostTrack{"an answer has a quoted string without end"};
    if (token.is(Kind::open)) ++depth;
    if (token.is(Kind::close)) --depth;
    std::string label;
    if (token.is(Kind::quoted) || (token.is(Kind::atom) && !is_nil(token))) label = token.text;
    if (token.is(Kind::literal) && token.size <= kMaxSmallLiteral) label = lexer_.take_literal();
    octets += label.size() + sizeof(std::string);
    if (!label.empty() && octets <= kMaxFlagOctets) labels.push_back(std::move(label));
  }
  return labels;
}

/// A string or NIL; of one that is too long nothing.
std::string ResponseReader::read_text() {
  const Token& value = lexer_.next();
  if (value.broken) throw LostTrack{"an answer has a quoted string without end"};
  if (value.is(Kind::literal)) return value.size <= kMaxSmallLiteral ? lexer_.take_literal() : std::string{};
  if (value.is(Kind::open)) skip_group();
  return value.is(Kind::quoted) ? value.text : std::string{};
}

std::optional<std::vector<std::string>> ResponseReader::read_flags() {
  std::vector<std::string> flags;
  const Token& first = lexer_.next();
  if (is_nil(first)) return flags;
  if (!first.is(Kind::open)) return std::nullopt;
  std::size_t octets = 0;
  for (const Token* token = &lexer_.next(); !token->is(Kind::close); token = &lexer_.next()) {
    if (token->is(Kind::end)) return std::nullopt;
    const bool is_flag = (token->is(Kind::atom) || token->is(Kind::quoted)) && !is_nil(*token) &&
                         !base::equal_ignoring_case(token->text, "\\Recent");
    octets += token->text.size() + sizeof(std::string);
    if (is_flag && octets <= kMaxFlagOctets) flags.push_back(token->text);
  }
  return flags;
}

/// A second body in one response is dropped.
void ResponseReader::read_body(Fetched& fetched, BodyReceiver* receiver) {
  const Token& value = lexer_.next();
  const bool is_first = fetched.body == Fetched::Body::none || fetched.body == Fetched::Body::nil;
  if (is_nil(value)) {
    if (is_first) fetched.body = Fetched::Body::nil;
    return;
  }
  if (!value.is(Kind::literal) && !value.is(Kind::quoted))
    throw LostTrack{"an answer has a message of no known form"};
  if (value.broken) throw LostTrack{"an answer has a message in a quoted string without end"};
  const std::uint64_t octets = value.is(Kind::literal) ? value.size : value.text.size();
  if (!is_first) return;
  const BodyUse use = receiver == nullptr ? BodyUse::ignore : receiver->begin_body(fetched, octets);
  if (use != BodyUse::take) {
    fetched.body = Fetched::Body::dropped;
    // It takes its time, as it would if it were taken.
    if (use == BodyUse::refuse) lexer_.stream_literal([](std::string_view) {});
    return;
  }
  if (value.is(Kind::literal)) {
    lexer_.stream_literal([receiver](std::string_view piece) { receiver->append_body(piece); });
  } else {
    receiver->append_body(value.text);
  }
  fetched.body = Fetched::Body::taken;
  fetched.body_octets = octets;
}

}  // namespace mailspoor::fetch::imap
