#include "index/track/html_reader.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <utility>

#include "deliver/base/text.hpp"
#include "index/track/css_box.hpp"
#include "index/track/css_sheet.hpp"
#include "index/track/html_condition.hpp"
#include "index/track/html_elements.hpp"
#include "index/track/html_look.hpp"
#include "index/track/html_resources.hpp"
#include "index/track/html_tokenizer.hpp"
#include "index/track/text_flow.hpp"

namespace mailspoor::index {
namespace {

/// Tells elements of unknown names apart (FNV-1a). Names that collide close one another, which hides and
/// shows no more than equal names would.
std::uint32_t name_hash(std::string_view name) noexcept {
  std::uint32_t hash = 2166136261U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

/// What a document gives besides its text.
struct Findings {
  HtmlResources resources;
  std::vector<HtmlLink> links;
  std::string base_url;
  bool is_cut_tag = false;
  bool is_cut_links = false;
  bool is_too_deep = false;
};

/// Follows the open elements roughly as tree construction does (§13.2.6): well enough to know where what is
/// hidden ends, in documents with end tags missing, crossed or too many.
class Page {
 public:
  /// The first pass reads style elements; a second one has them all from its start, and needs no text.
  enum class Pass : std::uint8_t { first, second };

  Page(CssSheet& sheet, Pass pass, std::size_t max_text_octets)
      : sheet_{sheet}, pass_{pass}, frame_{max_text_octets, kPageElements, kAllWindows} {
    path_.resize(kPageElements);
    path_[0].name = "html";
    path_[1].name = "body";
  }

  void read(std::string_view html) {
    work_ = kLeastWork + kWorkPerOctet * html.size();
    read_tokens(html);
  }

  /// Whether a style element stood behind elements that it may style.
  bool has_late_styles() const noexcept { return has_late_styles_; }
  bool has_worked_enough() const noexcept { return work_ == 0; }
  bool is_text_cut() const noexcept { return frame_.flow.is_cut(); }
  std::string take_text() { return frame_.flow.take(); }
  Findings& findings() noexcept { return findings_; }

 private:
  struct OpenElement {
    const HtmlElement* element;
    std::uint32_t name_hash;
    HtmlAppearance appearance;
    HtmlLook look;
    TextGap gap;
    CssBox box;
    bool is_inert;
  };

  /// What is read as one document: the page, or a conditional comment within it, whose tags open and close
  /// nothing outside.
  struct Frame {
    Frame(std::size_t max_text_octets, std::size_t path, CssWindows shown_in)
        : flow{max_text_octets}, path_begin{path}, windows{shown_in} {}
    std::vector<OpenElement> open;
    std::size_t below = 0;       ///< Open elements deeper than kMaxHtmlDepth.
    std::size_t gone_below = 0;  ///< Which of these is not displayed; 0 if none.
    TextFlow flow;
    std::size_t path_begin;  ///< How many elements are open around it.
    CssWindows windows;      ///< Those that display it.
    CssBox base{};           ///< Of what is around it.
    bool is_conditional = false;
    bool is_inert = false;
  };

  static constexpr std::size_t kPageElements = 2;  ///< html and body, which are there without their tags.
  /// Tests of selectors, and declarations found by them. Of 4,166 real parts one of 100 KB takes the most:
  /// 144,000. A million is about 20 ms.
  static constexpr std::size_t kLeastWork = 1'000'000;
  static constexpr std::size_t kWorkPerOctet = 1;

  void read_tokens(std::string_view html) {
    HtmlTokenizer tokens{html};
    while (const auto* token = tokens.next()) take(*token);
  }

  void take(const HtmlToken& token) {
    if (token.kind != HtmlTokenKind::text) style_windows_.reset();
    switch (token.kind) {
      case HtmlTokenKind::start_tag:
        begin_element(token);
        break;
      case HtmlTokenKind::end_tag:
        end_element(token.name);
        break;
      case HtmlTokenKind::text:
        if (style_windows_) take_style(token.text);
        if (look().shows_text()) frame_.flow.append(token.text, look().is_preformatted);
        break;
      case HtmlTokenKind::comment:
        if (const auto html = conditional_html(token.text)) take_conditional(*html);
        break;
      case HtmlTokenKind::doctype:
        break;
    }
  }

  // --- What loads ---

  const CssBox& box() const noexcept { return frame_.open.empty() ? frame_.base : frame_.open.back().box; }
  bool is_inert() const noexcept {
    return frame_.open.empty() ? frame_.is_inert : frame_.open.back().is_inert;
  }

  /// Reads a conditional comment, which stands within whatever is open here. There is none in another.
  void take_conditional(std::string_view html) {
    if (frame_.is_conditional) return;
    Frame inner{0, path_.size(), kOutlook};
    inner.base = box();
    inner.is_conditional = true;
    inner.is_inert = is_inert();
    std::swap(frame_, inner);
    read_tokens(html);
    style_windows_.reset();
    std::swap(frame_, inner);
    path_.resize(inner.path_begin);
  }

  void take_style(std::string_view text) {
    if (pass_ == Pass::second) return;
    const auto rules_before = sheet_.size();
    sheet_.add(text, *style_windows_);
    if (sheet_.size() > rules_before && has_elements_) has_late_styles_ = true;
  }

  void begin_style(const HtmlToken& tag) {
    const auto type = tag.attribute("type").value_or("");
    if (!type.empty() && !base::equal_ignoring_case(type, "text/css")) return;
    style_windows_ = frame_.windows;
    if (const auto media = tag.attribute("media")) {
      style_windows_ = static_cast<CssWindows>(frame_.windows & windows_of_media(*media));
    }
  }

  /// What selectors ask about the element, in `styled_`.
  void set_styled(const HtmlToken& tag, std::string_view name) {
    styled_.name = name;
    styled_.id = tag.attribute("id").value_or("");
    styled_.classes = tag.attribute("class").value_or("");
    styled_.attributes.clear();
    if (sheet_.attributes().empty()) return;
    for (const auto& [key, value] : tag.attributes) {
      if (sheet_.attributes().count(key) > 0) styled_.attributes.emplace_back(key, value);
    }
  }

  void take_hints(const HtmlToken& tag, const HtmlElement& element) {
    constexpr CssValue kNone{CssKeyword::none, CssUnit::keyword, 0};
    constexpr CssValue kOnePixel{CssKeyword::other, CssUnit::pixels, 1};
    constexpr CssValue kHidden{CssKeyword::hidden, CssUnit::keyword, 0};
    if (tag.attribute("hidden")) cascade_.hint(CssProperty::display, kNone);
    if (element.name == "amp-pixel") {
      cascade_.hint(CssProperty::width, kOnePixel);
      cascade_.hint(CssProperty::height, kOnePixel);
    }
    if ((element.traits & kSized) == 0) return;
    const auto hint = [&](CssProperty property, std::string_view name) {
      const auto attribute = tag.attribute(name);
      const auto value = attribute ? html_dimension(*attribute) : std::nullopt;
      if (value) cascade_.hint(property, *value);
    };
    hint(CssProperty::width, "width");
    hint(CssProperty::height, "height");
    if (element.name == "svg") cascade_.hint(CssProperty::overflow, kHidden);
  }

  /// Applies attributes, rules and the element's own style, in `style_`.
  CssBox box_of(const HtmlToken& tag, const HtmlElement& element, std::string_view name, const CssBox& parent,
                std::size_t ancestors) {
    cascade_.begin(element.role == HtmlRole::image || element.role == HtmlRole::input);
    take_hints(tag, element);
    matches_.clear();
    if (sheet_.size() > 0) {
      set_styled(tag, name);
      sheet_.find(styled_, std::span{path_}.first(ancestors), work_, matches_);
      for (const auto& match : matches_) {
        cascade_.add(match.declarations, match.windows, match.priority, match.is_general);
      }
    }
    cascade_.add(style_.list, kAllWindows, CssCascade::kOwnStyle, false);
    const auto box = cascade_.box(parent, frame_.windows);
    for (const auto& match : matches_) {
      if (match.first_url < match.end_url) {
        findings_.resources.draw(match.first_url, match.end_url, box, frame_.windows);
      }
    }
    return box;
  }

  void take_findings(const HtmlToken& tag, const HtmlPlace& place) {
    findings_.is_cut_tag = findings_.is_cut_tag || tag.is_cut;
    findings_.resources.take(tag, style_, place);
    if (pass_ == Pass::second) return;
    if (place.element.role == HtmlRole::anchor) {
      if (const auto href = tag.attribute("href")) add_link(*href);
    } else if (place.element.role == HtmlRole::base && findings_.base_url.empty()) {
      findings_.base_url = tag.attribute("href").value_or("");
    }
  }
  void add_link(std::string_view url) {
    if (findings_.links.size() < kMaxHtmlLinks) {
      findings_.links.push_back({std::string{url}});
    } else {
      findings_.is_cut_links = true;
    }
  }

  /// `html` and `body`, whose styles hold for all that is displayed.
  CssBox page_box(const HtmlToken& tag, const HtmlElement& element) {
    const std::size_t index = element.name == "html" ? 0 : 1;
    auto page = box_of(tag, element, tag.name, index == 0 ? CssBox{} : frame_.base, index);
    if (!frame_.is_conditional && element.name != "head" && !has_page_element_[index]) {
      has_page_element_[index] = true;
      set_styled(tag, tag.name);
      path_[index] = styled_;
      frame_.base = page;
    }
    return page;
  }

  // --- Elements ---

  HtmlLook look() const noexcept {
    HtmlLook here = frame_.open.empty() ? HtmlLook{} : frame_.open.back().look;
    here.is_gone = here.is_gone || frame_.gone_below != 0;
    return here;
  }

  static TextGap gap_around(const HtmlElement& element, const HtmlAppearance& appearance,
                            const HtmlLook& look) noexcept {
    return look.is_gone ? TextGap::none : appearance.gap.value_or(element.gap);
  }

  void begin_element(const HtmlToken& tag) {
    const auto name = is_img(tag) ? std::string_view{"img"} : tag.name;
    const HtmlElement& element = html_element(name);
    close_implied(element);
    style_.clear();
    if (const auto style = tag.attribute("style")) read_style_attribute(*style, style_);
    const auto appearance = appearance_of(tag, style_);
    const auto inner = look().within(element, appearance);
    const TextGap gap = gap_around(element, appearance, inner);
    const bool is_stray = (element.traits & kTablePart) != 0 && element.name != "table" &&
                          !frame_.is_conditional && !is_in_table();
    const bool is_page = (element.traits & kPage) != 0;
    if (is_stray) {
      frame_.flow.gap(gap == TextGap::cell ? TextGap::blank : gap);
      return;
    }
    if ((element.traits & (kPage | kHeadOnly)) == 0 && !frame_.is_conditional) has_elements_ = true;
    const auto box = is_page ? page_box(tag, element) : box_of(tag, element, name, this->box(), path_.size());
    if (!is_inert()) {
      const auto parent_role = frame_.open.empty() ? HtmlRole::none : frame_.open.back().element->role;
      take_findings(tag, {element, name, box, this->box(), parent_role, frame_.windows});
    }
    if ((element.traits & kVoid) != 0) {
      frame_.flow.gap(gap);
      if (inner.shows_boxes()) show_void(element, tag);
      frame_.flow.gap(gap);
      return;
    }
    // In the XML of VML, a slash ends an element; HTML knows no such thing.
    const bool is_empty = tag.is_self_closing && (tag.is_foreign || name.starts_with("v:"));
    if (is_page || is_empty) {
      frame_.flow.gap(gap == TextGap::cell ? TextGap::blank : gap);
      return;
    }
    if (element.name == "style" && !is_inert()) begin_style(tag);
    if (frame_.open.size() == kMaxHtmlDepth) {
      frame_.flow.gap(gap);
      findings_.is_too_deep = true;
      ++frame_.below;
      if (inner.is_gone && frame_.gone_below == 0) frame_.gone_below = frame_.below;
      return;
    }
    gap == TextGap::cell ? frame_.flow.begin_cell() : frame_.flow.gap(gap);
    frame_.open.push_back({&element, name_hash(tag.name), appearance, inner, gap, box,
                           is_inert() || element.name == "template"});
    path_.push_back(sheet_.size() > 0 ? styled_ : StyledElement{});
  }

  /// The elements without content that a reader sees.
  void show_void(const HtmlElement& element, const HtmlToken& tag) {
    if (element.name == "br") {
      frame_.flow.line_break();
      return;
    }
    const auto type = tag.attribute("type").value_or("");
    const auto is_type = [&](std::string_view wanted) { return base::equal_ignoring_case(type, wanted); };
    std::optional<std::string_view> label;
    if (element.name == "img" || (element.name == "input" && is_type("image"))) label = tag.attribute("alt");
    if (element.name == "input" && (is_type("submit") || is_type("button") || is_type("reset"))) {
      label = tag.attribute("value");
    }
    if (!label) return;
    frame_.flow.gap(TextGap::blank);
    frame_.flow.append(*label, false);
    frame_.flow.gap(TextGap::blank);
  }

  void end_element(std::string_view name) {
    const HtmlElement& element = html_element(name);
    if (element.name == "br" && !look().is_gone) frame_.flow.line_break();  // as browsers have it
    if ((element.traits & kVoid) != 0) return;
    if ((element.traits & kPage) != 0) {
      frame_.flow.gap(element.gap);
      return;
    }
    if (frame_.below > 0) {
      if (!look().is_gone) frame_.flow.gap(element.gap);
      if (frame_.gone_below == frame_.below) frame_.gone_below = 0;
      --frame_.below;
      return;
    }
    const auto hash = name_hash(name);
    for (auto index = frame_.open.size(); index-- > 0;) {
      if (frame_.open[index].name_hash == hash) {
        close(index);
        return;
      }
      if (ends_search(element, *frame_.open[index].element)) break;
    }
    if (element.name == "p" && !look().is_gone) frame_.flow.gap(element.gap);
  }

  /// Whether the end tag of `wanted` closes nothing that stands around the open element `passed`.
  static bool ends_search(const HtmlElement& wanted, const HtmlElement& passed) noexcept {
    if ((wanted.traits & kTablePart) != 0) return passed.name == "table" || passed.name == "template";
    if (wanted.name == "li" && (passed.name == "ul" || passed.name == "ol")) return true;
    if ((wanted.traits & (kFormatting | kSpecial)) != 0) return (passed.traits & kScope) != 0;
    return (passed.traits & kSpecial) != 0;
  }

  /// Closes the element and those within. A formatting element with blocks in it goes alone, as those go on
  /// without it.
  void close(std::size_t index) {
    const auto first_inside = frame_.open.begin() + static_cast<std::ptrdiff_t>(index) + 1;
    const bool holds_blocks = std::any_of(first_inside, frame_.open.end(), [](const OpenElement& each) {
      return (each.element->traits & kSpecial) != 0;
    });
    if ((frame_.open[index].element->traits & kFormatting) == 0 || !holds_blocks) {
      while (frame_.open.size() > index) close_last();
      return;
    }
    frame_.flow.gap(frame_.open[index].gap);
    frame_.open.erase(first_inside - 1);
    path_.erase(path_.begin() + static_cast<std::ptrdiff_t>(frame_.path_begin + index));
    for (; index < frame_.open.size(); ++index) {
      auto& each = frame_.open[index];
      each.look =
          (index == 0 ? HtmlLook{} : frame_.open[index - 1].look).within(*each.element, each.appearance);
      each.gap = gap_around(*each.element, each.appearance, each.look);
      each.box.place_in(index == 0 ? frame_.base : frame_.open[index - 1].box);
    }
  }
  void close_last() {
    const auto gap = frame_.open.back().gap;
    frame_.open.pop_back();
    path_.pop_back();
    gap == TextGap::cell ? frame_.flow.end_cell() : frame_.flow.gap(gap);
  }

  /// Closes what the start tag of an element ends (§13.2.6.4.7 and following).
  void close_implied(const HtmlElement& element) {
    const auto name = element.name;
    if (frame_.below > 0) return;
    if (name == "li") {
      close_item({"li", "li"});
    } else if (name == "dd" || name == "dt") {
      close_item({"dd", "dt"});
    } else if (name == "td" || name == "th") {
      close_in_table({"td", "th"});
    } else if (name == "tr") {
      close_in_table({"tr"});
    } else if (name == "tbody" || name == "thead" || name == "tfoot") {
      close_in_table({"tbody", "thead", "tfoot", "tr"});
    } else if (name == "option" || name == "optgroup") {
      if (!frame_.open.empty() && frame_.open.back().element->name == "option") close_last();
    } else if (name == "a" || name == "button") {
      end_element(name);
    }
    if ((element.traits & kClosesP) == 0) return;
    for (auto index = frame_.open.size(); index-- > 0;) {
      if (frame_.open[index].element->name == "p") {
        close(index);
        return;
      }
      if ((frame_.open[index].element->traits & kScope) != 0) return;
    }
  }
  void close_item(std::array<std::string_view, 2> names) {
    for (auto index = frame_.open.size(); index-- > 0;) {
      const auto& open = *frame_.open[index].element;
      if (open.name == names[0] || open.name == names[1]) {
        close(index);
        return;
      }
      const bool is_passed = open.name == "address" || open.name == "div" || open.name == "p";
      if ((open.traits & kSpecial) != 0 && !is_passed) return;
    }
  }
  /// Parts of a table outside of one are no elements.
  bool is_in_table() const noexcept {
    return std::any_of(frame_.open.rbegin(), frame_.open.rend(), [](const OpenElement& open) {
      return open.element->name == "table" || open.element->name == "template";
    });
  }
  /// Closes the outermost of these within the innermost table.
  void close_in_table(std::initializer_list<std::string_view> names) {
    auto outermost = frame_.open.size();
    for (auto index = frame_.open.size(); index-- > 0;) {
      const auto& open = *frame_.open[index].element;
      if (open.name == "table" || open.name == "template") break;
      if (std::find(names.begin(), names.end(), open.name) != names.end()) outermost = index;
    }
    while (frame_.open.size() > outermost) close_last();
  }

  CssSheet& sheet_;
  Pass pass_;
  Frame frame_;
  Findings findings_;
  std::vector<StyledElement> path_;  ///< html, body, and the open elements of all frames.
  std::array<bool, kPageElements> has_page_element_{};
  bool has_elements_ = false;
  bool has_late_styles_ = false;
  std::optional<CssWindows> style_windows_;  ///< Where the style element counts whose text comes next.
  std::size_t work_ = 0;

  // Reused from element to element.
  CssDeclarations style_;
  CssCascade cascade_;
  StyledElement styled_;
  std::vector<CssSheet::Match> matches_;
};

void add_defects(const Page& page, const Findings& findings, const CssSheet& sheet,
                 std::vector<std::string>& defects) {
  if (findings.is_cut_tag)
    defects.emplace_back("an HTML tag of more than 10,000 attributes: the rest was not read");
  if (findings.is_too_deep) {
    defects.emplace_back("HTML elements nested more than 512 deep: the deepest were read as one level");
  }
  if (sheet.is_cut())
    defects.emplace_back("more CSS than 4 MiB, 50,000 rules or 20,000 URLs: the rest was not read");
  if (page.has_worked_enough()) {
    defects.emplace_back("the rules of the style elements take too long: not all elements have theirs");
  }
  if (findings.resources.is_cut()) {
    defects.emplace_back("more than 50,000 images and other resources in HTML: the rest was not read");
  }
  if (findings.is_cut_links) defects.emplace_back("more than 50,000 links in HTML: the rest was not read");
}

}  // namespace

HtmlReading read_html(std::string_view html, std::size_t max_text_octets) {
  CssSheet sheet;
  Page page{sheet, Page::Pass::first, max_text_octets};
  page.read(html);
  HtmlReading reading;
  auto& findings = page.findings();
  if (page.has_late_styles()) {
    Page again{sheet, Page::Pass::second, 0};
    again.read(html);
    findings.resources = std::move(again.findings().resources);
  }
  findings.resources.take_sheet(sheet);
  add_defects(page, findings, sheet, reading.defects);
  reading.is_text_cut = page.is_text_cut();
  reading.text = page.take_text();
  reading.base_url = std::move(findings.base_url);
  reading.resources = findings.resources.release();
  reading.links = std::move(findings.links);
  return reading;
}

}  // namespace mailspoor::index
