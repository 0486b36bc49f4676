#include "index/track/redirectors.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "deliver/base/base64.hpp"
#include "deliver/base/text.hpp"
#include "index/table_text.hpp"
#include "index/trace/domain.hpp"

namespace mailspoor::index {
namespace {

constexpr int kMaxJsonInJson = 3;

/// Parameters that hold a destination, the surest first: those of Yesware, Intercom, then of many.
constexpr std::array<std::string_view, 15> kParameters{"ytl",    "ob", "url",  "redirect",    "redirect_url",
                                                       "target", "to", "dest", "destination", "link",
                                                       "href",   "r",  "u",    "p",           "data"};
constexpr std::array<std::string_view, 6> kJsonNames{"url",    "href",        "link",
                                                     "target", "destination", "redirect"};

bool is_http(std::string_view text) {
  return base::starts_with_ignoring_case(text, "http://") ||
         base::starts_with_ignoring_case(text, "https://");
}

std::optional<Url> as_url(std::string_view text) { return is_http(text) ? parse_url(text) : std::nullopt; }

/// The octets of text that is nothing but base64 or base64url; empty for all else.
std::string from_any_base64(std::string_view text) {
  std::string digits{text};
  std::replace(digits.begin(), digits.end(), '-', '+');
  std::replace(digits.begin(), digits.end(), '_', '/');
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
  return digits.find_first_not_of(kDigits) == std::string::npos ? base::read_base64(digits) : std::string{};
}

/// Takes a JSON string, behind its opening quote. Escapes of characters that no URL needs are left as they
/// are.
std::string take_json_string(std::string_view& rest) {
  std::string text;
  while (!rest.empty() && rest.front() != '"') {
    if (rest.front() == '\\' && rest.size() > 1) {
      rest.remove_prefix(1);
      if (rest.starts_with("u00") && rest.size() >= 5) {
        text += undo_percent("%" + std::string{rest.substr(3, 2)});
        rest.remove_prefix(5);
        continue;
      }
    }
    text += rest.front();
    rest.remove_prefix(1);
  }
  if (!rest.empty()) rest.remove_prefix(1);
  return text;
}

/// The first URL in JSON: that of a member named for it, else any string. Only strings are looked at.
std::optional<Url> url_in_json(std::string_view json, int depth = 0) {
  std::string name;
  std::optional<Url> any;
  while (true) {
    const auto quote = json.find('"');
    if (quote == std::string_view::npos) return any;
    json.remove_prefix(quote + 1);
    auto text = take_json_string(json);
    if (json.starts_with(':')) {
      name = base::to_lower(text);
      continue;
    }
    if (auto url = as_url(text)) {
      if (std::find(kJsonNames.begin(), kJsonNames.end(), name) != kJsonNames.end()) return url;
      if (!any) any = std::move(url);
    } else if (text.starts_with('{') && depth < kMaxJsonInJson) {
      if (auto inner = url_in_json(text, depth + 1)) return inner;
    }
    name.clear();
  }
}

/// A value whose escapes are undone.
std::optional<Url> url_in(const std::string& value) {
  if (is_http(value)) return as_url(value);
  if (value.starts_with("aHR0c")) return as_url(from_any_base64(value));  // "http"
  if (value.starts_with("ey") || value.starts_with("W")) {                // "{" and "[" in base64
    const auto json = from_any_base64(value);
    if (json.starts_with("{\"") || json.starts_with('[')) return url_in_json(json);
  }
  return std::nullopt;
}

/// Postmark: `/3s/<host and path, escaped>/<token>/`, without a scheme.
std::optional<Url> postmark_target(const Url& click, const std::vector<std::string_view>& segments) {
  if (!is_in_domain(click.host, "pstmrk.it") || segments.size() < 3) return std::nullopt;
  const auto kind = segments[1];
  if (kind.size() < 2 || kind.size() > 3 || (kind[0] != '2' && kind[0] != '3')) return std::nullopt;
  const auto target = undo_percent(segments[2]);
  return parse_url(is_http(target) ? target : "https://" + target);
}

}  // namespace

std::optional<Url> redirect_target(const Url& click) {
  const auto segments = split(click.path, '/');
  if (auto url = postmark_target(click, segments)) return url;
  if (click.query) {
    for (const auto name : kParameters) {
      const auto value = query_value(*click.query, name);
      if (auto url = value ? url_in(*value) : std::nullopt) return url;
    }
  }
  for (const auto segment : segments) {
    if (auto url = url_in(undo_percent(segment))) return url;
  }
  return std::nullopt;
}

}  // namespace mailspoor::index
