#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mailspoor::index {

struct VisibleText {
  std::string text;     ///< Lines end in LF; not the last one.
  bool is_cut = false;  ///< There was more to see than `max_octets`.
};

/// The elements that are kept open at once, as in browsers. Those nested deeper are counted only: they hide
/// nothing but what their own attributes say.
inline constexpr std::size_t kMaxHtmlDepth = 512;

/// What a reader of an HTML mail sees, for the full-text index and the terminal.
///
/// - Not seen: title, style, script, template, frames; the attribute `hidden`; inline styles that hide
/// (display, visibility,
///   font size 0, opacity 0, height 0 without overflow). Rules of style elements are not applied. `mso-hide`
///   hides in Outlook alone, where it marks what all other readers shall see, and is ignored.
/// - Blocks and `<br>` end lines, at most one empty line in a row; cells of a table row are parted by a tab
/// as long as
///   they are of one line. White space, of Unicode too, becomes one blank but in pre and textarea. Characters
///   without width are dropped, except where they join letters of other scripts.
/// - The alternative text of images and the labels of buttons are included.
///
/// Octets that are no UTF-8 stay as they are. A cut leaves whole characters. One pass, with kMaxHtmlDepth
/// open elements.
VisibleText visible_text(std::string_view html, std::size_t max_octets);

}  // namespace mailspoor::index
