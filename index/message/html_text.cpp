#include "index/message/html_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "deliver/base/text.hpp"
#include "index/track/html_tokenizer.hpp"

namespace mailspoor::index {
namespace {

bool is_blank(char c) noexcept { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f'; }

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// --- Characters ---

enum class CharacterKind : std::uint8_t {
  visible,
  blank,
  nothing,  ///< No width and no effect that a reader would miss.
  joiner,   ///< Shapes its neighbours in Arabic, Indic scripts and emoji; padding anywhere else.
};

/// Newsletters pad their preview with runs of what is no joiner nor visible, and spam breaks words with it.
CharacterKind kind_of(char32_t c) noexcept {
  if (c > 0 && c < 0x80)
    return is_blank(static_cast<char>(c)) ? CharacterKind::blank : CharacterKind::visible;
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

/// The largest length up to `limit` at which no UTF-8 sequence of `text` is cut.
std::size_t whole_characters(std::string_view text, std::size_t limit) noexcept {
  constexpr std::size_t kLongestTail = 3;
  if (limit >= text.size()) return text.size();
  for (std::size_t back = 0; back <= kLongestTail && back <= limit; ++back) {
    if ((static_cast<unsigned char>(text[limit - back]) & 0xC0U) != 0x80U) return limit - back;
  }
  return limit;
}

// --- The text, flowing into lines ---

/// What stands between two boxes, the larger one winning where several meet.
enum class Gap : std::uint8_t { none, blank, cell, line, paragraph };

/// Takes text and gaps and makes lines of them. A gap is written only once something visible follows it.
class TextFlow {
 public:
  explicit TextFlow(std::size_t max_octets) : max_octets_{max_octets} {}

  void append(std::string_view text, bool is_preformatted) {
    while (!text.empty() && !is_cut_) {
      auto length = visible_length(text);
      if (length > 0) {
        append_visible(text.substr(0, length));
      } else if (length = is_preformatted ? 0 : blank_length(text); length > 0) {
        add_blank();
      } else {
        const auto character = front_character(text);
        append_special(character, is_preformatted);
        length = character.octets.size();
      }
      text.remove_prefix(length);
    }
  }

  void line_break() {
    if (is_new_cell()) return;
    lines_ = std::min(lines_ + 1, 2);
    blanks_.clear();
  }
  void gap(Gap kind) {
    if (kind == Gap::blank) add_blank();
    if (kind < Gap::line || is_new_cell()) return;
    lines_ = std::max(lines_, kind == Gap::paragraph ? 2 : 1);
    blanks_.clear();
  }

  void begin_cell() {
    cells_.push_back(
        {text_.size(), written_gaps_ + (lines_ > 0 && !text_.empty() ? 1 : 0), lines_, blanks_, cell_begin_});
    cell_begin_ = text_.size();
  }
  /// The next cell stands beside this one if this one is a single line. An empty one leaves no trace, as
  /// layouts are full of them.
  void end_cell() {
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

  bool is_cut() const noexcept { return is_cut_; }
  std::string take() { return std::move(text_); }

 private:
  static constexpr std::size_t kNoCell = std::string::npos;
  struct Cell {
    std::size_t begin;
    std::size_t gaps_of_one_line;  ///< The line ends written by the end of the cell, if it is of one line.
    int lines_before;
    std::string blanks_before;
    std::size_t outer_begin;
  };

  /// The octets at the front that can be copied as they are: visible ones, with single blanks between them.
  static std::size_t visible_length(std::string_view text) noexcept {
    std::size_t length = 0;
    while (length < text.size()) {
      if (is_plain(text[length])) {
        ++length;
      } else if (length > 0 && text[length] == ' ' && length + 1 < text.size() &&
                 is_plain(text[length + 1])) {
        length += 2;
      } else {
        const auto character = front_character(text.substr(length));
        if (character.kind != CharacterKind::visible) break;
        length += character.octets.size();
      }
    }
    return length;
  }
  static std::size_t blank_length(std::string_view text) noexcept {
    const auto end = std::find_if_not(text.begin(), text.end(), is_blank);
    return static_cast<std::size_t>(end - text.begin());
  }

  void append_special(const Character& character, bool is_preformatted) {
    switch (character.kind) {
      case CharacterKind::visible:
      case CharacterKind::nothing:
        break;
      case CharacterKind::joiner:
        add_joiner(character.octets);
        break;
      case CharacterKind::blank:
        if (!is_preformatted) {
          add_blank();
        } else if (character.octets == "\n") {
          line_break();
        } else {
          blanks_ += character.octets == "\t" ? '\t' : ' ';
        }
        break;
    }
  }

  void append_visible(std::string_view octets) {
    const bool is_ascii = static_cast<unsigned char>(octets[0]) < 0x80;
    if (joiners_ == 1 && !is_ascii && !has_gap()) {
      write(joiner_);
    } else {
      write_gap();
    }
    joiners_ = 0;
    write(octets);
  }
  void write_gap() {
    if (lines_ > 0 && !text_.empty()) {
      write(std::string_view{"\n\n"}.substr(0, static_cast<std::size_t>(lines_)));
      ++written_gaps_;
    }
    write(blanks_);
    lines_ = 0;
    blanks_.clear();
  }
  void write(std::string_view octets) {
    if (is_cut_) return;
    const auto fitting = whole_characters(octets, max_octets_ - text_.size());
    text_ += octets.substr(0, fitting);
    is_cut_ = fitting < octets.size();
  }

  void add_blank() {
    if (!has_gap() && !text_.empty()) blanks_ = " ";
  }
  /// Kept if it is the only one between two characters beyond ASCII.
  void add_joiner(std::string_view octets) {
    const bool follows_script =
        !text_.empty() && static_cast<unsigned char>(text_.back()) >= 0x80 && !has_gap();
    joiners_ = follows_script && joiners_ == 0 ? 1 : 2;
    joiner_ = octets;
  }
  bool has_gap() const noexcept { return lines_ > 0 || !blanks_.empty(); }
  /// Nothing was written into the cell: what would begin a line stands at its top anyway.
  bool is_new_cell() const noexcept { return text_.size() == cell_begin_; }

  std::string text_;
  std::size_t max_octets_;
  bool is_cut_ = false;
  int lines_ = 0;       ///< Line ends to write before the next visible character: 0, 1, 2.
  std::string blanks_;  ///< Blanks to write behind them.
  std::string joiner_;
  int joiners_ = 0;  ///< Joiners since the last visible character: 0, 1, more.
  std::size_t written_gaps_ = 0;
  std::size_t cell_begin_ = kNoCell;
  std::vector<Cell> cells_;
};

// --- Elements ---

using Traits = unsigned;
constexpr Traits kVoid = 1;          ///< Has no content and no end tag.
constexpr Traits kUnseen = 2;        ///< Its content is never displayed.
constexpr Traits kPreformatted = 4;  ///< White space in it counts.
constexpr Traits kFormatting = 8;    ///< May overlap with blocks (§13.2.4.3).
constexpr Traits kSpecial = 16;      ///< Ends the search of an end tag for its element (§13.2.4.2).
constexpr Traits kScope = 32;        ///< Ends it for end tags of blocks as well.
constexpr Traits kClosesP = 64;      ///< Its start tag ends an open p.
constexpr Traits kTablePart = 128;   ///< Its end tag is sought up to the table.
constexpr Traits kPage = 256;        ///< html, head, body: say nothing about what is seen.
constexpr Traits kBlock = kSpecial | kClosesP;

struct Element {
  std::string_view name;
  Gap gap;
  Traits traits;
};

constexpr Element kElements[] = {
    {"a", Gap::none, kFormatting},
    {"address", Gap::line, kBlock},
    {"applet", Gap::none, kSpecial | kScope},
    {"area", Gap::none, kVoid},
    {"article", Gap::line, kBlock},
    {"aside", Gap::line, kBlock},
    {"b", Gap::none, kFormatting},
    {"base", Gap::none, kVoid},
    {"basefont", Gap::none, kVoid},
    {"bgsound", Gap::none, kVoid},
    {"big", Gap::none, kFormatting},
    {"blockquote", Gap::paragraph, kBlock},
    {"body", Gap::line, kPage},
    {"br", Gap::none, kVoid},
    {"button", Gap::blank, kSpecial | kScope},
    {"caption", Gap::line, kSpecial | kScope | kTablePart},
    {"center", Gap::line, kBlock},
    {"code", Gap::none, kFormatting},
    {"col", Gap::none, kVoid},
    {"colgroup", Gap::none, kSpecial},
    {"datalist", Gap::none, kUnseen},
    {"dd", Gap::line, kBlock},
    {"details", Gap::line, kBlock},
    {"dialog", Gap::line, kBlock},
    {"dir", Gap::line, kBlock},
    {"div", Gap::line, kBlock},
    {"dl", Gap::line, kBlock},
    {"dt", Gap::line, kBlock},
    {"em", Gap::none, kFormatting},
    {"embed", Gap::none, kVoid},
    {"fieldset", Gap::line, kBlock},
    {"figcaption", Gap::line, kBlock},
    {"figure", Gap::line, kBlock},
    {"font", Gap::none, kFormatting},
    {"footer", Gap::line, kBlock},
    {"form", Gap::line, kBlock},
    {"frame", Gap::none, kVoid},
    {"frameset", Gap::line, kSpecial},
    {"h1", Gap::paragraph, kBlock},
    {"h2", Gap::paragraph, kBlock},
    {"h3", Gap::paragraph, kBlock},
    {"h4", Gap::paragraph, kBlock},
    {"h5", Gap::paragraph, kBlock},
    {"h6", Gap::paragraph, kBlock},
    {"head", Gap::line, kPage},
    {"header", Gap::line, kBlock},
    {"hgroup", Gap::line, kBlock},
    {"hr", Gap::line, kVoid | kClosesP},
    {"html", Gap::line, kPage},
    {"i", Gap::none, kFormatting},
    {"iframe", Gap::none, kUnseen | kSpecial},
    {"img", Gap::none, kVoid},
    {"input", Gap::none, kVoid},
    {"keygen", Gap::none, kVoid},
    {"legend", Gap::line, 0},
    {"li", Gap::line, kBlock},
    {"link", Gap::none, kVoid},
    {"listing", Gap::paragraph, kBlock | kPreformatted},
    {"main", Gap::line, kBlock},
    {"marquee", Gap::line, kSpecial | kScope},
    {"menu", Gap::line, kBlock},
    {"meta", Gap::none, kVoid},
    {"nav", Gap::line, kBlock},
    {"nobr", Gap::none, kFormatting},
    {"noembed", Gap::none, kUnseen | kSpecial},
    {"noframes", Gap::none, kUnseen | kSpecial},
    {"noscript", Gap::none, kSpecial},
    {"object", Gap::none, kSpecial | kScope},
    {"ol", Gap::line, kBlock},
    {"optgroup", Gap::line, 0},
    {"option", Gap::line, 0},
    {"p", Gap::paragraph, kBlock},
    {"param", Gap::none, kVoid},
    {"plaintext", Gap::paragraph, kBlock | kPreformatted},
    {"pre", Gap::paragraph, kBlock | kPreformatted},
    {"s", Gap::none, kFormatting},
    {"script", Gap::none, kUnseen | kSpecial},
    {"search", Gap::line, kBlock},
    {"section", Gap::line, kBlock},
    {"select", Gap::line, kSpecial},
    {"small", Gap::none, kFormatting},
    {"source", Gap::none, kVoid},
    {"strike", Gap::none, kFormatting},
    {"strong", Gap::none, kFormatting},
    {"style", Gap::none, kUnseen | kSpecial},
    {"summary", Gap::line, kBlock},
    {"table", Gap::line, kBlock | kScope | kTablePart},
    {"tbody", Gap::line, kSpecial | kTablePart},
    {"td", Gap::cell, kSpecial | kScope | kTablePart},
    {"template", Gap::none, kUnseen | kSpecial | kScope},
    {"textarea", Gap::line, kSpecial | kPreformatted},
    {"tfoot", Gap::line, kSpecial | kTablePart},
    {"th", Gap::cell, kSpecial | kScope | kTablePart},
    {"thead", Gap::line, kSpecial | kTablePart},
    {"title", Gap::none, kUnseen | kSpecial},
    {"tr", Gap::line, kSpecial | kTablePart},
    {"track", Gap::none, kVoid},
    {"tt", Gap::none, kFormatting},
    {"u", Gap::none, kFormatting},
    {"ul", Gap::line, kBlock},
    {"wbr", Gap::none, kVoid},
    {"xmp", Gap::paragraph, kBlock | kPreformatted},
};
static_assert(std::is_sorted(std::begin(kElements), std::end(kElements),
                             [](const auto& left, const auto& right) { return left.name < right.name; }));

/// Spans, and whatever the table does not know.
constexpr Element kInline{"", Gap::none, 0};

const Element& element_named(std::string_view name) noexcept {
  const auto* found =
      std::lower_bound(std::begin(kElements), std::end(kElements), name,
                       [](const auto& element, std::string_view wanted) { return element.name < wanted; });
  return found != std::end(kElements) && found->name == name ? *found : kInline;
}

/// Tells elements of unknown names apart (FNV-1a). Names that collide close one another, which hides and
/// shows no more than equal names would.
std::uint32_t name_hash(std::string_view name) noexcept {
  std::uint32_t hash = 2166136261U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

// --- Inline styles ---

enum class FontSize : std::uint8_t { inherited, zero, readable };

/// What attributes say about the visibility of an element. Visibility and font size hold for what is within,
/// until one there says otherwise: layouts use font size 0 against gaps between their columns.
struct Appearance {
  bool is_gone = false;  ///< Nothing within can be displayed either.
  std::optional<bool> is_invisible;
  FontSize font_size = FontSize::inherited;
  std::optional<Gap> gap;  ///< Where `display` changes it.
};

/// Takes `name ":" value [";"]` off the front. A ";" in quotes or parentheses does not end it.
std::string_view take_declaration(std::string_view& rest) noexcept {
  char quote = '\0';
  int depth = 0;
  std::size_t end = 0;
  for (; end < rest.size(); ++end) {
    const char c = rest[end];
    if (c == '\\') {
      ++end;
    } else if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')') {
      depth = std::max(depth - 1, 0);
    } else if (c == ';' && depth == 0) {
      break;
    }
  }
  end = std::min(end, rest.size());
  const auto declaration = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return declaration;
}

/// A number with or without a unit, as far as it matters here: is there one, is it 0, and what follows it.
struct Number {
  bool is_number = false;
  bool is_zero = true;
  std::string_view unit;
};
Number read_number(std::string_view value) noexcept {
  Number number;
  while (!value.empty() && ((value[0] >= '0' && value[0] <= '9') || value[0] == '.')) {
    number.is_number = number.is_number || value[0] != '.';
    number.is_zero = number.is_zero && (value[0] == '0' || value[0] == '.');
    value.remove_prefix(1);
  }
  number.unit = value;
  return number;
}
bool is_zero(std::string_view value) noexcept {
  const auto number = read_number(value);
  return number.is_number && number.is_zero;
}

FontSize font_size(std::string_view value) {
  constexpr std::array<std::string_view, 7> kRelative{"inherit", "larger", "smaller", "%", "em", "ex", "ch"};
  const auto number = read_number(value);
  if (number.is_number && number.is_zero) return FontSize::zero;
  const bool is_relative = std::any_of(kRelative.begin(), kRelative.end(), [&](std::string_view each) {
    return base::equal_ignoring_case(number.unit, each);
  });
  return is_relative || value.empty() || value[0] == '-' ? FontSize::inherited : FontSize::readable;
}

/// The size within the shorthand `font`: its first number, unless that is a weight such as 700. Empty if
/// there is none.
std::string_view size_in_shorthand(std::string_view value) noexcept {
  while (!value.empty()) {
    const auto word = value.substr(0, value.find_first_of(" \t\r\n\f/"));
    const auto number = read_number(word);
    if (number.is_number && (number.is_zero || !number.unit.empty())) return word;
    value = trimmed(value.substr(std::max<std::size_t>(word.size(), 1)));
  }
  return {};
}

std::optional<Gap> display_gap(std::string_view value) {
  if (base::starts_with_ignoring_case(value, "inline-")) return Gap::blank;
  for (const std::string_view flowing : {"inline", "contents"}) {
    if (base::equal_ignoring_case(value, flowing)) return Gap::none;
  }
  for (const std::string_view block : {"block", "table", "flex", "grid", "list-item", "table-row"}) {
    if (base::equal_ignoring_case(value, block)) return Gap::line;
  }
  return std::nullopt;
}

/// Collects what hides an element from the declarations of a `style` attribute, the last of a name winning
/// unless an earlier one is important.
class InlineStyle {
 public:
  explicit InlineStyle(std::string_view style) {
    while (!style.empty()) declare(take_declaration(style));
  }
  std::optional<std::string_view> display() const { return value_of(kDisplay); }
  std::optional<std::string_view> visibility() const { return value_of(kVisibility); }
  std::optional<std::string_view> font_size() const { return value_of(kFontSize); }
  bool has_no_opacity() const { return is_zero(value_of(kOpacity).value_or("")); }
  bool has_no_height() const {
    return is_zero(value_of(kMaxHeight).value_or("")) &&
           base::starts_with_ignoring_case(value_of(kOverflow).value_or(""), "hidden");
  }

 private:
  // With `font`, which stands for font-size here.
  enum Property : std::size_t { kDisplay, kFontSize, kMaxHeight, kOpacity, kOverflow, kVisibility, kFont };
  static constexpr std::array<std::string_view, 7> kNames{"display",  "font-size",  "max-height", "opacity",
                                                          "overflow", "visibility", "font"};
  struct Value {
    std::optional<std::string_view> text;
    bool is_important = false;
  };

  std::optional<std::string_view> value_of(Property property) const { return values_[property].text; }

  void declare(std::string_view declaration) {
    const auto colon = declaration.find(':');
    if (colon == std::string_view::npos) return;
    const auto name = trimmed(declaration.substr(0, colon));
    const auto* known = std::find_if(kNames.begin(), kNames.end(), [&](std::string_view each) {
      return base::equal_ignoring_case(name, each);
    });
    if (known == kNames.end()) return;
    Value value{trimmed(declaration.substr(colon + 1)), false};
    constexpr std::string_view kImportant = "important";
    if (const auto mark = value.text->rfind('!'); mark != std::string_view::npos) {
      value.is_important = base::equal_ignoring_case(trimmed(value.text->substr(mark + 1)), kImportant);
      if (value.is_important) value.text = trimmed(value.text->substr(0, mark));
    }
    auto property = static_cast<std::size_t>(known - kNames.begin());
    if (property == kFont) {
      property = kFontSize;
      value.text = size_in_shorthand(*value.text);
      if (value.text->empty()) return;
    }
    if (values_[property].is_important && !value.is_important) return;
    values_[property] = value;
  }

  std::array<Value, kFont> values_;
};

Appearance appearance_of(const HtmlToken& start_tag) {
  Appearance appearance;
  appearance.is_gone = start_tag.attribute("hidden").has_value();
  if (start_tag.name == "font" && start_tag.attribute("size")) appearance.font_size = FontSize::readable;
  const auto attribute = start_tag.attribute("style");
  if (!attribute) return appearance;
  const InlineStyle style{*attribute};
  if (const auto display = style.display()) {
    appearance.is_gone = base::equal_ignoring_case(*display, "none");
    appearance.gap = display_gap(*display);
  }
  appearance.is_gone = appearance.is_gone || style.has_no_opacity() || style.has_no_height();
  if (const auto visibility = style.visibility()) {
    if (base::equal_ignoring_case(*visibility, "visible")) appearance.is_invisible = false;
    if (base::equal_ignoring_case(*visibility, "hidden") ||
        base::equal_ignoring_case(*visibility, "collapse")) {
      appearance.is_invisible = true;
    }
  }
  if (const auto size = style.font_size()) appearance.font_size = font_size(*size);
  return appearance;
}

// --- The page ---

/// How text is displayed where we are.
struct Look {
  bool is_gone = false;
  bool is_invisible = false;
  bool is_tiny = false;
  bool is_preformatted = false;

  bool shows_boxes() const noexcept { return !is_gone && !is_invisible; }
  bool shows_text() const noexcept { return shows_boxes() && !is_tiny; }
  Look within(const Element& element, const Appearance& appearance) const noexcept {
    Look inner = *this;
    inner.is_gone = is_gone || appearance.is_gone || (element.traits & kUnseen) != 0;
    inner.is_invisible = appearance.is_invisible.value_or(is_invisible);
    if (appearance.font_size != FontSize::inherited) inner.is_tiny = appearance.font_size == FontSize::zero;
    inner.is_preformatted = is_preformatted || (element.traits & kPreformatted) != 0;
    return inner;
  }
};

/// Follows the open elements roughly as tree construction does (§13.2.6): well enough to know where what is
/// hidden ends, in documents with end tags missing, crossed or too many.
class Page {
 public:
  explicit Page(std::size_t max_octets) : flow_{max_octets} {}

  void take(const HtmlToken& token) {
    switch (token.kind) {
      case HtmlTokenKind::start_tag:
        begin_element(token);
        break;
      case HtmlTokenKind::end_tag:
        end_element(token.name);
        break;
      case HtmlTokenKind::text:
        if (look().shows_text()) flow_.append(token.text, look().is_preformatted);
        break;
      case HtmlTokenKind::doctype:
      case HtmlTokenKind::comment:
        break;
    }
  }
  bool is_cut() const noexcept { return flow_.is_cut(); }
  std::string take_text() { return flow_.take(); }

 private:
  struct OpenElement {
    const Element* element;
    std::uint32_t name_hash;
    Appearance appearance;
    Look look;
    Gap gap;
  };

  Look look() const noexcept {
    Look here = open_.empty() ? Look{} : open_.back().look;
    here.is_gone = here.is_gone || gone_below_ != 0;
    return here;
  }

  static Gap gap_around(const Element& element, const Appearance& appearance, const Look& look) noexcept {
    return look.is_gone ? Gap::none : appearance.gap.value_or(element.gap);
  }

  void begin_element(const HtmlToken& tag) {
    const Element& element =
        tag.name == "image" && is_img(tag) ? element_named("img") : element_named(tag.name);
    close_implied(element);
    const auto appearance = appearance_of(tag);
    const auto inner = look().within(element, appearance);
    const Gap gap = gap_around(element, appearance, inner);
    if ((element.traits & kVoid) != 0) {
      flow_.gap(gap);
      if (inner.shows_boxes()) show_void(element, tag);
      flow_.gap(gap);
      return;
    }
    const bool is_stray = (element.traits & kTablePart) != 0 && element.name != "table" && !is_in_table();
    if ((element.traits & kPage) != 0 || (tag.is_foreign && tag.is_self_closing) || is_stray) {
      flow_.gap(gap == Gap::cell ? Gap::blank : gap);
      return;
    }
    if (open_.size() == kMaxHtmlDepth) {
      flow_.gap(gap);
      ++below_;
      if (inner.is_gone && gone_below_ == 0) gone_below_ = below_;
      return;
    }
    gap == Gap::cell ? flow_.begin_cell() : flow_.gap(gap);
    open_.push_back({&element, name_hash(tag.name), appearance, inner, gap});
  }

  /// The elements without content that a reader sees.
  void show_void(const Element& element, const HtmlToken& tag) {
    if (element.name == "br") {
      flow_.line_break();
      return;
    }
    const auto type = tag.attribute("type").value_or("");
    const auto is_type = [&](std::string_view wanted) { return base::equal_ignoring_case(type, wanted); };
    std::optional<std::string_view> label;
    if (element.name == "img" || (element.name == "input" && is_type("image"))) label = tag.attribute("alt");
    if (element.name == "input" && (is_type("submit") || is_type("button") || is_type("reset"))) {
      label = tag.attribute("value");
    }
    if (!label) return;
    flow_.gap(Gap::blank);
    flow_.append(*label, false);
    flow_.gap(Gap::blank);
  }

  void end_element(std::string_view name) {
    const Element& element = element_named(name);
    if (element.name == "br" && !look().is_gone) flow_.line_break();  // as browsers have it
    if ((element.traits & kVoid) != 0) return;
    if ((element.traits & kPage) != 0) {
      flow_.gap(element.gap);
      return;
    }
    if (below_ > 0) {
      if (!look().is_gone) flow_.gap(element.gap);
      if (gone_below_ == below_) gone_below_ = 0;
      --below_;
      return;
    }
    const auto hash = name_hash(name);
    for (auto index = open_.size(); index-- > 0;) {
      if (open_[index].name_hash == hash) {
        close(index);
        return;
      }
      if (ends_search(element, *open_[index].element)) break;
    }
    if (element.name == "p" && !look().is_gone) flow_.gap(element.gap);
  }

  /// Whether the end tag of `wanted` closes nothing that stands around the open element `passed`.
  static bool ends_search(const Element& wanted, const Element& passed) noexcept {
    if ((wanted.traits & kTablePart) != 0) return passed.name == "table" || passed.name == "template";
    if (wanted.name == "li" && (passed.name == "ul" || passed.name == "ol")) return true;
    if ((wanted.traits & (kFormatting | kSpecial)) != 0) return (passed.traits & kScope) != 0;
    return (passed.traits & kSpecial) != 0;
  }

  /// Closes the element and those within. A formatting element with blocks in it goes alone, as those go on
  /// without it.
  void close(std::size_t index) {
    const auto first_inside = open_.begin() + static_cast<std::ptrdiff_t>(index) + 1;
    const bool holds_blocks = std::any_of(first_inside, open_.end(), [](const OpenElement& each) {
      return (each.element->traits & kSpecial) != 0;
    });
    if ((open_[index].element->traits & kFormatting) == 0 || !holds_blocks) {
      while (open_.size() > index) close_last();
      return;
    }
    flow_.gap(open_[index].gap);
    open_.erase(first_inside - 1);
    for (; index < open_.size(); ++index) {
      auto& each = open_[index];
      each.look = (index == 0 ? Look{} : open_[index - 1].look).within(*each.element, each.appearance);
      each.gap = gap_around(*each.element, each.appearance, each.look);
    }
  }
  void close_last() {
    const auto gap = open_.back().gap;
    open_.pop_back();
    gap == Gap::cell ? flow_.end_cell() : flow_.gap(gap);
  }

  /// Closes what the start tag of an element ends (§13.2.6.4.7 and following).
  void close_implied(const Element& element) {
    const auto name = element.name;
    if (below_ > 0) return;
    if (name == "li") {
      close_item({"li", "li"});
    } else if (name == "dd" || name == "dt") {
      close_item({"dd", "dt"});
    } else if (name == "td" || name == "th") {
      close_in_table({"td", "th"});
    } else if (name == "tr") {
      close_in_table({"tr"});
    } else if (name == "tbody" || name == "thead" || name == "tfoot") {
      close_in_table({"tbody", "thead", "tfoot", "tr"});
    } else if (name == "option" || name == "optgroup") {
      if (!open_.empty() && open_.back().element->name == "option") close_last();
    } else if (name == "a" || name == "button") {
      end_element(name);
    }
    if ((element.traits & kClosesP) == 0) return;
    for (auto index = open_.size(); index-- > 0;) {
      if (open_[index].element->name == "p") {
        close(index);
        return;
      }
      if ((open_[index].element->traits & kScope) != 0) return;
    }
  }
  void close_item(std::array<std::string_view, 2> names) {
    for (auto index = open_.size(); index-- > 0;) {
      const auto& open = *open_[index].element;
      if (open.name == names[0] || open.name == names[1]) {
        close(index);
        return;
      }
      const bool is_passed = open.name == "address" || open.name == "div" || open.name == "p";
      if ((open.traits & kSpecial) != 0 && !is_passed) return;
    }
  }
  /// Parts of a table outside of one are no elements.
  bool is_in_table() const noexcept {
    return std::any_of(open_.rbegin(), open_.rend(), [](const OpenElement& open) {
      return open.element->name == "table" || open.element->name == "template";
    });
  }
  /// Closes the outermost of these within the innermost table.
  void close_in_table(std::initializer_list<std::string_view> names) {
    auto outermost = open_.size();
    for (auto index = open_.size(); index-- > 0;) {
      const auto& open = *open_[index].element;
      if (open.name == "table" || open.name == "template") break;
      if (std::find(names.begin(), names.end(), open.name) != names.end()) outermost = index;
    }
    while (open_.size() > outermost) close_last();
  }

  TextFlow flow_;
  std::vector<OpenElement> open_;
  std::size_t below_ = 0;       ///< Open elements deeper than kMaxHtmlDepth.
  std::size_t gone_below_ = 0;  ///< Which of these is not displayed; 0 if none.
};

}  // namespace

VisibleText visible_text(std::string_view html, std::size_t max_octets) {
  HtmlTokenizer tokens{html};
  Page page{max_octets};
  while (const auto* token = tokens.next()) {
    page.take(*token);
    if (page.is_cut()) break;
  }
  const bool is_cut = page.is_cut();
  return {page.take_text(), is_cut};
}

}  // namespace mailspoor::index
