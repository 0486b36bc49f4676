#pragma once

#include <chrono>
#include <cstdint>

namespace mailspoor::cli {

/// A progress bar on standard error, with rate and time left. Draws ten times a second at most.
class Progress {
 public:
  /// @param octets  In all, as the server announced them.
  Progress(bool is_shown, std::uint64_t messages, std::uint64_t octets);
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void add(std::uint64_t octets);
  /// Removes the bar from the terminal.
  void clear();

 private:
  void draw();

  bool is_shown_;
  bool is_drawn_ = false;
  std::uint64_t messages_in_all_;
  std::uint64_t octets_in_all_;
  std::uint64_t messages_ = 0;
  std::uint64_t octets_ = 0;
  std::chrono::steady_clock::time_point begin_;
  std::chrono::steady_clock::time_point last_draw_;
};

}  // namespace mailspoor::cli
