#include "index/trace/received.hpp"

#include <vector>

#include "deliver/base/text.hpp"
#include "index/trace/ip_address.hpp"

namespace mailspoor::index {
namespace {

using base::equal_ignoring_case;

bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// A word outside comments, or a whole comment with the comments inside it.
struct Token {
  enum class Kind { word, comment, semicolon } kind;
  std::string_view text;
};

/// Where the comment or quoted string that opens at `begin` ends, its last octet included; the end of the
/// text if it is never closed (RFC 5322 §3.2.1, §3.2.2).
std::size_t end_of_comment(std::string_view text, std::size_t begin) {
  std::size_t depth = 0;
  for (auto at = begin; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '(') {
      ++depth;
    } else if (text[at] == ')' && --depth == 0) {
      return at + 1;
    }
  }
  return text.size();
}

std::vector<Token> split(std::string_view text) {
  std::vector<Token> tokens;
  for (std::size_t at = 0; at < text.size();) {
    if (is_blank(text[at])) {
      ++at;
    } else if (text[at] == '(') {
      const auto end = end_of_comment(text, at);
      tokens.push_back({Token::Kind::comment, text.substr(at, end - at)});
      at = end;
    } else if (text[at] == ';') {
      tokens.push_back({Token::Kind::semicolon, text.substr(at, 1)});
      ++at;
    } else {
      const auto begin = at;
      bool is_quoted = false;
      for (; at < text.size() && (is_quoted || (!is_blank(text[at]) && text[at] != '(' && text[at] != ';'));
           ++at) {
        if (text[at] == '"') is_quoted = !is_quoted;
      }
      tokens.push_back({Token::Kind::word, text.substr(begin, at - begin)});
    }
  }
  return tokens;
}

std::optional<std::string> address_of(std::string_view word) {
  // `[192.0.2.1]:4321` carries a port behind the literal, `192.0.2.1:4321` behind the address.
  if (word.size() > 1 && word.front() == '[') word = word.substr(1, word.find(']') - 1);
  auto address = parse_ip_address(word);
  const auto colon = word.find(':');
  if (!address && colon != std::string_view::npos && word.find('.') < colon)
    address = parse_ip_address(word.substr(0, colon));
  if (!address) return std::nullopt;
  return to_text(*address);
}

/// The first address in a comment, blanks, brackets, parentheses, '@' and '=' ending its words.
std::optional<std::string> address_in_comment(std::string_view comment) {
  for (std::size_t at = 0; at < comment.size();) {
    const auto begin = comment.find_first_not_of("() \t\r\n@=,;\"", at);
    if (begin == std::string_view::npos) break;
    auto end = comment.find_first_of(comment[begin] == '[' ? ")] \t\r\n" : "()[] \t\r\n@=,;\"", begin + 1);
    if (end == std::string_view::npos) end = comment.size();
    if (auto address = address_of(comment.substr(begin, end - begin))) return address;
    at = end + (end < comment.size() && comment[end] == ']' ? 1 : 0);
  }
  return std::nullopt;
}

bool holds_announced_name(std::string_view comment) {
  const auto lower = base::to_lower(comment);
  return lower.find("helo") != std::string::npos || lower.find("ehlo") != std::string::npos;
}

bool is_clause_word(std::string_view word) {
  for (const std::string_view known : {"from", "by", "via", "with", "id", "for"}) {
    if (equal_ignoring_case(word, known)) return true;
  }
  return false;
}

}  // namespace

Hop parse_received(std::string_view field_body) {
  Hop hop;
  hop.raw = base::to_valid_utf8(field_body);
  const auto tokens = split(field_body);
  std::string_view clause;
  std::string_view announced;
  const Token* last_semicolon = nullptr;
  for (const auto& token : tokens) {
    if (token.kind == Token::Kind::semicolon) {
      last_semicolon = &token;
      clause = {};
    } else if (token.kind == Token::Kind::comment) {
      if (!equal_ignoring_case(clause, "from") || hop.from_ip) continue;
      hop.from_ip = address_in_comment(token.text);
      if (!hop.from_ip && holds_announced_name(token.text)) hop.from_ip = address_of(announced);
    } else if (is_clause_word(token.text)) {
      clause = token.text;
    } else if (equal_ignoring_case(clause, "from") && announced.empty()) {
      announced = token.text;
    } else if (equal_ignoring_case(clause, "by") && !hop.by) {
      auto host = token.text;
      if (host.size() > 1 && host.back() == '.') host.remove_suffix(1);
      hop.by = base::to_valid_utf8(host);
    }
  }
  if (last_semicolon != nullptr) {
    const auto offset = static_cast<std::size_t>(last_semicolon->text.data() - field_body.data());
    hop.date = parse_date_time(field_body.substr(offset + 1));
  }
  return hop;
}

}  // namespace mailspoor::index
