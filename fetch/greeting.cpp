#include "fetch/greeting.hpp"

#include <fmt/format.h>

#include <array>

#include "deliver/base/text.hpp"
#include "fetch/error.hpp"
#include "fetch/imap/throttling.hpp"
#include "fetch/pop3/session.hpp"

namespace mailspoor::fetch {
namespace {

constexpr std::size_t kMaxOctets = std::size_t{64} * 1024;  // with what a login shell says before
constexpr std::size_t kMaxShown = 200;

/// Whether a line greets. @throws what a refusal is.
bool is_greeting(std::string_view line, std::string_view peer, Protocol protocol) {
  const auto begins = [&](std::string_view word) { return base::starts_with_ignoring_case(line, word); };
  if (protocol == Protocol::pop3) {
    if (begins("-ERR")) pop3::refuse_greeting(peer, line);
    return begins("+OK");
  }
  if (begins("* BYE")) imap::refuse_greeting(peer, line);
  return begins("* OK") || begins("* PREAUTH");
}

}  // namespace

Greeting read_greeting(const std::function<std::size_t(std::span<char>)>& receive, std::string_view peer,
                       Protocol protocol) {
  Greeting greeting;
  const auto fail = [&](std::string_view words) {
    throw ProtocolError{fmt::format("{} does not answer as {} server: '{}'", peer, name_of(protocol),
                                    base::printable(words.substr(0, kMaxShown)))};
  };
  auto& [line, unread] = greeting;
  std::array<char, 4096> block{};
  for (std::size_t octets = 0;;) {
    std::size_t count = 0;
    try {
      count = receive(block);
    } catch (const NetworkError&) {
      if (!line.empty()) fail(line);  // it waits for us, as servers of other protocols do
      throw;
    }
    if (count == 0) throw NetworkError{fmt::format("{}: the connection was closed before a greeting", peer)};
    octets += count;
    unread.append(block.data(), count);
    for (auto end = unread.find('\n'); end != std::string::npos; end = unread.find('\n')) {
      line = unread.substr(0, end);
      unread.erase(0, end + 1);
      if (line.ends_with('\r')) line.pop_back();
      if (is_greeting(line, peer, protocol)) return greeting;
    }
    if (octets > kMaxOctets) fail(line.empty() ? unread : line);
  }
}

}  // namespace mailspoor::fetch
