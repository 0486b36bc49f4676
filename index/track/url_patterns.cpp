#include "index/track/url_patterns.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace mailspoor::index {
namespace {

bool is_any_host(std::string_view pattern) { return pattern.empty() || pattern == "*"; }

/// The pattern as one of PatternSet, for hosts that are read from their end; nullopt where it is none.
std::optional<std::string> backwards(std::string_view pattern) {
  std::vector<std::string> parts;
  while (!pattern.empty()) {
    const char sign = pattern.front();
    std::size_t taken = 1;
    if (pattern.starts_with("**")) {
      parts.emplace_back(".*");
      taken = 2;
    } else if (sign == '*') {
      parts.emplace_back("[^.]*");
    } else if (sign == '?') {
      parts.emplace_back("[^.]");
    } else if (sign == '[') {
      taken = pattern.find(']');
      if (taken == std::string_view::npos) return std::nullopt;
      parts.emplace_back(pattern.substr(0, ++taken));
    } else if (sign == '-' || sign == '_' || (sign >= '0' && sign <= '9') || (sign >= 'a' && sign <= 'z')) {
      parts.emplace_back(1, sign);
    } else if (sign == '.') {
      parts.emplace_back("\\.");
    } else {
      return std::nullopt;
    }
    pattern.remove_prefix(taken);
  }
  std::string text;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) text += *part;
  return text + "(\\.|$)";
}

/// Each text once, and where it stands.
class Numbered {
 public:
  std::size_t number_of(const std::string& text) {
    return numbers_.emplace(text, numbers_.size()).first->second;
  }
  std::size_t size() const { return numbers_.size(); }
  PatternSet patterns() const {
    std::vector<std::string_view> texts(numbers_.size());
    for (const auto& [text, number] : numbers_) texts[number] = text;
    return PatternSet{texts};
  }

 private:
  std::map<std::string, std::size_t> numbers_;
};

}  // namespace

bool is_url_pattern(const UrlPattern& pattern) {
  if (!PatternSet::is_pattern(pattern.path)) return false;
  if (is_any_host(pattern.host)) return true;
  const auto host = backwards(pattern.host);
  return host && PatternSet::is_pattern(*host);
}

UrlPatterns::UrlPatterns(std::span<const UrlPattern> patterns) : hosts_{{}}, paths_{{}} {
  Numbered hosts;
  Numbered paths;
  for (std::size_t at = 0; at < patterns.size(); ++at) {
    const auto& [host, path] = patterns[at];
    const auto backwards_host = is_any_host(host) ? std::optional{std::string{}} : backwards(host);
    if (!backwards_host) continue;
    const auto path_number =
        path.empty() ? -1 : static_cast<std::int64_t>(paths.number_of(std::string{path}));
    by_path_.resize(paths.size());
    if (!is_any_host(host)) {
      const auto host_number = hosts.number_of(*backwards_host);
      by_host_.resize(hosts.size());
      by_host_[host_number].push_back({at, path_number});
    } else if (path_number < 0) {
      everywhere_.push_back(at);
    } else {
      by_path_[static_cast<std::size_t>(path_number)].push_back(at);
    }
  }
  hosts_ = hosts.patterns();
  paths_ = paths.patterns();
}

std::vector<std::size_t> UrlPatterns::matches(const Url& url) const {
  const auto path_numbers = paths_.matches(path_and_query(url));
  std::vector<std::size_t> found;
  for (const auto host : hosts_.matches(std::string{url.host.rbegin(), url.host.rend()})) {
    for (const auto& [pattern, path] : by_host_[host]) {
      if (path < 0 ||
          std::binary_search(path_numbers.begin(), path_numbers.end(), static_cast<std::uint32_t>(path)))
        found.push_back(pattern);
    }
  }
  std::sort(found.begin(), found.end());
  const auto named = static_cast<std::ptrdiff_t>(found.size());
  found.insert(found.end(), everywhere_.begin(), everywhere_.end());
  for (const auto path : path_numbers)
    found.insert(found.end(), by_path_[path].begin(), by_path_[path].end());
  std::sort(found.begin() + named, found.end());
  return found;
}

}  // namespace mailspoor::index
