#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "deliver/base/unique_fd.hpp"

namespace mailspoor::deliver {

/// Waits for files to be on the disk, for several at once: one flush of the disk serves all that wait for it.
/// The caller goes on meanwhile.
class FileSyncer {
 public:
  FileSyncer() = default;
  FileSyncer(const FileSyncer&) = delete;
  FileSyncer& operator=(const FileSyncer&) = delete;
  ~FileSyncer();

  struct File {
    base::UniqueFd fd;
    std::string path;  ///< For error texts.
  };

  /// Takes written files, to be synced and closed. Waits while too many are open.
  void add(std::vector<File> files);
  /// Returns once all that was added is on the disk. Throws Error for the first that failed.
  void wait();
  /// Forgets what was added and did not begin yet, and how the rest went.
  void clear() noexcept;

 private:
  void run() noexcept;
  bool sync_one(std::unique_lock<std::mutex>& lock) noexcept;
  void start_threads();

  std::mutex mutex_;
  std::condition_variable has_work_;
  std::condition_variable has_done_;
  std::deque<File> waiting_;
  std::size_t under_way_ = 0;
  std::exception_ptr failure_;
  bool is_ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace mailspoor::deliver
