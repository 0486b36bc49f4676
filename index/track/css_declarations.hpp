#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "index/track/css_tokenizer.hpp"

namespace mailspoor::index {

/// What decides whether an element is seen, and how large.
enum class CssProperty : std::uint8_t {
  display,
  visibility,
  opacity,
  overflow,  ///< In either direction.
  width,
  height,
  max_width,
  max_height,
  min_width,
  min_height,
  position,
  left,
  right,
  top,
  bottom,
  margin_left,
  margin_top,
  transform,  ///< The least distance of a translate() in it.
  translate,  ///< The least distance.
  font_size,
};
inline constexpr std::size_t kCssProperties = 20;

/// The words among values that matter here.
enum class CssKeyword : std::uint8_t {
  other,
  none,
  hidden,
  visible,
  collapse,
  clip,
  scroll,
  absolute,
  fixed,
  relative,
  unplaced,   ///< `static`, `sticky`
  automatic,  ///< `auto`, or as large as the content says
  inherit,
  initial,        ///< `initial`, `unset` and the like
  inline_flow,    ///< `inline`, `contents`
  inline_box,     ///< `inline-block` and the like
  block,          ///< `block`, `table`, `flex` ...: stands in lines of its own
  other_box,      ///< `table-cell` and the like
  absolute_size,  ///< `medium`, `x-large` ...
  relative_size,  ///< `larger`, `smaller`
  important,
};

enum class CssUnit : std::uint8_t {
  keyword,  ///< No number at all.
  number,   ///< Without a unit. As a length browsers take it in old pages only, but mails mean it.
  pixels,
  font_sizes,       ///< em and its fractions ex, ch
  root_font_sizes,  ///< rem
  percent,
  unknown,  ///< Computed from what only the page knows.
  invalid,  ///< No value of any property.
};

struct CssValue {
  CssKeyword keyword = CssKeyword::other;
  CssUnit unit = CssUnit::keyword;
  double number = 0;

  bool is_zero() const noexcept {
    return unit != CssUnit::keyword && unit != CssUnit::unknown && unit != CssUnit::invalid && number == 0;
  }
};

struct CssDeclaration {
  CssProperty property;
  bool is_important = false;
  CssValue value;
};

/// A URL that a declaration names, in url() or as a string of image-set(), image() and cross-fade().
struct CssUrl {
  std::string url;
  bool is_font = false;    ///< Of a property `src`: of @font-face, where it stands in one.
  bool is_script = false;  ///< `behavior`, `-moz-binding`: a component of old browsers.
};

struct CssDeclarations {
  std::vector<CssDeclaration> list;  ///< In the order of the source.
  std::vector<CssUrl> urls;

  bool empty() const noexcept { return list.empty() && urls.empty(); }
  void clear() noexcept {
    list.clear();
    urls.clear();
  }
};

/// Reads declarations, but for those whose value the property cannot have, which browsers drop, up to the `}`
/// that ends their block, which is taken, or to the end of the source, and adds them to `into`. Of rules and
/// at-rules within, the URLs are taken only.
/// @return  What ended them: `close_curly` or `end`.
CssTokenKind read_declarations(CssTokenizer& css, CssDeclarations& into);

/// The same for the attribute `style`, in which a `}` ends nothing but the declaration it spoils.
void read_style_attribute(std::string_view style, CssDeclarations& into);

/// Passes over the rest of a component value of which `first` has been taken: nothing, or a block or
/// function. The URLs in it are added to `into`.
void skip_component(CssTokenizer& css, CssTokenKind first, std::string_view name, CssDeclarations& into);

/// The value of that property that wins: the last one, unless an earlier one is important.
std::optional<CssValue> last_value(const CssDeclarations& declarations, CssProperty property) noexcept;

/// A length as HTML attributes hold it ("rules for parsing dimension values"): `600`, `50%`, ` 1px`. Where
/// the standard wants digits only, a unit of relative font size counts as one too, as `0.01em` is about.
std::optional<CssValue> html_dimension(std::string_view attribute) noexcept;

}  // namespace mailspoor::index
