#include "index/track/tracker_files.hpp"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "index/error.hpp"
#include "index/mapped_file.hpp"

namespace mailspoor::index {

TrackerFiles::TrackerFiles(std::span<const std::filesystem::path> files) {
  std::vector<Tracker> rows;
  for (const auto& path : files) {
    try {
      auto read = read_tracker_rows(MappedFile{path}.octets());
      rows.insert(rows.end(), std::make_move_iterator(read.rows.begin()),
                  std::make_move_iterator(read.rows.end()));
      for (const auto& defect : read.defects)
        failures_.push_back(fmt::format("{}: {}", path.string(), defect));
    } catch (const DatabaseError& error) {
      failures_.emplace_back(error.what());
      missing_ = error.what();
    }
  }
  if (!rows.empty()) table_.emplace(std::move(rows));
}

}  // namespace mailspoor::index
