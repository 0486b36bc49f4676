#include "index/track/css_declarations.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "deliver/base/ascii.hpp"
#include "deliver/base/text.hpp"

namespace mailspoor::index {
namespace {

using base::equal_ignoring_case;

/// Properties as they are written. Shorthands stand for what they set.
enum class Written : std::uint8_t { plain, font, margin, transform };
struct PropertyName {
  std::string_view name;
  CssProperty property;
  Written written = Written::plain;
};
constexpr PropertyName kPropertyNames[] = {
    {"bottom", CssProperty::bottom},
    {"display", CssProperty::display},
    {"font", CssProperty::font_size, Written::font},
    {"font-size", CssProperty::font_size},
    {"height", CssProperty::height},
    {"left", CssProperty::left},
    {"margin", CssProperty::margin_left, Written::margin},
    {"margin-left", CssProperty::margin_left},
    {"margin-top", CssProperty::margin_top},
    {"max-height", CssProperty::max_height},
    {"max-width", CssProperty::max_width},
    {"min-height", CssProperty::min_height},
    {"min-width", CssProperty::min_width},
    {"opacity", CssProperty::opacity},
    {"overflow", CssProperty::overflow},
    {"overflow-x", CssProperty::overflow},
    {"overflow-y", CssProperty::overflow},
    {"position", CssProperty::position},
    {"right", CssProperty::right},
    {"top", CssProperty::top},
    {"transform", CssProperty::translate, Written::transform},
    {"visibility", CssProperty::visibility},
    {"width", CssProperty::width},
};

const PropertyName* find_property(std::string_view name) noexcept {
  const auto* found =
      std::find_if(std::begin(kPropertyNames), std::end(kPropertyNames), [&](const PropertyName& each) {
        return each.name.size() == name.size() && equal_ignoring_case(each.name, name);
      });
  return found == std::end(kPropertyNames) ? nullptr : found;
}

struct KeywordName {
  std::string_view name;
  CssKeyword keyword;
};
constexpr KeywordName kKeywords[] = {
    {"absolute", CssKeyword::absolute},
    {"block", CssKeyword::block},
    {"clip", CssKeyword::clip},
    {"collapse", CssKeyword::collapse},
    {"contents", CssKeyword::inline_flow},
    {"fixed", CssKeyword::fixed},
    {"flex", CssKeyword::block},
    {"grid", CssKeyword::block},
    {"hidden", CssKeyword::hidden},
    {"important", CssKeyword::important},
    {"inherit", CssKeyword::inherit},
    {"inline", CssKeyword::inline_flow},
    {"inline-block", CssKeyword::inline_box},
    {"inline-flex", CssKeyword::inline_box},
    {"inline-grid", CssKeyword::inline_box},
    {"inline-table", CssKeyword::inline_box},
    {"larger", CssKeyword::relative_size},
    {"list-item", CssKeyword::block},
    {"none", CssKeyword::none},
    {"relative", CssKeyword::relative},
    {"smaller", CssKeyword::relative_size},
    {"table", CssKeyword::block},
    {"table-row", CssKeyword::block},
    {"visible", CssKeyword::visible},
};

CssKeyword keyword_of(std::string_view name) noexcept {
  for (const auto& each : kKeywords) {
    if (each.name.size() == name.size() && equal_ignoring_case(each.name, name)) return each.keyword;
  }
  return CssKeyword::other;
}

/// A unit, as a multiple of one that is kept. CSS Values Level 4, §6; an inch is 96 pixels.
struct UnitName {
  std::string_view name;
  CssUnit unit;
  double factor;
};
constexpr UnitName kUnits[] = {
    {"px", CssUnit::pixels, 1},           {"pt", CssUnit::pixels, 96.0 / 72},
    {"pc", CssUnit::pixels, 16},          {"in", CssUnit::pixels, 96},
    {"cm", CssUnit::pixels, 96 / 2.54},   {"mm", CssUnit::pixels, 96 / 25.4},
    {"q", CssUnit::pixels, 96 / 101.6},   {"em", CssUnit::font_sizes, 1},
    {"ex", CssUnit::font_sizes, 0.5},     {"ch", CssUnit::font_sizes, 0.5},
    {"rem", CssUnit::root_font_sizes, 1},
};

CssValue length_of(double number, std::string_view unit) noexcept {
  for (const auto& each : kUnits) {
    if (equal_ignoring_case(each.name, unit)) {
      return {CssKeyword::other, each.unit, number * each.factor};
    }
  }
  // Nothing of whatever it is.
  return {CssKeyword::other, number == 0 ? CssUnit::pixels : CssUnit::unknown, number};
}

CssValue value_of(const CssToken& token) noexcept {
  switch (token.kind) {
    case CssTokenKind::ident:
      return {keyword_of(token.text), CssUnit::keyword, 0};
    case CssTokenKind::number:
      return {CssKeyword::other, CssUnit::number, token.number};
    case CssTokenKind::percentage:
      return {CssKeyword::other, CssUnit::percent, token.number};
    case CssTokenKind::dimension:
      return length_of(token.number, token.text);
    default:
      return {CssKeyword::other, CssUnit::unknown, 1};
  }
}

CssTokenKind closing(CssTokenKind opening) noexcept {
  switch (opening) {
    case CssTokenKind::function:
    case CssTokenKind::open_paren:
      return CssTokenKind::close_paren;
    case CssTokenKind::open_square:
      return CssTokenKind::close_square;
    case CssTokenKind::open_curly:
      return CssTokenKind::close_curly;
    default:
      return CssTokenKind::end;
  }
}

/// Functions whose strings are URLs of images (CSS Images Level 4).
bool takes_url_strings(std::string_view function) noexcept {
  for (const std::string_view each :
       {"url", "src", "image", "image-set", "-webkit-image-set", "cross-fade", "-webkit-cross-fade"}) {
    if (equal_ignoring_case(function, each)) return true;
  }
  return false;
}

/// The blocks and functions that are open.
class OpenBlocks {
 public:
  bool is_open() const noexcept { return !open_.empty(); }
  bool takes_url_strings() const noexcept { return is_open() && open_.back().takes_url_strings; }
  void take(CssTokenKind kind, std::string_view name) {
    if (const auto end = closing(kind); end != CssTokenKind::end) {
      open_.push_back({end, kind == CssTokenKind::function && index::takes_url_strings(name)});
    } else if (is_open() && kind == CssTokenKind::bad_string) {
      open_.back().takes_url_strings = false;  // what follows is the rest of it
    } else if (is_open() && kind == open_.back().end) {
      open_.pop_back();
    }
  }

