#include "index/track/url_wrappers.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "deliver/base/base64.hpp"
#include "deliver/base/hex.hpp"
#include "deliver/base/text.hpp"
#include "index/table_text.hpp"
#include "index/track/url_patterns.hpp"
#include "index/track/url_wrappers_tsv.hpp"

namespace mailspoor::index {
namespace {

struct Wrapper {
  std::string_view product;
  UrlPattern pattern;
  std::vector<std::string_view> original_in;  ///< A word, and what belongs to it.
  std::string_view decode;
};

struct WrapperTable {
  std::vector<Wrapper> rows;
  UrlPatterns patterns;
};

WrapperTable read_table() {
  std::vector<Wrapper> rows;
  std::vector<UrlPattern> patterns;
  for (const auto& columns : table_rows(kUrlWrappersTsv)) {
    if (columns.size() != 7) continue;
    rows.push_back({columns[0], {columns[2], columns[3]}, split(columns[4], ' '), columns[5]});
    patterns.push_back(rows.back().pattern);
  }
  return {std::move(rows), UrlPatterns{patterns}};
}

const WrapperTable& wrapper_table() {
  static const auto table = read_table();
  return table;
}

std::string_view between(std::string_view text, std::string_view open, std::string_view close) {
  const auto begin = text.find(open);
  if (begin == std::string_view::npos) return {};
  const auto end = text.find(close, begin + open.size());
  if (end == std::string_view::npos) return {};
  return text.substr(begin + open.size(), end - begin - open.size());
}

/// The value of the first of the parameters that there is, its escapes kept.
std::string_view raw_value(std::string_view query, std::span<const std::string_view> names) {
  for (const auto name : names) {
    for (const auto parameter : split(query, '&')) {
      const auto equals = parameter.find('=');
      if (equals != std::string_view::npos && base::equal_ignoring_case(parameter.substr(0, equals), name))
        return parameter.substr(equals + 1);
    }
  }
  return {};
}

/// The characters that URL Defense v3 took out of a URL, in base64 behind it:
///
///     __ url __; base64url-characters !! key ! signature $
///
/// `*` stands for the next one, `**` and a letter or digit for a run of them: A is 2, B is 3 ...
std::string undo_url_defense_v3(std::string_view written, std::string_view behind) {
  constexpr std::string_view kRuns = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  auto digits = std::string{behind.substr(0, behind.find('!'))};
  std::replace(digits.begin(), digits.end(), '-', '+');
  std::replace(digits.begin(), digits.end(), '_', '/');
  const auto taken_out = base::read_base64(digits);
  std::string_view left{taken_out};
  const auto text = undo_percent(written);
  std::string original;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '*') {
      original += text[at];
      continue;
    }
    std::size_t run = 1;
    if (at + 2 < text.size() && text[at + 1] == '*') {
      const auto length = kRuns.find(text[at + 2]);
      if (length != std::string_view::npos) {
        run = length + 2;
        at += 2;
      }
    }
    for (; run > 0 && !left.empty(); --run) base::append_utf8(original, base::take_code_point(left));
  }
  return original;
}

std::string undo_url_defense_v2(std::string_view written) {
  std::string text{written};
  std::replace(text.begin(), text.end(), '-', '%');
  std::replace(text.begin(), text.end(), '_', '/');
  return undo_percent(text);
}

std::string undo_base64(std::string_view written) {
  auto digits = undo_percent(written);
  std::replace(digits.begin(), digits.end(), '-', '+');
  std::replace(digits.begin(), digits.end(), '_', '/');
  return base::read_base64(digits);
}

/// What a wrapper wraps: where it stands in the text of the URL, and what it says.
struct Wrapped {
  std::string_view written;
  std::string original;
};

Wrapped wrapped_in(const Url& url, const std::string& path_and_query, const Wrapper& wrapper) {
  const auto& place = wrapper.original_in;
  std::string_view written;
  if (place[0] == "query" && url.query) {
    written = raw_value(*url.query, std::span{place}.subspan(1));
  } else if (place[0] == "between" && place.size() == 3) {
    written = between(path_and_query, place[1], place[2]);
  } else if (place[0] == "last-segment") {
    written = std::string_view{url.path}.substr(url.path.rfind('/') + 1);
  } else if (place[0] == "fragment" && url.fragment) {
    written = *url.fragment;
  }
  if (written.empty()) return {};
  if (wrapper.decode == "proofpoint-v3") {
    const auto end = static_cast<std::size_t>(written.data() - path_and_query.data()) + written.size();
    return {written, undo_url_defense_v3(written, std::string_view{path_and_query}.substr(end + 3))};
  }
  if (wrapper.decode == "proofpoint-v2") return {written, undo_url_defense_v2(written)};
  if (wrapper.decode == "base64") return {written, undo_base64(written)};
  if (wrapper.decode == "hex") return {written, base::from_hex(written).value_or("")};
  // What was not escaped needs no undoing: its escapes are its own.
  const bool is_plain =
      base::starts_with_ignoring_case(written, "http:") || base::starts_with_ignoring_case(written, "https:");
  return {written, is_plain && wrapper.decode == "as-is" ? std::string{written} : undo_percent(written)};
}

std::string without(std::string text, std::string_view part) {
  const auto at = part.empty() ? std::string::npos : text.find(part);
  if (at != std::string::npos) text.replace(at, part.size(), " ");
  return text;
}

}  // namespace

std::optional<Wrapping> unwrap(const Url& url) {
  const auto& table = wrapper_table();
  std::optional<Wrapping> wrapping;
  auto current = url;
  for (int depth = 0; depth < kMaxWrappers; ++depth) {
    const auto rows = table.patterns.matches(current);
    if (rows.empty()) break;
    const auto& wrapper = table.rows[rows.front()];
    const auto text = path_and_query(current);
    const auto wrapped = wrapped_in(current, text, wrapper);
    auto original = parse_url(wrapped.original);
    if (!wrapping) wrapping.emplace().product = wrapper.product;
    wrapping->layers.push_back(
        {current.host, original ? without(to_text(current), wrapped.written) : to_text(current)});
    if (!original) break;
    current = *original;
    wrapping->original = std::move(original);
  }
  return wrapping;
}

}  // namespace mailspoor::index
