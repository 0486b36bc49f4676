#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "deliver/environment.hpp"
#include "deliver/journal.hpp"

// What a delivery agent does: one message into one Maildir folder, durably, and without the account's lock.
// Any number of deliveries go on at once, beside a sync and beside MUAs.
namespace mailspoor::deliver {

/// Gives the next octets of a message, which are good until the next call; none at its end.
using ReadOctets = std::function<std::string_view()>;

struct Delivered {
  std::string file;       ///< The unique name that the message has.
  std::string directory;  ///< Path of the Maildir folder that it lies in.
  std::uint64_t octets = 0;
  /// The same octets with the same envelope came within the last day, and were not stored again.
  bool is_again = false;
};

/// Where `<root>/mail/<account>/` keeps a mailbox.
struct AccountMailbox {
  std::filesystem::path root;
  std::string account;  ///< See is_account_name().
  std::string mailbox;  ///< UTF-8, '/' between the levels; INBOX in any case is the INBOX.
};

/// A Maildir that is not ours: only messages are written to it.
struct ForeignMaildir {
  std::filesystem::path path;
  std::string mailbox;  ///< A Maildir++ folder in it; INBOX in any case is the Maildir itself.
};

/// Delivers into an account; what is missing of it and of the mailbox's folder is made. On return file,
/// directory and the journal's line with the envelope are on the disk, and delivered_folders() names the
/// folder.
///
/// A leading `From ` line of an mbox is no part of the message: who it names is the envelope's sender if
/// nobody told another.
///
/// Throws Error, and what `read` throws. Then the message is not stored, unless it was at the very end that
/// the disk failed and a MUA has taken it already: then it will lie there twice once it is delivered again.
Delivered deliver_message(const AccountMailbox& place, Envelope envelope, const ReadOctets& read,
                          const Environment& environment);

/// The same into a Maildir that must be there; of the mailbox's folder what is missing is made. Nobody keeps
/// the envelope, and what is delivered again is stored again.
Delivered deliver_message(const ForeignMaildir& place, const ReadOctets& read,
                          const Environment& environment);

/// Proves that a message could be delivered, by a file that is made, synced and removed. Throws Error.
void check_delivery(const AccountMailbox& place, const Environment& environment);
void check_delivery(const ForeignMaildir& place, const Environment& environment);

/// Paths below `<root>/mail` of the folders that ever took a delivery: their journals may have grown without
/// a note in `<root>/pending/`. Throws Error.
std::vector<std::string> delivered_folders(const std::filesystem::path& root);
/// The journal of such a folder.
struct DeliveryJournal {
  std::string folder;  ///< Its path below `<root>/mail`.
  std::uint64_t octets = 0;

  bool operator==(const DeliveryJournal&) const = default;
};
/// Those that are there, and how long they are now. Throws Error.
std::vector<DeliveryJournal> delivery_journals(const std::filesystem::path& root);
/// The journal of a folder.
/// @param folder  Its path below `<root>/mail`.
std::filesystem::path journal_of(const std::filesystem::path& root, const std::string& folder);

}  // namespace mailspoor::deliver
