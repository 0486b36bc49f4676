#include "index/track/html_look.hpp"

namespace mailspoor::index {
namespace {

HtmlAppearance::FontSize font_size_of(const CssValue& value) noexcept {
  using FontSize = HtmlAppearance::FontSize;
  if (value.is_zero()) return FontSize::zero;
  const bool is_relative = value.unit == CssUnit::font_sizes || value.unit == CssUnit::percent ||
                           value.keyword == CssKeyword::inherit || value.keyword == CssKeyword::relative_size;
  return is_relative || value.number < 0 ? FontSize::inherited : FontSize::readable;
}

std::optional<TextGap> gap_of(CssKeyword display) noexcept {
  switch (display) {
    case CssKeyword::inline_flow:
      return TextGap::none;
    case CssKeyword::inline_box:
      return TextGap::blank;
    case CssKeyword::block:
      return TextGap::line;
    default:
      return std::nullopt;
  }
}

}  // namespace

HtmlAppearance appearance_of(const HtmlToken& start_tag, const CssDeclarations& style) {
  HtmlAppearance appearance;
  appearance.is_gone = start_tag.attribute("hidden").has_value();
  if (start_tag.name == "font" && start_tag.attribute("size")) {
    appearance.font_size = HtmlAppearance::FontSize::readable;
  }
  if (style.list.empty()) return appearance;
  if (const auto display = last_value(style, CssProperty::display)) {
    appearance.is_gone = display->keyword == CssKeyword::none;
    appearance.gap = gap_of(display->keyword);
  }
  const auto is_zero = [&](CssProperty property) {
    const auto value = last_value(style, property);
    return value && value->is_zero();
  };
  const auto overflow = last_value(style, CssProperty::overflow);
  const bool is_clipped = overflow && overflow->keyword == CssKeyword::hidden;
  appearance.is_gone =
      appearance.is_gone || is_zero(CssProperty::opacity) || (is_clipped && is_zero(CssProperty::max_height));
  if (const auto visibility = last_value(style, CssProperty::visibility)) {
    if (visibility->keyword == CssKeyword::visible) appearance.is_invisible = false;
    if (visibility->keyword == CssKeyword::hidden || visibility->keyword == CssKeyword::collapse) {
      appearance.is_invisible = true;
    }
  }
  if (const auto size = last_value(style, CssProperty::font_size)) appearance.font_size = font_size_of(*size);
  return appearance;
}

HtmlLook HtmlLook::within(const HtmlElement& element, const HtmlAppearance& appearance) const noexcept {
  HtmlLook inner = *this;
  inner.is_gone = is_gone || appearance.is_gone || (element.traits & kUnseen) != 0;
  inner.is_invisible = appearance.is_invisible.value_or(is_invisible);
  if (appearance.font_size != HtmlAppearance::FontSize::inherited) {
    inner.is_tiny = appearance.font_size == HtmlAppearance::FontSize::zero;
  }
  inner.is_preformatted = is_preformatted || (element.traits & kPreformatted) != 0;
  return inner;
}

}  // namespace mailspoor::index
