#include "fetch/replay_transport.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "deliver/base/text.hpp"
#include "fetch/error.hpp"

namespace mailspoor::fetch {
namespace {

constexpr std::string_view kTag = "$TAG";

std::string with_tag(std::string_view octets, std::string_view tag) {
  std::string result;
  for (;;) {
    const auto at = octets.find(kTag);
    result += octets.substr(0, at);
    if (at == std::string_view::npos) return result;
    result += tag;
    octets.remove_prefix(at + kTag.size());
  }
}

std::string_view first_word(std::string_view line) { return line.substr(0, line.find(' ')); }

}  // namespace

ReplayTransport::ReplayTransport(std::vector<Step> script, Options options)
    : Transport{std::chrono::seconds{60}}, script_{std::move(script)}, options_{std::move(options)} {
  set_channel_binding(options_.channel_binding);
}

ReplayTransport::ReplayTransport(std::string octets, Options options)
    : ReplayTransport{std::vector<Step>{{"", std::move(octets)}}, std::move(options)} {}

bool ReplayTransport::begin_step() {
  if (step_ == script_.size()) return false;
  const Step& step = script_[step_];
  const std::string_view written{written_};
  std::string_view line;
  if (step.awaits.empty()) {
    const auto end = written.find_last_of('\n');
    const auto begin = end == std::string_view::npos || end == 0 ? end : written.find_last_of('\n', end - 1);
    line = written.substr(begin == std::string_view::npos ? 0 : begin + 1);
  } else {
    const auto at = written.find(step.awaits, answered_);
    const auto end = at == std::string_view::npos ? at : written.find('\n', at);
    if (end == std::string_view::npos) {
      throw NetworkError{fmt::format("replay: the client never wrote '{}', but '{}'",
                                     base::printable(step.awaits),
                                     base::printable(written.substr(answered_)))};
    }
    const auto begin = at == 0 ? std::string_view::npos : written.find_last_of('\n', at - 1);
    line = written.substr(begin == std::string_view::npos ? 0 : begin + 1);
    answered_ = end + 1;
  }
  pending_ = with_tag(step.octets, first_word(line));
  offset_ = 0;
  ++step_;
  return true;
}

std::size_t ReplayTransport::read(std::span<char> buffer) {
  while (offset_ == pending_.size()) {
    if (!begin_step()) return 0;
  }
  const auto count = std::min({buffer.size(), options_.chunk, pending_.size() - offset_});
  std::copy_n(pending_.data() + offset_, count, buffer.data());
  offset_ += count;
  return count;
}

}  // namespace mailspoor::fetch
