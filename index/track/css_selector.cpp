#include "index/track/css_selector.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "deliver/base/text.hpp"
#include "index/track/css_declarations.hpp"

namespace mailspoor::index {
namespace {

using base::equal_ignoring_case;

/// Reads a list of selectors token by token.
class SelectorReader {
 public:
  explicit SelectorReader(CssTokenizer& css, std::size_t depth = 0) : css_{css}, depth_{depth} {}

  CssSelectorList read(CssToken token, CssLevel where) {
    while (token.kind != CssTokenKind::open_curly && token.kind != CssTokenKind::end &&
           (token.kind != CssTokenKind::close_curly || where == CssLevel::top)) {
      take(token);
      token = css_.next();
    }
    end_selector();
    return {std::move(selectors_), token.kind};
  }

  /// Reads the arguments of a function, up to the parenthesis that closes it.
  /// @return  nullopt if one of them cannot be judged.
  std::optional<CssSelectorList> read_arguments() {
    auto token = css_.next();
    while (token.kind != CssTokenKind::close_paren && token.kind != CssTokenKind::end) {
      take(token);
      token = css_.next();
    }
    end_selector();
    if (has_unjudged_) return std::nullopt;
    return CssSelectorList{std::move(selectors_), token.kind};
  }

 private:
  enum class Combinator : std::uint8_t { none, descendant, child };

  void take(const CssToken& token) {
    switch (token.kind) {
      case CssTokenKind::blank:
        if (combinator_ == Combinator::none && has_compound_) combinator_ = Combinator::descendant;
        return;
      case CssTokenKind::comma:
        end_selector();
        return;
      case CssTokenKind::ident:
        begin_compound();
        if (is_begun_) is_judged_ = false;  // a type stands first
        compound_.name = base::to_lower(token.text);
        is_begun_ = true;
        types_ += 1;
        return;
      case CssTokenKind::hash:
        begin_compound();
        is_judged_ = is_judged_ && token.is_id && compound_.id.empty();
        compound_.id = token.text;
        is_begun_ = true;
        ids_ += 1;
        return;
      case CssTokenKind::open_square:
        begin_compound();
        take_attribute();
        return;
      case CssTokenKind::delim:
        take_delim(token.delim);
        return;
      case CssTokenKind::colon:
        begin_compound();
        take_pseudo_class();
        return;
      case CssTokenKind::function:
      case CssTokenKind::open_paren:
        is_judged_ = false;
        skip_component(css_, token.kind, token.text, ignored_);
        return;
      default:
        is_judged_ = false;
        return;
    }
  }

  void take_delim(char delim) {
    if (delim == '>') {
      combinator_ = Combinator::child;
    } else if (delim == '*') {
      begin_compound();
      if (is_begun_) is_judged_ = false;
      is_begun_ = true;
    } else if (delim == '.') {
      begin_compound();
      const auto& name = css_.next();
      if (name.kind == CssTokenKind::ident) {
        compound_.classes.emplace_back(name.text);
      } else {
        is_judged_ = false;
      }
      is_begun_ = true;
      classes_ += 1;
    } else {
      is_judged_ = false;
    }
  }

  ///     pseudo-class = name / ("is(" / "where(" / "not(") selectors ")"
  void take_pseudo_class() {
    constexpr std::size_t kMaxDepth = 4;
    is_begun_ = true;
    const auto token = css_.next();
    if (token.kind != CssTokenKind::function) {
      is_judged_ = false;
      return;
    }
    const bool is_where = equal_ignoring_case(token.text, "where");
    const bool is_not = equal_ignoring_case(token.text, "not");
    const bool is_known = is_where || is_not || equal_ignoring_case(token.text, "is");
    if (!is_known || depth_ == kMaxDepth) {
      is_judged_ = false;
      skip_component(css_, token.kind, token.text, ignored_);
      return;
    }
    auto list = SelectorReader{css_, depth_ + 1}.read_arguments();
    if (!list) {
      is_judged_ = false;
      return;
    }
    std::uint32_t most = 0;
    for (const auto& each : list->selectors) most = std::max(most, each.specificity);
    if (!is_where) {
      ids_ += most >> 20U;
      classes_ += most >> 10U & kMostOfAKind;
      types_ += most & kMostOfAKind;
    }
    compound_.alternatives.push_back({is_not, std::move(list->selectors)});
  }

