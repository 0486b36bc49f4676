#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "index/track/css_tokenizer.hpp"

namespace mailspoor::index {

/// What selectors ask about an element.
struct StyledElement {
  std::string name;     ///< In lower case.
  std::string id;       ///< Empty if there is none.
  std::string classes;  ///< The attribute `class` as it stands.
  /// Others by their names in lower case: those that a selector asks about.
  std::vector<std::pair<std::string, std::string>> attributes{};
};

struct CssAttributeTest {
  std::string name;  ///< In lower case.
  char comparison;   ///< `=`, or what stands before it: `~|^$*`. NUL asks whether the attribute is there.
  std::string value;
  bool ignores_case = false;
};

struct CssSelector;

/// `:is()` and `:where()`, of which any selector holds, and `:not()`, of which none does.
struct CssAlternatives {
  bool is_negated = false;
  std::vector<CssSelector> selectors;
};

/// Selectors that all hold for one element: `td.wide#main`.
struct CssCompound {
  std::string name;  ///< In lower case; empty for any.
  std::string id;
  std::vector<std::string> classes;
  std::vector<CssAttributeTest> attributes;
  std::vector<CssAlternatives> alternatives;
  bool is_parent = false;  ///< Of the compound to its right (`>`), else any of its ancestors.
};

/// Compounds joined by descendant and child combinators.
struct CssSelector {
  std::vector<CssCompound> compounds;  ///< From the right to the left.
  std::uint32_t specificity = 0;       ///< 10 bits for each of ids, classes and attributes, types.

  const CssCompound& subject() const noexcept { return compounds.front(); }
};

/// What deeper selectors hold is not worth looking for.
inline constexpr std::size_t kMaxCssCompounds = 32;

struct CssSelectorList {
  std::vector<CssSelector> selectors;
  CssTokenKind end;  ///< `open_curly`, or `close_curly` and `end` where there is no block.
};

/// Reads a list of selectors, `first` being its first token, up to what ends it, which is taken. Those that
/// cannot be judged here, with siblings or pseudo-classes other than `:is()`, `:where()` and `:not()`, are
/// left out: they neither hide nor show anything.
/// @param where  Within a block, a `}` ends that; elsewhere it spoils the selector.
enum class CssLevel : std::uint8_t { top, nested };
CssSelectorList read_selectors(CssTokenizer& css, CssToken first, CssLevel where);

/// Whether the selector is about that element.
/// @param ancestors  From the root to the parent.
/// @param work       Reduced by what it took; at 0 nothing matches any more.
bool matches(const CssSelector& selector, const StyledElement& element,
             std::span<const StyledElement> ancestors, std::size_t& work);

/// Takes the next class off the front of an attribute `class`; empty if there is none left.
std::string_view take_class(std::string_view& classes) noexcept;

}  // namespace mailspoor::index
