#include "fetch/throttle.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <string>

#include "deliver/base/text.hpp"

namespace mailspoor::fetch {
namespace {

// Whole phrases: the name of a mailbox that a server repeats must not be taken for one.
constexpr std::array<std::string_view, 9> kPhrases{
    "request is throttled",               // Exchange
    "backoff time:",                      // Exchange
    "exceeded command or bandwidth",      // Gmail
    "exceeded bandwidth limits",          // Gmail
    "too many simultaneous connections",  // Gmail
    "maximum number of connections",      // Dovecot
    "connection limit reached",           // Courier
    "rate limit hit",                     // Yahoo
    "[throttled]",                        // Gmail, behind the text
};
}  // namespace

/// `Suggested Backoff Time: 299961 milliseconds`. More digits than fit are as long as can be said.
std::optional<std::chrono::milliseconds> pause_in(std::string_view words) {
  constexpr std::string_view kHint = "backoff time: ";
  const std::string lower = base::to_lower(words);
  std::string_view text{lower};
  const auto at = text.find(kHint);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + kHint.size());
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::invalid_argument) return std::nullopt;
  if (error != std::errc{}) number = std::numeric_limits<std::uint32_t>::max();
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  const bool is_seconds = text.starts_with(" second");
  return std::chrono::milliseconds{number} * (is_seconds ? 1000 : 1);
}

std::optional<Throttle> throttle_in(std::string_view words) {
  const std::string text = base::to_lower(words);
  const auto has_phrase = [&text](std::string_view phrase) { return text.find(phrase) != std::string::npos; };
  if (std::none_of(kPhrases.begin(), kPhrases.end(), has_phrase)) return std::nullopt;
  return Throttle{false, pause_in(text)};
}

}  // namespace mailspoor::fetch
