#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "index/track/url.hpp"
#include "index/track/url_patterns.hpp"

namespace mailspoor::index {

/// One row of trackers.tsv: where a sending platform counts who opens a message, or follows its links.
struct Tracker {
  enum class Kind : std::uint8_t {
    open,   ///< Fetched on display.
    click,  ///< A redirector behind a link.
    both,
  };
  enum class Strength : std::uint8_t {
    strong,  ///< Enough alone.
    medium,  ///< Enough for an image that is also small, hidden or without size.
    weak,    ///< A hint only.
  };
  std::string vendor;  ///< `(generic)` is the shape of many, and no vendor.
  Kind kind = Kind::both;
  std::string host_pattern;  ///< See UrlPattern.
  std::string path_pattern;
  std::string example_shape;  ///< In words.
  std::string sources;        ///< Who says so.
  Strength strength = Strength::strong;

  bool is_generic() const noexcept { return vendor == "(generic)"; }
};

/// The rows of a table like trackers.tsv, and what is wrong with those that cannot be read, in words.
struct TrackerRows {
  std::vector<Tracker> rows;
  std::vector<std::string> defects;
};
/// The first line names the columns; comments begin with `#`.
TrackerRows read_tracker_rows(std::string_view text);

/// The table that is compiled in, and what a user added to it.
class TrackerTable {
 public:
  /// @param more  Rows that go before ours.
  explicit TrackerTable(std::vector<Tracker> more = {});

  /// The row for a URL that is fetched on display, or followed; nullptr if there is none. One that names the
  /// host goes before those of any host; among equals the first.
  const Tracker* open_endpoint(const Url& url) const;
  const Tracker* click_endpoint(const Url& url) const;

  /// Those that go before ours.
  std::span<const Tracker> own_rows() const noexcept { return {rows_.data(), own_}; }

 private:
  const Tracker* first(const Url& url, Tracker::Kind kind) const;

  std::size_t own_;

  std::vector<Tracker> rows_;
  UrlPatterns patterns_;
};

/// Without rows of a user's.
const TrackerTable& built_in_trackers();

}  // namespace mailspoor::index