  ///     attribute = name [comparison (name / string)]
  void take_attribute() {
    CssAttributeTest test{{}, '\0', {}};
    bool has_value = false;
    classes_ += 1;
    is_begun_ = true;
    for (auto kind = CssTokenKind::blank; kind != CssTokenKind::close_square;) {
      const auto& token = css_.next();
      kind = token.kind;
      if (kind == CssTokenKind::end) break;
      const bool is_word = kind == CssTokenKind::ident || kind == CssTokenKind::string;
      if (kind == CssTokenKind::ident && test.name.empty()) {
        test.name = base::to_lower(token.text);
      } else if (kind == CssTokenKind::delim && !has_value) {
        if (token.delim != '=' || test.comparison == '\0') test.comparison = token.delim;
      } else if (is_word && !has_value && test.comparison != '\0') {
        test.value = token.text;
        has_value = true;
      } else if (kind == CssTokenKind::ident && has_value) {
        test.ignores_case = equal_ignoring_case(token.text, "i");
      } else if (kind != CssTokenKind::blank && kind != CssTokenKind::close_square) {
        is_judged_ = false;
      }
    }
    is_judged_ = is_judged_ && !test.name.empty() && (has_value || test.comparison == '\0');
    compound_.attributes.push_back(std::move(test));
  }

  /// What comes belongs to a compound: a new one if a combinator stands before it.
  void begin_compound() {
    if (combinator_ != Combinator::none && has_compound_) {
      if (selector_.compounds.size() < kMaxCssCompounds) {
        compound_.is_parent = combinator_ == Combinator::child;
        selector_.compounds.push_back(std::exchange(compound_, {}));
      } else {
        is_judged_ = false;
        compound_ = {};
      }
      is_begun_ = false;
    } else if (combinator_ == Combinator::child) {
      is_judged_ = false;  // relative to nothing
    }
    combinator_ = Combinator::none;
    has_compound_ = true;
  }

  void end_selector() {
    const bool is_complete = has_compound_ && is_judged_ && combinator_ != Combinator::child;
    has_unjudged_ = has_unjudged_ || !is_complete;
    if (is_complete) {
      selector_.compounds.push_back(std::move(compound_));
      std::reverse(selector_.compounds.begin(), selector_.compounds.end());
      selector_.specificity = std::min(ids_, kMostOfAKind) << 20U | std::min(classes_, kMostOfAKind) << 10U |
                              std::min(types_, kMostOfAKind);
      selectors_.push_back(std::move(selector_));
    }
    selector_ = {};
    compound_ = {};
    combinator_ = Combinator::none;
    has_compound_ = is_begun_ = false;
    is_judged_ = true;
    ids_ = classes_ = types_ = 0;
  }

  static constexpr std::uint32_t kMostOfAKind = 1'023;

