#pragma once

#include <string>
#include <string_view>

namespace mailspoor::index {

/// `text` as the full-text index takes it: runs of Han, Kana and Hangul, which SQLite's tokenizer would take
/// for one word each, become overlapping pairs with the last character alone behind them (`京都会議` becomes
/// `京都 都会 会議 議`), so that every part of a run is found as a phrase. All else stays. Invalid UTF-8
/// becomes U+FFFD, NUL a blank.
std::string indexable(std::string_view text);

/// What a user typed as one word or phrase, as an FTS5 string: quoted, so that none of its characters is FTS5
/// syntax. Empty if it holds nothing that the index knows as a word.
/// @param is_prefix  The last word may go on (`invoi*`).
std::string match_phrase(std::string_view typed, bool is_prefix);

}  // namespace mailspoor::index
