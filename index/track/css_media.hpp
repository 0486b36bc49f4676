#pragma once

#include <cstdint>
#include <string_view>

#include "index/track/css_tokenizer.hpp"

namespace mailspoor::index {

/// The windows that a message is judged for, as a set of bits: what is hidden in all of them is hidden, and
/// what one of them shows is a picture swapped in for phones or for a dark background.
using CssWindows = std::uint8_t;
inline constexpr CssWindows kDesktop =
    1;  ///< A wide window, light; where nothing else is said, this one counts.
inline constexpr CssWindows kPhone = 2;
inline constexpr CssWindows kDark = 4;
inline constexpr CssWindows kElsewhere = 8;  ///< Where everything holds that cannot be judged.
inline constexpr CssWindows kOutlook = 16;   ///< Outlook, which alone reads conditional comments.
inline constexpr unsigned kCssWindowCount = 5;
inline constexpr CssWindows kAllWindows = 31;
inline constexpr CssWindows kBrowserWindows = kAllWindows & ~kOutlook & 31U;

/// The windows in which a list of media queries holds (Media Queries Level 4, as far as mails use it).
CssWindows windows_of_media(std::string_view queries);

struct MediaPrelude {
  CssWindows windows;
  CssTokenKind end;  ///< What ended it: `open_curly`, `semicolon` or `end`.
};

/// The same for what stands behind `@media` or the URL of `@import`, read from `css` up to the token that
/// ends it.
MediaPrelude read_media(CssTokenizer& css);

}  // namespace mailspoor::index
