#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deliver/base/uid_set.hpp"
#include "fetch/imap/session.hpp"

// FETCH of a few items of many messages, in the mailbox that is examined.
namespace mailspoor::fetch::imap {

inline constexpr std::size_t kMaxSetOctets = 900;  // Yahoo refuses commands above 1000 octets

/// `set` in pieces that each fit a command, ascending.
std::vector<std::string> sequence_set_chunks(const base::UidSet& set, std::size_t max_octets = kMaxSetOctets);

/// `UID FETCH set (items)` for each set, some in flight at a time. Where the server stops short of a set, it
/// is asked for the rest, as long as that brings something (RFC 9738 §3.1).
/// @param messages  That may be told of; bounds the answer.
/// @param take      Hears each response that has a UID; false if it is about another message.
/// @return          The first refusal, behind which nothing more was asked; nullopt if there was none.
/// @throws what Session throws; ProtocolError for an answer without end.
std::optional<Status> fetch_items(Session& session, std::vector<std::string> sets, std::string_view items,
                                  std::uint64_t messages,
                                  const std::function<bool(const Fetched& fetched)>& take);

}  // namespace mailspoor::fetch::imap
