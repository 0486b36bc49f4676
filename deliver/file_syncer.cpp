#include "deliver/file_syncer.hpp"

#include <iterator>
#include <system_error>
#include <utility>

#include "deliver/base/quiet_thread.hpp"
#include "deliver/directory.hpp"

namespace mailspoor::deliver {
namespace {

constexpr std::size_t kMaxThreads = 24;  // files that are synced at once
constexpr std::size_t kMaxOpen = 64;     // that wait for it; each writer has so many
constexpr std::size_t kFew = 4;          // files for which nobody is called

}  // namespace

FileSyncer::~FileSyncer() {
  clear();
  {
    const std::lock_guard lock{mutex_};
    is_ending_ = true;
  }
  has_work_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void FileSyncer::add(std::vector<File> files) {
  std::unique_lock lock{mutex_};
  waiting_.insert(waiting_.end(), std::make_move_iterator(files.begin()),
                  std::make_move_iterator(files.end()));
  start_threads();
  has_work_.notify_all();
  has_done_.wait(lock, [&] { return threads_.empty() || waiting_.size() <= kMaxOpen; });
}

void FileSyncer::wait() {
  std::unique_lock lock{mutex_};
  while (sync_one(lock)) {
  }
  has_done_.wait(lock, [&] { return under_way_ == 0; });
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void FileSyncer::clear() noexcept {
  std::unique_lock lock{mutex_};
  waiting_.clear();
  has_done_.wait(lock, [&] { return under_way_ == 0; });
  failure_ = nullptr;
}

/// Who waits for the files helps, and does the few of a small batch alone.
void FileSyncer::start_threads() {
  try {
    while (threads_.size() < kMaxThreads && threads_.size() + kFew < waiting_.size())
      threads_.push_back(base::quiet_thread([this] { run(); }));
  } catch (const std::system_error&) {  // then wait() does it all
  }
}

void FileSyncer::run() noexcept {
  std::unique_lock lock{mutex_};
  while (true) {
    has_work_.wait(lock, [&] { return is_ending_ || !waiting_.empty(); });
    if (!sync_one(lock)) return;
  }
}

/// @return false if there was none.
bool FileSyncer::sync_one(std::unique_lock<std::mutex>& lock) noexcept {
  if (waiting_.empty()) return false;
  auto file = std::move(waiting_.front());
  waiting_.pop_front();
  ++under_way_;
  if (waiting_.size() == kMaxOpen) has_done_.notify_all();
  lock.unlock();
  std::exception_ptr failure;
  try {
    sync_file(file.fd.get(), file.path);
    close_file(std::move(file.fd), file.path);
  } catch (...) {
    failure = std::current_exception();
  }
  lock.lock();
  --under_way_;
  if (failure && !failure_) failure_ = failure;
  if (under_way_ == 0) has_done_.notify_all();
  return true;
}

}  // namespace mailspoor::deliver
