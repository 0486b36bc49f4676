#pragma once

#include <spdlog/fwd.h>

#include <string>
#include <vector>

#include "deliver/base/uid_set.hpp"
#include "fetch/imap/session.hpp"
#include "fetch/message_sink.hpp"

// Messages that are held under another name, in the mailbox that is examined.
namespace mailspoor::fetch::imap {

/// The items of a FETCH that tell all facts of a message, as far as this server has them.
std::string fact_items(const Session& session);

/// Asks for what tells messages again that lay in the mailbox under another UIDVALIDITY.
/// @return Why not all was told; empty if it was.
/// @throws what Session throws; ProtocolError for an answer without end.
std::string list_former(Session& session, const base::UidSet& uids, FormerMessages& former);

/// Asks for the facts of messages that are recognised, and places them, batch by batch.
/// @param recognised  Ascending.
/// @return            Those that have to be fetched all the same.
/// @throws what Session and the sink throw, after what was told is committed; ProtocolError for an answer
/// without end.
base::UidSet place_recognised(Session& session, MailboxSink& sink, const std::vector<Recognised>& recognised);

/// Whether the server has names for messages that are the same in every mailbox.
bool has_ids(const Session& session);

/// A command was answered so that asked for these names: where it was not understood, has_ids() says no from
/// here on. @return whether that is so.
bool doubt_ids(Session& session, const Status& answer);

/// Asks for the facts of messages, and places those that the account holds by what the server calls them.
/// @return  Those that have to be fetched.
/// @throws the same.
base::UidSet place_by_id(Session& session, MessageSink& account, MailboxSink& sink, const base::UidSet& uids);

}  // namespace mailspoor::fetch::imap
