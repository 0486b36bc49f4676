#include "index/query/compiler.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <utility>

#include "deliver/base/hex.hpp"
#include "deliver/base/text.hpp"
#include "index/error.hpp"
#include "index/query/date_range.hpp"
#include "index/query/words.hpp"
#include "index/trace/ip_address.hpp"

namespace mailspoor::index {
namespace {

constexpr std::string_view kWords =
    "message.message IN (SELECT rowid FROM document_words WHERE document_words MATCH {})";
constexpr std::string_view kPlacement =
    "message.message IN (SELECT message FROM placement JOIN mailbox USING (mailbox) WHERE message IS NOT "
    "NULL AND ({}))";

/// SQLite refuses patterns of more than 50,000 octets, and slow ones are of no use before.
constexpr std::size_t kMaxPatternOctets = 1000;

struct Range {
  std::optional<std::int64_t> least;
  std::optional<std::int64_t> most;
};

/// Octets with a unit: `10k`, `1.5M` is not one. Powers of 1024.
std::optional<std::int64_t> octets(std::string_view text) {
  std::int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || value < 0) return std::nullopt;
  const std::string_view unit{read.ptr, static_cast<std::size_t>(text.data() + text.size() - read.ptr)};
  if (unit.empty()) return value;
  if (unit.size() > 1 || value > (std::int64_t{1} << 32)) return std::nullopt;
  switch (base::to_lower(unit[0])) {
    case 'b':
      return value;
    case 'k':
      return value << 10;
    case 'm':
      return value << 20;
    case 'g':
      return value << 30;
    default:
      return std::nullopt;
  }
}

std::optional<Range> size_range(std::string_view value) {
  const auto dots = value.find("..");
  const auto from = value.substr(0, dots);
  const auto to = dots == std::string_view::npos ? from : value.substr(dots + 2);
  if (from.empty() && to.empty()) return std::nullopt;
  Range range;
  if (!from.empty() && !(range.least = octets(from))) return std::nullopt;
  if (!to.empty() && !(range.most = octets(to))) return std::nullopt;
  return range;
}

/// The first and the last address of an address or CIDR.
std::optional<std::pair<IpOctets, IpOctets>> network(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_ip_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  const bool is_ipv4 = text.substr(0, slash).find(':') == std::string_view::npos;
  unsigned bits = 128;
  if (slash != std::string_view::npos) {
    const auto length = text.substr(slash + 1);
    const auto read = std::from_chars(length.data(), length.data() + length.size(), bits);
    if (length.empty() || read.ec != std::errc{} || read.ptr != length.data() + length.size() ||
        bits > (is_ipv4 ? 32U : 128U)) {
      return std::nullopt;
    }
    if (is_ipv4) bits += 96;
  }
  auto first = *address;
  auto last = *address;
  for (unsigned bit = bits; bit < 128; ++bit) {
    const auto mask = static_cast<unsigned char>(0x80U >> (bit % 8));
    first[bit / 8] = static_cast<unsigned char>(first[bit / 8] & ~mask);
    last[bit / 8] = static_cast<unsigned char>(last[bit / 8] | mask);
  }
  return std::pair{first, last};
}

BlobValue blob(const IpOctets& address) { return {std::string{address.begin(), address.end()}}; }

/// A GLOB pattern of SQLite for a mailbox pattern: `**` matches across levels, `*` stands for it too, since
/// levels need no more.
std::string glob_of(std::string_view pattern) {
  std::string glob;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const char c = pattern[at];
    if (c == '*') {
      while (at + 1 < pattern.size() && pattern[at + 1] == '*') ++at;
      glob += '*';
    } else if (c == '?' || c == '[') {
      glob += '[';
      glob += c;
      glob += ']';
    } else {
      glob += c;
    }
  }
  return glob;
}

class Compiler {
 public:
  explicit Compiler(const QueryClock& clock) : clock_{clock} {}

  std::string condition(const Query& query) {
    if (const auto match = match_expression(query)) return fmt::format(kWords, add(*match));
    switch (query.kind) {
      case Query::Kind::everything:
        return "1";
      case Query::Kind::term:
        return term(query);
      case Query::Kind::negation:
        return "NOT (" + condition(query.operands.front()) + ")";
      case Query::Kind::conjunction:
        return joined(query.operands, " AND ");
      case Query::Kind::disjunction:
        return joined(query.operands, " OR ");
    }
    return "1";
  }
  std::vector<SqlValue> take_values() { return std::move(values_); }

