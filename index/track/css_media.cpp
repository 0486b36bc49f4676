#include "index/track/css_media.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "deliver/base/text.hpp"

namespace mailspoor::index {
namespace {

using base::equal_ignoring_case;

/// In CSS pixels. Mails break at 480 to 800; reading panes are wider, phones are not.
constexpr double kDesktopWidth = 1'024;
constexpr double kPhoneWidth = 360;
constexpr double kFontSize = 16;

constexpr CssWindows without(CssWindows windows) noexcept { return kAllWindows & ~windows & kAllWindows; }

/// What stands between the parentheses of a media feature, in its order: names, colons and comparisons, and
/// lengths in pixels.
struct FeatureTerm {
  enum class Kind : std::uint8_t { name, length, colon, less, greater, unknown };
  Kind kind = Kind::unknown;
  std::string name;
  double pixels = 0;
};
using Feature = std::vector<FeatureTerm>;

FeatureTerm feature_term(const CssToken& token) {
  using Kind = FeatureTerm::Kind;
  const bool is_font_relative =
      equal_ignoring_case(token.text, "em") || equal_ignoring_case(token.text, "rem");
  switch (token.kind) {
    case CssTokenKind::ident:
      return {Kind::name, base::to_lower(token.text), 0};
    case CssTokenKind::number:
      return {Kind::length, {}, token.number};
    case CssTokenKind::dimension:
      return {Kind::length, {}, token.number * (is_font_relative ? kFontSize : 1)};
    case CssTokenKind::colon:
      return {Kind::colon, {}, 0};
    case CssTokenKind::delim:
      return {token.delim == '<' ? Kind::less : token.delim == '>' ? Kind::greater : Kind::unknown, {}, 0};
    default:
      return {};
  }
}

/// Takes what follows an opening parenthesis, up to the one that closes it.
Feature take_feature(CssTokenizer& css) {
  constexpr std::size_t kMostTerms = 8;
  Feature feature;
  for (std::size_t depth = 1;;) {
    const auto& token = css.next();
    if (token.kind == CssTokenKind::end) break;
    if (token.kind == CssTokenKind::open_paren || token.kind == CssTokenKind::function) ++depth;
    if (token.kind == CssTokenKind::close_paren && --depth == 0) break;
    const bool is_sign_of_equality = token.kind == CssTokenKind::delim && token.delim == '=';
    if (token.kind == CssTokenKind::blank || is_sign_of_equality || feature.size() == kMostTerms) continue;
    feature.push_back(feature_term(token));
  }
  return feature;
}

/// Whether `left` compares to `right` so; lengths that are equal are near enough to either.
bool holds(double left, FeatureTerm::Kind comparison, double right) noexcept {
  return comparison == FeatureTerm::Kind::less ? left <= right : left >= right;
}

bool is_width(std::string_view name) noexcept { return name == "width" || name == "device-width"; }

/// Whether the feature holds in a window of that width; it is one of widths.
bool holds_at(const Feature& feature, double width) noexcept {
  using Kind = FeatureTerm::Kind;
  if (feature[1].kind == Kind::colon) {
    const auto limit = feature.size() > 2 ? feature[2].pixels : 0;
    if (feature[0].name.starts_with("min-")) return width >= limit;
    return feature[0].name.starts_with("max-") ? width <= limit : width == limit;
  }
  for (std::size_t index = 0; index + 2 < feature.size(); index += 2) {
    const auto length_of = [&](const FeatureTerm& term) {
      return term.kind == Kind::name ? width : term.pixels;
    };
    if (!holds(length_of(feature[index]), feature[index + 1].kind, length_of(feature[index + 2])))
      return false;
  }
  return true;
}

bool is_about_width(const Feature& feature) noexcept {
  using Kind = FeatureTerm::Kind;
  if (feature.size() < 3) return false;
  if (feature[1].kind == Kind::colon) {
    const std::string_view name{feature[0].name};
    const bool is_limit = name.starts_with("min-") || name.starts_with("max-");
    return is_width(is_limit ? name.substr(4) : name) && feature[2].kind == Kind::length;
  }
  const auto is_comparison = [](const FeatureTerm& term) {
    return term.kind == Kind::less || term.kind == Kind::greater;
  };
  for (std::size_t index = 0; index < feature.size(); ++index) {
    const auto& term = feature[index];
    if (index % 2 == 1 ? !is_comparison(term)
                       : term.kind != Kind::length && !(term.kind == Kind::name && is_width(term.name))) {
      return false;
    }
  }
  return feature.size() % 2 == 1;
}

CssWindows windows_of(const Feature& feature) noexcept {
  if (is_about_width(feature)) {
    unsigned windows = kElsewhere;
    if (holds_at(feature, kPhoneWidth)) windows |= kPhone;
    if (holds_at(feature, kDesktopWidth)) windows |= without(kPhone);
    return static_cast<CssWindows>(windows);
  }
  if (feature.size() < 3 || feature[1].kind != FeatureTerm::Kind::colon) return kElsewhere;
  const auto& [name, value] = std::pair{feature[0].name, feature[2].name};
  if (name == "prefers-color-scheme") return value == "dark" ? kDark | kElsewhere : without(kDark);
  if (name == "orientation") return value == "portrait" ? kPhone | kElsewhere : without(kPhone);
  return kElsewhere;
}

/// One query of a list, as it is read.
struct Query {
  CssWindows windows = kAllWindows;
  bool is_negated = false;
  bool is_either = false;  ///< The next term stands behind `or`.

  void take(CssWindows term) noexcept {
    windows = is_either ? windows | term : windows & term;
    is_either = false;
  }
  void take_word(std::string_view word) noexcept {
    if (equal_ignoring_case(word, "not")) {
      is_negated = true;
    } else if (equal_ignoring_case(word, "or")) {
      is_either = true;
    } else if (!equal_ignoring_case(word, "and") && !equal_ignoring_case(word, "only")) {
      const bool is_screen = equal_ignoring_case(word, "screen") || equal_ignoring_case(word, "all");
      take(is_screen ? kAllWindows : CssWindows{0});
    }
  }
  CssWindows result() const noexcept {
    if (!is_negated) return windows;
    const bool is_certain = windows == 0 || windows == kAllWindows;
    return static_cast<CssWindows>(without(windows) | (is_certain ? 0U : kElsewhere));
  }
};

}  // namespace

MediaPrelude read_media(CssTokenizer& css) {
  MediaPrelude prelude{0, CssTokenKind::end};
  Query query;
  bool is_empty = true;
  while (true) {
    const auto& token = css.next();
    switch (token.kind) {
      case CssTokenKind::open_curly:
      case CssTokenKind::semicolon:
      case CssTokenKind::end:
        prelude.end = token.kind;
        prelude.windows = is_empty ? kAllWindows : prelude.windows | query.result();
        return prelude;
      case CssTokenKind::blank:
        continue;
      case CssTokenKind::comma:
        prelude.windows |= query.result();
        query = {};
        break;
      case CssTokenKind::ident:
        query.take_word(token.text);
        break;
      case CssTokenKind::open_paren:
        query.take(windows_of(take_feature(css)));
        break;
      case CssTokenKind::function:
        take_feature(css);
        query.take(kElsewhere);
        break;
      default:
        query.take(kElsewhere);
        break;
    }
    is_empty = false;
  }
}

CssWindows windows_of_media(std::string_view queries) {
  CssTokenizer css{queries};
  return read_media(css).windows;
}

}  // namespace mailspoor::index
