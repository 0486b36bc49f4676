#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>

#include "deliver/placed_files.hpp"
#include "index/message_object.hpp"
#include "index/search.hpp"

namespace mailspoor::cli {

/// Finds the files of messages. Keeps what it learns of a folder, so use one for many messages.
class PathFinder {
 public:
  explicit PathFinder(std::filesystem::path root) : root_{std::move(root)} {}
  /// Fills `paths` with where the message's files lie now, absolute, each once: those of messages that have
  /// left their mailbox too.
  void add_paths(index::MessageSummary& summary);

 private:
  std::filesystem::path root_;
  deliver::FolderFiles& finder(const std::string& folder);

  std::map<std::string, deliver::FolderFiles> folders_;
};

/// The id that a word names: 6 digits or more that only one id begins with, `id:` in front or not, or a
/// Message-ID in angle brackets.
/// @throws UsageError for an ambiguous one, naming the candidates; Failure for an unknown one.
std::string resolve_id(index::Searcher& searcher, const std::string& word);

}  // namespace mailspoor::cli
