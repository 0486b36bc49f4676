#pragma once

#include <optional>
#include <string>

#include "index/track/resource_kind.hpp"

namespace mailspoor::index {

/// Something that is fetched when the message is displayed, if its URL is a remote one.
struct HtmlResource {
  std::string url;  ///< As the source means it: character references and CSS escapes decoded, not resolved.
  ResourceKind kind = ResourceKind::other;
  std::string element;           ///< Its name in lower case; `style` for a rule of a style element.
  std::optional<double> width;   ///< As drawn, in CSS pixels, where attributes or CSS say it.
  std::optional<double> height;  ///< The same.
  bool is_hidden = false;        ///< No window shows the element, or what stands around it.
  bool is_background = false;    ///< An attribute `background`, or loaded by CSS.
  bool is_drawn = true;          ///< By an element, and not only named by a rule that matches none.
};

/// The destination of an `a` or `area`.
struct HtmlLink {
  std::string url;
};

}  // namespace mailspoor::index
