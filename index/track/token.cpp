#include "index/track/token.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "deliver/base/ascii.hpp"
#include "deliver/base/text.hpp"
#include "index/table_text.hpp"

namespace mailspoor::index {
namespace {

constexpr std::size_t kMaxParameters = 100;

struct Parameter {
  std::string_view name;
  std::string_view value;
};

Parameter parameter_of(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return {{}, text};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

bool is_of_all_copies(std::string_view name) {
  constexpr std::array<std::string_view, 22> kNames{
      "v",    "ver",   "version", "rev", "family", "display", "subset", "kit", "skey",    "w",    "h",
      "size", "width", "height",  "q",   "fit",    "format",  "fm",     "dpr", "quality", "auto", "crop"};
  return std::any_of(kNames.begin(), kNames.end(),
                     [&](std::string_view known) { return base::equal_ignoring_case(name, known); });
}

struct Signs {
  std::size_t letters = 0;
  std::size_t digits = 0;
};

/// Of the longest run of letters and digits, and of what parts the groups of a UUID.
Signs signs_of(std::string_view text) {
  Signs longest;
  Signs run;
  for (const char c : text) {
    if (base::is_digit(c)) {
      ++run.digits;
    } else if (base::is_letter(c)) {
      ++run.letters;
    } else if (c != '-' && c != '_') {
      run = {};
    }
    if (run.letters + run.digits > longest.letters + longest.digits) longest = run;
  }
  return longest;
}

/// The last segment of a path.
std::string_view file_of(const Url& url) {
  return std::string_view{url.path}.substr(url.path.rfind('/') + 1);
}

bool is_token(std::string_view value) {
  constexpr std::size_t kLeastDigits = 6;
  constexpr std::size_t kLeastMixed = 8;
  const auto [letters, digits] = signs_of(value);
  if (letters == 0) return digits >= kLeastDigits;
  constexpr std::size_t kLeastLetters = 24;  // base64 without any digit
  return (digits > 0 && letters + digits >= kLeastMixed) || letters >= kLeastLetters;
}

}  // namespace

bool has_identifier(std::string_view query) {
  auto parameters = split(query, '&');
  if (parameters.size() > kMaxParameters) parameters.resize(kMaxParameters);
  return std::any_of(parameters.begin(), parameters.end(), [](std::string_view text) {
    const auto [name, value] = parameter_of(text);
    return !is_of_all_copies(name) && is_token(value);
  });
}

bool is_static_file(const Url& url) {
  for (const auto text : url.query ? split(*url.query, '&') : std::vector<std::string_view>{}) {
    const auto [name, value] = parameter_of(text);
    if (!value.empty() && !is_of_all_copies(name)) return false;
  }
  auto file = file_of(url);
  file = file.substr(0, file.rfind('.'));
  constexpr std::size_t kLeastNamed = 12;  // `spacer600x1` and `p1x1-2024` name a picture
  return file.size() < kLeastNamed || !is_token(file);
}

bool is_counter_by_name(const Url& url) {
  constexpr std::array<std::string_view, 4> kWords{"track", "beacon", "counter", "webbug"};
  const auto file = base::to_lower(file_of(url));
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return file.find(word) != std::string::npos; });
}

}  // namespace mailspoor::index
