// Compares the one pass over tokens with the tree that gumbo builds, on real mail: the same resources, drawn
// as large and as hidden, where the same attributes and the same CSS are applied to each element of the tree.
// Conditional comments are made ordinary ones first: a tree has no place for what they hold.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "deliver/base/text.hpp"
#include "index/track/html_reader.hpp"
#include "index/track/html_resources.hpp"
#include "tests/index/gumbo_tree.hpp"

namespace mailspoor::index {
namespace {

constexpr std::size_t kUnlimited = 1'000'000'000;

std::string line_of(const HtmlResource& resource) {
  const auto number = [](const std::optional<double>& side) {
    return side ? std::to_string(*side) : std::string{"?"};
  };
  return std::to_string(static_cast<int>(resource.kind)) + ' ' + resource.element + ' ' + resource.url + ' ' +
         number(resource.width) + 'x' + number(resource.height) + (resource.is_hidden ? " hidden" : "");
}

std::vector<std::string> sorted_lines(const std::vector<HtmlResource>& resources) {
  std::vector<std::string> lines;
  for (const auto& each : resources) lines.push_back(line_of(each));
  std::sort(lines.begin(), lines.end());
  return lines;
}

/// Applies attributes and CSS to the elements of a tree.
class TreeReader {
 public:
  std::vector<std::string> read(const GumboOutput& tree) {
    add_styles(*tree.document);
    visit(*tree.document, {}, HtmlRole::none);
    resources_.take_sheet(sheet_);
    return sorted_lines(resources_.release());
  }

 private:
  struct Tag {
    std::string name;
    std::vector<std::string> names;
    std::vector<HtmlAttribute> attributes;
    HtmlToken token;
  };

  static Tag tag_of(const GumboElement& element) {
    Tag tag;
    const auto& held = element.attributes;
    tag.name = base::to_lower(element_name(element));
    for (unsigned index = 0; index < held.length; ++index) {
      const auto& attribute = *static_cast<const GumboAttribute*>(held.data[index]);
      const bool is_xlink = attribute.attr_namespace == GUMBO_ATTR_NAMESPACE_XLINK;
      tag.names.push_back((is_xlink ? "xlink:" : "") + base::to_lower(attribute.name));
    }
    for (unsigned index = 0; index < held.length; ++index) {
      const auto& attribute = *static_cast<const GumboAttribute*>(held.data[index]);
      tag.attributes.push_back({tag.names[index], attribute.value});
    }
    tag.token.kind = HtmlTokenKind::start_tag;
    tag.token.is_foreign = element.tag_namespace != GUMBO_NAMESPACE_HTML;
    return tag;
  }

  template <typename Visit>
  static void for_children(const GumboNode& node, Visit visit_child) {
    if (node.type != GUMBO_NODE_DOCUMENT && node.type != GUMBO_NODE_ELEMENT) return;
    const auto& children =
        node.type == GUMBO_NODE_DOCUMENT ? node.v.document.children : node.v.element.children;
    for (unsigned index = 0; index < children.length; ++index) {
      visit_child(*static_cast<const GumboNode*>(children.data[index]));
    }
  }

  void add_styles(const GumboNode& node) {
    for_children(node, [&](const GumboNode& child) {
      if (node.type == GUMBO_NODE_ELEMENT && node.v.element.tag == GUMBO_TAG_STYLE) {
        if (child.type == GUMBO_NODE_TEXT) add_style(node.v.element, child.v.text.text);
      } else {
        add_styles(child);
      }
    });
  }
  void add_style(const GumboElement& element, std::string_view text) {
    auto tag = tag_of(element);
    tag.token.attributes = tag.attributes;
    const auto type = tag.token.attribute("type").value_or("");
    const auto media = tag.token.attribute("media").value_or("");
    if (type.empty() || base::equal_ignoring_case(type, "text/css"))
      sheet_.add(text, windows_of_media(media));
  }

  void visit(const GumboNode& node, const CssBox& parent, HtmlRole parent_role) {
    if (node.type != GUMBO_NODE_ELEMENT) {
      for_children(node, [&](const GumboNode& child) { visit(child, parent, parent_role); });
      return;
    }
    constexpr auto kCopied =
        GUMBO_INSERTION_ADOPTION_AGENCY_CLONED | GUMBO_INSERTION_RECONSTRUCTED_FORMATTING_ELEMENT;
    auto tag = tag_of(node.v.element);
    tag.token.name = tag.name;
    tag.token.attributes = tag.attributes;
    const auto& element = html_element(tag.name);
    StyledElement styled{tag.name, std::string{tag.token.attribute("id").value_or("")},
                         std::string{tag.token.attribute("class").value_or("")}};
    for (const auto& [key, value] : tag.token.attributes) styled.attributes.emplace_back(key, value);
    CssDeclarations style;
    if (const auto own = tag.token.attribute("style")) read_style_attribute(*own, style);
    const auto box = box_of(tag.token, element, styled, style, parent);
    if ((node.parse_flags & kCopied) == 0) {
      resources_.take(tag.token, style, {element, tag.name, box, parent, parent_role, kAllWindows});
    }
    path_.push_back(std::move(styled));
    for_children(node, [&](const GumboNode& child) { visit(child, box, element.role); });
    path_.pop_back();
  }

