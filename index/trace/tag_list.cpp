#include "index/trace/tag_list.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "deliver/base/ascii.hpp"
#include "deliver/base/base64.hpp"
#include "deliver/base/text.hpp"

namespace mailspoor::index {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::string_view trimmed(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool is_tag_name(std::string_view name) {
  return !name.empty() && base::is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [](char c) { return base::is_alphanumeric(c) || c == '_'; });
}

}  // namespace

TagList::TagList(std::string_view text) {
  while (!text.empty()) {
    const auto end = std::min(text.find(';'), text.size());
    const auto spec = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (trimmed(spec).empty()) continue;
    const auto equals = spec.find('=');
    const auto name = trimmed(spec.substr(0, equals));
    if (equals == std::string_view::npos || !is_tag_name(name) || find(name) != nullptr ||
        tags_.size() == kMaxTags) {
      is_well_formed_ = false;
      if (tags_.size() == kMaxTags) return;
      continue;
    }
    const auto raw = spec.substr(equals + 1);
    tags_.push_back({name, trimmed(raw), raw});
  }
}

const Tag* TagList::find(std::string_view name) const noexcept {
  const auto found =
      std::find_if(tags_.begin(), tags_.end(), [&](const Tag& tag) { return tag.name == name; });
  return found != tags_.end() ? &*found : nullptr;
}

std::optional<std::string> TagList::text(std::string_view name) const {
  const auto* tag = find(name);
  if (tag == nullptr) return std::nullopt;
  return without_blanks(tag->value);
}

std::string without_blanks(std::string_view text) {
  std::string kept;
  kept.reserve(text.size());
  for (const char c : text) {
    if (kBlanks.find(c) == std::string_view::npos) kept += c;
  }
  return kept;
}

std::vector<std::string> colon_separated(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(':'), text.size());
    auto part = base::to_lower(trimmed(text.substr(0, end)));
    if (!part.empty()) parts.push_back(std::move(part));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::int64_t> parse_time(std::string_view text) {
  constexpr std::uint64_t kLastSecond = 253'402'300'799;  // of the year 9999
  const auto number = parse_number(text);
  if (!number || *number > kLastSecond) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

std::optional<std::uint32_t> parse_arc_instance(std::string_view text) {
  constexpr std::uint64_t kMaxInstance = 50;
  const auto number = parse_number(text);
  if (!number || *number == 0 || *number > kMaxInstance) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

std::optional<std::string> decode_base64(std::string_view text) {
  const auto written = without_blanks(text);
  auto digits = std::string_view{written};
  if (digits.size() % 4 == 0 && digits.ends_with('=')) digits.remove_suffix(digits.ends_with("==") ? 2 : 1);
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (digits.size() % 4 == 1 || digits.find_first_not_of(kDigits) != std::string_view::npos)
    return std::nullopt;
  return base::read_base64(digits);
}

}  // namespace mailspoor::index
