#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "index/track/url.hpp"

namespace mailspoor::index {

/// A URL that the receiving side wrote into the message in place of the sender's: Safe Links, URL Defense,
/// the image proxies of Gmail and Yahoo ... (url_wrappers.tsv). Nothing is looked up.
struct Wrapping {
  std::string product;          ///< The one that rewrote it last.
  std::optional<Url> original;  ///< As far as it can be undone offline: what a nested wrapper hid.
  /// What the wrappers wrote themselves, the outermost first: the URL without what it wraps.
  struct Layer {
    std::string host;
    std::string text;
  };
  std::vector<Layer> layers;
};

/// URLs wrapped more often than this are left at that.
inline constexpr int kMaxWrappers = 8;

/// nullopt if nobody rewrote it.
std::optional<Wrapping> unwrap(const Url& url);

}  // namespace mailspoor::index
