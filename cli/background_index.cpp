#include "cli/background_index.hpp"

#include <utility>

#include "deliver/base/quiet_thread.hpp"

namespace mailspoor::cli {

BackgroundIndex::BackgroundIndex(std::filesystem::path root)
    : root_{std::move(root)}, thread_{base::quiet_thread([this] { run(); })} {}

BackgroundIndex::~BackgroundIndex() {
  {
    const std::lock_guard lock{mutex_};
    is_stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void BackgroundIndex::notify() {
  {
    const std::lock_guard lock{mutex_};
    has_work_ = true;
  }
  changed_.notify_all();
}

CatchUpReport BackgroundIndex::finish() {
  {
    const std::lock_guard lock{mutex_};
    is_stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
  if (failure_) std::rethrow_exception(failure_);
  index_pending(index::IndexLock::Wait::yes);
  return report_;
}

void BackgroundIndex::run() {
  std::unique_lock lock{mutex_};
  while (true) {
    changed_.wait(lock, [&] { return has_work_ || is_stopping_; });
    if (is_stopping_) return;
    has_work_ = false;
    lock.unlock();
    std::exception_ptr failure;
    try {
      index_pending(index::IndexLock::Wait::no);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    if (failure) {
      failure_ = failure;
      return;
    }
  }
}

void BackgroundIndex::index_pending(index::IndexLock::Wait wait) {
  const auto database = database_of(root_);
  if (!lock_) {
    if (auto taken = index::IndexLock::take(database, wait)) lock_.emplace(std::move(*taken));
  }
  if (!lock_) return;
  if (!indexer_) indexer_ = std::make_unique<index::Indexer>(database);
  const auto made = catch_up(root_, *indexer_, CatchUp::pending);
  report_.index.messages += made.index.messages;
  report_.index.placements += made.index.placements;
  report_.index.failures += made.index.failures;
  report_.damaged_lines += made.damaged_lines;
  // Others may be waiting, and a sync can take hours.
  indexer_.reset();
  lock_.reset();
}

}  // namespace mailspoor::cli
