#include "fetch/oauth.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "deliver/base/text.hpp"

namespace mailspoor::fetch {
namespace {

constexpr std::size_t kMaxShown = 200;

std::string shown(std::string_view text) {
  return base::printable(text.substr(0, kMaxShown)) + (text.size() > kMaxShown ? "..." : "");
}

/// A `saslname` (RFC 5801 §4): what a comma would end.
std::string saslname(std::string_view user) {
  std::string name;
  for (const char c : user) {
    if (c == ',') {
      name += "=2C";
    } else if (c == '=') {
      name += "=3D";
    } else {
      name += c;
    }
  }
  return name;
}

}  // namespace

bool is_access_token(std::string_view token) noexcept {
  return !token.empty() &&
         std::all_of(token.begin(), token.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

Secret xoauth2_message(std::string_view user, const Secret& token) {
  return Secret{fmt::format("user={}\1auth=Bearer {}\1\1", user, token.reveal())};
}

Secret oauthbearer_message(std::string_view user, std::string_view host, std::uint16_t port,
                           const Secret& token) {
  return Secret{fmt::format("n,a={},\1host={}\1port={}\1auth=Bearer {}\1\1", saslname(user), host, port,
                            token.reveal())};
}

std::string oauth_error(std::string_view message) {
  const auto json = nlohmann::json::parse(message, nullptr, false);
  std::string text;
  if (json.is_object()) {
    for (const char* name : {"status", "error", "error_description", "schemes", "scope"}) {
      const auto member = json.find(name);
      if (member == json.end()) continue;
      const bool is_text = member->is_string();
      if (!is_text && !member->is_number()) continue;
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name,
                          shown(is_text ? member->get_ref<const std::string&>() : member->dump()));
    }
  }
  return text.empty() ? fmt::format("'{}'", shown(message)) : text;
}

}  // namespace mailspoor::fetch
