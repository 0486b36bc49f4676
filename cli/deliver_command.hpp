#pragma once

#include <string>
#include <vector>

// `mailspoor deliver`: the delivery agent behind an MTA, fetchmail or getmail.
namespace mailspoor::cli {

/// What an MTA makes of the end of a delivery (sysexits.h): anything but 0 and 75 makes Postfix bounce.
enum class Sysexit : int {
  ok = 0,
  no_user = 67,    ///< EX_NOUSER: the mail is bounced.
  temp_fail = 75,  ///< EX_TEMPFAIL: it stays in the queue.
};

/// Delivers the message on standard input.
/// @param words  Those behind the command, and global options.
/// Never throws: before any end but Sysexit::ok, standard output has an enhanced status code (RFC 3463) and
/// the reason.
Sysexit run_deliver(const std::vector<std::string>& words) noexcept;

}  // namespace mailspoor::cli
