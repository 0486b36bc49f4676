#include "index/track/html_elements.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>

namespace mailspoor::index {
namespace {

constexpr HtmlTraits kBlock = kSpecial | kClosesP;

constexpr HtmlElement kElements[] = {
    {"a", TextGap::none, kFormatting, HtmlRole::anchor},
    {"address", TextGap::line, kBlock},
    {"amp-anim", TextGap::none, kSized, HtmlRole::image},
    {"amp-img", TextGap::none, kSized, HtmlRole::image},
    {"amp-list", TextGap::none, kSized, HtmlRole::list},
    {"amp-pixel", TextGap::none, kSized, HtmlRole::image},
    {"amp-state", TextGap::none, 0, HtmlRole::list},
    {"animate", TextGap::none, 0, HtmlRole::animation},
    {"applet", TextGap::none, kSpecial | kScope},
    {"area", TextGap::none, kVoid, HtmlRole::anchor},
    {"article", TextGap::line, kBlock},
    {"aside", TextGap::line, kBlock},
    {"audio", TextGap::none, 0, HtmlRole::media},
    {"b", TextGap::none, kFormatting},
    {"base", TextGap::none, kVoid | kHeadOnly, HtmlRole::base},
    {"basefont", TextGap::none, kVoid},
    {"bgsound", TextGap::none, kVoid, HtmlRole::media},
    {"big", TextGap::none, kFormatting},
    {"blockquote", TextGap::paragraph, kBlock},
    {"body", TextGap::line, kPage},
    {"br", TextGap::none, kVoid},
    {"button", TextGap::blank, kSpecial | kScope},
    {"caption", TextGap::line, kSpecial | kScope | kTablePart},
    {"center", TextGap::line, kBlock},
    {"code", TextGap::none, kFormatting},
    {"col", TextGap::none, kVoid},
    {"colgroup", TextGap::none, kSpecial},
    {"datalist", TextGap::none, kUnseen},
    {"dd", TextGap::line, kBlock},
    {"details", TextGap::line, kBlock},
    {"dialog", TextGap::line, kBlock},
    {"dir", TextGap::line, kBlock},
    {"div", TextGap::line, kBlock},
    {"dl", TextGap::line, kBlock},
    {"dt", TextGap::line, kBlock},
    {"em", TextGap::none, kFormatting},
    {"embed", TextGap::none, kVoid | kSized, HtmlRole::media},
    {"feimage", TextGap::none, kSized, HtmlRole::svg_link},
    {"fieldset", TextGap::line, kBlock},
    {"figcaption", TextGap::line, kBlock},
    {"figure", TextGap::line, kBlock},
    {"font", TextGap::none, kFormatting},
    {"footer", TextGap::line, kBlock},
    {"form", TextGap::line, kBlock},
    {"frame", TextGap::none, kVoid | kSized, HtmlRole::frame},
    {"frameset", TextGap::line, kSpecial},
    {"h1", TextGap::paragraph, kBlock},
    {"h2", TextGap::paragraph, kBlock},
    {"h3", TextGap::paragraph, kBlock},
    {"h4", TextGap::paragraph, kBlock},
    {"h5", TextGap::paragraph, kBlock},
    {"h6", TextGap::paragraph, kBlock},
    {"head", TextGap::line, kPage},
    {"header", TextGap::line, kBlock},
    {"hgroup", TextGap::line, kBlock},
    {"hr", TextGap::line, kVoid | kClosesP},
    {"html", TextGap::line, kPage},
    {"i", TextGap::none, kFormatting},
    {"iframe", TextGap::none, kUnseen | kSpecial | kSized, HtmlRole::frame},
    {"image", TextGap::none, kSized, HtmlRole::svg_link},
    {"img", TextGap::none, kVoid | kSized, HtmlRole::image},
    {"input", TextGap::none, kVoid | kSized, HtmlRole::input},
    {"keygen", TextGap::none, kVoid},
    {"legend", TextGap::line, 0},
    {"li", TextGap::line, kBlock},
    {"link", TextGap::none, kVoid | kHeadOnly, HtmlRole::link},
    {"listing", TextGap::paragraph, kBlock | kPreformatted},
    {"main", TextGap::line, kBlock},
    {"marquee", TextGap::line, kSpecial | kScope},
    {"menu", TextGap::line, kBlock},
    {"meta", TextGap::none, kVoid | kHeadOnly},
    {"nav", TextGap::line, kBlock},
    {"nobr", TextGap::none, kFormatting},
    {"noembed", TextGap::none, kUnseen | kSpecial},
    {"noframes", TextGap::none, kUnseen | kSpecial},
    {"noscript", TextGap::none, kSpecial},
    {"object", TextGap::none, kSpecial | kScope | kSized, HtmlRole::object},
    {"ol", TextGap::line, kBlock},
    {"optgroup", TextGap::line, 0},
    {"option", TextGap::line, 0},
    {"p", TextGap::paragraph, kBlock},
    {"param", TextGap::none, kVoid},
    {"picture", TextGap::none, 0, HtmlRole::picture},
    {"plaintext", TextGap::paragraph, kBlock | kPreformatted},
    {"pre", TextGap::paragraph, kBlock | kPreformatted},
    {"s", TextGap::none, kFormatting},
    {"script", TextGap::none, kUnseen | kSpecial | kHeadOnly},
    {"search", TextGap::line, kBlock},
    {"section", TextGap::line, kBlock},
    {"select", TextGap::line, kSpecial},
    {"set", TextGap::none, 0, HtmlRole::animation},
    {"small", TextGap::none, kFormatting},
    {"source", TextGap::none, kVoid, HtmlRole::source},
    {"strike", TextGap::none, kFormatting},
    {"strong", TextGap::none, kFormatting},
    {"style", TextGap::none, kUnseen | kSpecial | kHeadOnly},
    {"summary", TextGap::line, kBlock},
    {"svg", TextGap::none, kSized},
    {"table", TextGap::line, kBlock | kScope | kTablePart | kSized},
    {"tbody", TextGap::line, kSpecial | kTablePart},
    {"td", TextGap::cell, kSpecial | kScope | kTablePart | kSized},
    {"template", TextGap::none, kUnseen | kSpecial | kScope},
    {"textarea", TextGap::line, kSpecial | kPreformatted},
    {"tfoot", TextGap::line, kSpecial | kTablePart},
    {"th", TextGap::cell, kSpecial | kScope | kTablePart | kSized},
    {"thead", TextGap::line, kSpecial | kTablePart},
    {"title", TextGap::none, kUnseen | kSpecial | kHeadOnly},
    {"tr", TextGap::line, kSpecial | kTablePart | kSized},
    {"track", TextGap::none, kVoid, HtmlRole::media},
    {"tt", TextGap::none, kFormatting},
    {"u", TextGap::none, kFormatting},
    {"ul", TextGap::line, kBlock},
    {"use", TextGap::none, kSized, HtmlRole::svg_link},
    {"v:background", TextGap::none, 0, HtmlRole::vml},
    {"v:fill", TextGap::none, 0, HtmlRole::vml},
    {"v:image", TextGap::none, kSized, HtmlRole::vml},
    {"v:imagedata", TextGap::none, 0, HtmlRole::vml},
    {"v:stroke", TextGap::none, 0, HtmlRole::vml},
    {"video", TextGap::none, kSized, HtmlRole::media},
    {"wbr", TextGap::none, kVoid},
    {"xmp", TextGap::paragraph, kBlock | kPreformatted},
};
static_assert(std::is_sorted(std::begin(kElements), std::end(kElements),
                             [](const auto& left, const auto& right) { return left.name < right.name; }));

constexpr HtmlElement kInline{"", TextGap::none, 0};

/// Where the elements begin that have a letter first, from `a` on.
constexpr auto kFirstOfLetter = [] {
  std::array<std::uint8_t, 'z' - 'a' + 2> first{};
  for (std::size_t letter = 0; letter < first.size(); ++letter) {
    std::uint8_t index = 0;
    while (index < std::size(kElements) && kElements[index].name[0] < static_cast<char>('a' + letter))
      ++index;
    first[letter] = index;
  }
  return first;
}();

}  // namespace

const HtmlElement& html_element(std::string_view name) noexcept {
  if (name.empty() || name[0] < 'a' || name[0] > 'z') return kInline;
  const auto letter = static_cast<std::size_t>(name[0] - 'a');
  for (auto index = kFirstOfLetter[letter]; index < kFirstOfLetter[letter + 1]; ++index) {
    if (kElements[index].name == name) return kElements[index];
  }
  return kInline;
}

}  // namespace mailspoor::index
