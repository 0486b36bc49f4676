#include "index/message/header_section.hpp"

#include <cstring>

#include "deliver/base/ascii.hpp"
#include "deliver/base/text.hpp"

namespace mailspoor::index {
namespace {

using base::is_wsp;

bool is_ftext(char c) noexcept { return c > 32 && c < 127 && c != ':'; }

/// Where the line that starts at `at` ends, its line end included.
std::size_t line_end(std::string_view octets, std::size_t at) noexcept {
  const auto end = octets.find('\n', at);
  return end == std::string_view::npos ? octets.size() : end + 1;
}

std::string_view without_line_end(std::string_view line) noexcept {
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

}  // namespace

std::optional<HeaderField> take_header_field(std::string_view& rest) {
  std::size_t at = 0;
  while (at < rest.size() && is_ftext(rest[at])) ++at;
  const auto name = rest.substr(0, at);
  while (at < rest.size() && is_wsp(rest[at])) ++at;
  if (name.empty() || at == rest.size() || rest[at] != ':') return std::nullopt;
  const auto body_begin = at + 1;
  auto end = line_end(rest, body_begin);
  while (end < rest.size() && is_wsp(rest[end])) end = line_end(rest, end);
  const HeaderField field{name, without_line_end(rest.substr(body_begin, end - body_begin))};
  rest.remove_prefix(end);
  return field;
}

HeaderSection parse_header_section(std::string_view octets) {
  HeaderSection section;
  while (!octets.empty()) {
    if (const auto field = take_header_field(octets)) {
      if (section.fields.size() == kMaxHeaderFields) {
        section.is_cut = true;
        break;
      }
      section.fields.push_back(*field);
      continue;
    }
    const auto end = line_end(octets, 0);
    if (without_line_end(octets.substr(0, end)).empty()) break;
    section.has_stray_lines = true;
    octets.remove_prefix(end);
  }
  return section;
}

std::string unfold(std::string_view body) {
  std::string text;
  text.reserve(body.size());
  for (const char c : body) {
    if (c != '\r' && c != '\n') text += c;
  }
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string boundary_of(std::string_view body) {
  constexpr std::size_t kMaxOctets = 2'000;
  constexpr std::string_view kName = "boundary";
  const auto text = unfold(body.substr(0, kMaxOctets));
  auto at = base::to_lower(text).find(kName);
  if (at == std::string::npos || at == 0 || (!is_wsp(text[at - 1]) && text[at - 1] != ';')) return {};
  at = text.find_first_not_of(" \t", at + kName.size());
  if (at == std::string::npos || text[at] != '=') return {};
  at = text.find_first_not_of(" \t", at + 1);
  if (at == std::string::npos) return {};
  if (text[at] != '"') return text.substr(at, text.find_first_of("; \t", at) - at);
  const auto close = text.find('"', at + 1);
  return text.substr(at + 1, close == std::string::npos ? close : close - at - 1);
}

}  // namespace mailspoor::index
