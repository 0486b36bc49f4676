#include "index/query/compiler.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <limits>
#include <utility>

#include "deliver/base/ascii.hpp"
#include "deliver/base/hex.hpp"
#include "deliver/base/text.hpp"
#include "index/error.hpp"
#include "index/query/date_range.hpp"
#include "index/query/values.hpp"
#include "index/query/words.hpp"
#include "index/trace/idna.hpp"
#include "index/trace/network.hpp"
#include "index/trace/received_comment.hpp"

namespace mailspoor::index {
namespace {

/// Longer ones are of no use, and their time is the product with the name's length.
constexpr std::size_t kMaxPatternOctets = 1000;

constexpr std::string_view kAddressColumns = "author sender recipient cc bcc reply_to";

/// Not is_own_mail(): somewhere it lies where messages are received.
constexpr std::string_view kIsReceived =
    "EXISTS (SELECT 1 FROM placement JOIN mailbox USING (mailbox) WHERE placement.message = m.message AND "
    "ifnull(special_use, '') NOT IN ('\\Sent', '\\Drafts'))";

BlobValue blob(const IpOctets& address) { return {std::string{address.begin(), address.end()}}; }

bool is_in(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Values appended to a statement that stands as a constant: `sql("... ? ...", value, ...)`.
template <typename... Values>
Sql sql(std::string_view text, Values... values) {
  return {std::string{text}, {SqlValue{std::move(values)}...}};
}

class Compiler {
 public:
  explicit Compiler(const QueryClock& clock) : clock_{clock} {}

  CompiledQuery compile(const Query& query) {
    compiled_.root = node(query);
    return std::move(compiled_);
  }

 private:
  Condition node(const Query& query) {
    if (const auto match = match_expression(query)) return words(query, *match);
    switch (query.kind) {
      case Query::Kind::everything:
        return made(Condition::Kind::everything, "*");
      case Query::Kind::term:
        return term(query);
      case Query::Kind::negation:
        return joined(Condition::Kind::negation, "NOT", query);
      case Query::Kind::conjunction:
        return joined(Condition::Kind::conjunction, "AND", query);
      case Query::Kind::disjunction:
        return joined(Condition::Kind::disjunction, "OR", query);
    }
    return {};
  }

  Condition joined(Condition::Kind kind, std::string_view name, const Query& query) {
    auto condition = made(kind, std::string{name});
    for (const auto& operand : query.operands) condition.operands.push_back(node(operand));
    return condition;
  }

  // --- leaves
  // -----------------------------------------------------------------------------------------------

  static Condition made(Condition::Kind kind, std::string typed) {
    Condition condition;
    condition.kind = kind;
    condition.typed = std::move(typed);
    return condition;
  }
  static Condition leaf(const Query& query, std::optional<Sql> set, Sql probe) {
    auto condition = made(Condition::Kind::leaf, typed(query));
    condition.set = std::move(set);
    condition.probe = std::move(probe);
    return condition;
  }

  /// A comparison of columns of table message. NULL is no.
  static Condition column(const Query& query, const Sql& comparison) {
    Sql set = sql("SELECT message FROM message AS m WHERE ");
    set += comparison;
    Sql probe = sql("coalesce(");
    probe += comparison;
    probe += ", 0)";
    auto condition = leaf(query, std::move(set), std::move(probe));
    condition.is_column = true;
    return condition;
  }

  /// A row of another table that belongs to the message and meets a comparison.
  static Condition row(const Query& query, std::string_view from, std::string_view key,
                       const Sql& comparison) {
    Sql set = sql(fmt::format("SELECT {0} AS message FROM {1} WHERE {0} IS NOT NULL AND ", key, from));
    set += comparison;
    Sql probe = sql(fmt::format("EXISTS (SELECT 1 FROM {} WHERE {} = m.message AND ", from, key));
    probe += comparison;
    probe += ")";
    return leaf(query, std::move(set), std::move(probe));
  }
  static Condition placement(const Query& query, const Sql& comparison) {
    return row(query, "placement", "placement.message", comparison);
  }
  /// Of the few mailboxes, those that meet a comparison, first.
  static Condition in_mailbox(const Query& query, const Sql& comparison) {
    Sql mailboxes = sql("placement.mailbox IN (SELECT mailbox FROM mailbox WHERE ");
    mailboxes += comparison;
    mailboxes += ")";
    return placement(query, mailboxes);
  }

  static Condition words(const Query& query, const std::string& match) {
    return leaf(
        query, sql("SELECT rowid AS message FROM document_words WHERE document_words MATCH ?", match),
        sql("EXISTS (SELECT 1 FROM document_words WHERE document_words MATCH ? AND rowid = m.message)",
            match));
  }

  /// Text terms that belong together become one FTS5 expression: the index joins them faster than SQL does.
  /// nullopt if anything else stands among them.
  std::optional<std::string> match_expression(const Query& query) {
    if (query.kind == Query::Kind::term) return text_match(query);
    if (query.kind != Query::Kind::conjunction && query.kind != Query::Kind::disjunction) return std::nullopt;
    std::string expression;
    for (const auto& operand : query.operands) {
      const auto part = match_expression(operand);
      if (!part) return std::nullopt;
      if (!expression.empty()) expression += query.kind == Query::Kind::conjunction ? " AND " : " OR ";
      expression += *part;
    }
    return "(" + expression + ")";
  }

  static std::optional<std::string> text_match(const Query& query) {
    if (query.is_regex) return std::nullopt;
    if (query.field == nullptr) return phrase(query);
    const bool is_name = query.field->type == FieldType::file_name && !is_glob(query);
    if (query.field->type != FieldType::text && !is_name) return std::nullopt;
    return fmt::format("{{{}}} : {}", query.field->columns, phrase(query));
  }
  static std::string phrase(const Query& query) {
    auto phrase = match_phrase(query.value, query.is_prefix);
    if (phrase.empty()) fail(query, "holds no word that could be searched for");
    return phrase;
  }
  static bool is_glob(const Query& query) {
    return !query.is_quoted && query.value.find_first_of("*?") != std::string::npos;
  }

  Condition term(const Query& query) {
    if (query.is_regex) return regex(query);
    switch (query.field->type) {
      case FieldType::text:
        break;  // match_expression() took it
      case FieldType::file_name:
        return row(query, "attachment", "attachment.message",
                   sql("matches_glob(filename, ?)", pattern(query)));
      case FieldType::media_type:
        return media_type(query);
      case FieldType::domain:
        return domain(query);
      case FieldType::local_part:
        return row(query, "address", "address.message",
                   sql("addr_spec COLLATE NOCASE BETWEEN ? AND ? AND is_local_part(addr_spec, ?)",
                       query.value + '@', query.value + "@\xF4\x8F\xBF\xBF", query.value));
      case FieldType::envelope:
        return envelope_sender(query);
      case FieldType::rcpt:
        return envelope_recipient(query);
      case FieldType::part:
        return column(query,
                      sql(fmt::format("instr(lower({}), lower(?)) > 0", query.field->columns), query.value));
      case FieldType::host:
        return host(query);
      case FieldType::helo:
        return hop(query, sql("is_in_domain(from_helo, ?)", domain_value(query)));
      case FieldType::protocol:
        return hop(query, sql("matches_glob(\"with\", ?)", pattern(query)));
      case FieldType::tls:
        return tls(query);
      case FieldType::port:
        return port(query);
      case FieldType::login:
        return login(query);
      case FieldType::software:
        return hop(query, sql("matches_glob(software, ?)", pattern(query)));
      case FieldType::delay:
        return delay(query);
      case FieldType::ip:
        return hop(query, in_network("from_ip", query));
      case FieldType::origin:
        return column(query, in_network("m.origin_ip", query));
      case FieldType::trust:
        return trust(query);
      case FieldType::kind:
        return column(query, one_of("m.origin_kind", query, {"client", "server", "provider", "none"}));
      case FieldType::country:
        return column(query, sql("m.country = ?", country(query)));
      case FieldType::via_country:
        return hop(query, sql("country = ?", country(query)));
      case FieldType::asn:
        return column(query, sql("m.asn = ?", as_number(query)));
      case FieldType::city:
        return column(query, sql("m.city = ? COLLATE NOCASE", query.value));
      case FieldType::result:
        return result(query);
      case FieldType::finding:
        return finding(query);
      case FieldType::zone:
        return zone(query);
      case FieldType::message_id:
        return message_id(query);
      case FieldType::id:
        return id(query);
      case FieldType::thread:
        return thread(query);
      case FieldType::date:
      case FieldType::after:
      case FieldType::before:
      case FieldType::newer:
      case FieldType::older:
        return column(query, between("m.date", date(query)));
      case FieldType::arrived:
        return placement(query, between("coalesce(internal_date, delivered)", date(query)));
      case FieldType::size:
      case FieldType::larger:
      case FieldType::smaller:
        return size(query);
      case FieldType::mailbox:
        return mailbox(query, query.value);
      case FieldType::account:
        return in_mailbox(query, sql("account = ?", query.value));
      case FieldType::flag:
        return flag(query, query.value);
      case FieldType::is:
        return is(query);
      case FieldType::has:
        return has(query);
      case FieldType::pixel:
        return row(query, "remote", "remote.message",
                   sql("reasons IS NOT NULL AND host IN (SELECT host FROM host WHERE is_in_domain(name, ?))",
                       url_host(query)));
      case FieldType::link:
        return row(query, "link", "link.message",
                   sql("host IN (SELECT host FROM host WHERE is_in_domain(name, ?))", url_host(query)));
      case FieldType::target:
        return row(
            query, "link", "link.message",
            sql("target_host IN (SELECT host FROM host WHERE is_in_domain(name, ?))", url_host(query)));
      case FieldType::tracker:
        return tracked(
            query,
            sql("vendor IN (SELECT vendor FROM vendor WHERE instr(lower(name), lower(?)) > 0)", query.value));
      case FieldType::leak:
        return leak(query);
    }
    return {};
  }

  Condition regex(const Query& query) {
    try {
      compiled_.patterns.emplace_back(query.value);
    } catch (const QueryError& error) {
      throw QueryError{fmt::format("query, column {}: {}", query.column, error.what())};
    }
    const auto number = static_cast<std::int64_t>(compiled_.patterns.size() - 1);
    auto text = std::string{query.field->pattern};
    text.replace(text.find("{}"), 2, "?");
    auto condition = leaf(query, std::nullopt, sql("coalesce(" + text + ", 0)", number));
    condition.typed = fmt::format("{}:/{}/", query.field->name, base::printable(query.value));
    return condition;
  }

  static Condition media_type(const Query& query) {
    const auto value = pattern(query);
    if (value.find('/') != std::string::npos)
      return row(query, "attachment", "attachment.message", sql("matches_glob(media_type, ?)", value));
    return row(
        query, "attachment", "attachment.message",
        sql("(matches_glob(media_type, ?) OR matches_glob(media_type, ?))", value + "/*", "*/" + value));
  }

  /// The full-text index knows who has the labels in this order; which of those has it as a domain, the
  /// addresses.
  static Condition domain(const Query& query) {
    const auto value = domain_value(query);
    const auto labels = match_phrase(value, false);
    if (labels.empty()) fail(query, "holds no word that could be searched for");
    return leaf(
        query,
        sql("SELECT message FROM address WHERE message IN (SELECT rowid FROM document_words WHERE "
            "document_words MATCH ?) AND is_domain(addr_spec, ?)",
            fmt::format("{{{}}} : {}", kAddressColumns, labels), value),
        sql("EXISTS (SELECT 1 FROM address WHERE address.message = m.message AND is_domain(addr_spec, ?))",
            value));
  }

  /// How an address of the envelope compares: with an address, or with a domain and those below it.
  static Sql envelope_comparison(const Query& query, std::string_view column) {
    if (query.value.find('@') > 0 && query.value.find('@') != std::string::npos)
      return sql(fmt::format("{} = ? COLLATE NOCASE", column), query.value);
    return sql(fmt::format("is_domain({}, ?)", column), domain_value(query));
  }

  /// A comparison of either of two tables' columns.
  static Condition either(const Query& query, const Condition& left, const Condition& right) {
    Sql set = *left.set;
    set += " UNION ";
    set += *right.set;
    Sql probe = sql("(");
    probe += left.probe;
    probe += " OR ";
    probe += right.probe;
    probe += ")";
    return leaf(query, std::move(set), std::move(probe));
  }

  static Condition envelope_sender(const Query& query) {
    const bool is_null = query.value == "<>";
    return either(
        query,
        column(query, is_null ? sql("m.return_path = ''") : envelope_comparison(query, "m.return_path")),
        placement(query,
                  is_null ? sql("envelope_sender = ''") : envelope_comparison(query, "envelope_sender")));
  }

  static Condition envelope_recipient(const Query& query) {
    return either(query, hop(query, envelope_comparison(query, "for_recipient")),
                  row(query, "envelope_recipient JOIN placement USING (placement)", "placement.message",
                      envelope_comparison(query, "addr_spec")));
  }

  static Condition hop(const Query& query, const Sql& comparison) {
    return row(query, "hop", "hop.message", comparison);
  }

  static Condition host(const Query& query) {
    const auto value = domain_value(query);
    return hop(query, sql("(is_in_domain(by, ?) OR is_in_domain(from_rdns, ?) OR is_in_domain(from_helo, ?))",
                          value, value, value));
  }

  static Condition tls(const Query& query) {
    if (base::equal_ignoring_case(query.value, "any"))
      return hop(query, sql("(tls_version IS NOT NULL OR tls_cipher IS NOT NULL)"));
    auto version = tls_version(query.value);
    if (version.empty()) version = tls_version("TLS" + query.value);
    if (version.empty()) fail(query, "is no version: write 1.0, 1.2, 1.3, SSLv3 or any");
    return hop(query, sql("tls_version = ?", std::string{version}));
  }

  static Condition port(const Query& query) {
    const auto number = parse_size_range(query.value);
    const bool is_port = number && number->least && number->least == number->most && *number->least > 0 &&
                         *number->least <= 65'535 &&
                         query.value.find_first_not_of("0123456789") == std::string::npos;
    if (!is_port) fail(query, "is no port: write a number from 1 to 65535");
    return hop(
        query,
        sql("(from_port = ? OR implies_port(coalesce(\"with\", CASE WHEN via LIKE 'HTTP%' THEN via END), ?))",
            *number->least, std::to_string(*number->least)));
  }

  static Condition login(const Query& query) {
    return hop(query,
               sql("(auth_user = ? COLLATE NOCASE OR is_local_part(auth_user, ?) OR is_domain(auth_user, ?))",
                   query.value, query.value, query.value));
  }

  static Condition delay(const Query& query) {
    const auto range = parse_duration_range(query.value);
    if (!range) fail(query, "is no time: write 90s, 5m, 1h, 2d or a range such as 1h..");
    const auto least = range->least.value_or(std::numeric_limits<std::int64_t>::min());
    const auto most = range->most.value_or(std::numeric_limits<std::int64_t>::max());
    return leaf(
        query,
        sql("SELECT message FROM hop WHERE delay_seconds >= ? GROUP BY message HAVING max(delay_seconds) <= "
            "?",
            least, most),
        sql("coalesce((SELECT max(delay_seconds) FROM hop WHERE hop.message = m.message) BETWEEN ? AND ?, 0)",
            least, most));
  }

  static Sql in_network(std::string_view column, const Query& query) {
    const auto network = parse_network(query.value);
    if (!network) fail(query, "is no IP address or CIDR");
    return sql(fmt::format("{} BETWEEN ? AND ?", column), blob(network->first), blob(network->last));
  }

  static Condition trust(const Query& query) {
    const auto comparison = one_of("m.origin_trust", query, {"observed", "assumed", "claimed", "none"});
    const bool is_none = comparison.values.empty();
    auto all = sql("(");
    all += comparison;
    all += is_none ? " OR NOT " : " AND ";
    all += kIsReceived;
    all += ")";
    return column(query, all);
  }

  /// `none` is NULL.
  static Sql one_of(std::string_view column, const Query& query,
                    std::initializer_list<std::string_view> known) {
    const auto word = base::to_lower(query.value);
    if (std::find(known.begin(), known.end(), word) == known.end())
      fail(query, fmt::format("is none of {}", fmt::join(known, ", ")));
    if (word == "none") return sql(fmt::format("{} IS NULL", column));
    return sql(fmt::format("{} = ?", column), word);
  }

  /// `trusted = 1` as the partial index has it, or SQLite does not take that.
  static Condition result(const Query& query) {
    const auto value = base::to_lower(query.value);
    const auto known = results();
    if (std::find(known.begin(), known.end(), value) == known.end()) fail_choice(query, known);
    auto comparison = sql("trusted = 1 AND method = ?", std::string{query.field->name});
    comparison += value == "any" ? sql(" AND result IS NOT NULL") : sql(" AND result = ?", value);
    return row(query, "authentication", "authentication.message", comparison);
  }

  static std::string country(const Query& query) {
    auto code = base::to_lower(query.value);
    if (code.size() != 2 || !std::all_of(code.begin(), code.end(), base::is_letter))
      fail(query, "is no country: write the two letters of ISO 3166, such as DE");
    for (auto& letter : code) letter = static_cast<char>(letter - 'a' + 'A');
    return code;
  }

  static std::int64_t as_number(const Query& query) {
    std::string_view digits = query.value;
    if (base::starts_with_ignoring_case(digits, "AS")) digits.remove_prefix(2);
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc{} || end != digits.data() + digits.size())
      fail(query, "is no number of an autonomous system: write 64500 or AS64500");
    return number;
  }

  static Condition finding(const Query& query) {
    const auto is_code_octet = [](char c) {
      return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    std::string code = pattern(query);
    std::transform(code.begin(), code.end(), code.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    const bool is_readable = std::all_of(code.begin(), code.end(),
                                         [&](char c) { return is_code_octet(c) || c == '*' || c == '?'; });
    if (code.empty() || !is_readable) fail(query, "is no code of a finding: see docs/findings.md");
    return row(query, "finding", "finding.message",
               is_glob(query) ? sql("matches_glob(code, ?)", code) : sql("code = ?", code));
  }

  static Condition zone(const Query& query) {
    const auto minutes = parse_zone(query.value);
    if (!minutes) fail(query, "is no offset from UTC: write +0530 or -08:00");
    return column(query, sql("m.date_offset_minutes = ?", std::int64_t{*minutes}));
  }

  static Condition message_id(const Query& query) {
    std::string_view value = query.value;
    if (value.size() > 1 && value.front() == '<' && value.back() == '>')
      value = value.substr(1, value.size() - 2);
    return column(query, sql("m.message_id = ?", std::string{value}));
  }

  static Condition id(const Query& query) {
    auto digits = base::to_lower(query.value);
    if (digits.size() < 6 || digits.size() > 64 ||
        digits.find_first_not_of("0123456789abcdef") != std::string::npos) {
      fail(query, "is no id: 6 to 64 hexadecimal digits");
    }
    const auto first = digits + std::string(64 - digits.size(), '0');
    const auto last = digits + std::string(64 - digits.size(), 'f');
    return column(query, sql("m.id BETWEEN ? AND ?", BlobValue{*base::from_hex(first)},
                             BlobValue{*base::from_hex(last)}));
  }

  /// Messages hang together that name one Message-ID, their own included.
  Condition thread(const Query& query) {
    Query seed;
    if (query.operands.empty()) {
      seed = query;
      seed.field = find_field("id");
    } else {
      seed = query.operands.front();
    }
    Sql set = sql("WITH RECURSIVE seed AS (");
    set += select_messages(node(seed), false);
    set +=
        ("), conversation (message) AS (SELECT message FROM seed UNION SELECT other.message FROM "
         "conversation "
         "JOIN reference AS one ON one.message = conversation.message JOIN reference AS other ON "
         "other.message_id = one.message_id) SELECT message FROM conversation");
    Sql probe = sql("m.message IN (");
    probe += set;
    probe += ")";
    return leaf(query, std::move(set), std::move(probe));
  }

  DateRange date(const Query& query) const {
    const auto type = query.field->type;
    const bool is_ago = type == FieldType::newer || type == FieldType::older;
    const bool has_dots = query.value.find("..") != std::string::npos;
    const auto range = has_dots && type != FieldType::date && type != FieldType::arrived
                           ? std::nullopt
                           : parse_date_range(query.value, clock_.now);
    if (!range || (is_ago && (query.value.empty() || !base::is_digit(query.value[0])))) {
      fail(query, is_ago ? "is no time: write 3h, 7d, 2w, 6m or 1y"
                         : "is no date: write 2024-03-05, 2024-03, 2024, 7d, yesterday, or a range such as "
                           "2024-01..2024-03");
    }
    if (type == FieldType::after || type == FieldType::newer) return {range->begin, std::nullopt};
    if (type == FieldType::before || type == FieldType::older) return {std::nullopt, range->begin};
    return *range;
  }

  static Sql between(std::string_view what, const DateRange& range) {
    Sql comparison = sql(fmt::format("({} IS NOT NULL", what));
    if (range.begin) comparison += sql(fmt::format(" AND {} >= ?", what), *range.begin);
    if (range.end) comparison += sql(fmt::format(" AND {} < ?", what), *range.end);
    comparison += ")";
    return comparison;
  }

  static Condition size(const Query& query) {
    auto range = parse_size_range(query.value);
    const bool is_range = query.value.find("..") != std::string::npos;
    if (!range || (is_range && query.field->type != FieldType::size))
      fail(query, "is no size: write 500, 10k, 2M, or size:1M.. for a range");
    if (query.field->type == FieldType::larger) range->most.reset();
    if (query.field->type == FieldType::smaller) range->least.reset();
    Sql comparison = sql("(m.size >= ?", range->least.value_or(0));
    if (range->most) comparison += sql(" AND m.size <= ?", *range->most);
    comparison += ")";
    return column(query, comparison);
  }

  static Condition mailbox(const Query& query, std::string name) {
    if (name.size() > kMaxPatternOctets) fail(query, "is too long a pattern");
    while (name.size() > 1 && name.front() == '/') name.erase(0, 1);  // mu writes maildir:/Archive
    return in_mailbox(query, sql("matches_glob(name, ?)", name));
  }

  static Condition flag(const Query& query, std::string flag) {
    if (!flag.empty() && flag.front() == '\\') flag.erase(0, 1);
    if (flag.empty() || flag.find(' ') != std::string::npos) fail(query, "is no flag");
    return placement(
        query, sql("instr(' ' || lower(replace(flags, '\\', '')) || ' ', ' ' || lower(?) || ' ') > 0", flag));
  }

  Condition is(const Query& query) {
    const auto value = base::to_lower(query.value);
    if (value == "unread") {
      auto condition = made(Condition::Kind::negation, "NOT");
      condition.operands.push_back(flag(query, "seen"));
      condition.operands.front().typed = "is:read";
      return condition;
    }
    if (is_in(value, {"read", "seen"})) return flag(query, "seen");
    if (is_in(value, {"flagged", "starred"})) return flag(query, "flagged");
    if (is_in(value, {"answered", "replied"})) return flag(query, "answered");
    if (is_in(value, {"draft", "deleted"})) return flag(query, value);
    if (value == "inbox") return mailbox(query, "INBOX");
    if (value == "attachment") return has(query);
    if (value == "here") return placement(query, sql("gone_first_missed IS NULL"));
    if (value == "gone") return placement(query, sql("gone_first_missed IS NOT NULL"));
    fail_choice(query, states());
  }

  Condition has(const Query& query) {
    const auto value = base::to_lower(query.value);
    if (value == "attachment") return row(query, "attachment", "attachment.message", sql("1"));
    if (value == "defect") return row(query, "defect", "defect.message", sql("1"));
    if (value == "finding") return row(query, "finding", "finding.message", sql("1"));
    if (value == "pixel") return row(query, "remote", "remote.message", sql("reasons IS NOT NULL"));
    if (value == "tracker") return tracked(query, sql("1"));
    if (value == "receipt") return column(query, sql("m.read_receipt IS NOT NULL"));
    fail_choice(query, possessions());
  }

  /// A pixel with a vendor or a tracked link, that meets a comparison of the vendor.
  static Condition tracked(const Query& query, const Sql& comparison) {
    auto pixels = row(query, "remote", "remote.message", pixel_with(comparison));
    auto links = row(query, "link", "link.message", link_with(comparison));
    auto either = made(Condition::Kind::disjunction, typed(query));
    pixels.typed += " (pixels)";
    links.typed += " (links)";
    either.operands.push_back(std::move(pixels));
    either.operands.push_back(std::move(links));
    return either;
  }
  static Sql pixel_with(const Sql& comparison) {
    auto all = sql("vendor IS NOT NULL AND ");
    all += comparison;
    return all;
  }
  static Sql link_with(const Sql& comparison) {
    auto all = sql("is_tracked = 1 AND ");
    all += comparison;
    return all;
  }

  static Condition leak(const Query& query) {
    const auto value = base::to_lower(query.value);
    const auto known = encodings();
    if (std::find(known.begin(), known.end(), value) == known.end()) fail_choice(query, known);
    return row(query, "leak", "leak.message", value == "any" ? sql("1") : sql("encoding = ?", value));
  }

  // --- values
  // -----------------------------------------------------------------------------------------------

  static std::string pattern(const Query& query) {
    if (query.value.size() > kMaxPatternOctets) fail(query, "is too long a pattern");
    return query.value;
  }
  static std::string domain_value(const Query& query) {
    auto domain = parse_domain(query.value);
    if (!domain) fail(query, "is no domain");
    return std::move(*domain);
  }

  /// As hosts of URLs are kept.
  static std::string url_host(const Query& query) { return to_a_labels(domain_value(query)); }

  static std::string typed(const Query& query) {
    if (query.kind != Query::Kind::term)
      return query.kind == Query::Kind::conjunction ? "words, all" : "words, any";
    std::string text = query.field != nullptr ? fmt::format("{}:", query.field->name) : std::string{};
    if (!query.operands.empty()) return text + "{...}";
    const auto value = base::printable(query.value);
    text += query.is_quoted ? '"' + value + '"' : value;
    if (query.is_prefix) text += '*';
    return text;
  }

  [[noreturn]] static void fail(const Query& query, std::string_view what) {
    throw QueryError{fmt::format("query, column {}: `{}` {}", query.column, typed(query), what)};
  }
  [[noreturn]] static void fail_choice(const Query& query, std::span<const std::string_view> choices) {
    const auto nearest = nearest_word(query.value, choices);
    const auto hint = nearest.empty() ? std::string{} : fmt::format("; did you mean `{}`?", nearest);
    fail(query, fmt::format("is not one of {}{}", fmt::join(choices, ", "), hint));
  }

  const QueryClock& clock_;
  CompiledQuery compiled_;
};

// --- the plan
// ------------------------------------------------------------------------------------------------

bool can_be_listed(const Condition& condition) {
  const auto& operands = condition.operands;
  switch (condition.kind) {
    case Condition::Kind::everything:
    case Condition::Kind::negation:
      return false;
    case Condition::Kind::leaf:
      return condition.set.has_value();
    case Condition::Kind::conjunction:
      return std::any_of(operands.begin(), operands.end(), can_be_listed);
    case Condition::Kind::disjunction:
      return std::all_of(operands.begin(), operands.end(), can_be_listed);
  }
  return false;
}

std::uint64_t expected(const Condition& condition) { return condition.estimate.value_or(kMaxEstimate); }

/// The operand that matches the fewest messages, among those that can be listed; nullptr if none can.
const Condition* fewest(const std::vector<Condition>& operands) {
  const Condition* best = nullptr;
  for (const auto& operand : operands) {
    if (can_be_listed(operand) && (best == nullptr || expected(operand) < expected(*best))) best = &operand;
  }
  return best;
}

Sql listed(const Condition& condition);

/// Whether the message `m` matches. A short list is made once and looked into; a long one is not made.
Sql probed(const Condition& condition) {
  switch (condition.kind) {
    case Condition::Kind::everything:
      return sql("1");
    case Condition::Kind::leaf: {
      if (!condition.set || condition.is_column || expected(condition) >= kMaxEstimate)
        return condition.probe;
      Sql inside = sql("m.message IN (");
      inside += *condition.set;
      inside += ")";
      return inside;
    }
    case Condition::Kind::negation: {
      Sql negated = sql("NOT ");
      negated += probed(condition.operands.front());
      return negated;
    }
    case Condition::Kind::conjunction:
    case Condition::Kind::disjunction:
      break;
  }
  Sql all = sql("(");
  for (const auto& operand : condition.operands) {
    if (all.text.size() > 1) all += condition.kind == Condition::Kind::conjunction ? " AND " : " OR ";
    all += probed(operand);
  }
  all += ")";
  return all;
}

/// Those operands of a conjunction that are not `first`, asked of `m`.
void append_others(Sql& select, const Condition& condition, const Condition* first) {
  if (condition.kind != Condition::Kind::conjunction) return;
  std::string_view with = " WHERE ";
  for (const auto& operand : condition.operands) {
    if (&operand == first) continue;
    select += with;
    select += probed(operand);
    with = " AND ";
  }
}

/// CROSS JOIN: SQLite takes the tables in this order.
Sql listed_first(const Condition& condition) {
  const auto* first =
      condition.kind == Condition::Kind::conjunction ? fewest(condition.operands) : &condition;
  Sql select = sql("SELECT m.message AS message FROM (SELECT DISTINCT message FROM (");
  select += listed(*first);
  select += ")) AS first CROSS JOIN message AS m ON m.message = first.message";
  append_others(select, condition, first);
  return select;
}

Sql listed(const Condition& condition) {
  switch (condition.kind) {
    case Condition::Kind::leaf:
      return *condition.set;
    case Condition::Kind::conjunction:
      return listed_first(condition);
    case Condition::Kind::disjunction: {
      Sql all;
      for (const auto& operand : condition.operands) {
        all += all.text.empty() ? "SELECT message FROM (" : " UNION ALL SELECT message FROM (";
        all += listed(operand);
        all += ")";
      }
      return all;
    }
    default:
      return sql("SELECT message FROM message WHERE 0");
  }
}

void describe(const Condition& condition, int depth, std::string& text) {
  text += fmt::format("{:{}}{}", "", 2 * depth, condition.typed);
  if (condition.estimate) {
    text +=
        fmt::format("  ({}{})", *condition.estimate >= kMaxEstimate ? "at least " : "", *condition.estimate);
  }
  text += '\n';
  for (const auto& operand : condition.operands) describe(operand, depth + 1, text);
}

}  // namespace

Sql& Sql::operator+=(const Sql& more) {
  text += more.text;
  values.insert(values.end(), more.values.begin(), more.values.end());
  return *this;
}

CompiledQuery compile(const Query& query, const QueryClock& clock) { return Compiler{clock}.compile(query); }

void estimate(Condition& condition, const Estimator& count) {
  for (auto& operand : condition.operands) estimate(operand, count);
  if (!can_be_listed(condition)) return;
  switch (condition.kind) {
    case Condition::Kind::leaf:
      condition.estimate = count(*condition.set);
      break;
    case Condition::Kind::conjunction:
      condition.estimate = fewest(condition.operands)->estimate;
      break;
    case Condition::Kind::disjunction: {
      std::uint64_t sum = 0;
      for (const auto& operand : condition.operands) sum += expected(operand);
      condition.estimate = std::min(sum, kMaxEstimate);
      break;
    }
    default:
      break;
  }
}

Sql select_messages(const Condition& root, bool wants_few) {
  // Of many matches the newest few are soon found by going through the messages; of an intersection that may
  // be empty they are not.
  const bool is_walk = wants_few && root.kind != Condition::Kind::conjunction && root.estimate &&
                       *root.estimate >= kMaxEstimate;
  if (can_be_listed(root) && !is_walk) return listed_first(root);
  Sql select = sql("SELECT m.message AS message FROM message AS m WHERE ");
  select += probed(root);
  return select;
}

std::string describe(const Condition& root) {
  std::string text;
  describe(root, 0, text);
  return text;
}

}  // namespace mailspoor::index
