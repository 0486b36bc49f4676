#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "index/track/css_box.hpp"
#include "index/track/css_declarations.hpp"
#include "index/track/css_sheet.hpp"
#include "index/track/html_elements.hpp"
#include "index/track/html_resource.hpp"
#include "index/track/html_tokenizer.hpp"

namespace mailspoor::index {

/// What a document may load before the rest is passed over. A newsletter has some hundred of each.
inline constexpr std::size_t kMaxHtmlResources = 50'000;
inline constexpr std::size_t kMaxHtmlLinks = 50'000;

/// Where an element stands, as far as its resources are concerned.
struct HtmlPlace {
  const HtmlElement& element;
  std::string_view name;  ///< `img` for an `image` of HTML.
  const CssBox& box;      ///< Of the element.
  const CssBox& parent;
  HtmlRole parent_role;
  CssWindows windows;  ///< Those that may show it.
};

/// Collects what elements load (spec: every element and attribute by which mail clients fetch something when
/// they display a message).
class HtmlResources {
 public:
  /// Takes what a start tag names, and the URLs of its attribute `style`.
  void take(const HtmlToken& tag, const CssDeclarations& style, const HtmlPlace& place);
  /// Takes the URLs of style elements. `drawn` are the elements found for each.
  void take_sheet(const CssSheet& sheet);
  /// Notes that an element is drawn with the URLs of a rule.
  void draw(std::size_t first_url, std::size_t end_url, const CssBox& box, CssWindows windows);

  bool empty() const noexcept { return resources_.empty(); }
  bool is_cut() const noexcept { return is_cut_; }
  std::vector<HtmlResource> release() noexcept { return std::move(resources_); }

 private:
  /// The largest element that a rule's URL is drawn on.
  struct DrawnUrl {
    bool is_drawn = false;
    bool is_hidden = true;
    CssSize size;
  };

  void add(std::string_view url, ResourceKind kind, const HtmlPlace& place, const CssSize& size);
  void add_candidates(std::string_view srcset, const HtmlPlace& place, const CssSize& size);
  void take_presentation(const HtmlToken& tag, const HtmlPlace& place);
  void take_animation(const HtmlToken& tag, const HtmlPlace& place);
  void take_source(const HtmlToken& tag, const HtmlPlace& place);
  void take_role(const HtmlToken& tag, const HtmlPlace& place);
  void give_to_sources(const HtmlPlace& image);

  std::vector<HtmlResource> resources_;
  std::vector<DrawnUrl> drawn_;  ///< By their index in the sheet.
  std::size_t picture_begin_ = 0;
  std::size_t picture_end_ = 0;  ///< The candidates of a `picture` whose `img` is yet to come.
  bool is_cut_ = false;
};

/// The URLs of an attribute `srcset` (WHATWG HTML §4.8.4.2.2, "parse a srcset attribute").
std::vector<std::string_view> srcset_urls(std::string_view srcset);

}  // namespace mailspoor::index