 private:
  struct Block {
    CssTokenKind end;
    bool takes_url_strings;
  };
  std::vector<Block> open_;
};

/// What a value is made of at its top level; no property needs more.
constexpr std::size_t kMaxCssTerms = 8;
struct Value {
  std::array<CssValue, kMaxCssTerms> terms;
  std::size_t size = 0;
  bool is_important = false;
  std::optional<double> translate;

  void add(const CssValue& term) noexcept {
    if (size < terms.size()) terms[size++] = term;
  }
};

/// Reads what follows the colon of a declaration.
class ValueReader {
 public:
  ValueReader(CssTokenizer& css, CssDeclarations& into) : css_{css}, into_{into} {}

  /// @return  What ended it: a semicolon, the end of the block or of the source.
  CssTokenKind read(const PropertyName* property, const CssUrl& kind_of_url, Value& value) {
    bool after_bang = false;
    while (true) {
      const auto& token = css_.next();
      if (token.kind == CssTokenKind::end) return token.kind;
      if (!blocks_.is_open()) {
        if (token.kind == CssTokenKind::semicolon || token.kind == CssTokenKind::close_curly) {
          return token.kind;
        }
        if (token.kind == CssTokenKind::delim && token.delim == '!') {
          after_bang = true;
        } else if (token.kind == CssTokenKind::ident && after_bang) {
          value.is_important = keyword_of(token.text) == CssKeyword::important;
        } else if (property != nullptr && token.kind != CssTokenKind::blank && !after_bang) {
          value.add(value_of(token));
        }
      } else if (is_translation_) {
        take_translation(token, value);
      }
      take_url(token, kind_of_url);
      if (!blocks_.is_open() && token.kind == CssTokenKind::function) {
        is_translation_ = base::starts_with_ignoring_case(token.text, "translate");
      }
      blocks_.take(token.kind, token.text);
    }
  }

 private:
  void take_url(const CssToken& token, const CssUrl& kind_of_url) {
    const bool is_url = token.kind == CssTokenKind::url ||
                        (token.kind == CssTokenKind::string && blocks_.takes_url_strings());
    if (!is_url || token.text.empty()) return;
    auto& url = into_.urls.emplace_back(kind_of_url);
    url.url = token.text;
  }
  static void take_translation(const CssToken& token, Value& value) {
    const auto term = value_of(token);
    if (term.unit != CssUnit::pixels) return;
    value.translate = std::min(value.translate.value_or(term.number), term.number);
  }

