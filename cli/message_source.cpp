#include "cli/message_source.hpp"

#include <fmt/format.h>

#include <utility>

#include "cli/config.hpp"
#include "cli/error.hpp"
#include "cli/message_paths.hpp"
#include "index/message_file.hpp"

namespace mailspoor::cli {
namespace {

bool names_file(const std::string& word) {
  std::error_code error;
  return word == "-" || (word.rfind("id:", 0) != 0 && std::filesystem::exists(word, error));
}

/// A path that somebody typed as one, so that "no such file" is the better answer.
bool looks_like_path(const std::string& word) {
  return word.find('/') != std::string::npos && word.front() != '<';
}

}  // namespace

index::MessageSummary MessageSource::summary_of(const std::string& word) {
  if (looks_like_path(word)) throw Failure{fmt::format("cannot open {}: No such file or directory", word)};
  if (!searcher_) {
    const auto database = database_of(root_);
    if (!std::filesystem::exists(database)) {
      throw Failure{fmt::format("`{}` is no file, and there is no index in {} to look for an id", word,
                                root_.string())};
    }
    searcher_.emplace(database);
  }
  auto summary = searcher_->message(resolve_id(*searcher_, word));
  if (!summary) throw Failure{fmt::format("no message has the id `{}`", word)};
  PathFinder{root_}.add_paths(*summary);
  if (summary->paths.empty()) throw Failure{fmt::format("the files of message {} are gone", summary->id)};
  return std::move(*summary);
}

index::MessageObject MessageSource::read(const std::string& word) {
  if (names_file(word)) {
    const auto path = word == "-" ? std::filesystem::path{word} : std::filesystem::absolute(word);
    auto message = index::read_message_file(path, files_, keys_);
    if (word == "-") message.summary.paths.clear();
    return message;
  }
  auto summary = summary_of(word);
  const auto account = summary.placements.empty() ? std::nullopt : summary.placements.front().account;
  auto message = index::read_message_file(summary.paths.front(), ids_.of(account.value_or("")), keys_);
  message.summary.paths = std::move(summary.paths);
  message.summary.placements = std::move(summary.placements);
  if (index::is_own_mail(message.summary.placements)) message.origin.trust.reset();
  return message;
}

std::filesystem::path MessageSource::file(const std::string& word) {
  return names_file(word) ? std::filesystem::path{word}
                          : std::filesystem::path{summary_of(word).paths.front()};
}

}  // namespace mailspoor::cli
