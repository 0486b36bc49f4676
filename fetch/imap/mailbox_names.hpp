#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fetch/imap/response.hpp"
#include "fetch/message_sink.hpp"

namespace mailspoor::fetch::imap {

/// A LIST response's mailbox in our terms: split at the delimiter, decoded from modified UTF-7 level by level
/// (a level that is not that keeps its octets, made valid UTF-8), a leading INBOX in capitals.
MailboxName mailbox_name(const Listed& listed);

/// A name as it goes over the line once UTF8=ACCEPT is enabled (RFC 9755 §3), from and to modified UTF-7: so
/// the mailbox keeps the name here that it has otherwise. What is no UTF-8 or has controls stays as it is.
std::string from_utf8_mode(std::string_view name);
std::string to_utf8_mode(std::string_view raw);

/// Whether a mailbox is in a namespace, or its top.
bool is_below(const MailboxName& mailbox, const Namespaces::One& one);

/// Whether a mailbox belongs to another user or is shared (RFC 2342 §5): the longest prefix that fits
/// decides, INBOX is always one's own, and so is what no prefix fits.
bool is_others(const MailboxName& mailbox, const Namespaces& namespaces);

/// Whether the mailbox holds messages: neither \Noselect nor \NonExistent (RFC 3501 §7.2.2, 9051 §7.3.1).
bool is_selectable(const Listed& listed) noexcept;

/// Whether `name` is covered by a pattern: `*` stands for any characters, '/' too, `%` for any but '/', all
/// else for itself. INBOX, alone or as the first level, is the same in any case.
bool matches_glob(std::string_view name, std::string_view pattern);

/// Whether the options want the mailbox: one of `mailboxes` matches, or there are none, and none of
/// `excludes` does. A pattern that begins with a backslash is one of the mailbox's attributes: `\Junk`
/// (RFC 6154 §2).
bool is_wanted(std::string_view name, const std::vector<std::string>& attributes,
               const std::vector<std::string>& mailboxes, const std::vector<std::string>& excludes);

}  // namespace mailspoor::fetch::imap
