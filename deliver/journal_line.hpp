#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "deliver/journal.hpp"

namespace mailspoor::deliver {

/// One line of a journal, without its new-line. An OtherEvent is not written by this version.
/// Sets of UIDs in lines of this many ranges: no line is longer than a reader wants to hold.
inline constexpr std::size_t kMaxRangesPerLine = 1000;

std::string to_journal_line(const StoredEvent& stored);
std::string to_journal_line(const AbsentEvent& absent);
std::string to_journal_line(const HoleEvent& hole);
std::string to_journal_line(const AcceptedEvent& accepted);
std::string to_journal_line(const FlagsEvent& flags);
std::string to_journal_line(const LabelsEvent& labels);
std::string to_journal_line(const GoneEvent& gone);
std::string to_journal_line(const DeletedEvent& deleted);
std::string to_journal_line(const RelistedEvent& relisted);
std::string to_journal_line(const SyncedEvent& synced);
std::string to_journal_line(const RenamedEvent& renamed);
std::string to_journal_line(const UnlistedEvent& unlisted);
std::string to_journal_line(const DeliveredEvent& delivered);
std::string to_journal_line(const CommitEvent& commit);

/// What the line of a delivery of these octets starts with, so that it is found without reading the others.
std::string delivered_line_start(std::string_view sha256);

/// What the server calls a message in whatever mailbox it lies; empty if it has no such name.
std::string server_id(const std::string& email_id, const std::optional<GmailFacts>& gmail);

/// Reads one line; nullopt for what is no JSON object with an `event`, or lacks what its event needs.
std::optional<JournalEvent> parse_journal_line(std::string_view line);

/// The two ways in which parse_journal_line() reads: the first knows only the exact form of the `stored`
/// lines that this version writes, and leaves the rest to the second. Where the first reads a line, both give
/// the same.
std::optional<StoredEvent> scan_stored_line(std::string_view line);
std::optional<JournalEvent> parse_any_line(std::string_view line);

}  // namespace mailspoor::deliver
