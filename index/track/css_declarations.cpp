#include "index/track/css_declarations.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>

#include "deliver/base/ascii.hpp"
#include "deliver/base/text.hpp"

namespace mailspoor::index {
namespace {

using base::equal_ignoring_case;

/// Properties as they are written. Shorthands stand for what they set.
enum class Written : std::uint8_t { plain, font, margin, inset, transform, translate };
struct PropertyName {
  std::string_view name;
  CssProperty property;
  Written written = Written::plain;
};
constexpr PropertyName kPropertyNames[] = {
    {"-webkit-transform", CssProperty::transform, Written::transform},
    {"block-size", CssProperty::height},
    {"bottom", CssProperty::bottom},
    {"display", CssProperty::display},
    {"font", CssProperty::font_size, Written::font},
    {"font-size", CssProperty::font_size},
    {"height", CssProperty::height},
    {"inline-size", CssProperty::width},
    {"inset", CssProperty::top, Written::inset},
    {"left", CssProperty::left},
    {"margin", CssProperty::margin_left, Written::margin},
    {"margin-left", CssProperty::margin_left},
    {"margin-top", CssProperty::margin_top},
    {"max-block-size", CssProperty::max_height},
    {"max-height", CssProperty::max_height},
    {"max-inline-size", CssProperty::max_width},
    {"max-width", CssProperty::max_width},
    {"min-block-size", CssProperty::min_height},
    {"min-height", CssProperty::min_height},
    {"min-inline-size", CssProperty::min_width},
    {"min-width", CssProperty::min_width},
    {"opacity", CssProperty::opacity},
    {"overflow", CssProperty::overflow},
    {"overflow-x", CssProperty::overflow},
    {"overflow-y", CssProperty::overflow},
    {"position", CssProperty::position},
    {"right", CssProperty::right},
    {"top", CssProperty::top},
    {"transform", CssProperty::transform, Written::transform},
    {"translate", CssProperty::translate, Written::translate},
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
    {"-moz-available", CssKeyword::automatic},
    {"-moz-box", CssKeyword::block},
    {"-moz-fit-content", CssKeyword::automatic},
    {"-ms-flexbox", CssKeyword::block},
    {"-ms-grid", CssKeyword::block},
    {"-webkit-box", CssKeyword::block},
    {"-webkit-fill-available", CssKeyword::automatic},
    {"-webkit-fit-content", CssKeyword::automatic},
    {"-webkit-flex", CssKeyword::block},
    {"-webkit-inline-box", CssKeyword::inline_box},
    {"-webkit-inline-flex", CssKeyword::inline_box},
    {"-webkit-max-content", CssKeyword::automatic},
    {"-webkit-min-content", CssKeyword::automatic},
    {"-webkit-sticky", CssKeyword::unplaced},
    {"absolute", CssKeyword::absolute},
    {"auto", CssKeyword::automatic},
    {"block", CssKeyword::block},
    {"clip", CssKeyword::clip},
    {"collapse", CssKeyword::collapse},
    {"contents", CssKeyword::inline_flow},
    {"fit-content", CssKeyword::automatic},
    {"fixed", CssKeyword::fixed},
    {"flex", CssKeyword::block},
    {"flow", CssKeyword::block},
    {"flow-root", CssKeyword::block},
    {"grid", CssKeyword::block},
    {"hidden", CssKeyword::hidden},
    {"important", CssKeyword::important},
    {"inherit", CssKeyword::inherit},
    {"initial", CssKeyword::initial},
    {"inline", CssKeyword::inline_flow},
    {"inline-block", CssKeyword::inline_box},
    {"inline-flex", CssKeyword::inline_box},
    {"inline-grid", CssKeyword::inline_box},
    {"inline-table", CssKeyword::inline_box},
    {"large", CssKeyword::absolute_size},
    {"larger", CssKeyword::relative_size},
    {"list-item", CssKeyword::block},
    {"math", CssKeyword::other_box},
    {"max-content", CssKeyword::automatic},
    {"medium", CssKeyword::absolute_size},
    {"min-content", CssKeyword::automatic},
    {"none", CssKeyword::none},
    {"overlay", CssKeyword::scroll},
    {"relative", CssKeyword::relative},
    {"revert", CssKeyword::initial},
    {"revert-layer", CssKeyword::initial},
    {"ruby", CssKeyword::inline_box},
    {"ruby-base", CssKeyword::other_box},
    {"ruby-text", CssKeyword::other_box},
    {"run-in", CssKeyword::inline_box},
    {"scroll", CssKeyword::scroll},
    {"small", CssKeyword::absolute_size},
    {"smaller", CssKeyword::relative_size},
    {"static", CssKeyword::unplaced},
    {"sticky", CssKeyword::unplaced},
    {"stretch", CssKeyword::automatic},
    {"table", CssKeyword::block},
    {"table-caption", CssKeyword::other_box},
    {"table-cell", CssKeyword::other_box},
    {"table-column", CssKeyword::other_box},
    {"table-column-group", CssKeyword::other_box},
    {"table-footer-group", CssKeyword::other_box},
    {"table-header-group", CssKeyword::other_box},
    {"table-row", CssKeyword::block},
    {"table-row-group", CssKeyword::other_box},
    {"unset", CssKeyword::initial},
    {"visible", CssKeyword::visible},
    {"x-large", CssKeyword::absolute_size},
    {"x-small", CssKeyword::absolute_size},
    {"xx-large", CssKeyword::absolute_size},
    {"xx-small", CssKeyword::absolute_size},
    {"xxx-large", CssKeyword::absolute_size},
};

CssKeyword keyword_of(std::string_view name) noexcept {
  for (const auto& each : kKeywords) {
    if (each.name.size() == name.size() && equal_ignoring_case(each.name, name)) return each.keyword;
  }
  return CssKeyword::other;
}

/// In CSS pixels: the wide window of css_media.hpp, for lengths that are parts of it.
constexpr double kWindowWidth = 1'024;
constexpr double kWindowHeight = 768;

/// A unit, as a multiple of one that is kept. CSS Values Level 4, §6; an inch is 96 pixels.
struct UnitName {
  std::string_view name;
  CssUnit unit;
  double factor;
};
constexpr UnitName kUnits[] = {
    {"px", CssUnit::pixels, 1},
    {"em", CssUnit::font_sizes, 1},
    {"pt", CssUnit::pixels, 96.0 / 72},
    {"rem", CssUnit::root_font_sizes, 1},
    {"pc", CssUnit::pixels, 16},
    {"in", CssUnit::pixels, 96},
    {"cm", CssUnit::pixels, 96 / 2.54},
    {"mm", CssUnit::pixels, 96 / 25.4},
    {"q", CssUnit::pixels, 96 / 101.6},
    {"ex", CssUnit::font_sizes, 0.5},
    {"ch", CssUnit::font_sizes, 0.5},
    {"cap", CssUnit::font_sizes, 0.7},
    {"ic", CssUnit::font_sizes, 1},
    {"lh", CssUnit::font_sizes, 1.2},
    {"rlh", CssUnit::root_font_sizes, 1.2},
    {"vw", CssUnit::pixels, kWindowWidth / 100},
    {"vi", CssUnit::pixels, kWindowWidth / 100},
    {"vh", CssUnit::pixels, kWindowHeight / 100},
    {"vb", CssUnit::pixels, kWindowHeight / 100},
    {"vmin", CssUnit::pixels, kWindowHeight / 100},
    {"vmax", CssUnit::pixels, kWindowWidth / 100},
};

CssValue length_of(double number, std::string_view unit) noexcept {
  // `svw`, `lvh`, `dvmin`: of windows whose bars are shown, hidden, or either.
  constexpr std::string_view kBars = "sldSLD";
  if (unit.size() > 2 && (unit[1] == 'v' || unit[1] == 'V') &&
      kBars.find(unit[0]) != std::string_view::npos) {
    unit.remove_prefix(1);
  }
  for (const auto& each : kUnits) {
    if (equal_ignoring_case(each.name, unit)) return {CssKeyword::other, each.unit, number * each.factor};
  }
  return {CssKeyword::other, CssUnit::invalid, 0};
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
      return {CssKeyword::other, CssUnit::invalid, 0};
  }
}

bool is_one_of(CssKeyword keyword, std::initializer_list<CssKeyword> known) noexcept {
  return std::find(known.begin(), known.end(), keyword) != known.end();
}

bool takes_keyword(CssProperty property, CssKeyword keyword) noexcept {
  using Keyword = CssKeyword;
  if (is_one_of(keyword, {Keyword::inherit, Keyword::initial})) return true;
  switch (property) {
    case CssProperty::display:
      return is_one_of(keyword, {Keyword::none, Keyword::inline_flow, Keyword::inline_box, Keyword::block,
                                 Keyword::other_box});
    case CssProperty::visibility:
      return is_one_of(keyword, {Keyword::visible, Keyword::hidden, Keyword::collapse});
    case CssProperty::overflow:
      return is_one_of(
          keyword, {Keyword::visible, Keyword::hidden, Keyword::clip, Keyword::scroll, Keyword::automatic});
    case CssProperty::position:
      return is_one_of(keyword, {Keyword::absolute, Keyword::fixed, Keyword::relative, Keyword::unplaced});
    case CssProperty::max_width:
    case CssProperty::max_height:
      return is_one_of(keyword, {Keyword::none, Keyword::automatic});
    case CssProperty::font_size:
      return is_one_of(keyword, {Keyword::absolute_size, Keyword::relative_size});
    case CssProperty::opacity:
      return false;
    default:
      return keyword == Keyword::automatic;
  }
}

bool is_size(CssProperty property) noexcept {
  return property == CssProperty::width || property == CssProperty::height ||
         property == CssProperty::max_width || property == CssProperty::max_height ||
         property == CssProperty::min_width || property == CssProperty::min_height ||
         property == CssProperty::font_size;
}

/// Whether the property can have that value; a declaration with any other is none.
bool takes(CssProperty property, const CssValue& value) noexcept {
  if (value.unit == CssUnit::keyword) return takes_keyword(property, value.keyword);
  if (value.unit == CssUnit::invalid) return false;
  switch (property) {
    case CssProperty::display:
    case CssProperty::visibility:
    case CssProperty::overflow:
    case CssProperty::position:
      return value.unit == CssUnit::unknown;
    case CssProperty::opacity:
      return value.unit == CssUnit::number || value.unit == CssUnit::percent ||
             value.unit == CssUnit::unknown;
    default:
      return !is_size(property) || value.number >= 0;
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
  bool is_invalid = false;
  std::optional<double> translate;

  void add(const CssValue& term) noexcept {
    if (size < terms.size()) terms[size++] = term;
  }
  /// Whether there are so many terms, and the property takes each.
  bool suits(CssProperty property, std::size_t most) const noexcept {
    return size > 0 && size <= most && !is_invalid &&
           std::all_of(terms.begin(), terms.begin() + static_cast<std::ptrdiff_t>(size),
                       [&](const CssValue& term) { return takes(property, term); });
  }
};

constexpr CssValue kUnknown{CssKeyword::other, CssUnit::unknown, 1};
constexpr CssValue kInvalid{CssKeyword::other, CssUnit::invalid, 0};

/// Reads functions that stand for a number, calc() and its like (CSS Values Level 4, §10), and computes what
/// is known without the page.
///
///     function = name sum *("," sum) ")"
///     sum      = product *(blank ("+" / "-") blank product)
///     product  = operand *(("*" / "/") operand)
///     operand  = number / dimension / percentage / function / "(" sum ")"
class FunctionReader {
 public:
  FunctionReader(CssTokenizer& css, CssDeclarations& into) : css_{css}, into_{into} {}

  /// Takes what follows the name of the function and its parenthesis, up to the one that closes it.
  CssValue read(std::string_view name, std::size_t depth = 0) {
    constexpr std::size_t kMaxDepth = 16;
    const auto merge = merge_of(name);
    if (merge == nullptr || depth == kMaxDepth) {
      const bool is_known = merge != nullptr || may_be_any(name);
      skip_component(css_, CssTokenKind::function, name, into_);
      return is_known ? kUnknown : kInvalid;
    }
    next();
    auto merged = sum(depth);
    if (equal_ignoring_case(name, "clamp")) {
      const auto wanted = argument(depth);
      const auto limit = argument(depth);
      merged = most(merged, least(wanted, limit));
    }
    while (token_.kind == CssTokenKind::comma) {
      const auto other = argument(depth);
      merged = merge(merged, other);
    }
    if (token_.kind == CssTokenKind::close_paren || token_.kind == CssTokenKind::end) return merged;
    while (token_.kind != CssTokenKind::close_paren && token_.kind != CssTokenKind::end) {
      skip_component(css_, token_.kind, token_.text, into_);
      next();
    }
    return kInvalid;
  }

 private:
  using Merge = CssValue (*)(const CssValue&, const CssValue&) noexcept;

  static bool is_number(const CssValue& value) noexcept { return value.unit == CssUnit::number; }
  static bool is_invalid(const CssValue& left, const CssValue& right) noexcept {
    return left.unit == CssUnit::invalid || right.unit == CssUnit::invalid ||
           (is_number(left) != is_number(right) && left.unit != CssUnit::unknown &&
            right.unit != CssUnit::unknown);
  }

  static CssValue least(const CssValue& left, const CssValue& right) noexcept {
    if (is_invalid(left, right)) return kInvalid;
    if (left.unit == right.unit) return left.number <= right.number ? left : right;
    // It is no more than this.
    return left.unit == CssUnit::pixels ? left : right.unit == CssUnit::pixels ? right : kUnknown;
  }
  static CssValue most(const CssValue& left, const CssValue& right) noexcept {
    if (is_invalid(left, right)) return kInvalid;
    return left.unit != right.unit ? kUnknown : left.number >= right.number ? left : right;
  }
  static CssValue only(const CssValue&, const CssValue&) noexcept { return kInvalid; }

  static Merge merge_of(std::string_view name) noexcept {
    if (equal_ignoring_case(name, "min")) return least;
    if (equal_ignoring_case(name, "max")) return most;
    if (equal_ignoring_case(name, "calc") || equal_ignoring_case(name, "-webkit-calc") ||
        equal_ignoring_case(name, "clamp")) {
      return only;
    }
    return nullptr;
  }
  /// Functions whose value only the page knows.
  static bool may_be_any(std::string_view name) noexcept {
    for (const std::string_view each :
         {"var",  "env",  "attr",  "fit-content", "abs",  "acos", "anchor", "anchor-size",
          "asin", "atan", "atan2", "calc-size",   "cos",  "exp",  "hypot",  "log",
          "mod",  "pow",  "rem",   "round",       "sign", "sin",  "sqrt",   "tan"}) {
      if (equal_ignoring_case(name, each)) return true;
    }
    return false;
  }

  static CssValue added(const CssValue& left, const CssValue& right, double sign) noexcept {
    if (is_invalid(left, right)) return kInvalid;
    if (left.unit == right.unit) return {CssKeyword::other, left.unit, left.number + sign * right.number};
    if (right.is_zero()) return left;
    return left.is_zero() ? CssValue{CssKeyword::other, right.unit, sign * right.number} : kUnknown;
  }
  static CssValue multiplied(const CssValue& left, const CssValue& right) noexcept {
    if (left.unit == CssUnit::invalid || right.unit == CssUnit::invalid) return kInvalid;
    if (!is_number(left) && !is_number(right)) return kUnknown;
    return {CssKeyword::other, is_number(left) ? right.unit : left.unit, left.number * right.number};
  }

  void next() { token_ = css_.next(); }
  void next_word() {
    do next();
    while (token_.kind == CssTokenKind::blank);
  }
  bool is_delim(char delim) const noexcept {
    return token_.kind == CssTokenKind::delim && token_.delim == delim;
  }

  CssValue argument(std::size_t depth) {
    if (token_.kind != CssTokenKind::comma) return kInvalid;
    next();
    return sum(depth);
  }
  CssValue sum(std::size_t depth) {
    auto value = product(depth);
    while (is_delim('+') || is_delim('-')) {
      const double sign = is_delim('+') ? 1 : -1;
      next_word();
      value = added(value, product(depth), sign);
    }
    return value;
  }
  CssValue product(std::size_t depth) {
    auto value = operand(depth);
    while (is_delim('*') || is_delim('/')) {
      const bool is_division = is_delim('/');
      next_word();
      auto factor = operand(depth);
      if (is_division && is_number(factor)) factor.number = factor.number != 0 ? 1 / factor.number : 1e30;
      value = multiplied(value, is_division && !is_number(factor) ? kUnknown : factor);
    }
    return value;
  }
  /// And the blanks behind it.
  CssValue operand(std::size_t depth) {
    if (token_.kind == CssTokenKind::blank) next_word();
    auto value = kInvalid;
    switch (token_.kind) {
      case CssTokenKind::comma:
      case CssTokenKind::close_paren:
      case CssTokenKind::end:
        return value;  // none
      case CssTokenKind::function:
        value = read(std::string{token_.text}, depth + 1);
        break;
      case CssTokenKind::open_paren:
        value = read("calc", depth + 1);
        break;
      case CssTokenKind::ident:  // `pi` ...
        value = kUnknown;
        break;
      default:
        value = value_of(token_);
    }
    next_word();
    return value;
  }

  CssTokenizer& css_;
  CssDeclarations& into_;
  CssToken token_;
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
          value.is_invalid = value.is_invalid || !value.is_important;
        } else if (property != nullptr && token.kind == CssTokenKind::function && !after_bang &&
                   property->written != Written::transform) {
          auto term = FunctionReader{css_, into_}.read(std::string{token.text});
          if (is_size(property->property)) term.number = std::max(term.number, 0.0);
          value.add(term);
          continue;
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
    if (term.unit == CssUnit::keyword || term.unit == CssUnit::unknown || term.unit == CssUnit::invalid)
      continue;
    if (term.number == 0 || term.unit != CssUnit::number) return term;
  }
  return std::nullopt;
}

/// Adds what a declaration sets, if it is a valid one: browsers drop all others.
void add(const PropertyName& name, const Value& value, CssDeclarations& into) {
  const auto declare = [&](CssProperty property, const CssValue& term) {
    into.list.push_back({property, value.is_important, term});
  };
  // Which of one to four terms is about the top, the right, the bottom and the left.
  const auto side = [&](std::size_t number) -> const CssValue& {
    const auto term = number < value.size ? number : number == 3 && value.size > 1 ? 1 : 0;
    return value.terms[term];
  };
  switch (name.written) {
    case Written::plain: {
      const bool has_two = name.property == CssProperty::display || name.property == CssProperty::overflow;
      if (!value.suits(name.property, has_two ? 2 : 1)) break;
      auto term = value.terms[0];
      if (name.property == CssProperty::opacity) term.number = std::max(term.number, 0.0);
      declare(name.property, term);
      break;
    }
    case Written::font:
      if (const auto size = size_in_shorthand(value)) declare(CssProperty::font_size, *size);
      break;
    case Written::margin:
      if (!value.suits(CssProperty::margin_left, 4)) break;
      declare(CssProperty::margin_top, side(0));
      declare(CssProperty::margin_left, side(3));
      break;
    case Written::inset:
      if (!value.suits(CssProperty::left, 4)) break;
      declare(CssProperty::top, side(0));
      declare(CssProperty::right, side(1));
      declare(CssProperty::bottom, side(2));
      declare(CssProperty::left, side(3));
      break;
    case Written::transform:
      if (!value.is_invalid)
        declare(name.property, {CssKeyword::other, CssUnit::pixels, value.translate.value_or(0)});
      break;
    case Written::translate: {
      double distance = 0;
      for (std::size_t index = 0; index < value.size; ++index) {
        const auto& term = value.terms[index];
        if (term.unit == CssUnit::pixels) distance = std::min(distance, term.number);
      }
      if (!value.is_invalid) declare(name.property, {CssKeyword::other, CssUnit::pixels, distance});
      break;
    }
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
