#include "fetch/imap/throttling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "deliver/base/text.hpp"
#include "deliver/base/uid_set.hpp"
#include "fetch/error.hpp"

namespace mailspoor::fetch::imap {
namespace {

constexpr std::array<std::string_view, 3> kParticularCodes{"UNAVAILABLE", "INUSE", "LIMIT"};  // RFC 5530

}  // namespace

std::optional<Throttle> throttle_of(const Status& status) {
  if (status.kind == Status::Kind::ok || status.kind == Status::Kind::preauth) return std::nullopt;
  if (const auto throttle = throttle_in(status.text)) return throttle;
  if (status.has_code("THROTTLED")) return Throttle{false, pause_in(status.text)};
  const auto has_code = [&status](std::string_view code) { return status.has_code(code); };
  if (std::any_of(kParticularCodes.begin(), kParticularCodes.end(), has_code))
    return Throttle{true, pause_in(status.text)};
  return std::nullopt;
}

///     "MESSAGELIMIT" SP message-limit [SP uniqueid]      RFC 9738 §4
std::optional<std::uint32_t> cut_at(const Status& status) noexcept {
  if (!status.has_code("MESSAGELIMIT")) return std::nullopt;
  const std::string_view last = std::string_view{status.code}.substr(status.code.rfind(' ') + 1);
  if (std::count(status.code.begin(), status.code.end(), ' ') != 2) return std::nullopt;
  std::uint32_t uid = 0;
  const auto [end, error] = std::from_chars(last.data(), last.data() + last.size(), uid);
  return error == std::errc{} && uid > 0 ? std::optional{uid} : std::nullopt;
}

std::string below(std::string_view set, std::uint32_t uid) {
  std::string whole{set};
  if (whole.ends_with('*')) whole.replace(whole.size() - 1, 1, "4294967295");
  const auto parsed = base::parse_sequence_set(whole);
  if (!parsed || uid == 1) return {};
  const auto left = base::intersection(*parsed, base::UidSet{1, uid - 1});
  return left.empty() ? std::string{} : base::to_sequence_set(left);
}

void refuse_greeting(std::string_view peer, std::string_view greeting) {
  const Status farewell = parse_status(Status::Kind::bye, greeting.substr(std::string_view{"* BYE"}.size()));
  const std::string text = fmt::format("{} refuses the connection: {}", peer, describe(farewell));
  if (const auto throttle = throttle_of(farewell)) throw ThrottledError{text, throttle->pause};
  throw NetworkError{text};
}

}  // namespace mailspoor::fetch::imap