  CssTokenizer& css_;
  CssDeclarations& into_;
  OpenBlocks blocks_;
  bool is_translation_ = false;
};

/// The size within the shorthand `font`: its first number, unless that is a weight such as 700.
std::optional<CssValue> size_in_shorthand(const Value& value) {
  for (std::size_t index = 0; index < value.size; ++index) {
    const auto& term = value.terms[index];
    if (term.unit == CssUnit::keyword || term.unit == CssUnit::unknown) continue;
    if (term.number == 0 || term.unit != CssUnit::number) return term;
  }
  return std::nullopt;
}

void add(const PropertyName& name, const Value& value, CssDeclarations& into) {
  const auto declare = [&](CssProperty property, const CssValue& term) {
    into.list.push_back({property, value.is_important, term});
  };
  switch (name.written) {
    case Written::plain:
      if (value.size > 0) declare(name.property, value.terms[0]);
      break;
    case Written::font:
      if (const auto size = size_in_shorthand(value)) declare(CssProperty::font_size, *size);
      break;
    case Written::margin: {
      if (value.size == 0) break;
      constexpr std::array<std::size_t, 5> kLeft{0, 0, 1, 1, 3};
      declare(CssProperty::margin_top, value.terms[0]);
      declare(CssProperty::margin_left, value.terms[kLeft[std::min<std::size_t>(value.size, 4)]]);
      break;
    }
    case Written::transform:
      declare(CssProperty::translate, {CssKeyword::other, CssUnit::pixels, value.translate.value_or(0)});
      break;
  }
}

CssUrl kind_of_url(std::string_view property) {
  CssUrl kind;
  kind.is_font = equal_ignoring_case(property, "src");
  kind.is_script = equal_ignoring_case(property, "behavior") || equal_ignoring_case(property, "-moz-binding");
  return kind;
}

/// Passes over what is no declaration: up to a semicolon, or behind the block of a rule within a rule.
/// @return  What ended it; a semicolon stands for such a block too.
CssTokenKind skip_statement(CssTokenizer& css, CssToken token, CssDeclarations& into) {
  while (token.kind != CssTokenKind::semicolon && token.kind != CssTokenKind::close_curly &&
         token.kind != CssTokenKind::end) {
    skip_component(css, token.kind, token.text, into);
    if (token.kind == CssTokenKind::open_curly) return CssTokenKind::semicolon;
    token = css.next();
  }
  return token.kind;
}

/// Takes a declaration, whose name is the token taken last.
/// @return  What ended it.
CssTokenKind take_declaration(CssTokenizer& css, std::string_view name, CssDeclarations& into) {
  const auto* property = find_property(name);
  const auto kind = kind_of_url(name);
  const auto* token = &css.next();
  while (token->kind == CssTokenKind::blank) token = &css.next();
  if (token->kind != CssTokenKind::colon) return skip_statement(css, *token, into);
  if (property == nullptr && css.skip_plain_value()) return css.next().kind;
  Value value;
  const auto end = ValueReader{css, into}.read(property, kind, value);
  if (property != nullptr) add(*property, value, into);
  return end;
}

}  // namespace

void skip_component(CssTokenizer& css, CssTokenKind first, std::string_view name, CssDeclarations& into) {
  OpenBlocks blocks;
  blocks.take(first, name);
  while (blocks.is_open()) {
    const auto& token = css.next();
    if (token.kind == CssTokenKind::end) return;
    const bool is_url =
        token.kind == CssTokenKind::url || (token.kind == CssTokenKind::string && blocks.takes_url_strings());
    if (is_url && !token.text.empty()) into.urls.push_back({std::string{token.text}});
    blocks.take(token.kind, token.text);
  }
}

CssTokenKind read_declarations(CssTokenizer& css, CssDeclarations& into) {
  while (true) {
    const auto& token = css.next();
    if (token.kind == CssTokenKind::end || token.kind == CssTokenKind::close_curly) return token.kind;
    if (token.kind == CssTokenKind::blank || token.kind == CssTokenKind::semicolon) continue;
    const auto end = token.kind == CssTokenKind::ident ? take_declaration(css, token.text, into)
                                                       : skip_statement(css, token, into);
    if (end != CssTokenKind::semicolon) return end;
  }
}

void read_style_attribute(std::string_view style, CssDeclarations& into) {
  CssTokenizer css{style};
  while (read_declarations(css, into) != CssTokenKind::end) {
  }
}

std::optional<CssValue> last_value(const CssDeclarations& declarations, CssProperty property) noexcept {
  const CssDeclaration* last = nullptr;
  for (const auto& each : declarations.list) {
    if (each.property != property || (last != nullptr && last->is_important && !each.is_important)) continue;
    last = &each;
  }
  return last == nullptr ? std::nullopt : std::optional{last->value};
}

std::optional<CssValue> html_dimension(std::string_view attribute) noexcept {
  while (!attribute.empty() && static_cast<unsigned char>(attribute.front()) <= ' ')
    attribute.remove_prefix(1);
  std::size_t length = 0;
  while (length < attribute.size() && (base::is_digit(attribute[length]) || attribute[length] == '.')) {
    ++length;
  }
  double number = 0;
  const auto result = std::from_chars(attribute.data(), attribute.data() + length, number);
  if (result.ec != std::errc{}) return std::nullopt;
  const auto unit = attribute.substr(static_cast<std::size_t>(result.ptr - attribute.data()));
  if (!unit.empty() && unit.front() == '%') {
    return CssValue{CssKeyword::other, CssUnit::percent, number};
  }
  return CssValue{CssKeyword::other, CssUnit::pixels, number};
}

}  // namespace mailspoor::index
