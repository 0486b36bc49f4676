#include "index/trace/dkim_canonical.hpp"

#include "deliver/base/ascii.hpp"
#include "deliver/base/text.hpp"

namespace mailspoor::index {
namespace {

using base::is_wsp;

std::string simple_field(std::string_view raw_field) {
  std::string text;
  text.reserve(raw_field.size() + 2);
  for (const char c : raw_field) {
    if (c == '\n' && (text.empty() || text.back() != '\r')) text += '\r';
    text += c;
  }
  return text += "\r\n";
}

std::string relaxed_field(std::string_view raw_field) {
  const auto colon = raw_field.find(':');
  auto name = raw_field.substr(0, colon);
  while (!name.empty() && is_wsp(name.back())) name.remove_suffix(1);
  auto text = base::to_lower(name) + ':';
  const auto body = colon == std::string_view::npos ? std::string_view{} : raw_field.substr(colon + 1);
  bool has_blank = false;
  bool is_at_begin = true;
  for (std::size_t at = 0; at < body.size(); ++at) {
    if (body[at] == '\n' || (body[at] == '\r' && at + 1 < body.size() && body[at + 1] == '\n')) continue;
    if (is_wsp(body[at])) {
      has_blank = true;
      continue;
    }
    if (has_blank && !is_at_begin) text += ' ';
    has_blank = is_at_begin = false;
    text += body[at];
  }
  return text += "\r\n";
}

}  // namespace

std::string canonical_header_field(std::string_view raw_field, Canonicalization canonicalization) {
  return canonicalization == Canonicalization::relaxed ? relaxed_field(raw_field) : simple_field(raw_field);
}

}  // namespace mailspoor::index
