#include "index/track/css_sheet.hpp"

#include <algorithm>
#include <utility>

#include "deliver/base/text.hpp"

namespace mailspoor::index {
namespace {

using base::equal_ignoring_case;

/// At-rules whose block holds rules that count under a condition. Whether it holds is not judged.
bool is_conditional(std::string_view name) noexcept {
  for (const std::string_view each : {"supports", "container", "document", "-moz-document", "scope"}) {
    if (equal_ignoring_case(name, each)) return true;
  }
  return false;
}

bool is_transparent(std::string_view name) noexcept {
  return equal_ignoring_case(name, "layer") || equal_ignoring_case(name, "starting-style");
}

/// Passes over what stands between the name of an at-rule and its block.
/// @return  What ended it: `open_curly`, `semicolon` or `end`.
CssTokenKind skip_prelude(CssTokenizer& css) {
  CssDeclarations ignored;
  while (true) {
    const auto& token = css.next();
    if (token.kind == CssTokenKind::open_curly || token.kind == CssTokenKind::semicolon ||
        token.kind == CssTokenKind::end) {
      return token.kind;
    }
    skip_component(css, token.kind, token.text, ignored);
  }
}

}  // namespace

void CssSheet::add(std::string_view text, CssWindows windows) {
  if (text.size() > kMaxCssOctets - octets_) {
    is_cut_ = true;
    text = text.substr(0, kMaxCssOctets - octets_);
  }
  octets_ += text.size();
  CssTokenizer css{text};
  std::vector<CssWindows> open{windows};  // the blocks around a rule
  while (true) {
    const CssToken token = css.next();
    const auto here = open.back();
    switch (token.kind) {
      case CssTokenKind::end:
        return;
      case CssTokenKind::blank:
      case CssTokenKind::cdo:
      case CssTokenKind::cdc:
        break;
      case CssTokenKind::at_keyword:
        if (equal_ignoring_case(token.text, "media")) {
          const auto media = read_media(css);
          if (media.end == CssTokenKind::open_curly) open.push_back(here & media.windows);
        } else if (is_conditional(token.text)) {
          if (skip_prelude(css) == CssTokenKind::open_curly) open.push_back(here & kElsewhere);
        } else if (is_transparent(token.text)) {
          if (skip_prelude(css) == CssTokenKind::open_curly) open.push_back(here);
        } else if (equal_ignoring_case(token.text, "import")) {
          take_import(css, here);
        } else if (equal_ignoring_case(token.text, "charset") ||
                   equal_ignoring_case(token.text, "namespace")) {
          skip_prelude(css);
        } else {
          take_other(css, equal_ignoring_case(token.text, "font-face") ? UrlUse::font : UrlUse::drawn, here);
        }
        break;
      default:
        if (open.size() == 1) {
          take_rule(css, token, here, CssLevel::top);
        } else if (token.kind == CssTokenKind::close_curly ||
                   (token.kind != CssTokenKind::semicolon &&
                    take_rule(css, token, here, CssLevel::nested) == CssTokenKind::close_curly)) {
          open.pop_back();
        }
        break;
    }
  }
}

/// @return  What ended it: `open_curly` if it had a block, which has been read.
CssTokenKind CssSheet::take_rule(CssTokenizer& css, CssToken first, CssWindows windows, CssLevel where) {
  auto list = read_selectors(css, first, where);
  if (list.end != CssTokenKind::open_curly) return list.end;
  CssDeclarations declarations;
  read_declarations(css, declarations);
  if (declarations.empty()) return list.end;
  const auto first_url = urls_.size();
  add_urls(declarations, UrlUse::drawn, windows);
  if (windows == 0) return list.end;
  blocks_.push_back({std::move(declarations.list), first_url, urls_.size(), windows});
  for (auto& selector : list.selectors) {
    add_rule(std::move(selector), static_cast<std::uint32_t>(blocks_.size() - 1));
  }
  return list.end;
}

///     import = "@import" (url / string) [media queries] ";"
void CssSheet::take_import(CssTokenizer& css, CssWindows windows) {
  const auto* token = &css.next();
  while (token->kind == CssTokenKind::blank) token = &css.next();
  if (token->kind == CssTokenKind::function) {  // url("...")
    CssDeclarations named;
    skip_component(css, token->kind, token->text, named);
    for (const auto& each : named.urls) add_url(each.url, UrlUse::sheet, windows);
  } else if (token->kind == CssTokenKind::url || token->kind == CssTokenKind::string) {
    add_url(token->text, UrlUse::sheet, windows);
  } else if (token->kind == CssTokenKind::semicolon || token->kind == CssTokenKind::end) {
    return;
  }
  if (skip_prelude(css) == CssTokenKind::open_curly) {
    CssDeclarations ignored;
    skip_component(css, CssTokenKind::open_curly, {}, ignored);
  }
}

/// Takes the URLs of an at-rule that styles no element.
void CssSheet::take_other(CssTokenizer& css, UrlUse use, CssWindows windows) {
  if (skip_prelude(css) != CssTokenKind::open_curly) return;
  CssDeclarations declarations;
  read_declarations(css, declarations);
  add_urls(declarations, use, windows);
}

void CssSheet::add_url(std::string_view url, UrlUse use, CssWindows windows) {
  if (url.empty()) return;
  if (urls_.size() == kMaxCssUrls) {
    is_cut_ = true;
    return;
  }
  urls_.push_back({std::string{url}, use, windows});
}

void CssSheet::add_urls(const CssDeclarations& declarations, UrlUse use, CssWindows windows) {
  for (const auto& each : declarations.urls) {
    add_url(each.url, each.is_script ? UrlUse::other : use, windows);
  }
}

/// Every rule stands in one place of the indexes: under what fewest elements have.
void CssSheet::add_rule(CssSelector selector, std::uint32_t block) {
  if (rules_.size() == kMaxCssRules) {
    is_cut_ = true;
    return;
  }
  const auto number = static_cast<std::uint32_t>(rules_.size());
  const auto& subject = selector.subject();
  if (!subject.id.empty()) {
    by_id_[subject.id].push_back(number);
  } else if (!subject.classes.empty()) {
    by_class_[subject.classes.front()].push_back(number);
  } else if (!subject.name.empty()) {
    by_type_[subject.name].push_back(number);
  } else {
    of_any_.push_back(number);
  }
  note_attributes(selector);
  rules_.push_back({std::move(selector), block});
}

void CssSheet::note_attributes(const CssSelector& selector) {
  for (const auto& compound : selector.compounds) {
    for (const auto& test : compound.attributes) {
      if (test.name != "id" && test.name != "class") attributes_.insert(test.name);
    }
    for (const auto& alternatives : compound.alternatives) {
      for (const auto& each : alternatives.selectors) note_attributes(each);
    }
  }
}

void CssSheet::try_rules(const Rules& rules, const StyledElement& element,
                         std::span<const StyledElement> ancestors, std::size_t& work,
                         std::vector<Match>& into) const {
  for (const auto number : rules) {
    if (work == 0) return;
    const auto& [selector, block_number] = rules_[number];
    if (!matches(selector, element, ancestors, work)) continue;
    const auto& block = blocks_[block_number];
    // What a match costs whoever asked: its declarations, and its URLs, of which 20,000 can stand in one
    // rule.
    const auto costs = block.declarations.size() + (block.end_url - block.first_url);
    work -= std::min(work, costs);
    if (work == 0) return;
    const auto& subject = selector.subject();
    const bool is_general = subject.id.empty() && subject.classes.empty() && subject.attributes.empty() &&
                            subject.alternatives.empty();
    into.push_back({block.declarations, block.first_url, block.end_url, block.windows, is_general,
                    std::uint64_t{selector.specificity} << 32U | number});
  }
}

void CssSheet::find(const StyledElement& element, std::span<const StyledElement> ancestors, std::size_t& work,
                    std::vector<Match>& into) const {
  const auto look_up = [&](const Index& index, std::string_view key) {
    if (index.empty()) return;
    if (const auto found = index.find(key); found != index.end()) {
      try_rules(found->second, element, ancestors, work, into);
    }
  };
  look_up(by_type_, element.name);
  if (!element.id.empty()) look_up(by_id_, element.id);
  if (!by_class_.empty()) {
    std::string_view classes{element.classes};
    for (auto each = take_class(classes); !each.empty(); each = take_class(classes)) look_up(by_class_, each);
  }
  try_rules(of_any_, element, ancestors, work, into);
}

}  // namespace mailspoor::index
