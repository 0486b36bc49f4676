#pragma once

#include <cstdint>
#include <optional>

#include "index/track/css_declarations.hpp"
#include "index/track/html_elements.hpp"
#include "index/track/html_tokenizer.hpp"

namespace mailspoor::index {

/// What the attributes of an element say about the text in it. Visibility and font size hold for what is
/// within, until one there says otherwise: layouts use font size 0 against gaps between their columns.
struct HtmlAppearance {
  enum class FontSize : std::uint8_t { inherited, zero, readable };

  bool is_gone = false;  ///< Nothing within can be displayed either.
  std::optional<bool> is_invisible;
  FontSize font_size = FontSize::inherited;
  std::optional<TextGap> gap;  ///< Where `display` changes it.
};

/// @param style  Of its attribute `style`.
HtmlAppearance appearance_of(const HtmlToken& start_tag, const CssDeclarations& style);

/// How text is displayed somewhere.
struct HtmlLook {
  bool is_gone = false;
  bool is_invisible = false;
  bool is_tiny = false;
  bool is_preformatted = false;

  bool shows_boxes() const noexcept { return !is_gone && !is_invisible; }
  bool shows_text() const noexcept { return shows_boxes() && !is_tiny; }
  HtmlLook within(const HtmlElement& element, const HtmlAppearance& appearance) const noexcept;
};

}  // namespace mailspoor::index
