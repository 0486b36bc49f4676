#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>

namespace mailspoor::cli {

/// Lets workers do in the main thread what may ask a person for something: that has the terminal's signals,
/// and asks for one thing after the other.
class MainThread {
 public:
  /// For a worker: returns when the main thread has run `work`, which must not throw.
  void run(const std::function<void()>& work);
  /// For a worker: its last words.
  void leave();
  /// For the main thread: runs what it is asked to, until so many workers have left.
  void serve(std::size_t workers);

 private:
  struct Request {
    const std::function<void()>& work;
    bool is_done = false;
  };

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Request*> requests_;
  std::size_t left_ = 0;
};

}  // namespace mailspoor::cli
