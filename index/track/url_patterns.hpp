#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "index/track/pattern_set.hpp"
#include "index/track/url.hpp"

namespace mailspoor::index {

/// Where URLs may lead, as trackers.tsv and url_wrappers.tsv say it.
///
/// `host`: without a wildcard the host and all below it. `?` one character, `*` any run, `[0-9]` a class,
/// none of them across a dot; `**` any run with dots. It must match the whole host or a tail that begins at a
/// label. `*` alone, or nothing, is any host.
/// `path`: a pattern of PatternSet that must match path and query from their start; empty for any.
struct UrlPattern {
  std::string_view host;
  std::string_view path;
};

/// Whether both can be read.
bool is_url_pattern(const UrlPattern& pattern);

/// Finds the patterns that a URL matches, in time that does not depend on how many there are: hosts are read
/// from their end, as a suffix trie would.
class UrlPatterns {
 public:
  explicit UrlPatterns(std::span<const UrlPattern> patterns);

  /// Places of those that match: first those that name the host, then those of any host, each in their order.
  std::vector<std::size_t> matches(const Url& url) const;

 private:
  struct Place {
    std::size_t pattern;
    std::int64_t path;  ///< Number in `paths_`; -1 for any path.
  };
  std::vector<std::vector<Place>> by_host_;        ///< By number in `hosts_`.
  std::vector<std::vector<std::size_t>> by_path_;  ///< Those of any host, by number in `paths_`.
  std::vector<std::size_t> everywhere_;            ///< Any host, any path: nobody means that, but a user may.
  PatternSet hosts_;
  PatternSet paths_;
};

}  // namespace mailspoor::index