  CssBox box_of(const HtmlToken& tag, const HtmlElement& element, const StyledElement& styled,
                const CssDeclarations& style, const CssBox& parent) {
    CssCascade cascade;
    cascade.begin(element.role == HtmlRole::image || element.role == HtmlRole::input);
    const auto hint = [&](CssProperty property, const char* name) {
      const auto attribute = tag.attribute(name);
      const auto value = attribute ? html_dimension(*attribute) : std::nullopt;
      if (value && (element.traits & kSized) != 0) cascade.hint(property, *value);
    };
    hint(CssProperty::width, "width");
    hint(CssProperty::height, "height");
    if (tag.attribute("hidden")) {
      cascade.hint(CssProperty::display, {CssKeyword::none, CssUnit::keyword, 0});
    }
    if (element.name == "svg") {
      cascade.hint(CssProperty::overflow, {CssKeyword::hidden, CssUnit::keyword, 0});
    }
    std::vector<CssSheet::Match> found;
    std::size_t work = kUnlimited;
    sheet_.find(styled, path_, work, found);
    for (const auto& match : found) {
      cascade.add(match.declarations, match.windows, match.priority, match.is_general);
    }
    cascade.add(style.list, kAllWindows, CssCascade::kOwnStyle, false);
    const auto box = cascade.box(parent, kAllWindows);
    for (const auto& match : found) resources_.draw(match.first_url, match.end_url, box, kAllWindows);
    return box;
  }

  CssSheet sheet_;
  HtmlResources resources_;
  std::vector<StyledElement> path_;
};

std::string without_conditions(std::string html) {
  constexpr std::string_view kBegin = "<!--[if";
  for (auto found = html.find(kBegin); found != std::string::npos; found = html.find(kBegin, found + 1)) {
    html[found + 4] = ' ';
    html[found + 5] = 'x';
  }
  return html;
}

std::vector<std::string> lines_of_gumbo(const std::string& html) {
  return TreeReader{}.read(*gumbo_tree(html));
}
std::vector<std::string> lines_of_ours(const std::string& html) {
  return sorted_lines(read_html(html, kUnlimited).resources);
}

class HtmlResourcesOracle : public testing::TestWithParam<const char*> {};
TEST_P(HtmlResourcesOracle, FindsTheSame) {
  const std::string html = GetParam();
  EXPECT_EQ(lines_of_ours(html), lines_of_gumbo(html));
}
INSTANTIATE_TEST_SUITE_P(
    Snippets, HtmlResourcesOracle,
    testing::Values(
        "<style>td .a>img{display:none}</style><table><tr><td><p class=a><img src=b><p><img src=c></table>",
        "<!DOCTYPE html><p style='display:none'>a<div><img src=b></div><p hidden><b><table><tr><td><img "
        "src=c>",
        "<div hidden><ul><li>a<li><img src=b></ul></div><img src=c>",
        "<div style='opacity:0'><span><img src=a></div><img src=b></span><img src=c>",
        "<table hidden><tr><td><img src=a></td></tr></table></td><img src=b>",
        "<style>body>div.x{visibility:hidden}</style><div class=x><i><img src=a></i></div><div><img src=b>",
        "<svg width=1 height=1><image href=a width=2 height=2 /></svg><img src=b>",
        "<a hidden><img src=a><a><img src=b></a>",
        "<picture><source srcset=a><img src=b width=1 height=1></picture>",
        "<style>.a{background:url(x)}.b{width:1px;height:1px}</style><table><tr class=a><td class='a "
        "b'></table>"));

TEST(HtmlResourcesOracleCorpus, FindsTheSameInRealMail) {
  std::size_t parts = 0;
  std::size_t resources = 0;
  std::vector<std::string> different;
  for_each_real_html([&](const std::string& name, const std::string& whole) {
    const auto html = without_conditions(whole);
    const auto gumbos = lines_of_gumbo(html);
    ++parts;
    resources += gumbos.size();
    if (lines_of_ours(html) != gumbos) different.push_back(name);
  });
  if (parts == 0) GTEST_SKIP() << "no real mail: set MAILSPOOR_CORPORA";
  // Of 4,166 real ones one differs: attributes of a second body.
  EXPECT_LE(different.size(), 1U) << testing::PrintToString(different);
  EXPECT_GT(resources, parts);
}

}  // namespace
}  // namespace mailspoor::index
