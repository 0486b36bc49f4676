#pragma once

#include <cstdint>
#include <string_view>

#include "index/track/text_flow.hpp"

namespace mailspoor::index {

using HtmlTraits = unsigned;
inline constexpr HtmlTraits kVoid = 1;          ///< Has no content and no end tag.
inline constexpr HtmlTraits kUnseen = 2;        ///< Its content is never displayed.
inline constexpr HtmlTraits kPreformatted = 4;  ///< White space in it counts.
inline constexpr HtmlTraits kFormatting = 8;    ///< May overlap with blocks (§13.2.4.3).
inline constexpr HtmlTraits kSpecial = 16;  ///< Ends the search of an end tag for its element (§13.2.4.2).
inline constexpr HtmlTraits kScope = 32;    ///< Ends it for end tags of blocks as well.
inline constexpr HtmlTraits kClosesP = 64;  ///< Its start tag ends an open p.
inline constexpr HtmlTraits kTablePart = 128;   ///< Its end tag is sought up to the table.
inline constexpr HtmlTraits kPage = 256;        ///< html, head, body: say nothing about what is seen.
inline constexpr HtmlTraits kSized = 512;       ///< Its attributes width and height say how large it is.
inline constexpr HtmlTraits kHeadOnly = 1'024;  ///< Stands before what is displayed, and is not displayed.

/// What an element can load, besides by its style.
enum class HtmlRole : std::uint8_t {
  none,
  anchor,
  animation,
  base,
  frame,
  image,  ///< `src`, `srcset`
  input,  ///< `src`, if it is of type `image`
  link,
  list,    ///< `src`, read by AMP to be displayed
  media,   ///< `src`, `poster`
  object,  ///< `data`
  picture,
  source,
  svg_link,  ///< `href`, `xlink:href`
  vml,       ///< `src`
};

struct HtmlElement {
  std::string_view name;
  HtmlTraits traits;
  TextGap gap;
  HtmlRole role = HtmlRole::none;
};

/// What is known about the elements of that name, written in lower case. Spans, and whatever else has no row
/// of its own, have no name here.
const HtmlElement& html_element(std::string_view name) noexcept;

}  // namespace mailspoor::index
