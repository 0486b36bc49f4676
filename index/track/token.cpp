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

/// How often a letter stands behind a digit, or a digit behind a letter: in `spacer600x1` thrice, in the
/// number of a recipient nearly always more often.
std::size_t turns_of(std::string_view text) {
  std::size_t turns = 0;
  for (std::size_t at = 1; at < text.size(); ++at) {
    const bool is_turn = base::is_digit(text[at]) ? base::is_letter(text[at - 1])
                                                  : base::is_letter(text[at]) && base::is_digit(text[at - 1]);
    if (is_turn) ++turns;
  }
  return turns;
}

/// Names of a season or a product are no such thing: `spring-2024`, `win11_x64`.
bool is_in_turns(std::string_view text) {
  constexpr std::size_t kLeastTurns = 5;
  return turns_of(text) >= kLeastTurns;
}

bool is_number(std::string_view text) { return std::all_of(text.begin(), text.end(), base::is_digit); }

/// A Unix time, in seconds or milliseconds, by which a cache is passed.
bool is_moment(std::string_view name, std::string_view value) {
  constexpr std::array<std::string_view, 6> kNames{"t", "ts", "time", "timestamp", "_", "cb"};
  return (value.size() == 10 || value.size() == 13) && value.front() == '1' && is_number(value) &&
         std::any_of(kNames.begin(), kNames.end(),
                     [&](std::string_view known) { return base::equal_ignoring_case(name, known); });
}

bool is_token(std::string_view value) {
  constexpr std::size_t kLeastDigits = 6;
  constexpr std::size_t kLeastMixed = 8;
  const auto [letters, digits] = signs_of(value);
  if (letters == 0) return digits >= kLeastDigits;
  constexpr std::size_t kLeastLetters = 24;  // base64 without any digit
  return (digits > 0 && letters + digits >= kLeastMixed) || letters >= kLeastLetters;
}

/// Stricter, for parts of an address that are long numbers in many senders' pictures.
bool is_sure_token(std::string_view text) {
  constexpr std::size_t kLeastDigits = 10;  // `20240305` is a day
  return is_token(text) && (is_in_turns(text) || (is_number(text) && text.size() >= kLeastDigits));
}

}  // namespace

bool has_identifier(std::string_view query) {
  auto parameters = split(query, '&');
  if (parameters.size() > kMaxParameters) parameters.resize(kMaxParameters);
  return std::any_of(parameters.begin(), parameters.end(), [](std::string_view text) {
    const auto [name, value] = parameter_of(text);
    return !is_of_all_copies(name) && !is_moment(name, value) && is_token(value);
  });
}

bool is_static_file(const Url& url) {
  for (const auto text : url.query ? split(*url.query, '&') : std::vector<std::string_view>{}) {
    const auto [name, value] = parameter_of(text);
    constexpr std::size_t kLeastDigest = 12;
    const bool is_version =
        is_of_all_copies(name) && (value.size() < kLeastDigest || !is_token(value) || !is_in_turns(value));
    if (!value.empty() && !is_version) return false;
  }
  auto file = file_of(url);
  file = file.substr(0, file.rfind('.'));
  constexpr std::size_t kLeastNamed = 12;  // `spacer600x1` and `p1x1-2024` name a picture
  return !is_token(file) || (file.size() < kLeastNamed && !is_in_turns(file));
}

std::vector<std::string_view> folder_tokens(const Url& url) {
  auto folders = split(std::string_view{url.path}.substr(0, url.path.rfind('/')), '/');
  folders.erase(std::remove_if(folders.begin(), folders.end(),
                               [](std::string_view folder) { return !is_sure_token(folder); }),
                folders.end());
  return folders;
}

bool is_token_at_end(const Url& url) {
  const auto file = file_of(url);
  return file.find('.') == std::string_view::npos && is_sure_token(file);
}

bool has_host_token(const Url& url) {
  const auto labels = split(url.host, '.');
  return !url.host.starts_with('[') && std::any_of(labels.begin(), labels.end(), is_sure_token);
}

bool is_counter_by_name(const Url& url) {
  constexpr std::array<std::string_view, 4> kWords{"track", "beacon", "counter", "webbug"};
  const auto file = base::to_lower(file_of(url));
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return file.find(word) != std::string::npos; });
}

}  // namespace mailspoor::index
