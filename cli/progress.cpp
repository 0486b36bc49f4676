#include "cli/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "cli/output.hpp"

namespace mailspoor::cli {

using namespace std::chrono_literals;

Progress::Progress(bool is_shown, std::uint64_t messages, std::uint64_t octets)
    : is_shown_{is_shown},
      messages_in_all_{messages},
      octets_in_all_{std::max<std::uint64_t>(octets, 1)},
      begin_{std::chrono::steady_clock::now()},
      last_draw_{begin_} {}

void Progress::add(std::uint64_t octets) {
  ++messages_;
  octets_ += octets;
  if (!is_shown_ || std::chrono::steady_clock::now() - last_draw_ < 100ms) return;
  draw();
}

void Progress::draw() {
  constexpr std::size_t kCells = 24;
  last_draw_ = std::chrono::steady_clock::now();
  const auto seconds = std::chrono::duration<double>(last_draw_ - begin_).count();
  const auto share = std::min(1.0, static_cast<double>(octets_) / static_cast<double>(octets_in_all_));
  const auto rate = static_cast<double>(octets_) / std::max(seconds, 0.001);
  const auto left = static_cast<std::uint64_t>(
      static_cast<double>(octets_in_all_ - std::min(octets_, octets_in_all_)) / std::max(rate, 1.0));
  const auto filled = static_cast<std::size_t>(share * kCells);
  const auto bar = std::string(filled, '#') + std::string(kCells - filled, '.');
  say(fmt::format("\r\x1b[K[{}] {}/{} messages, {}/s, {}:{:02} left", bar, with_commas(messages_),
                  with_commas(messages_in_all_), shown_size(static_cast<std::uint64_t>(rate)), left / 60,
                  left % 60));
  is_drawn_ = true;
}

void Progress::clear() {
  if (is_drawn_) say("\r\x1b[K");
  is_drawn_ = false;
}

}  // namespace mailspoor::cli
