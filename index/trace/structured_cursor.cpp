#include "index/trace/structured_cursor.hpp"

#include <utility>

#include "deliver/base/ascii.hpp"
#include "deliver/base/text.hpp"

namespace mailspoor::index {
namespace {

using base::is_blank;

void append_octet(std::string& text, char c) {
  if (c != '\r' && c != '\n') text += c;
}

}  // namespace

bool StructuredCursor::take(char c) noexcept {
  if (!is_at(c)) return false;
  ++at_;
  return true;
}

void StructuredCursor::skip_cfws() {
  while (!is_at_end()) {
    if (is_blank(text_[at_])) {
      ++at_;
    } else if (text_[at_] == '(') {
      skip_comment();
    } else {
      return;
    }
  }
}

void StructuredCursor::skip_comment() {
  if (!comments_.empty()) comments_ += ' ';
  std::size_t depth = 0;
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '\\' && at_ + 1 < text_.size()) {
      append_octet(comments_, text_[++at_]);
      continue;
    }
    if (c == ')' && --depth == 0) {
      ++at_;
      return;
    }
    if (depth > 0) append_octet(comments_, c);
    if (c == '(') ++depth;
  }
  is_broken_ = true;
}

std::string StructuredCursor::take_word(std::string_view ends) {
  const auto begin = at_;
  while (!is_at_end() && !is_blank(text_[at_]) &&
         std::string_view{"(;\""}.find(text_[at_]) == std::string_view::npos &&
         ends.find(text_[at_]) == std::string_view::npos) {
    ++at_;
  }
  return base::to_valid_utf8(text_.substr(begin, at_ - begin));
}

std::string StructuredCursor::take_value() {
  std::string value;
  while (!is_at_end() && !is_blank(text_[at_]) && text_[at_] != ';' && text_[at_] != '(') {
    if (text_[at_] == '"') {
      take_quoted_string(value);
    } else {
      value += text_[at_++];
    }
  }
  return base::to_valid_utf8(value);
}

void StructuredCursor::take_quoted_string(std::string& value) {
  for (++at_; at_ < text_.size(); ++at_) {
    if (text_[at_] == '"') {
      ++at_;
      return;
    }
    if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
    append_octet(value, text_[at_]);
  }
  is_broken_ = true;
}

std::string StructuredCursor::take_comments() { return base::to_valid_utf8(std::exchange(comments_, {})); }

}  // namespace mailspoor::index
