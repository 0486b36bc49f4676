#include "cli/message_paths.hpp"

#include <fmt/format.h>

#include "cli/error.hpp"
#include "deliver/base/text.hpp"
#include "deliver/maildir_name.hpp"

namespace mailspoor::cli {

void PathFinder::add_paths(index::MessageSummary& summary) {
  for (const auto& placement : summary.placements) {
    const auto info = deliver::maildir_info(placement.flags);
    auto path = finder(placement.folder).find(placement.unique_name, info);
    if (path.empty() && placement.gone)
      path = finder(deliver::gone_folder_of(placement.folder)).find(placement.unique_name, info);
    if (!path.empty()) summary.paths.push_back(path.string());
  }
}

deliver::FolderFiles& PathFinder::finder(const std::string& folder) {
  return folders_.try_emplace(folder, root_ / "mail" / folder).first->second;
}

std::string resolve_id(index::Searcher& searcher, const std::string& word) {
  auto name = word.rfind("id:", 0) == 0 ? word.substr(3) : word;
  std::vector<std::string> ids;
  if (name.size() > 2 && name.front() == '<' && name.back() == '>') {
    ids = searcher.ids_with_message_id(name.substr(1, name.size() - 2));
  } else {
    name = base::to_lower(name);
    if (name.size() < 6 || name.size() > 64 ||
        name.find_first_not_of("0123456789abcdef") != std::string::npos) {
      throw Failure{
          fmt::format("`{}` is neither a file nor an id (6 to 64 hexadecimal digits, or <message-id>)",
                      base::printable(word))};
    }
    ids = searcher.ids_with_prefix(name);
  }
  if (ids.empty()) {
    throw Failure{
        fmt::format("no message has the id `{}`{}", base::printable(word),
                    searcher.is_whole() ? "" : " (the index does not hold all mail: run `mailspoor index`)")};
  }
  if (ids.size() == 1) return ids.front();
  std::string candidates;
  for (const auto& id : ids) candidates += "\n  " + id;
  throw UsageError{fmt::format("`{}` is ambiguous; it could be{}", base::printable(word), candidates)};
}

}  // namespace mailspoor::cli
