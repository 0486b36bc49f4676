#pragma once

#include <chrono>
#include <condition_variable>
#include <exception>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "cli/catch_up.hpp"
#include "index/trace/trace_context.hpp"

namespace mailspoor::cli {

/// Indexes what a sync has stored while it goes on. Where another process is indexing it waits for the end of
/// the sync.
class BackgroundIndex {
 public:
  /// @param trace  What trails are judged with.
  explicit BackgroundIndex(std::filesystem::path root, index::TraceSettings trace = {});
  ~BackgroundIndex();
  BackgroundIndex(const BackgroundIndex&) = delete;
  BackgroundIndex& operator=(const BackgroundIndex&) = delete;

  /// A batch became durable.
  void notify();
  struct Finished {
    CatchUpReport report;
    bool is_complete = true;  ///< Others were indexing all the time: the next that indexes takes the rest.
  };
  /// Brings the index up to date, waiting until then for whoever else is indexing.
  /// @throws what indexing threw, now or before.
  Finished finish(std::chrono::steady_clock::time_point until);

 private:
  void run();
  bool index_pending();
  void finish_indexer();
  void let_go();

  std::filesystem::path root_;
  index::TraceSettings trace_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool has_work_ = false;
  bool is_stopping_ = false;
  std::exception_ptr failure_;
  CatchUpReport report_;
  std::optional<index::IndexLock> lock_;
  std::unique_ptr<index::Indexer> indexer_;
  std::chrono::steady_clock::time_point opened_;
  std::thread thread_;
};

}  // namespace mailspoor::cli
