#include "index/track/receipts.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "deliver/base/ascii.hpp"
#include "deliver/base/text.hpp"
#include "index/message/address_list.hpp"

namespace mailspoor::index {
namespace {

using base::equal_ignoring_case;

std::string without_blanks(std::string_view body) {
  std::string text;
  std::copy_if(body.begin(), body.end(), std::back_inserter(text), [](char c) { return !base::is_blank(c); });
  return text;
}

/// Behind the comment that begins the text (RFC 5322 §3.2.2).
std::string_view behind_comment(std::string_view text) {
  int depth = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '(') {
      ++depth;
    } else if (text[at] == ')' && --depth == 0) {
      return text.substr(at + 1);
    }
  }
  return {};
}

/// Every URI stands in angle brackets, comments between them (RFC 2369 §2).
bool holds_https_uri(std::string_view body) {
  while (!body.empty()) {
    if (body.front() == '(') {
      body = behind_comment(body);
      continue;
    }
    const auto end = body.front() == '<' ? body.find('>') : 0;
    if (end == std::string_view::npos) return false;
    if (base::starts_with_ignoring_case(body.substr(0, end), "<https://")) return true;
    body.remove_prefix(end + 1);
  }
  return false;
}

}  // namespace

std::optional<std::string> read_receipt(std::span<const HeaderField> fields) {
  constexpr std::array<std::string_view, 3> kNames{"Disposition-Notification-To", "Return-Receipt-To",
                                                   "X-Confirm-Reading-To"};
  for (const auto name : kNames) {
    for (const auto& field : fields) {
      if (!equal_ignoring_case(field.name, name)) continue;
      for (const auto& address : parse_address_list(field.body).addresses) {
        if (address.addr_spec.find('@') != std::string::npos) return address.addr_spec;
      }
    }
  }
  return std::nullopt;
}

bool is_one_click_unsubscribe(std::span<const HeaderField> fields) {
  bool has_uri = false;
  bool has_post = false;
  for (const auto& field : fields) {
    if (equal_ignoring_case(field.name, "List-Unsubscribe")) {
      has_uri = has_uri || holds_https_uri(without_blanks(field.body));
    } else if (equal_ignoring_case(field.name, "List-Unsubscribe-Post")) {
      has_post = has_post || equal_ignoring_case(without_blanks(field.body), "List-Unsubscribe=One-Click");
    }
  }
  return has_uri && has_post;
}

}  // namespace mailspoor::index
