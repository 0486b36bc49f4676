#include "index/track/html_elements.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>

namespace mailspoor::index {
namespace {

constexpr HtmlTraits kBlock = kSpecial | kClosesP;

constexpr HtmlElement kElements[] = {
    {"a", kFormatting, TextGap::none, HtmlRole::anchor},
    {"address", kBlock, TextGap::line},
    {"amp-anim", kSized, TextGap::none, HtmlRole::image},
    {"amp-img", kSized, TextGap::none, HtmlRole::image},
    {"amp-list", kSized, TextGap::none, HtmlRole::list},
    {"amp-pixel", 0, TextGap::none, HtmlRole::image},
    {"amp-state", 0, TextGap::none, HtmlRole::list},
    {"animate", 0, TextGap::none, HtmlRole::animation},
    {"applet", kSpecial | kScope, TextGap::none},
    {"area", kVoid, TextGap::none, HtmlRole::anchor},
    {"article", kBlock, TextGap::line},
    {"aside", kBlock, TextGap::line},
    {"audio", 0, TextGap::none, HtmlRole::media},
    {"b", kFormatting, TextGap::none},
    {"base", kVoid | kHeadOnly, TextGap::none, HtmlRole::base},
    {"basefont", kVoid, TextGap::none},
    {"bgsound", kVoid, TextGap::none, HtmlRole::media},
    {"big", kFormatting, TextGap::none},
    {"blockquote", kBlock, TextGap::paragraph},
    {"body", kPage, TextGap::line},
    {"br", kVoid, TextGap::none},
    {"button", kSpecial | kScope, TextGap::blank},
    {"caption", kSpecial | kScope | kTablePart, TextGap::line},
    {"center", kBlock, TextGap::line},
    {"code", kFormatting, TextGap::none},
    {"col", kVoid, TextGap::none},
    {"colgroup", kSpecial, TextGap::none},
    {"datalist", kUnseen, TextGap::none},
    {"dd", kBlock, TextGap::line},
    {"details", kBlock, TextGap::line},
    {"dialog", kBlock, TextGap::line},
    {"dir", kBlock, TextGap::line},
    {"div", kBlock, TextGap::line},
    {"dl", kBlock, TextGap::line},
    {"dt", kBlock, TextGap::line},
    {"em", kFormatting, TextGap::none},
    {"embed", kVoid | kSized, TextGap::none, HtmlRole::media},
    {"feimage", kSized, TextGap::none, HtmlRole::svg_link},
    {"fieldset", kBlock, TextGap::line},
    {"figcaption", kBlock, TextGap::line},
    {"figure", kBlock, TextGap::line},
    {"font", kFormatting, TextGap::none},
    {"footer", kBlock, TextGap::line},
    {"form", kBlock, TextGap::line},
    {"frame", kVoid | kSized, TextGap::none, HtmlRole::frame},
    {"frameset", kSpecial, TextGap::line},
    {"h1", kBlock, TextGap::paragraph},
    {"h2", kBlock, TextGap::paragraph},
    {"h3", kBlock, TextGap::paragraph},
    {"h4", kBlock, TextGap::paragraph},
    {"h5", kBlock, TextGap::paragraph},
    {"h6", kBlock, TextGap::paragraph},
    {"head", kPage, TextGap::line},
    {"header", kBlock, TextGap::line},
    {"hgroup", kBlock, TextGap::line},
    {"hr", kVoid | kClosesP, TextGap::line},
    {"html", kPage, TextGap::line},
    {"i", kFormatting, TextGap::none},
    {"iframe", kUnseen | kSpecial | kSized, TextGap::none, HtmlRole::frame},
    {"image", kSized, TextGap::none, HtmlRole::svg_link},
    {"img", kVoid | kSized, TextGap::none, HtmlRole::image},
    {"input", kVoid | kSized, TextGap::none, HtmlRole::input},
    {"keygen", kVoid, TextGap::none},
    {"legend", 0, TextGap::line},
    {"li", kBlock, TextGap::line},
    {"link", kVoid | kHeadOnly, TextGap::none, HtmlRole::link},
    {"listing", kBlock | kPreformatted, TextGap::paragraph},
    {"main", kBlock, TextGap::line},
    {"marquee", kSpecial | kScope, TextGap::line},
    {"menu", kBlock, TextGap::line},
    {"meta", kVoid | kHeadOnly, TextGap::none},
    {"nav", kBlock, TextGap::line},
    {"nobr", kFormatting, TextGap::none},
    {"noembed", kUnseen | kSpecial, TextGap::none},
    {"noframes", kUnseen | kSpecial, TextGap::none},
    {"noscript", kSpecial, TextGap::none},
    {"object", kSpecial | kScope | kSized, TextGap::none, HtmlRole::object},
    {"ol", kBlock, TextGap::line},
    {"optgroup", 0, TextGap::line},
    {"option", 0, TextGap::line},
    {"p", kBlock, TextGap::paragraph},
    {"param", kVoid, TextGap::none},
    {"picture", 0, TextGap::none, HtmlRole::picture},
    {"plaintext", kBlock | kPreformatted, TextGap::paragraph},
    {"pre", kBlock | kPreformatted, TextGap::paragraph},
    {"s", kFormatting, TextGap::none},
    {"script", kUnseen | kSpecial | kHeadOnly, TextGap::none},
    {"search", kBlock, TextGap::line},
    {"section", kBlock, TextGap::line},
    {"select", kSpecial, TextGap::line},
    {"set", 0, TextGap::none, HtmlRole::animation},
    {"small", kFormatting, TextGap::none},
    {"source", kVoid, TextGap::none, HtmlRole::source},
    {"strike", kFormatting, TextGap::none},
    {"strong", kFormatting, TextGap::none},
    {"style", kUnseen | kSpecial | kHeadOnly, TextGap::none},
    {"summary", kBlock, TextGap::line},
    {"svg", kSized, TextGap::none},
    {"table", kBlock | kScope | kTablePart | kSized, TextGap::line},
    {"tbody", kSpecial | kTablePart, TextGap::line},
    {"td", kSpecial | kScope | kTablePart | kSized, TextGap::cell},
    {"template", kUnseen | kSpecial | kScope, TextGap::none},
    {"textarea", kSpecial | kPreformatted, TextGap::line},
    {"tfoot", kSpecial | kTablePart, TextGap::line},
    {"th", kSpecial | kScope | kTablePart | kSized, TextGap::cell},
    {"thead", kSpecial | kTablePart, TextGap::line},
    {"title", kUnseen | kSpecial | kHeadOnly, TextGap::none},
    {"tr", kSpecial | kTablePart | kSized, TextGap::line},
    {"track", kVoid, TextGap::none, HtmlRole::media},
    {"tt", kFormatting, TextGap::none},
    {"u", kFormatting, TextGap::none},
    {"ul", kBlock, TextGap::line},
    {"use", kSized, TextGap::none, HtmlRole::svg_link},
    {"v:background", 0, TextGap::none, HtmlRole::vml},
    {"v:fill", 0, TextGap::none, HtmlRole::vml},
    {"v:image", kSized, TextGap::none, HtmlRole::vml},
    {"v:imagedata", 0, TextGap::none, HtmlRole::vml},
    {"v:stroke", 0, TextGap::none, HtmlRole::vml},
    {"video", kSized, TextGap::none, HtmlRole::media},
    {"wbr", kVoid, TextGap::none},
    {"xmp", kBlock | kPreformatted, TextGap::paragraph},
};
static_assert(std::is_sorted(std::begin(kElements), std::end(kElements),
                             [](const auto& left, const auto& right) { return left.name < right.name; }));

constexpr HtmlElement kInline{"", 0, TextGap::none};

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
