// How fast HTML is read, in a Release build:
//
//   cmake --preset release -DMAILSPOOR_TESTS=ON && ninja -C build/release bench_html
//   MAILSPOOR_CORPORA=... build/release/tests/bench/bench_html
//
// CPU time of one thread over every HTML part of the corpora, the best of five rounds.

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "index/track/html_reader.hpp"
#include "index/track/html_tokenizer.hpp"
#include "tests/index/gumbo_tree.hpp"

namespace {

using namespace mailspoor::index;

constexpr std::size_t kMaxTextOctets = std::size_t{16} << 20U;

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

template <typename Read>
double best_seconds(const std::vector<std::string>& parts, Read read) {
  constexpr int kRounds = 5;
  double best = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    const auto started = cpu_seconds();
    for (const auto& each : parts) read(each);
    best = std::min(best, cpu_seconds() - started);
  }
  return best;
}

}  // namespace

int main() {
  std::vector<std::string> parts;
  std::size_t octets = 0;
  for_each_real_html([&](const std::string&, const std::string& html) {
    octets += html.size();
    parts.push_back(html);
  });
  if (parts.empty()) {
    std::fputs("no real mail: set MAILSPOOR_CORPORA\n", stderr);
    return 2;
  }
  std::size_t tokens = 0;
  const auto tokenizing = best_seconds(parts, [&](const std::string& html) {
    HtmlTokenizer tokenizer{html};
    while (tokenizer.next() != nullptr) ++tokens;
  });
  std::size_t resources = 0;
  const auto reading = best_seconds(
      parts, [&](const std::string& html) { resources += read_html(html, kMaxTextOctets).resources.size(); });
  const auto gumbo = best_seconds(parts, [](const std::string& html) { gumbo_tree(html); });
  const auto megabytes = static_cast<double>(octets) / 1e6;
  std::printf("%zu parts, %.0f MB\n", parts.size(), megabytes);
  std::printf("tokens                      %4.0f MB/s\n", megabytes / tokenizing);
  std::printf("text, resources and links   %4.0f MB/s\n", megabytes / reading);
  std::printf("gumbo, tree only            %4.0f MB/s\n", megabytes / gumbo);
  return tokens == 0 || resources == 0 ? 1 : 0;
}
