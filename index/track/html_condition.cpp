#include "index/track/html_condition.hpp"

#include <algorithm>

#include "deliver/base/text.hpp"
#include "index/track/html_tokenizer.hpp"

namespace mailspoor::index {
namespace {

bool is_operator(char c) noexcept { return c == '!' || c == '(' || c == ')' || c == '&' || c == '|'; }

/// Reads a condition. What follows the first thing that is none is left.
class Condition {
 public:
  explicit Condition(std::string_view text) noexcept : rest_{text} {}

  bool any(int depth = 0) noexcept {
    bool result = all(depth);
    while (take('|')) {
      const bool other = all(depth);
      result = result || other;
    }
    return result;
  }

 private:
  static constexpr int kMaxDepth = 16;

  bool all(int depth) noexcept {
    bool result = one(depth);
    while (take('&')) {
      const bool other = one(depth);
      result = result && other;
    }
    return result;
  }
  bool one(int depth) noexcept {
    bool is_negated = false;
    while (take('!')) is_negated = !is_negated;
    if (depth < kMaxDepth && take('(')) {
      const bool inner = any(depth + 1);
      take(')');
      return inner != is_negated;
    }
    std::size_t length = 0;
    while (length < rest_.size() && !is_operator(rest_[length])) ++length;
    const auto term = rest_.substr(0, length);
    rest_.remove_prefix(length);
    const bool is_true = !is_false(term);
    return is_negated ? !is_true : is_true;
  }
  /// `gte mso 9`, `lt IE 9`, `true`: each holds for some reader. Nothing at all holds for none.
  static bool is_false(std::string_view term) noexcept {
    while (!term.empty() && is_html_blank(term.front())) term.remove_prefix(1);
    while (!term.empty() && is_html_blank(term.back())) term.remove_suffix(1);
    return term.empty() || base::equal_ignoring_case(term, "false");
  }
  bool take(char wanted) noexcept {
    while (!rest_.empty() && is_html_blank(rest_.front())) rest_.remove_prefix(1);
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string_view rest_;
};

}  // namespace

std::optional<std::string_view> conditional_html(std::string_view comment) noexcept {
  while (!comment.empty() && is_html_blank(comment.front())) comment.remove_prefix(1);
  if (!base::starts_with_ignoring_case(comment, "[if")) return std::nullopt;
  const auto end = comment.find("]>");
  if (end == std::string_view::npos || !Condition{comment.substr(3, end - 3)}.any()) return std::nullopt;
  auto html = comment.substr(end + 2);
  constexpr std::string_view kEnd = "<![endif]";
  if (html.size() >= kEnd.size() && base::equal_ignoring_case(html.substr(html.size() - kEnd.size()), kEnd)) {
    html.remove_suffix(kEnd.size());
  }
  return html;
}

}  // namespace mailspoor::index
