#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace mailspoor::fetch {

/// A server's wish to be left alone for a while, in place of what was asked for.
struct Throttle {
  /// It may be about the one mailbox or message: Yahoo says UNAVAILABLE of single messages for days.
  bool may_be_particular = false;
  std::optional<std::chrono::milliseconds> pause;  ///< How long; nullopt if it does not say.
};

/// What the text of a refusal says of it, whatever its code; nullopt if it says nothing.
std::optional<Throttle> throttle_in(std::string_view text);
/// How long a text asks for; nullopt if it does not say.
std::optional<std::chrono::milliseconds> pause_in(std::string_view text);

}  // namespace mailspoor::fetch
