#include "cli/background_index.hpp"

#include <utility>

#include "cli/config.hpp"
#include "deliver/base/quiet_thread.hpp"
#include "deliver/pending.hpp"

namespace mailspoor::cli {
namespace {

/// Others may be waiting for the index, and a sync can take hours. But opening and closing it for each batch
/// would cost more than the rows.
constexpr std::chrono::seconds kMaxHeld{10};
constexpr std::chrono::milliseconds kMaxIdle{500};
/// How long those who wait have, before the next batch takes it again.
constexpr std::chrono::milliseconds kLetGo{20};
/// Between two looks whether they have let go.
constexpr std::chrono::milliseconds kPause{5};

}  // namespace

BackgroundIndex::BackgroundIndex(std::filesystem::path root, index::TraceSettings trace)
    : root_{std::move(root)}, trace_{std::move(trace)}, thread_{base::quiet_thread([this] { run(); })} {}

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

BackgroundIndex::Finished BackgroundIndex::finish(std::chrono::steady_clock::time_point until) {
  {
    const std::lock_guard lock{mutex_};
    is_stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
  if (failure_) std::rethrow_exception(failure_);
  bool is_complete = std::filesystem::exists(database_of(root_)) && deliver::list_pending(root_).empty();
  try {
    while (!is_complete) {
      is_complete = index_pending();
      if (is_complete || std::chrono::steady_clock::now() >= until) break;
      std::this_thread::sleep_for(kPause);
    }
    finish_indexer();
  } catch (...) {
    let_go();
    throw;
  }
  let_go();
  return {report_, is_complete};
}

void BackgroundIndex::run() {
  const auto is_called = [&] { return has_work_ || is_stopping_; };
  std::unique_lock lock{mutex_};
  while (true) {
    if (indexer_) {
      changed_.wait_for(lock, kMaxIdle, is_called);
    } else {
      changed_.wait(lock, is_called);
    }
    if (is_stopping_) return;
    const bool has_work = std::exchange(has_work_, false);
    lock.unlock();
    std::exception_ptr failure;
    try {
      if (has_work) index_pending();
      if (!has_work || std::chrono::steady_clock::now() - opened_ > kMaxHeld) {
        finish_indexer();
        let_go();
        std::this_thread::sleep_for(kLetGo);
      }
    } catch (...) {
      failure = std::current_exception();
      let_go();  // `index --rebuild`, which may be the cure, must not wait for the end of this sync
    }
    lock.lock();
    if (failure) {
      failure_ = failure;
      return;
    }
  }
}

/// @return false if another process is indexing.
bool BackgroundIndex::index_pending() {
  const auto database = database_of(root_);
  if (!lock_) {
    if (auto taken = index::IndexLock::take(database, index::IndexLock::Wait::no))
      lock_.emplace(std::move(*taken));
  }
  if (!lock_) return false;
  if (!indexer_) {
    indexer_ = std::make_unique<index::Indexer>(database, trace_);
    indexer_->expect_more(true);
    opened_ = std::chrono::steady_clock::now();
  }
  const auto made = catch_up(root_, *indexer_, CatchUp::pending);
  report_.index.messages += made.index.messages;
  report_.index.placements += made.index.placements;
  report_.index.failures += made.index.failures;
  report_.index.place_failures = made.index.place_failures;
  report_.index.tracker_failures = made.index.tracker_failures;
  report_.damaged_lines += made.damaged_lines;
  return true;
}

void BackgroundIndex::finish_indexer() {
  if (!indexer_) return;
  indexer_->expect_more(false);
  indexer_->finish();
}

void BackgroundIndex::let_go() {
  indexer_.reset();
  lock_.reset();
}

}  // namespace mailspoor::cli
