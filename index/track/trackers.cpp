#include "index/track/trackers.hpp"

#include <fmt/format.h>

#include <iterator>
#include <optional>
#include <utility>

#include "deliver/base/text.hpp"
#include "index/table_text.hpp"
#include "index/track/trackers_tsv.hpp"

namespace mailspoor::index {
namespace {

std::optional<Tracker::Kind> kind_of(std::string_view word) {
  if (word == "open") return Tracker::Kind::open;
  if (word == "click") return Tracker::Kind::click;
  return word == "both" ? std::optional{Tracker::Kind::both} : std::nullopt;
}

std::optional<Tracker::Strength> strength_of(std::string_view word) {
  if (word == "strong") return Tracker::Strength::strong;
  if (word == "medium") return Tracker::Strength::medium;
  return word == "weak" ? std::optional{Tracker::Strength::weak} : std::nullopt;
}

/// What is wrong with a row, in words; empty if it can be read.
std::string_view read_row(const std::vector<std::string_view>& columns, Tracker& row) {
  if (columns.size() != 7) return "there are not 7 columns";
  const auto kind = kind_of(columns[1]);
  const auto strength = strength_of(columns[6]);
  if (columns[0].empty()) return "there is no vendor";
  if (!kind) return "the kind is none of open, click, both";
  if (!strength) return "the strength is none of strong, medium, weak";
  row = {std::string{columns[0]},
         *kind,
         std::string{columns[2]},
         std::string{columns[3]},
         std::string{columns[4]},
         std::string{columns[5]},
         *strength};
  return {};
}

constexpr std::string_view kColumns =
    "vendor, kind, host_pattern, path_pattern, example_shape, source, strength";

/// Whether the line that a table drops as its head is one, and no row that somebody would miss.
bool names_columns(std::string_view text) {
  for (const auto line : split(text, '\n')) {
    if (line.empty() || line == "\r" || line.starts_with('#')) continue;
    return line.starts_with("vendor\tkind\t");
  }
  return true;
}

/// Their patterns are not looked at: those of the table that is compiled in are right, as a test checks.
TrackerRows rows_of(std::string_view text) {
  TrackerRows table;
  std::size_t number = 0;
  for (const auto& columns : table_rows(text)) {
    ++number;
    Tracker row;
    const auto wrong = read_row(columns, row);
    if (wrong.empty()) {
      table.rows.push_back(std::move(row));
    } else {
      table.defects.push_back(fmt::format("row {} ({}): {}", number, base::printable(columns[0]), wrong));
    }
  }
  return table;
}

std::vector<Tracker> joined(std::vector<Tracker> first, std::vector<Tracker> second) {
  first.insert(first.end(), std::make_move_iterator(second.begin()), std::make_move_iterator(second.end()));
  return first;
}

std::vector<UrlPattern> patterns_of(const std::vector<Tracker>& rows) {
  std::vector<UrlPattern> patterns;
  for (const auto& row : rows) patterns.push_back({row.host_pattern, row.path_pattern});
  return patterns;
}

}  // namespace

TrackerRows read_tracker_rows(std::string_view text) {
  auto table = rows_of(text);
  if (!names_columns(text)) {
    table.defects.insert(
        table.defects.begin(),
        fmt::format("the first line is passed over: it should name the columns, {}", kColumns));
  }
  std::erase_if(table.rows, [&](const Tracker& row) {
    if (is_url_pattern({row.host_pattern, row.path_pattern})) return false;
    table.defects.push_back(fmt::format("{}: the patterns `{}` `{}` cannot be read",
                                        base::printable(row.vendor), base::printable(row.host_pattern),
                                        base::printable(row.path_pattern)));
    return true;
  });
  return table;
}

TrackerTable::TrackerTable(std::vector<Tracker> more)
    : own_{more.size()},
      rows_{joined(std::move(more), rows_of(kTrackersTsv).rows)},
      patterns_{patterns_of(rows_)} {}

const Tracker* TrackerTable::first(const Url& url, Tracker::Kind kind) const {
  for (const auto number : patterns_.matches(url)) {
    const auto& row = rows_[number];
    if (row.kind == kind || row.kind == Tracker::Kind::both) return &row;
  }
  return nullptr;
}

const Tracker* TrackerTable::open_endpoint(const Url& url) const { return first(url, Tracker::Kind::open); }
const Tracker* TrackerTable::click_endpoint(const Url& url) const { return first(url, Tracker::Kind::click); }

const TrackerTable& built_in_trackers() {
  static const TrackerTable table;
  return table;
}

}  // namespace mailspoor::index