  CssTokenizer& css_;
  std::size_t depth_;
  std::vector<CssSelector> selectors_;
  CssSelector selector_;
  CssCompound compound_;
  CssDeclarations ignored_;
  Combinator combinator_ = Combinator::none;
  bool has_compound_ = false;
  bool is_begun_ = false;  ///< Of the compound, something has been read.
  bool is_judged_ = true;
  bool has_unjudged_ = false;  ///< Of the list, one selector was left out.
  std::uint32_t ids_ = 0;
  std::uint32_t classes_ = 0;
  std::uint32_t types_ = 0;
};

bool has_class(std::string_view classes, std::string_view wanted) noexcept {
  while (true) {
    const auto each = take_class(classes);
    if (each.empty() || each == wanted) return !each.empty();
  }
}

/// What an element has of that name; nullopt if it has no such attribute.
std::optional<std::string_view> attribute_of(const StyledElement& element, std::string_view name) noexcept {
  const auto present = [](const std::string& text) {
    return text.empty() ? std::nullopt : std::optional{std::string_view{text}};
  };
  if (name == "id") return present(element.id);
  if (name == "class") return present(element.classes);
  for (const auto& [key, value] : element.attributes) {
    if (key == name) return value;
  }
  return std::nullopt;
}

bool holds(const CssAttributeTest& test, std::string_view held, std::string_view value) noexcept {
  constexpr std::size_t kMaxSought = 64;  // looking for a long one in a long one takes their product
  switch (test.comparison) {
    case '\0':
      return true;
    case '=':
      return held == value;
    case '~':
      return !value.empty() && has_class(held, value);
    case '|':
      return held.starts_with(value) && (held.size() == value.size() || held[value.size()] == '-');
    case '^':
      return !value.empty() && held.starts_with(value);
    case '$':
      return !value.empty() && held.ends_with(value);
    case '*':
      return !value.empty() && value.size() <= kMaxSought && held.find(value) != std::string_view::npos;
    default:
      return false;
  }
}

bool holds(const CssAttributeTest& test, const StyledElement& element) {
  const auto held = attribute_of(element, test.name);
  if (!held) return false;
  if (test.ignores_case) return holds(test, base::to_lower(*held), base::to_lower(test.value));
  return holds(test, *held, test.value);
}

/// About how many octets the tests of a compound look at in an element.
std::size_t octets_of(const CssCompound& compound, const StyledElement& element) noexcept {
  auto octets = (1 + compound.classes.size()) * element.classes.size();
  for (const auto& test : compound.attributes) {
    octets += element.attributes.size() + attribute_of(element, test.name).value_or("").size();
  }
  return octets;
}

bool holds(const CssCompound& compound, const StyledElement& element,
           std::span<const StyledElement> ancestors, std::size_t& work) {
  constexpr std::size_t kOctetsPerStep = 8;
  const auto steps = 1 + octets_of(compound, element) / kOctetsPerStep;
  if (work < steps) {
    work = 0;
    return false;
  }
  work -= steps;
  if (!compound.name.empty() && compound.name != element.name) return false;
  if (!compound.id.empty() && compound.id != element.id) return false;
  return std::all_of(compound.classes.begin(), compound.classes.end(),
                     [&](const std::string& each) { return has_class(element.classes, each); }) &&
         std::all_of(compound.attributes.begin(), compound.attributes.end(),
                     [&](const CssAttributeTest& each) { return holds(each, element); }) &&
         std::all_of(
             compound.alternatives.begin(), compound.alternatives.end(), [&](const CssAlternatives& each) {
               const bool is_any = std::any_of(
                   each.selectors.begin(), each.selectors.end(),
                   [&](const CssSelector& selector) { return matches(selector, element, ancestors, work); });
               return work > 0 && is_any != each.is_negated;
             });
}

/// Whether the compounds from `index` on hold for some of the ancestors, as their combinators say.
bool holds_around(const CssSelector& selector, std::size_t index, std::span<const StyledElement> ancestors,
                  std::size_t& work) {
  if (index == selector.compounds.size()) return true;
  const auto& compound = selector.compounds[index];
  const bool is_last = index + 1 == selector.compounds.size();
  for (auto count = ancestors.size(); count-- > 0;) {
    if (work == 0) return false;
    if (holds(compound, ancestors[count], ancestors.first(count), work)) {
      if (holds_around(selector, index + 1, ancestors.first(count), work)) return true;
      // Any of fewer ancestors will not do where any of these does not.
      if (is_last || !selector.compounds[index + 1].is_parent) return false;
    }
    if (compound.is_parent) return false;
  }
  return false;
}

}  // namespace

CssSelectorList read_selectors(CssTokenizer& css, CssToken first, CssLevel where) {
  return SelectorReader{css}.read(first, where);
}

std::string_view take_class(std::string_view& classes) noexcept {
  constexpr std::string_view kBlanks = " \t\n\r\f";
  const auto begin = classes.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  const auto end = std::min(classes.find_first_of(kBlanks, begin), classes.size());
  const auto taken = classes.substr(begin, end - begin);
  classes.remove_prefix(end);
  return taken;
}

bool matches(const CssSelector& selector, const StyledElement& element,
             std::span<const StyledElement> ancestors, std::size_t& work) {
  return holds(selector.subject(), element, ancestors, work) && holds_around(selector, 1, ancestors, work);
}

}  // namespace mailspoor::index
