#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/arguments.hpp"
#include "index/message/date_time.hpp"

// How results look: on a terminal columns and colour, otherwise plain.
namespace mailspoor::cli {

/// Talks on stderr, at once and whole. Where that cannot be written, as in a log on a full disk, only the
/// words are lost.
void say(std::string_view text) noexcept;

bool is_terminal(int fd);
/// Columns of the terminal on standard output; 80 if unknown.
std::size_t terminal_width();

/// Whether to colour standard output: --color, NO_COLOR, TERM=dumb, a terminal.
bool wants_color(const GlobalOptions& options);

/// Makes --tz the zone of this process, for what localtime and mktime do. Call before any thread starts.
void use_time_zone(const GlobalOptions& options);

/// `2024-03-05 10:00 +0100` in local time.
std::string local_time(std::int64_t unix_seconds);
/// What people read: local time on a terminal, RFC 3339 in UTC otherwise; "-" where unknown.
std::string shown_time(const std::optional<index::DateTime>& date, bool on_terminal);

/// Says on stderr which databases of places could not be used, and why.
void say_place_failures(const std::vector<std::string>& failures);
/// The same of files of trackers, and of rows in them.
void say_tracker_failures(const std::vector<std::string>& failures);

/// `1,234,567`
std::string with_commas(std::uint64_t number);
/// `1.2 MB`, decimal units.
std::string shown_size(std::uint64_t octets);

/// `text` cut or filled with blanks to so many columns, by East Asian width where that is plain (Han, Kana,
/// Hangul and full-width forms take two). Controls must have been made visible before.
std::string fitted(std::string_view text, std::size_t columns);
/// The same, but not filled.
std::string cut_to(std::string_view text, std::size_t columns);

/// A cell of RFC 4180 CSV, quoted where it must be, controls made visible.
std::string csv_cell(std::string_view text);

inline constexpr std::string_view kBold = "\x1b[1m";
inline constexpr std::string_view kDim = "\x1b[2m";
inline constexpr std::string_view kRed = "\x1b[31m";
inline constexpr std::string_view kGreen = "\x1b[32m";
inline constexpr std::string_view kYellow = "\x1b[33m";
inline constexpr std::string_view kCyan = "\x1b[36m";
inline constexpr std::string_view kPlain = "\x1b[0m";

}  // namespace mailspoor::cli