 private:
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
    if (query.field != nullptr && query.field->type != FieldType::text) return std::nullopt;
    const auto phrase = match_phrase(query.value, query.is_prefix);
    if (phrase.empty()) fail(query, "holds no word that could be searched for");
    if (query.field == nullptr) return phrase;
    return fmt::format("{{{}}} : {}", query.field->columns, phrase);
  }

  std::string joined(const std::vector<Query>& operands, std::string_view with) {
    std::string sql = "(";
    for (const auto& operand : operands) {
      if (sql.size() > 1) sql += with;
      sql += condition(operand);
    }
    return sql + ")";
  }

  std::string term(const Query& query) {
    switch (query.field->type) {
      case FieldType::text:
        break;  // match_expression() took it
      case FieldType::message_id:
        return message_id(query);
      case FieldType::id:
        return id(query);
      case FieldType::date:
        return date(query);
      case FieldType::size:
        return size(query);
      case FieldType::mailbox:
        if (query.value.size() > kMaxPatternOctets) fail(query, "is too long a pattern");
        return fmt::format(kPlacement, fmt::format("lower(name) GLOB lower({})", add(glob_of(query.value))));
      case FieldType::account:
        return fmt::format(kPlacement, fmt::format("account = {}", add(query.value)));
      case FieldType::flag:
        return has_flag(query.value, query);
      case FieldType::is:
        return is(query);
      case FieldType::has:
        return has(query);
      case FieldType::ip:
        return ip(query);
    }
    return "1";
  }

  std::string message_id(const Query& query) {
    std::string_view value = query.value;
    if (value.size() > 1 && value.front() == '<' && value.back() == '>')
      value = value.substr(1, value.size() - 2);
    return fmt::format("message.message_id IS {}", add(std::string{value}));
  }

  std::string id(const Query& query) {
    auto digits = base::to_lower(query.value);
    if (digits.size() < 6 || digits.size() > 64 ||
        digits.find_first_not_of("0123456789abcdef") != std::string::npos) {
      fail(query, "is no id: 6 to 64 hexadecimal digits");
    }
    const auto first = digits + std::string(64 - digits.size(), '0');
    const auto last = digits + std::string(64 - digits.size(), 'f');
    const auto low = add(BlobValue{*base::from_hex(first)});
    return fmt::format("message.id BETWEEN {} AND {}", low, add(BlobValue{*base::from_hex(last)}));
  }

  std::string date(const Query& query) {
    const auto range = parse_date_range(query.value, clock_.now);
    if (!range)
      fail(query, "is no date: write 2024-03-05, 2024-03, 2024, 7d, or a range such as 2024-01..2024-03");
    std::string sql = "(message.date IS NOT NULL";
    if (range->begin) sql += fmt::format(" AND message.date >= {}", add(*range->begin));
    if (range->end) sql += fmt::format(" AND message.date < {}", add(*range->end));
    return sql + ")";
  }

  std::string size(const Query& query) {
    const auto range = size_range(query.value);
    if (!range) fail(query, "is no size: write 500, 10k, 2M, or a range such as 1M..");
    std::string sql = "(1";
    if (range->least) sql += fmt::format(" AND message.size >= {}", add(*range->least));
    if (range->most) sql += fmt::format(" AND message.size <= {}", add(*range->most));
    return sql + ")";
  }

  std::string has_flag(std::string flag, const Query& query) {
    if (!flag.empty() && flag.front() == '\\') flag.erase(0, 1);
    if (flag.empty() || flag.find(' ') != std::string::npos) fail(query, "is no flag");
    const auto value = add(base::to_lower(flag));
    return fmt::format(
        kPlacement,
        fmt::format("instr(' ' || lower(replace(flags, '\\', '')) || ' ', ' ' || {} || ' ') > 0", value));
  }

  std::string is(const Query& query) {
    const auto value = base::to_lower(query.value);
    if (value == "unread") return "NOT (" + has_flag("seen", query) + ")";
    if (value == "read") return has_flag("seen", query);
    if (value == "flagged" || value == "answered" || value == "draft") return has_flag(value, query);
    fail(query, "is not one of unread, read, flagged, answered, draft");
  }

  static std::string has(const Query& query) {
    const auto value = base::to_lower(query.value);
    if (value == "attachment") return "message.message IN (SELECT message FROM attachment)";
    if (value == "defect") return "message.message IN (SELECT message FROM defect)";
    fail(query, "is not one of attachment, defect");
  }

  std::string ip(const Query& query) {
    const auto range = network(query.value);
    if (!range) fail(query, "is no IP address or CIDR");
    const auto first = add(blob(range->first));
    return fmt::format("message.message IN (SELECT message FROM hop WHERE from_ip BETWEEN {} AND {})", first,
                       add(blob(range->second)));
  }

  /// The placeholder of a new parameter.
  std::string add(SqlValue value) {
    values_.push_back(std::move(value));
    return fmt::format("?{}", values_.size());
  }

  [[noreturn]] static void fail(const Query& query, std::string_view what) {
    const auto field = query.field != nullptr ? fmt::format("{}:", query.field->name) : std::string{};
    throw QueryError{
        fmt::format("query, column {}: `{}{}` {}", query.column, field, base::printable(query.value), what)};
  }

  const QueryClock& clock_;
  std::vector<SqlValue> values_;
};

}  // namespace

SqlCondition compile(const Query& query, const QueryClock& clock) {
  Compiler compiler{clock};
  auto sql = compiler.condition(query);
  return {std::move(sql), compiler.take_values()};
}

}  // namespace mailspoor::index
