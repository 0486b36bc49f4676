#include "index/track/html_resources.hpp"

#include <algorithm>
#include <string>

#include "deliver/base/text.hpp"

namespace mailspoor::index {
namespace {

using base::equal_ignoring_case;

constexpr std::string_view kBlanks = " \t\n\r\f";

std::string_view trimmed(std::string_view text) noexcept {
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

bool has_word(std::string_view words, std::string_view wanted) noexcept {
  for (auto each = take_class(words); !each.empty(); each = take_class(words)) {
    if (equal_ignoring_case(each, wanted)) return true;
  }
  return false;
}

/// The destination of an element of SVG.
std::string_view svg_href(const HtmlToken& tag) noexcept {
  const auto href = tag.attribute("href");
  return href ? *href : tag.attribute("xlink:href").value_or("");
}

/// What an element without a size of its own is drawn as large as: a fill, a part of a picture.
const CssSize& size_of(const HtmlPlace& place) noexcept {
  return place.box.size.width || place.box.size.height ? place.box.size : place.parent.size;
}

double area_of(const CssSize& size) noexcept {
  constexpr double kUnknown = 1e6;
  return size.width.value_or(kUnknown) * size.height.value_or(kUnknown);
}

}  // namespace

std::vector<std::string_view> srcset_urls(std::string_view srcset) {
  std::vector<std::string_view> urls;
  while (true) {
    const auto begin = srcset.find_first_not_of(" \t\n\r\f,");
    if (begin == std::string_view::npos) return urls;
    srcset.remove_prefix(begin);
    auto url = srcset.substr(0, srcset.find_first_of(kBlanks));
    srcset.remove_prefix(url.size());
    if (url.ends_with(',')) {
      while (url.ends_with(',')) url.remove_suffix(1);
    } else {
      int depth = 0;
      std::size_t end = 0;
      for (; end < srcset.size() && (depth > 0 || srcset[end] != ','); ++end) {
        if (srcset[end] == '(') ++depth;
        if (srcset[end] == ')') depth = std::max(depth - 1, 0);
      }
      srcset.remove_prefix(end);
    }
    urls.push_back(url);
  }
}

void HtmlResources::add(std::string_view url, ResourceKind kind, const HtmlPlace& place,
                        const CssSize& size) {
  if (trimmed(url).empty() || base::starts_with_ignoring_case(trimmed(url), "data:")) return;
  if (resources_.size() == kMaxHtmlResources) {
    is_cut_ = true;
    return;
  }
  // A style sheet is at work wherever it stands.
  const bool is_hidden = kind != ResourceKind::css && place.box.is_hidden_in(place.windows);
  resources_.push_back({std::string{url}, kind, std::string{place.name}, size.width, size.height, is_hidden,
                        kind == ResourceKind::background});
}

void HtmlResources::add_candidates(std::string_view srcset, const HtmlPlace& place, const CssSize& size) {
  for (const auto url : srcset_urls(srcset)) add(url, ResourceKind::image, place, size);
}

void HtmlResources::take(const HtmlToken& tag, const CssDeclarations& style, const HtmlPlace& place) {
  if (place.element.role != HtmlRole::none) take_role(tag, place);
  if (!tag.is_foreign) {
    if (const auto background = tag.attribute("background")) {
      add(*background, ResourceKind::background, place, place.box.size);
    }
  } else {
    take_presentation(tag, place);
  }
  for (const auto& each : style.urls) {
    add(each.url, each.is_script ? ResourceKind::other : ResourceKind::background, place, place.box.size);
  }
}

void HtmlResources::take_role(const HtmlToken& tag, const HtmlPlace& place) {
  const auto add_attribute = [&](std::string_view name, ResourceKind kind) {
    if (const auto url = tag.attribute(name)) add(*url, kind, place, place.box.size);
  };
  switch (place.element.role) {
    case HtmlRole::image:
      add_attribute("src", ResourceKind::image);
      if (const auto srcset = tag.attribute("srcset")) add_candidates(*srcset, place, place.box.size);
      if (place.parent_role == HtmlRole::picture) give_to_sources(place);
      break;
    case HtmlRole::picture:
      picture_begin_ = picture_end_ = resources_.size();
      break;
    case HtmlRole::source:
      take_source(tag, place);
      break;
    case HtmlRole::input:
      if (equal_ignoring_case(trimmed(tag.attribute("type").value_or("")), "image")) {
        add_attribute("src", ResourceKind::image);
      }
      break;
    case HtmlRole::media:
      add_attribute("src", ResourceKind::media);
      if (place.name == "video") add_attribute("poster", ResourceKind::image);
      break;
    case HtmlRole::frame:
      add_attribute("src", ResourceKind::frame);
      break;
    case HtmlRole::object:
      add_attribute("data", ResourceKind::other);
      break;
    case HtmlRole::list:
      add_attribute("src", ResourceKind::other);
      break;
    case HtmlRole::link:
      if (has_word(tag.attribute("rel").value_or(""), "stylesheet")) add_attribute("href", ResourceKind::css);
      break;
    case HtmlRole::svg_link:
      if (tag.is_foreign) add(svg_href(tag), ResourceKind::svg, place, size_of(place));
      break;
    case HtmlRole::animation:
      if (tag.is_foreign) take_animation(tag, place);
      break;
    case HtmlRole::vml:
      if (const auto src = tag.attribute("src")) add(*src, ResourceKind::vml, place, size_of(place));
      break;
    case HtmlRole::none:
    case HtmlRole::anchor:
    case HtmlRole::base:
      break;
  }
}

/// `fill="url(...)"` and the like: attributes of SVG that are CSS.
void HtmlResources::take_presentation(const HtmlToken& tag, const HtmlPlace& place) {
  for (const auto& [name, value] : tag.attributes) {
    if (name == "style" || value.find('(') == std::string_view::npos) continue;
    CssDeclarations declarations;
    read_style_attribute(std::string{"fill:"}.append(value), declarations);
    for (const auto& each : declarations.urls) add(each.url, ResourceKind::svg, place, size_of(place));
  }
}

/// Values that an animation gives to a link, one after the other.
void HtmlResources::take_animation(const HtmlToken& tag, const HtmlPlace& place) {
  const auto animated = tag.attribute("attributename").value_or("");
  if (!equal_ignoring_case(animated, "href") && !equal_ignoring_case(animated, "xlink:href")) return;
  for (const std::string_view name : {"values", "from", "to", "by"}) {
    auto rest = tag.attribute(name).value_or("");
    while (!rest.empty()) {
      const auto url = rest.substr(0, name == "values" ? rest.find(';') : std::string_view::npos);
      add(trimmed(url), ResourceKind::svg, place, size_of(place));
      rest.remove_prefix(std::min(url.size() + 1, rest.size()));
    }
  }
}

void HtmlResources::take_source(const HtmlToken& tag, const HtmlPlace& place) {
  const bool is_in_picture = place.parent_role == HtmlRole::picture;
  if (const auto srcset = tag.attribute("srcset")) add_candidates(*srcset, place, place.box.size);
  if (is_in_picture) {
    picture_end_ = resources_.size();
  } else if (const auto src = tag.attribute("src")) {
    add(*src, ResourceKind::media, place, place.parent.size);
  }
}

/// What a `picture` offers is drawn as its `img` is.
void HtmlResources::give_to_sources(const HtmlPlace& image) {
  for (auto index = picture_begin_; index < std::min(picture_end_, resources_.size()); ++index) {
    auto& source = resources_[index];
    source.width = image.box.size.width;
    source.height = image.box.size.height;
    source.is_hidden = image.box.is_hidden_in(image.windows);
  }
  picture_begin_ = picture_end_ = 0;
}

void HtmlResources::draw(std::size_t first_url, std::size_t end_url, const CssBox& box, CssWindows windows) {
  if (drawn_.size() < end_url) drawn_.resize(end_url);
  const bool is_hidden = box.is_hidden_in(windows);
  for (auto index = first_url; index < end_url; ++index) {
    auto& drawn = drawn_[index];
    const bool is_larger = (drawn.is_hidden && !is_hidden) ||
                           (drawn.is_hidden == is_hidden && area_of(box.size) > area_of(drawn.size));
    if (!drawn.is_drawn || is_larger) drawn = {true, is_hidden, box.size};
  }
}

void HtmlResources::take_sheet(const CssSheet& sheet) {
  static constexpr HtmlElement kStyle{"style", 0, TextGap::none};
  constexpr CssBox kNowhere;
  const HtmlPlace place{kStyle, "style", kNowhere, kNowhere, HtmlRole::none, kAllWindows};
  drawn_.resize(sheet.urls().size());
  for (std::size_t index = 0; index < drawn_.size(); ++index) {
    const auto& url = sheet.urls()[index];
    const auto kind = url.use == CssSheet::UrlUse::sheet   ? ResourceKind::css
                      : url.use == CssSheet::UrlUse::font  ? ResourceKind::font
                      : url.use == CssSheet::UrlUse::drawn ? ResourceKind::background
                                                           : ResourceKind::other;
    const auto before = resources_.size();
    add(url.url, kind, place, drawn_[index].size);
    if (resources_.size() == before) continue;
    resources_.back().is_drawn = drawn_[index].is_drawn;
    if (drawn_[index].is_drawn) resources_.back().is_hidden = drawn_[index].is_hidden;
  }
}

}  // namespace mailspoor::index
