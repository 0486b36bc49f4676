#include "index/query/parser.hpp"

#include <fmt/format.h>

#include <utility>

#include "deliver/base/ascii.hpp"
#include "deliver/base/text.hpp"
#include "index/error.hpp"

namespace mailspoor::index {
namespace {

using base::is_blank;

class Parser {
 public:
  explicit Parser(std::string_view text) : text_{text} {}

  Query parse() {
    if (text_.size() > kMaxQueryOctets)
      throw QueryError{fmt::format("the query has more than {} octets", kMaxQueryOctets)};
    skip_blanks();
    if (at_end()) return {};
    auto query = disjunction();
    if (!at_end())
      fail(fmt::format("a closing {} without its opening one", text_[at_] == ')' ? "parenthesis" : "brace"));
    return query;
  }

 private:
  Query disjunction() {
    std::vector<Query> operands;
    operands.push_back(conjunction());
    while (take_word("OR")) operands.push_back(conjunction());
    return joined(Query::Kind::disjunction, std::move(operands));
  }

  Query conjunction() {
    std::vector<Query> operands;
    operands.push_back(negation());
    while (true) {
      if (take_word("AND")) {
        operands.push_back(negation());
        continue;
      }
      if (at_end() || is_closing(text_[at_]) || is_word("OR")) break;
      operands.push_back(negation());
    }
    return joined(Query::Kind::conjunction, std::move(operands));
  }

  Query negation() {
    if (++depth_ > kMaxQueryDepth)
      fail(fmt::format("more than {} levels of parentheses and negations", kMaxQueryDepth));
    Query query;
    if (take_word("NOT") || take_minus()) {
      query.kind = Query::Kind::negation;
      query.operands.push_back(negation());
    } else {
      query = primary();
    }
    --depth_;
    return query;
  }

  Query primary() {
    if (at_end()) fail("a search term is missing");
    if (text_[at_] == '(') {
      ++at_;
      skip_blanks();
      auto query = disjunction();
      if (at_end() || text_[at_] != ')') fail("a closing parenthesis is missing");
      ++at_;
      skip_blanks();
      return query;
    }
    if (is_closing(text_[at_])) fail("a search term is missing");
    if (is_word("OR") || is_word("AND")) fail("a search term is missing");
    return term();
  }

  Query term() {
    if (++terms_ > kMaxQueryTerms) fail(fmt::format("more than {} search terms", kMaxQueryTerms));
    Query term;
    term.kind = Query::Kind::term;
    term.column = at_ + 1;
    const auto name_end = field_name_end();
    if (name_end != std::string_view::npos) {
      const auto name = text_.substr(at_, name_end - at_);
      term.field = find_field(name);
      if (term.field == nullptr) unknown_field(name);
      at_ = name_end + 1;
    }
    if (!at_end() && text_[at_] == '{' && term.field != nullptr && term.field->type == FieldType::thread) {
      subquery(term);
    } else if (!at_end() && text_[at_] == '/' && term.field != nullptr && !term.field->pattern.empty()) {
      regex(term);
    } else if (!at_end() && text_[at_] == '"') {
      term.is_quoted = true;
      term.value = quoted();
      if (!at_end() && text_[at_] == '*') {
        term.is_prefix = true;
        ++at_;
      }
    } else {
      term.value = word();
    }
    skip_blanks();
    if (term.field != nullptr && term.value.empty() && term.operands.empty()) {
      at_ = term.column - 1;
      fail(fmt::format("{}: wants a value, for example {}", term.field->name, term.field->example));
    }
    if (term.field == nullptr && !term.is_quoted && term.value == "*") return {};
    const bool is_text = term.field == nullptr || term.field->type == FieldType::text;
    if (is_text && !term.is_quoted && !term.is_regex && term.value.size() > 1 && term.value.back() == '*') {
      term.is_prefix = true;
      term.value.pop_back();
    }
    return term;
  }

