#include "index/track/text_flow.hpp"

#include <algorithm>
#include <array>

#include "deliver/base/text.hpp"
#include "index/track/html_tokenizer.hpp"

namespace mailspoor::index {
namespace {

enum class CharacterKind : std::uint8_t {
  visible,
  blank,
  nothing,  ///< No width and no effect that a reader would miss.
  joiner,   ///< Shapes its neighbours in Arabic, Indic scripts and emoji; padding anywhere else.
};

/// Newsletters pad their preview with runs of what is no joiner nor visible, and spam breaks words with it.
CharacterKind kind_of(char32_t c) noexcept {
  if (c > 0 && c < 0x80)
    return is_html_blank(static_cast<char>(c)) ? CharacterKind::blank : CharacterKind::visible;
  const bool has_no_width = c == 0xAD || c == 0x034F || c == 0x200B || c == 0x2060 || c == 0xFEFF;
  if (has_no_width || c == 0) return CharacterKind::nothing;
  if (c >= 0x200C && c <= 0x200F) return CharacterKind::joiner;  // with the marks of direction
  const bool is_space = c == 0xA0 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x205F;
  const bool looks_like_one = c == 0x2800 || c == 0x3164;  // braille without dots, Hangul filler
  return is_space || looks_like_one ? CharacterKind::blank : CharacterKind::visible;
}

/// Octets that no character but a visible one begins with.
constexpr auto kIsPlain = [] {
  std::array<bool, 256> plain{};
  plain.fill(true);
  for (const auto octet : {0x00, 0x09, 0x0A, 0x0C, 0x0D, 0x20, 0xC2, 0xCD, 0xE2, 0xE3, 0xEF}) {
    plain[static_cast<std::size_t>(octet)] = false;
  }
  return plain;
}();
bool is_plain(char c) noexcept { return kIsPlain[static_cast<unsigned char>(c)]; }

/// The largest length up to `limit` at which no UTF-8 sequence of `text` is cut.
std::size_t whole_characters(std::string_view text, std::size_t limit) noexcept {
  constexpr std::size_t kLongestTail = 3;
  if (limit >= text.size()) return text.size();
  for (std::size_t back = 0; back <= kLongestTail && back <= limit; ++back) {
    if ((static_cast<unsigned char>(text[limit - back]) & 0xC0U) != 0x80U) return limit - back;
  }
  return limit;
}

struct Character {
  CharacterKind kind;
  std::string_view octets;
};

/// The character at the front of `text`, which is not empty.
Character front_character(std::string_view text) noexcept {
  auto rest = text;
  const auto kind = kind_of(base::take_code_point(rest));
  return {kind, text.substr(0, text.size() - rest.size())};
}

/// The octets at the front that can be copied as they are: visible ones, with single blanks between them.
std::size_t visible_length(std::string_view text) noexcept {
  std::size_t length = 0;
  while (length < text.size()) {
    if (is_plain(text[length])) {
      ++length;
    } else if (length > 0 && text[length] == ' ' && length + 1 < text.size() && is_plain(text[length + 1])) {
      length += 2;
    } else {
      const auto character = front_character(text.substr(length));
      if (character.kind != CharacterKind::visible) break;
      length += character.octets.size();
    }
  }
  return length;
}
std::size_t blank_length(std::string_view text) noexcept {
  const auto end = std::find_if_not(text.begin(), text.end(), is_html_blank);
  return static_cast<std::size_t>(end - text.begin());
}

}  // namespace

void TextFlow::append(std::string_view text, bool is_preformatted) {
  while (!text.empty() && !is_cut_) {
    auto length = visible_length(text);
    if (length > 0) {
      append_visible(text.substr(0, length));
    } else if (length = is_preformatted ? 0 : blank_length(text); length > 0) {
      add_blank();
    } else {
      const auto character = front_character(text);
      if (character.kind == CharacterKind::joiner) add_joiner(character.octets);
      if (character.kind == CharacterKind::blank) append_blank(character.octets, is_preformatted);
      length = character.octets.size();
    }
    text.remove_prefix(length);
  }
}

void TextFlow::line_break() {
  if (is_new_cell()) return;
  lines_ = std::min(lines_ + 1, 2);
  blanks_.clear();
}
void TextFlow::gap(TextGap kind) {
  if (kind == TextGap::blank) add_blank();
  if (kind < TextGap::line || is_new_cell()) return;
  lines_ = std::max(lines_, kind == TextGap::paragraph ? 2 : 1);
  blanks_.clear();
}

void TextFlow::begin_cell() {
  cells_.push_back(
      {text_.size(), written_gaps_ + (lines_ > 0 && !text_.empty() ? 1 : 0), lines_, blanks_, cell_begin_});
  cell_begin_ = text_.size();
}
void TextFlow::end_cell() {
  const auto cell = cells_.back();
  cells_.pop_back();
  if (text_.size() == cell.begin) {
    lines_ = cell.lines_before;
    blanks_ = cell.blanks_before;
    cell_begin_ = cell.outer_begin;
    return;
  }
  cell_begin_ = kNoCell;
  lines_ = written_gaps_ > cell.gaps_of_one_line ? std::max(lines_, 1) : 0;
  blanks_ = lines_ == 0 ? "\t" : "";
}

void TextFlow::append_blank(std::string_view octets, bool is_preformatted) {
  if (!is_preformatted) {
    add_blank();
  } else if (octets == "\n") {
    line_break();
  } else {
    blanks_ += octets == "\t" ? '\t' : ' ';
  }
}

void TextFlow::append_visible(std::string_view octets) {
  const bool is_ascii = static_cast<unsigned char>(octets[0]) < 0x80;
  if (joiners_ == 1 && !is_ascii && !has_gap()) {
    write(joiner_);
  } else {
    write_gap();
  }
  joiners_ = 0;
  write(octets);
}
void TextFlow::write_gap() {
  if (lines_ > 0 && !text_.empty()) {
    write(std::string_view{"\n\n"}.substr(0, static_cast<std::size_t>(lines_)));
    ++written_gaps_;
  }
  write(blanks_);
  lines_ = 0;
  blanks_.clear();
}
void TextFlow::write(std::string_view octets) {
  if (is_cut_) return;
  const auto fitting = whole_characters(octets, max_octets_ - text_.size());
  text_ += octets.substr(0, fitting);
  is_cut_ = fitting < octets.size();
}

void TextFlow::add_blank() {
  if (!has_gap() && !text_.empty()) blanks_ = " ";
}
/// Kept if it is the only one between two characters beyond ASCII.
void TextFlow::add_joiner(std::string_view octets) {
  const bool follows_script =
      !text_.empty() && static_cast<unsigned char>(text_.back()) >= 0x80 && !has_gap();
  joiners_ = follows_script && joiners_ == 0 ? 1 : 2;
  joiner_ = octets;
}

}  // namespace mailspoor::index
