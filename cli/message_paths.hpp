#pragma once

#include <filesystem>
#include <string>

#include "index/message_object.hpp"
#include "index/search.hpp"

namespace mailspoor::cli {

/// Fills `paths` with where the message's files lie now, absolute; those that are gone are left out.
void add_paths(const std::filesystem::path& root, index::MessageSummary& summary);

/// The id that a word names: 6 digits or more that only one id begins with, `id:` in front or not, or a
/// Message-ID in angle brackets.
/// @throws UsageError for an ambiguous one, naming the candidates; Failure for an unknown one.
std::string resolve_id(index::Searcher& searcher, const std::string& word);

}  // namespace mailspoor::cli
