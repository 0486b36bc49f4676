#include "index/query/words.hpp"

#include <algorithm>
#include <vector>

#include "deliver/base/text.hpp"

namespace mailspoor::index {
namespace {

/// Letters of scripts written without blanks between words, by Unicode block (and so a little generously).
bool is_unspaced(char32_t c) noexcept {
  return (c >= 0x3040 && c <= 0x30FF) || (c >= 0x3105 && c <= 0x318F) || (c >= 0x31A0 && c <= 0x31FF) ||
         (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0xAC00 && c <= 0xD7A3) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFF66 && c <= 0xFF9D) || (c >= 0x20000 && c <= 0x3134F) ||
         c == 0x3005 || c == 0x3007;
}

void append_pairs(std::string& out, const std::vector<char32_t>& run, bool with_last) {
  if (!out.empty() && out.back() != ' ') out += ' ';
  for (std::size_t index = 0; index < run.size(); ++index) {
    const bool is_last = index + 1 == run.size();
    if (is_last && !with_last && run.size() > 1) break;
    base::append_utf8(out, run[index]);
    if (!is_last) base::append_utf8(out, run[index + 1]);
    out += ' ';
  }
}

/// @param with_last  Whether a run at the very end of the text ends there, or goes on in what is searched.
std::string with_pairs(std::string_view text, bool with_last) {
  std::string out;
  out.reserve(text.size() + 16);
  std::vector<char32_t> run;
  while (!text.empty()) {
    if (run.empty()) {
      const auto end =
          std::find_if(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) <= 0; });
      const auto ascii = static_cast<std::size_t>(end - text.begin());
      out += text.substr(0, ascii);
      text.remove_prefix(ascii);
      if (text.empty()) break;
    }
    const char32_t code_point = base::take_code_point(text);
    if (is_unspaced(code_point)) {
      run.push_back(code_point);
      continue;
    }
    if (!run.empty()) append_pairs(out, run, true);
    run.clear();
    base::append_utf8(out, code_point == 0 ? U' ' : code_point);
  }
  if (!run.empty()) append_pairs(out, run, with_last);
  return out;
}

/// Whether SQLite's unicode61 tokenizer finds a word in it: ASCII letters and digits, or anything beyond
/// ASCII that is a letter or number there. The last is left to FTS5, which gives no hit for a phrase without
/// words.
bool is_punctuation(char32_t c) noexcept {
  return (c >= 0x80 && c <= 0xBF && c != 0xAA && c != 0xB2 && c != 0xB3 && c != 0xB5 && c != 0xB9 &&
          c != 0xBA && c < 0xBC) ||
         c == 0xBF || c == 0xD7 || c == 0xF7 || (c >= 0x2000 && c <= 0x206F) ||
         (c >= 0x2190 && c <= 0x23FF) || (c >= 0x3001 && c <= 0x3003) || (c >= 0x3008 && c <= 0x3020);
}

bool has_word(std::string_view text) {
  while (!text.empty()) {
    const char32_t c = base::take_code_point(text);
    if ((c >= U'0' && c <= U'9') || (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z')) return true;
    if (c >= 0x80 && !is_punctuation(c)) return true;
  }
  return false;
}

bool is_single_unspaced(std::string_view typed) {
  const auto last = [&] {
    auto rest = typed;
    char32_t code_point = 0;
    char32_t before = 0;
    while (!rest.empty()) {
      before = code_point;
      code_point = base::take_code_point(rest);
    }
    return is_unspaced(code_point) && !is_unspaced(before);
  };
  return !typed.empty() && last();
}

}  // namespace

std::string indexable(std::string_view text) { return with_pairs(text, true); }

std::string match_phrase(std::string_view typed, bool is_prefix) {
  if (!has_word(typed)) return {};
  // One lone character of a run is the beginning of a pair, or the last one of its run: both begin with it.
  if (is_single_unspaced(typed)) is_prefix = true;
  std::string phrase = with_pairs(typed, false);
  while (!phrase.empty() && phrase.back() == ' ') phrase.pop_back();
  std::string quoted = "\"";
  for (const char c : phrase) {
    quoted += c;
    if (c == '"') quoted += '"';
  }
  quoted += '"';
  if (is_prefix) quoted += '*';
  return quoted;
}

}  // namespace mailspoor::index
