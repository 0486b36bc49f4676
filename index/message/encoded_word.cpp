#include "index/message/encoded_word.hpp"

#include <glib.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "deliver/base/ascii.hpp"
#include "deliver/base/base64.hpp"
#include "deliver/base/text.hpp"
#include "index/message/charset.hpp"

namespace mailspoor::index {
namespace {

using base::hex_value;

/// RFC 2047 §2 allows 75; some programs write a whole subject as one word. A bound keeps a hostile field
/// linear.
constexpr std::size_t kMaxEncodedWord = std::size_t{8} * 1024;

struct EncodedWord {
  std::string_view charset;
  std::string octets;
};

/// The Q encoding (RFC 2047 §4.2); an `=` without two digits stays.
std::string decode_q(std::string_view text) {
  std::string octets;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool has_digits = text[at] == '=' && at + 2 < text.size() && hex_value(text[at + 1]) >= 0 &&
                            hex_value(text[at + 2]) >= 0;
    if (has_digits) {
      octets += static_cast<char>(hex_value(text[at + 1]) * 16 + hex_value(text[at + 2]));
      at += 2;
    } else {
      octets += text[at] == '_' ? ' ' : text[at];
    }
  }
  return octets;
}

/// Takes an encoded word off the front of `rest`; nullopt, and `rest` untouched, if none begins there.
std::optional<EncodedWord> take_encoded_word(std::string_view& rest) {
  if (rest.substr(0, 2) != "=?") return std::nullopt;
  const auto front = rest.substr(0, kMaxEncodedWord);
  const auto charset_end = front.find('?', 2);
  if (charset_end == std::string_view::npos || charset_end + 2 >= front.size() ||
      front[charset_end + 2] != '?')
    return std::nullopt;
  const auto text_begin = charset_end + 3;
  const auto text_end = front.find("?=", text_begin);
  if (text_end == std::string_view::npos) return std::nullopt;
  const auto charset = front.substr(2, charset_end - 2);
  if (charset.find_first_of(" \t") != std::string_view::npos) return std::nullopt;
  const char encoding = base::to_lower(front[charset_end + 1]);
  if (encoding != 'b' && encoding != 'q') return std::nullopt;
  const auto text = front.substr(text_begin, text_end - text_begin);
  EncodedWord word{charset.substr(0, charset.find('*')),
                   encoding == 'b' ? base::read_base64(text) : decode_q(text)};
  rest.remove_prefix(text_end + 2);
  return word;
}

/// Takes encoded words that follow each other; empty if there are none.
std::vector<EncodedWord> take_run(std::string_view& rest) {
  std::vector<EncodedWord> run;
  auto look = rest;
  while (auto word = take_encoded_word(look)) {
    run.push_back(std::move(*word));
    rest = look;
    look.remove_prefix(std::min(look.find_first_not_of(" \t"), look.size()));
  }
  return run;
}

std::string decode_run(const std::vector<EncodedWord>& run) {
  std::string utf8;
  for (std::size_t at = 0; at < run.size();) {
    const auto charset = run[at].charset;
    std::string octets;
    for (; at < run.size() && base::equal_ignoring_case(run[at].charset, charset); ++at)
      octets += run[at].octets;
    utf8 += decode_charset(octets, charset).utf8;
  }
  return utf8;
}

/// Gives the pieces of a field body in order: plain octets, and runs of encoded words.
template <typename TakePlain, typename TakeRun>
void split(std::string_view rest, TakePlain take_plain, TakeRun take) {
  auto plain = rest;
  while (!rest.empty()) {
    const auto at = rest.find("=?");
    if (at == std::string_view::npos) break;
    rest.remove_prefix(at);
    const auto before = plain.substr(0, plain.size() - rest.size());
    if (const auto run = take_run(rest); !run.empty()) {
      take_plain(before);
      take(run);
      plain = rest;
    } else {
      rest.remove_prefix(2);
    }
  }
  take_plain(plain);
}

struct GFree {
  void operator()(char* text) const noexcept { g_free(text); }
};

}  // namespace

std::string decode_encoded_words(std::string_view unfolded) {
  std::string utf8;
  split(
      unfolded, [&](std::string_view plain) { utf8 += decode_charset(plain, "").utf8; },
      [&](const std::vector<EncodedWord>& run) { utf8 += decode_run(run); });
  return utf8;
}

std::string with_joined_encoded_words(std::string_view unfolded) {
  std::string joined;
  split(
      unfolded, [&](std::string_view plain) { joined += plain; },
      [&](const std::vector<EncodedWord>& run) {
        const auto utf8 = decode_run(run);
        const std::unique_ptr<char, GFree> encoded{
            g_base64_encode(reinterpret_cast<const guchar*>(utf8.data()), utf8.size())};
        joined += std::string{"=?utf-8?B?"} + encoded.get() + "?=";
      });
  return joined;
}

}  // namespace mailspoor::index