  void subquery(Query& term) {
    if (++depth_ > kMaxQueryDepth)
      fail(fmt::format("more than {} levels of parentheses and negations", kMaxQueryDepth));
    ++at_;
    ++braces_;
    skip_blanks();
    term.operands.push_back(disjunction());
    if (at_end() || text_[at_] != '}') fail("a closing brace is missing");
    --braces_;
    --depth_;
    ++at_;
  }

  /// A slash inside needs no backslash unless a blank follows it: `path:/usr/local/`.
  void regex(Query& term) {
    const auto opening = at_++;
    for (; !at_end(); ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        if (text_[at_ + 1] != '/') term.value += '\\';
        term.value += text_[++at_];
      } else if (text_[at_] == '/' && ends_regex(at_ + 1)) {
        ++at_;
        term.is_regex = true;
        return;
      } else {
        term.value += text_[at_];
      }
    }
    // No slash ends it: then it is a value that begins with one.
    at_ = opening;
    term.value = word();
  }
  bool ends_regex(std::size_t at) const {
    return at == text_.size() || is_blank(text_[at]) || text_[at] == ')' || (braces_ > 0 && text_[at] == '}');
  }

  /// Where the colon behind a field name stands; npos if the next word does not begin `name:`.
  std::size_t field_name_end() const {
    auto at = at_;
    while (at < text_.size() && (base::is_alphanumeric(text_[at]) || text_[at] == '-' || text_[at] == '_')) {
      ++at;
    }
    return at > at_ && at < text_.size() && text_[at] == ':' ? at : std::string_view::npos;
  }

  std::string quoted() {
    const auto opening = at_++;
    std::string value;
    while (at_ < text_.size()) {
      if (text_[at_] == '"') {
        if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') {
          ++at_;
          return value;
        }
        ++at_;
      }
      value += text_[at_++];
    }
    at_ = opening;
    fail("a closing quotation mark is missing");
  }

  std::string word() {
    const auto begin = at_;
    while (at_ < text_.size() && !is_blank(text_[at_]) && text_[at_] != '(' && text_[at_] != ')' &&
           text_[at_] != '"' && !(braces_ > 0 && text_[at_] == '}'))
      ++at_;
    return std::string{text_.substr(begin, at_ - begin)};
  }

  bool is_word(std::string_view word) const {
    if (text_.substr(at_, word.size()) != word) return false;
    const auto end = at_ + word.size();
    return end == text_.size() || is_blank(text_[end]) || text_[end] == '(' || is_closing(text_[end]) ||
           text_[end] == '"';
  }
  bool is_closing(char c) const noexcept { return c == ')' || (braces_ > 0 && c == '}'); }
  bool take_word(std::string_view word) {
    if (at_end() || !is_word(word)) return false;
    at_ += word.size();
    skip_blanks();
    return true;
  }
  bool take_minus() {
    if (at_ + 1 >= text_.size() || text_[at_] != '-' || is_blank(text_[at_ + 1])) return false;
    ++at_;
    return true;
  }
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }
  bool at_end() const noexcept { return at_ >= text_.size(); }

  static Query joined(Query::Kind kind, std::vector<Query> operands) {
    if (operands.size() == 1) return std::move(operands.front());
    Query query;
    query.kind = kind;
    query.operands = std::move(operands);
    return query;
  }

  [[noreturn]] void unknown_field(std::string_view name) const {
    const auto nearest = nearest_field(name);
    const auto hint = nearest.empty() ? std::string{} : fmt::format("; did you mean `{}:`?", nearest);
    fail(fmt::format("unknown field `{}:`{} (a colon inside a word needs quotation marks)",
                     base::printable(name), hint));
  }
  [[noreturn]] void fail(std::string_view what) const {
    throw QueryError{fmt::format("query, column {}: {}", at_ + 1, what)};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::size_t terms_ = 0;
  std::size_t braces_ = 0;  // around what is being read
};

}  // namespace

Query parse_query(std::string_view text) { return Parser{text}.parse(); }

}  // namespace mailspoor::index
