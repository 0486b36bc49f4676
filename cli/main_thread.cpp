#include "cli/main_thread.hpp"

namespace mailspoor::cli {

void MainThread::run(const std::function<void()>& work) {
  Request request{work};
  std::unique_lock lock{mutex_};
  requests_.push_back(&request);
  changed_.notify_all();
  changed_.wait(lock, [&] { return request.is_done; });
}

void MainThread::leave() {
  const std::lock_guard lock{mutex_};
  ++left_;
  changed_.notify_all();
}

void MainThread::serve(std::size_t workers) {
  std::unique_lock lock{mutex_};
  while (true) {
    changed_.wait(lock, [&] { return !requests_.empty() || left_ == workers; });
    if (requests_.empty()) return;
    auto* const request = requests_.front();
    requests_.pop_front();
    lock.unlock();
    request->work();
    lock.lock();
    request->is_done = true;
    changed_.notify_all();
  }
}

}  // namespace mailspoor::cli
