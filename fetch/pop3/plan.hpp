#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fetch/message_sink.hpp"
#include "fetch/pop3/listing.hpp"

namespace mailspoor::fetch::pop3 {

/// Held messages, one of which another one may be; shared, as it may be any of thousands. nullptr: none.
using Candidates = std::shared_ptr<const UidSet>;

/// A message to fetch.
struct Wanted {
  std::uint32_t number = 0;
  std::optional<std::uint64_t> octets;
  std::optional<MaildropName> name;  ///< nullopt: only its octets tell.
  std::uint32_t uid = 0;             ///< That it is to have.
  Candidates may_be;                 ///< Its octets tell.
  Candidates may_be_back;            ///< The same, of those that were gone.
  bool is_doubted = false;           ///< It is described as a held one is, but for what TOP gives.
};

/// A message of the server that is held.
struct Held {
  std::uint32_t uid = 0;
  std::uint32_t number = 0;
  /// Its UIDL stands once on both sides, with the same size. Never where its header section is its name: that
  /// says nothing of the rest, and the server could be made to delete what was never fetched.
  bool is_sure = false;
  MaildropName name{};  ///< Where it is sure.
};

/// What a maildrop has, beside what is held of it.
struct Plan {
  MaildropState state;
  std::uint32_t next_uid = 1;  ///< The first that none of `wanted` is to have.
  std::uint64_t messages = 0;  ///< On the server.
  std::vector<Wanted> wanted;  ///< Ascending by number.
  std::uint64_t nameless = 0;  ///< Those that nothing names but their octets.
  std::vector<Held> held;
  UidSet matched;                             ///< Their UIDs.
  UidSet closed;                              ///< Holes that the server does not list any more.
  UidSet nameless_holes;                      ///< Of them, those that any message may be that nothing names.
  std::vector<base::MaildropEntry> relisted;  ///< What is held, as the server describes it now.
};

/// For messages of these numbers, ascending: the digest of their header sections (base::header_digest()),
/// empty for those of which the server gives none. Empty as a whole if it has no TOP.
using HeaderDigests = std::function<std::vector<std::string>(const std::vector<std::uint32_t>& numbers)>;

/// Finds out which listed messages are held. A UIDL that stands once on both sides, with the size that LIST
/// said before, is the same message; where servers repeat or reuse UIDLs, header sections tell; what they do
/// not tell is fetched, and its octets do.
/// @param contents  See AccountSink::contents().
Plan make_plan(std::vector<Listed> listed, MaildropState state, const HeaderDigests& header_digests,
               const std::function<std::vector<HeldContent>(const UidSet& uids)>& contents);

}  // namespace mailspoor::fetch::pop3
