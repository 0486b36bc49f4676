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

namespace mailspoor::cli {

/// Indexes what a sync has stored while it goes on. Where another process is indexing it waits for the end of
/// the sync.
class BackgroundIndex {
 public:
  explicit BackgroundIndex(std::filesystem::path root);
  ~BackgroundIndex();
  BackgroundIndex(const BackgroundIndex&) = delete;
  BackgroundIndex& operator=(const BackgroundIndex&) = delete;

  /// A batch became durable.
  void notify();
  /// Brings the index up to date, waiting for whoever else is indexing.
  /// @throws what indexing threw, now or before.
  CatchUpReport finish();

 private:
  void run();
  void index_pending(index::IndexLock::Wait wait);
  void let_go();

  std::filesystem::path root_;
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
