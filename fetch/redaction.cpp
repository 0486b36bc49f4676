#include "fetch/redaction.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "deliver/base/text.hpp"

namespace mailspoor::fetch {
namespace {

constexpr std::size_t kLeastOctets = 4;

Secret quoted(std::string_view text) {
  std::string result;
  result.reserve(2 * text.size());  // else growing leaves pieces of it behind
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return Secret{std::move(result)};
}

}  // namespace

void Redaction::add(std::string_view secret) {
  if (secret.size() < kLeastOctets) return;
  Secret in_quotes = quoted(secret);
  if (in_quotes.reveal() != secret) secrets_.push_back(std::move(in_quotes));
  secrets_.emplace_back(std::string{secret});
  std::stable_sort(secrets_.begin(), secrets_.end(), [](const Secret& left, const Secret& right) {
    return left.reveal().size() > right.reveal().size();
  });
}

std::string Redaction::hidden(std::string_view text) const {
  std::string result{text};
  for (const Secret& secret : secrets_) {
    const auto& octets = secret.reveal();
    const auto find = [&](std::size_t from) {
      return std::search(result.begin() + static_cast<std::ptrdiff_t>(from), result.end(), octets.begin(),
                         octets.end(),
                         [](char left, char right) { return base::to_lower(left) == base::to_lower(right); });
    };
    for (auto at = find(0); at != result.end();) {
      const auto offset = static_cast<std::size_t>(at - result.begin());
      result.replace(offset, octets.size(), "?");
      at = find(offset + 1);
    }
  }
  return result;
}

}  // namespace mailspoor::fetch
