#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "index/track/html_resource.hpp"

namespace mailspoor::index {

/// What an HTML part of a message shows and loads.
struct HtmlReading {
  std::string text;          ///< What a reader sees. Lines end in LF; not the last one.
  bool is_text_cut = false;  ///< There was more to see than `max_text_octets`.
  std::string base_url;      ///< Of the first `base` that has a `href`, as it stands; else empty.
  std::vector<HtmlResource> resources;
  std::vector<HtmlLink> links;       ///< In their order, doubles kept.
  std::vector<std::string> defects;  ///< What was passed over, for its size.
};

/// The elements that are kept open at once, as in browsers. Those nested deeper are counted only: they hide
/// nothing but what their own attributes say.
inline constexpr std::size_t kMaxHtmlDepth = 512;

/// Reads HTML as a mail client does: scripts off, what is hidden or badly nested as browsers have it.
///
/// The text is for the full-text index and the terminal.
/// - Not seen: title, style, script, template, frames; the attribute `hidden`; inline styles that hide
/// (display,
///   visibility, font size 0, opacity 0, height 0 without overflow). Rules of style elements are not applied
///   to it. `mso-hide` hides in Outlook alone, where it marks what all other readers shall see, and is
///   ignored.
/// - Blocks and `<br>` end lines, at most one empty line in a row; cells of a table row are parted by a tab
/// as
///   long as they are of one line. White space, of Unicode too, becomes one blank but in pre and textarea.
///   Characters without width are dropped, except where they join letters of other scripts.
/// - The alternative text of images and the labels of buttons are included.
///
/// Resources and links are those of everything that any client displays, what Outlook alone reads in
/// conditional comments included. How large they are drawn and whether they are hidden is told by attributes
/// and CSS, rules of style elements and media queries included: what one kind of window shows is not hidden.
/// `data:` URLs are left out, as they load nothing.
///
/// Octets that are no UTF-8 stay as they are. A cut leaves whole characters. One pass; a second one where a
/// style element stands behind what it may style. Memory is bounded by kMaxHtmlDepth, kMaxHtmlResources and
/// the limits of css_sheet.hpp, besides what is returned.
HtmlReading read_html(std::string_view html, std::size_t max_text_octets);

}  // namespace mailspoor::index
