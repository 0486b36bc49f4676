#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "index/message_object.hpp"
#include "index/search.hpp"
#include "index/trace/dkim_key.hpp"
#include "index/trace/places.hpp"
#include "index/trace/trace_context.hpp"
#include "index/track/tracker_files.hpp"

namespace mailspoor::cli {

/// Finds and parses the messages that words on the command line name: a file, `-`, or an id. The index is
/// opened when the first id comes, so that files need no root.
class MessageSource {
 public:
  /// @param files  What the trail of a file is judged with, which may be anybody's mail.
  /// @param ids    What the trails of messages in the index are judged with.
  /// @param keys   To verify DKIM signatures with; nullptr to leave them unverified. Must outlive this.
  explicit MessageSource(std::filesystem::path root, index::TraceContext files = {},
                         index::TraceSettings ids = {}, const index::DkimKeys* keys = nullptr)
      : root_{std::move(root)},
        files_{std::move(files)},
        ids_{std::move(ids)},
        keys_{keys},
        places_{ids_.place_files},
        trackers_{ids_.tracker_files} {
    files_.places = &places_;
    files_.trackers = trackers_.table();
    ids_.use(places_);
    ids_.use(trackers_.table());
  }

  /// The message, and with an id its placements and all its paths.
  /// @throws UsageError, Failure, index::Error.
  index::MessageObject read(const std::string& word);
  /// What is wrong with the databases of places, see index::Places.
  std::vector<std::string> place_failures() { return places_.failures(); }
  /// What is wrong with files of trackers, see index::TrackerFiles.
  const std::vector<std::string>& tracker_failures() const noexcept { return trackers_.failures(); }
  /// The file that the word names.
  std::filesystem::path file(const std::string& word);

 private:
  index::MessageSummary summary_of(const std::string& word);

  std::filesystem::path root_;
  index::TraceContext files_;
  index::TraceSettings ids_;
  const index::DkimKeys* keys_;
  index::Places places_;
  index::TrackerFiles trackers_;
  std::optional<index::Searcher> searcher_;
};

}  // namespace mailspoor::cli
