#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "index/track/css_box.hpp"
#include "index/track/css_declarations.hpp"
#include "index/track/css_sheet.hpp"
#include "index/track/css_tokenizer.hpp"
#include "index/track/html_resources.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace {

using namespace mailspoor::index;

/// U+FFFD for a NUL makes three octets of one; no escape grows more.
constexpr std::size_t kMostGrowth = 3;

void check_tokens(std::string_view css) {
  CssTokenizer tokenizer{css};
  std::size_t tokens = 0;
  while (true) {
    const auto& token = tokenizer.next();
    if (token.kind == CssTokenKind::end) break;
    require(++tokens <= css.size());
    require(token.text.size() <= kMostGrowth * css.size());
    require(std::isfinite(token.number));
  }
  require(tokenizer.next().kind == CssTokenKind::end);
}

void check_declarations(std::string_view css) {
  CssDeclarations style;
  read_style_attribute(css, style);
  require(style.list.size() <= css.size() && style.urls.size() <= css.size());
  std::size_t octets = 0;
  for (const auto& each : style.urls) octets += each.url.size();
  require(octets <= kMostGrowth * css.size());
  CssCascade cascade;
  cascade.add(style.list, kAllWindows, CssCascade::kOwnStyle, false);
  const auto box = cascade.box({}, kAllWindows);
  require(box.size.width.value_or(0) >= 0 && box.size.height.value_or(0) >= 0);
  require((box.gone == 0 || box.gone == kAllWindows) && box.font_size >= 0);
}

void check_sheet(std::string_view css) {
  CssSheet sheet;
  sheet.add(css, kAllWindows);
  require(sheet.size() <= css.size() && sheet.urls().size() <= css.size());
  const std::vector<StyledElement> ancestors{{"html", "", ""}, {"body", "", "a"}, {"div", "b", "a b"}};
  const StyledElement element{"img", "a", "b c"};
  std::vector<CssSheet::Match> found;
  std::size_t work = 100'000;
  sheet.find(element, ancestors, work, found);
  CssCascade cascade;
  HtmlResources resources;
  for (const auto& match : found) {
    require(match.first_url <= match.end_url && match.end_url <= sheet.urls().size() && match.windows != 0);
    cascade.add(match.declarations, match.windows, match.priority, match.is_general);
  }
  const auto box = cascade.box({}, kAllWindows);
  for (const auto& match : found) resources.draw(match.first_url, match.end_url, box, kAllWindows);
  resources.take_sheet(sheet);
  require(resources.release().size() <= sheet.urls().size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view css{reinterpret_cast<const char*>(data), size};
  check_tokens(css);
  check_declarations(css);
  check_sheet(css);
  require(windows_of_media(css) <= kAllWindows);
  for (const auto url : srcset_urls(css)) require(!url.empty() || css.find(',') != std::string_view::npos);
  return 0;
}
