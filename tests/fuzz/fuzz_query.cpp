// The query language, run against a small index: a query is answered or refused, and no error of SQLite
// surfaces.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string_view>

#include "index/error.hpp"
#include "index/indexer.hpp"
#include "index/search.hpp"
#include "tests/fuzz/fuzz_target.hpp"

using namespace mailspoor;

namespace {

/// An index of one message, removed at the end.
class SmallIndex {
 public:
  SmallIndex() {
    std::string pattern = (std::filesystem::temp_directory_path() / "fuzz-query-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    const auto file = folder_ / "message";
    std::ofstream{file}
        << "From: Alice <alice@example.org>\nSubject: red\nDate: Tue, 5 Mar 2024 10:00:00 +0000\n\nbody\n";
    index::Indexer indexer{folder_ / "index.db", {}, 1};
    indexer.add({"work", "work", "INBOX", "INBOX"}, {file, "message", 1U, 1U, {}, ""});
    indexer.finish();
    searcher_ = std::make_unique<index::Searcher>(folder_ / "index.db");
  }
  ~SmallIndex() { std::filesystem::remove_all(folder_); }
  index::Searcher& searcher() { return *searcher_; }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<index::Searcher> searcher_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static SmallIndex small;
  try {
    require(small.searcher().count({reinterpret_cast<const char*>(data), size}, {1'709'640'000, {}}) <= 1);
  } catch (const index::QueryError&) {
  }
  return 0;
}
