#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "index/track/html_reader.hpp"
#include "index/track/html_tokenizer.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace {

using namespace mailspoor::index;

/// U+FFFD for a NUL makes three octets of one; no character reference grows more.
constexpr std::size_t kMostGrowth = 3;

void check_tokens(std::string_view html) {
  HtmlTokenizer tokenizer{html};
  std::size_t end = 0;
  while (const auto* token = tokenizer.next()) {
    require(token->offset >= end && token->offset < token->end && token->end <= html.size());
    end = token->end;
    std::size_t size = token->name.size() + token->text.size();
    for (const auto& [name, value] : token->attributes) {
      require(!name.empty());
      size += name.size() + value.size();
    }
    require(size <= kMostGrowth * (token->end - token->offset));
    require(token->attributes.size() <= kMaxHtmlAttributes);
    require(token->attributes.empty() || token->kind == HtmlTokenKind::start_tag);
  }
}

void check_text(std::string_view html) {
  constexpr std::size_t kShort = 40;
  const auto whole = read_html(html, kMostGrowth * html.size());
  require(!whole.is_text_cut);
  require(whole.text.find('\0') == std::string::npos && whole.text.find("\n\n\n") == std::string::npos);
  require(!whole.text.starts_with('\n') && !whole.text.ends_with('\n'));
  const auto part = read_html(html, kShort);
  require(part.is_text_cut == (whole.text.size() > kShort));
  require(part.text.size() <= kShort && whole.text.starts_with(part.text));
}

void check_resources(std::string_view html) {
  const auto reading = read_html(html, 0);
  std::size_t octets = 0;
  for (const auto& each : reading.resources) {
    require(!each.url.empty() && !each.element.empty());
    require(each.is_background == (each.kind == ResourceKind::background));
    octets += each.url.size();
  }
  for (const auto& each : reading.links) octets += each.url.size();
  // A URL of one attribute can be read once as it stands and once as CSS.
  require(octets + reading.base_url.size() <= 2 * kMostGrowth * html.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view html{reinterpret_cast<const char*>(data), size};
  check_tokens(html);
  check_text(html);
  check_resources(html);
  return 0;
}
