#include "index/track/html_tokenizer.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "deliver/base/ascii.hpp"
#include "deliver/base/text.hpp"

namespace mailspoor::index {
namespace {

using base::is_alphanumeric;
using base::is_letter;

constexpr std::string_view kReplacementCharacter = "\uFFFD";

bool ends_tag_name(char c) noexcept { return is_html_blank(c) || c == '/' || c == '>'; }

template <std::size_t size>
bool is_one_of(const std::array<std::string_view, size>& sorted, std::string_view name) noexcept {
  return std::binary_search(sorted.begin(), sorted.end(), name);
}

// --- Character references (§13.2.5.72 to 80) ---

/// Arrays instead of pointers: the table needs no relocation when the program starts.
struct NamedReference {
  char name[32];   ///< Without the semicolon.
  char octets[7];  ///< One or two code points.
  bool is_legacy;  ///< Stands without its semicolon too.
};
constexpr NamedReference kNamedReferences[] = {
#include "index/track/html_entities.inc"
};
constexpr std::size_t kLongestName = sizeof(NamedReference::name) - 1;
constexpr std::size_t kLongestLegacyName = 6;  // Aacute, frac12, ...
constexpr bool comes_before(const NamedReference& left, const NamedReference& right) {
  return std::string_view{left.name} < std::string_view{right.name};
}
static_assert(std::is_sorted(std::begin(kNamedReferences), std::end(kNamedReferences), comes_before));

const NamedReference* find_named_reference(std::string_view name) noexcept {
  const auto* found =
      std::lower_bound(std::begin(kNamedReferences), std::end(kNamedReferences), name,
                       [](const auto& row, std::string_view wanted) { return row.name < wanted; });
  return found != std::end(kNamedReferences) && found->name == name ? found : nullptr;
}

/// What the numbers of C1 controls mean (§13.2.5.80): windows-1252, where that has a character.
constexpr std::array<char16_t, 32> kWindows1252{
    0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

int digit_value(char c, unsigned radix) noexcept {
  const int value = base::hex_value(c);
  return value < static_cast<int>(radix) ? value : -1;
}

/// Appends what the reference at the front of `in` stands for.
///
///     numeric = "&#" 1*DIGIT [";"] / "&#" ("x" / "X") 1*HEXDIG [";"]
///
/// @return  Its length, 0 if it is none.
std::size_t take_numeric_reference(std::string_view in, std::string& out) {
  std::size_t length = 2;
  const unsigned base = length < in.size() && (in[length] == 'x' || in[length] == 'X') ? 16 : 10;
  if (base == 16) ++length;
  const auto digits = length;
  char32_t code_point = 0;
  for (; length < in.size(); ++length) {
    const int value = digit_value(in[length], base);
    if (value < 0) break;
    // Stays out of range once it is: digits without end must not wrap around into a character.
    if (code_point <= 0x10FFFF) code_point = code_point * base + static_cast<unsigned>(value);
  }
  if (length == digits) return 0;
  if (length < in.size() && in[length] == ';') ++length;
  if (code_point >= 0x80 && code_point < 0xA0) code_point = kWindows1252[code_point - 0x80];
  base::append_utf8(out, code_point == 0 ? 0xFFFD : code_point);
  return length;
}

/// Appends what the reference at the front of `in` stands for: the longest name of the table counts.
///
/// A name with its semicolon is all letters and digits up to it, hence the longest there can be; without, a
/// legacy name may be the start of a longer word: `&notit` is "¬it". In an attribute such a word stays what
/// it is, and so does a legacy name before "=", for the sake of URLs like `?a=1&copy=2`.
/// @return  Its length, 0 if it is none.
std::size_t take_named_reference(std::string_view in, bool in_attribute, std::string& out) {
  const auto word = in.substr(1, kLongestName);
  std::size_t length = 0;
  while (length < word.size() && is_alphanumeric(word[length])) ++length;
  if (1 + length < in.size() && in[1 + length] == ';') {
    if (const auto* row = find_named_reference(word.substr(0, length))) {
      out += row->octets;
      return length + 2;
    }
  }
  for (length = std::min(length, kLongestLegacyName); length > 1; --length) {
    const auto* row = find_named_reference(word.substr(0, length));
    if (!row || !row->is_legacy) continue;
    const char next = 1 + length < in.size() ? in[1 + length] : '\0';
    if (in_attribute && (next == '=' || is_alphanumeric(next))) return 0;
    out += row->octets;
    return length + 1;
  }
  return 0;
}

std::size_t take_reference(std::string_view in, bool in_attribute, std::string& out) {
  return in.size() > 1 && in[1] == '#' ? take_numeric_reference(in, out)
                                       : take_named_reference(in, in_attribute, out);
}

// --- What is replaced in which kind of text ---

constexpr unsigned kReferences = 1;
constexpr unsigned kLineEnds = 2;  // CR LF and CR become LF in the whole input stream (§13.2.3.5)
constexpr unsigned kNuls = 4;
constexpr unsigned kInAttribute = 8;

constexpr unsigned kDataSpecial = kReferences | kLineEnds;  // NULs are passed on: browsers drop them later
constexpr unsigned kRcdataSpecial = kReferences | kLineEnds | kNuls;
constexpr unsigned kRawtextSpecial = kLineEnds | kNuls;
constexpr unsigned kCommentSpecial = kLineEnds | kNuls;
constexpr unsigned kAttributeSpecial = kReferences | kLineEnds | kNuls | kInAttribute;

constexpr auto kSpecialOctets = [] {
  std::array<std::uint8_t, 256> kinds{};
  kinds['&'] = kReferences;
  kinds['\r'] = kLineEnds;
  kinds['\0'] = kNuls;
  return kinds;
}();

/// Whether one of eight octets is `&`, CR or NUL. Most text has none of them for long.
bool has_special(const char* octets) noexcept {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighs = 0x8080808080808080;
  std::uint64_t word = 0;
  std::memcpy(&word, octets, sizeof word);
  // The high bit of each octet that is zero, and perhaps of the one above it.
  const auto zeros = [](std::uint64_t value) { return (value - kOnes) & ~value; };
  return ((zeros(word) | zeros(word ^ (kOnes * '&')) | zeros(word ^ (kOnes * '\r'))) & kHighs) != 0;
}

std::size_t find_special(std::string_view raw, std::size_t from, unsigned special) noexcept {
  while (from < raw.size()) {
    while (from + sizeof(std::uint64_t) <= raw.size() && !has_special(raw.data() + from)) {
      from += sizeof(std::uint64_t);
    }
    const auto end = std::min(from + sizeof(std::uint64_t), raw.size());
    for (; from < end; ++from) {
      if ((kSpecialOctets[static_cast<unsigned char>(raw[from])] & special) != 0) return from;
    }
  }
  return from;
}

// --- SVG and MathML ---

/// Start tags that end SVG and MathML (§13.2.6.5).
constexpr std::array<std::string_view, 44> kBreakouts{
    "b",     "big",   "blockquote", "body",   "br",   "center", "code",  "dd", "div",  "dl",   "dt",
    "em",    "embed", "h1",         "h2",     "h3",   "h4",     "h5",    "h6", "head", "hr",   "i",
    "img",   "li",    "listing",    "menu",   "meta", "nobr",   "ol",    "p",  "pre",  "ruby", "s",
    "small", "span",  "strike",     "strong", "sub",  "sup",    "table", "tt", "u",    "ul",   "var"};

/// Further elements that no SVG or MathML holds: an end tag of theirs closes one that stands around it.
constexpr std::array<std::string_view, 16> kHtmlAround{"a",    "article", "button", "form",  "html", "label",
                                                       "main", "section", "select", "tbody", "td",   "tfoot",
                                                       "th",   "thead",   "tr",     "video"};

constexpr std::array<std::string_view, 5> kMathTextIntegrationPoints{"mi", "mn", "mo", "ms", "mtext"};

static_assert(std::is_sorted(kBreakouts.begin(), kBreakouts.end()));
static_assert(std::is_sorted(kHtmlAround.begin(), kHtmlAround.end()));
static_assert(std::is_sorted(kMathTextIntegrationPoints.begin(), kMathTextIntegrationPoints.end()));

/// What is nested deeper is no drawing; the elements below are then taken for ones of the last.
constexpr std::size_t kMaxForeignDepth = 512;

bool is_breakout(const HtmlToken& start_tag) noexcept {
  if (start_tag.name == "font") {
    return start_tag.attribute("color") || start_tag.attribute("face") || start_tag.attribute("size");
  }
  return is_one_of(kBreakouts, start_tag.name);
}

bool is_html_annotation(const HtmlToken& start_tag) noexcept {
  const auto encoding = start_tag.attribute("encoding").value_or("");
  return start_tag.name == "annotation-xml" && (base::equal_ignoring_case(encoding, "text/html") ||
                                                base::equal_ignoring_case(encoding, "application/xhtml+xml"));
}

bool is_integration_point(const HtmlToken& start_tag, bool is_svg) noexcept {
  const auto name = start_tag.name;
  if (is_svg) return name == "foreignobject" || name == "desc" || name == "title";
  return is_one_of(kMathTextIntegrationPoints, name) || is_html_annotation(start_tag);
}

}  // namespace

std::optional<std::string_view> HtmlToken::attribute(std::string_view attribute_name) const noexcept {
  for (const auto& each : attributes) {
    if (each.name == attribute_name) return each.value;
  }
  return std::nullopt;
}

bool is_img(const HtmlToken& start_tag) noexcept {
  return start_tag.name == "img" || (start_tag.name == "image" && !start_tag.is_foreign);
}

/// Notes a start tag.
/// @return  Whether its element is one of SVG or MathML.
bool HtmlTokenizer::ForeignContent::open(const HtmlToken& start_tag) {
  if (is_here() && is_breakout(start_tag)) leave();
  const bool is_root = start_tag.name == "svg" || start_tag.name == "math";
  if (!is_here() && !is_root) {
    if (!open_.empty()) open_.back().holds_html = true;
    return false;
  }
  const bool is_svg = is_here() ? open_.back().is_svg || start_tag.name == "svg" : start_tag.name == "svg";
  if (!start_tag.is_self_closing && open_.size() < kMaxForeignDepth) {
    open_.push_back({std::string{start_tag.name}, is_svg, is_integration_point(start_tag, is_svg)});
  }
  return true;
}

/// Notes an end tag: it closes the last open element of its name and all within that.
void HtmlTokenizer::ForeignContent::close(std::string_view name) {
  if (open_.empty()) return;
  const auto found = std::find_if(open_.rbegin(), open_.rend(),
                                  [&](const Element& element) { return element.name == name; });
  if (found != open_.rend()) {
    open_.erase(found.base() - 1, open_.end());
  } else if (is_here() && (is_one_of(kBreakouts, name) || is_one_of(kHtmlAround, name))) {
    leave();
  }
}

/// Back to the HTML around the drawing or formula.
void HtmlTokenizer::ForeignContent::leave() noexcept {
  while (is_here()) open_.pop_back();
}

const HtmlToken* HtmlTokenizer::next() & {
  strings_used_ = 0;
  token_ = {};
  if (content_ != Content::data && take_raw_text()) return &token_;
  while (position_ < source_.size()) {
    token_.offset = position_;
    if (const auto end = text_end(); end > position_) {
      token_.text = replaced(source_.substr(position_, end - position_), kDataSpecial);
      token_.end = position_ = end;
      return &token_;
    }
    if (take_markup()) {
      token_.end = position_;
      return &token_;
    }
  }
  return nullptr;
}

/// Where the text that begins here ends: before the next "<" that is not text itself.
std::size_t HtmlTokenizer::text_end() const noexcept {
  for (auto found = source_.find('<', position_); found < source_.size();
       found = source_.find('<', found + 1)) {
    const char next = at(found + 1);
    if (is_letter(next) || next == '!' || next == '?') return found;
    if (next == '/' && found + 2 < source_.size()) return found;
  }
  return source_.size();
}

/// Takes the markup that begins here (§13.2.5.6 to 8, 41, 42).
/// @return  Whether it makes a token: `</>` does not, and neither does a tag cut off by the end of the
/// source.
bool HtmlTokenizer::take_markup() {
  const auto rest = source_.substr(position_ + 1);
  if (is_letter(rest[0])) return take_tag();
  if (rest[0] == '?') return take_bogus_comment(position_ + 1);
  if (rest[0] == '/') {
    if (is_letter(rest[1])) return take_tag();
    if (rest[1] != '>') return take_bogus_comment(position_ + 2);
    position_ += 3;
    return false;
  }
  if (rest.substr(0, 3) == "!--") return take_comment();
  if (base::starts_with_ignoring_case(rest, "!doctype")) return take_doctype();
  if (foreign_content_.has_cdata() && rest.substr(0, 8) == "![CDATA[") return take_cdata_section();
  return take_bogus_comment(position_ + 2);
}

/// Takes a start or end tag (§13.2.5.8, 32 to 40).
///
///     tag       = "<" ["/"] name *( blank / "/" / attribute ) ">"
///     name      = letter *( any but blank, "/", ">" )
///
/// Attributes of an end tag are read, as a ">" in quotes does not end it, and dropped. The tag is
/// self-closing if "/" stands right before the ">" and is not the end of an unquoted value.
bool HtmlTokenizer::take_tag() {
  const bool is_end_tag = at(position_ + 1) == '/';
  token_.kind = is_end_tag ? HtmlTokenKind::end_tag : HtmlTokenKind::start_tag;
  const auto name = position_ + (is_end_tag ? 2 : 1);
  position_ = name;
  while (position_ < source_.size() && !ends_tag_name(source_[position_])) ++position_;
  token_.name = lower_case(source_.substr(name, position_ - name));

  attributes_.clear();
  attribute_names_.clear();
  bool after_slash = false;
  while (position_ < source_.size() && source_[position_] != '>') {
    const char c = source_[position_];
    after_slash = c == '/';
    if (after_slash || is_html_blank(c)) {
      ++position_;
    } else {
      take_attribute(!is_end_tag);
    }
  }
  if (position_ == source_.size()) return false;
  ++position_;
  if (is_end_tag) {
    foreign_content_.close(token_.name);
    return true;
  }
  token_.is_self_closing = after_slash;
  token_.attributes = attributes_;
  token_.is_foreign = foreign_content_.open(token_);
  if (!token_.is_foreign) switch_content(token_);
  return true;
}

/// Takes an attribute.
///
///     attribute = name *blank [ "=" *blank [value] ]
///     name      = any but blank, "/", ">"   *( any but blank, "/", ">", "=" )
///     value     = <"> *( any but <"> ) <"> / "'" *( any but "'" ) "'" / 1*( any but blank, ">" )
void HtmlTokenizer::take_attribute(bool is_kept) {
  const auto name_begin = position_++;
  while (position_ < source_.size() && !ends_tag_name(source_[position_]) && source_[position_] != '=') {
    ++position_;
  }
  const auto name = source_.substr(name_begin, position_ - name_begin);
  const auto skip_blanks = [this] {
    while (position_ < source_.size() && is_html_blank(source_[position_])) ++position_;
  };
  skip_blanks();
  auto value_begin = position_;
  auto value_end = position_;
  if (at(position_) == '=') {
    ++position_;
    skip_blanks();
    value_begin = value_end = position_;
    if (const char quote = at(position_); quote == '"' || quote == '\'') {
      ++value_begin;
      value_end = std::min(source_.find(quote, value_begin), source_.size());
      position_ = std::min(value_end + 1, source_.size());
    } else {
      while (value_end < source_.size() && !is_html_blank(source_[value_end]) && source_[value_end] != '>')
        ++value_end;
      position_ = value_end;
    }
  }
  if (is_kept) keep_attribute(name, source_.substr(value_begin, value_end - value_begin));
}

void HtmlTokenizer::keep_attribute(std::string_view raw_name, std::string_view raw_value) {
  if (attributes_.size() == kMaxHtmlAttributes) {
    token_.is_cut = true;
    return;
  }
  // The first of a name counts. Up to here looking at all is quickest; beyond, it would be quadratic.
  constexpr std::size_t kFew = 16;
  const auto strings_before = strings_used_;
  const auto name = lower_case(raw_name);
  bool is_new = false;
  if (attributes_.size() < kFew) {
    const auto has_name = [&](const HtmlAttribute& each) { return each.name == name; };
    is_new = std::none_of(attributes_.begin(), attributes_.end(), has_name);
  } else {
    if (attribute_names_.empty()) {
      for (const auto& each : attributes_) attribute_names_.insert(each.name);
    }
    is_new = attribute_names_.insert(name).second;
  }
  if (!is_new) {
    strings_used_ = strings_before;  // a million repetitions need no million strings
    return;
  }
  attributes_.push_back({name, replaced(raw_value, kAttributeSpecial)});
}

/// Takes `<!--` up to `-->` or `--!>` (§13.2.5.43 to 52). `<!-->` and `<!--->` are whole comments.
bool HtmlTokenizer::take_comment() {
  token_.kind = HtmlTokenKind::comment;
  const auto begin = position_ + 4;
  const auto rest = source_.substr(begin);
  for (const std::string_view abrupt : {">", "->"}) {
    if (rest.substr(0, abrupt.size()) != abrupt) continue;
    position_ = begin + abrupt.size();
    return true;
  }
  for (auto dashes = rest.find("--"); dashes < rest.size(); dashes = rest.find("--", dashes + 1)) {
    const std::size_t delimiter = rest.substr(dashes, 3) == "-->"    ? 3
                                  : rest.substr(dashes, 4) == "--!>" ? 4
                                                                     : 0;
    if (delimiter == 0) continue;
    token_.text = replaced(rest.substr(0, dashes), kCommentSpecial);
    position_ = begin + dashes + delimiter;
    return true;
  }
  // At the end of the source, what could have been the start of the delimiter is no text of the comment.
  auto text = rest;
  for (const std::string_view part : {"--!", "--", "-"}) {
    if (!text.ends_with(part)) continue;
    text.remove_suffix(part.size());
    break;
  }
  token_.text = replaced(text, kCommentSpecial);
  position_ = source_.size();
  return true;
}

/// Takes up to the next ">" what is no proper markup; conditional comments such as `<![if !mso]>` are of
/// these.
bool HtmlTokenizer::take_bogus_comment(std::size_t begin) {
  token_.kind = HtmlTokenKind::comment;
  const auto end = std::min(source_.find('>', begin), source_.size());
  token_.text = replaced(source_.substr(begin, end - begin), kCommentSpecial);
  position_ = std::min(end + 1, source_.size());
  return true;
}

/// Takes `<!doctype` up to the next ">", which ends it even in quotes (§13.2.5.53 to 68). Only the name is
/// told.
bool HtmlTokenizer::take_doctype() {
  token_.kind = HtmlTokenKind::doctype;
  auto name = position_ + std::string_view{"<!doctype"}.size();
  while (name < source_.size() && is_html_blank(source_[name])) ++name;
  auto name_end = name;
  while (name_end < source_.size() && !is_html_blank(source_[name_end]) && source_[name_end] != '>')
    ++name_end;
  token_.name = lower_case(source_.substr(name, name_end - name));
  position_ = std::min(source_.find('>', name_end), source_.size() - 1) + 1;
  return true;
}

bool HtmlTokenizer::take_cdata_section() {
  const auto begin = position_ + std::string_view{"<![CDATA["}.size();
  const auto end = std::min(source_.find("]]>", begin), source_.size());
  token_.text = replaced(source_.substr(begin, end - begin), kLineEnds);
  position_ = std::min(end + 3, source_.size());
  return true;
}

// --- Elements that hold text only (§13.2.6.2) ---

void HtmlTokenizer::switch_content(const HtmlToken& start_tag) {
  constexpr std::array<std::string_view, 5> kRawtext{"iframe", "noembed", "noframes", "style", "xmp"};
  const auto name = start_tag.name;
  if (name == "title" || name == "textarea") {
    content_ = Content::rcdata;
  } else if (name == "script") {
    content_ = Content::script_data;
  } else if (name == "plaintext") {
    content_ = Content::plaintext;
  } else if (is_one_of(kRawtext, name)) {
    content_ = Content::rawtext;
  } else {
    return;
  }
  raw_element_ = name;
}

/// Takes the text of such an element.
/// @return  Whether there is any. Its end tag is then read as any other.
bool HtmlTokenizer::take_raw_text() {
  const auto end = raw_text_end();
  const bool has_references = content_ == Content::rcdata;
  content_ = Content::data;
  if (end == position_) return false;
  token_.offset = position_;
  token_.text =
      replaced(source_.substr(position_, end - position_), has_references ? kRcdataSpecial : kRawtextSpecial);
  token_.end = position_ = end;
  return true;
}

std::size_t HtmlTokenizer::raw_text_end() const noexcept {
  if (content_ == Content::plaintext) return source_.size();
  if (content_ == Content::script_data) return script_end();
  for (auto found = source_.find('<', position_); found < source_.size();
       found = source_.find('<', found + 1)) {
    if (is_appropriate_end_tag(found)) return found;
  }
  return source_.size();
}

/// Whether an end tag of the element that is open begins there.
bool HtmlTokenizer::is_appropriate_end_tag(std::size_t position) const noexcept {
  const auto name_end = position + 2 + raw_element_.size();
  return name_end < source_.size() && source_[position + 1] == '/' && ends_tag_name(source_[name_end]) &&
         base::starts_with_ignoring_case(source_.substr(position + 2), raw_element_);
}

/// Where the script ends (§13.2.5.15 to 31). `<!--` escapes it; a `<script` in that hides one `</script>`;
/// `-->` ends both.
std::size_t HtmlTokenizer::script_end() const noexcept {
  enum class Escaped { no, once, twice };
  auto escaped = Escaped::no;
  const auto is_script_tag = [this](std::size_t name) {
    return base::starts_with_ignoring_case(source_.substr(name), "script") && name + 6 < source_.size() &&
           ends_tag_name(source_[name + 6]);
  };
  for (auto here = source_.find_first_of("<-", position_); here < source_.size();
       here = source_.find_first_of("<-", here)) {
    if (source_[here] == '-') {
      // Any run of two dashes or more; the dashes of `<!--` may be these.
      const auto end = std::min(source_.find_first_not_of('-', here), source_.size());
      if (end - here >= 2 && at(end) == '>') escaped = Escaped::no;
      here = end;
    } else if (escaped != Escaped::twice && is_appropriate_end_tag(here)) {
      return here;
    } else if (escaped == Escaped::no && source_.substr(here, 4) == "<!--") {
      escaped = Escaped::once;
      here += 2;
    } else if (escaped == Escaped::once && is_script_tag(here + 1)) {
      escaped = Escaped::twice;
      ++here;
    } else if (escaped == Escaped::twice && at(here + 1) == '/' && is_script_tag(here + 2)) {
      escaped = Escaped::once;
      ++here;
    } else {
      ++here;
    }
  }
  return source_.size();
}

// --- Replacing ---

std::string& HtmlTokenizer::new_string() {
  if (strings_used_ == strings_.size()) strings_.emplace_back();
  auto& string = strings_[strings_used_++];
  string.clear();
  return string;
}

/// The name as the standard has it: views the source if it is written so.
std::string_view HtmlTokenizer::lower_case(std::string_view name) {
  const auto is_changed = [](char c) { return (c >= 'A' && c <= 'Z') || c == '\0'; };
  if (std::none_of(name.begin(), name.end(), is_changed)) return name;
  auto& lower = new_string();
  for (const char c : name) {
    if (c == '\0') {
      lower += kReplacementCharacter;
    } else {
      lower += base::to_lower(c);
    }
  }
  return lower;
}

/// The text with what is special in it replaced: views the source if there is nothing.
std::string_view HtmlTokenizer::replaced(std::string_view raw, unsigned special) {
  auto here = find_special(raw, 0, special);
  if (here == raw.size()) return raw;
  auto& text = new_string();
  std::size_t kept = 0;
  while (here < raw.size()) {
    text += raw.substr(kept, here - kept);
    kept = here + 1;
    if (raw[here] == '\r') {
      text += '\n';
      if (kept < raw.size() && raw[kept] == '\n') ++kept;
    } else if (raw[here] == '\0') {
      text += kReplacementCharacter;
    } else if (const auto length = take_reference(raw.substr(here), (special & kInAttribute) != 0, text)) {
      kept = here + length;
    } else {
      text += '&';
    }
    here = find_special(raw, kept, special);
  }
  text += raw.substr(kept);
  return text;
}

}  // namespace mailspoor::index
