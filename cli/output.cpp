#include "cli/output.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "cli/error.hpp"
#include "deliver/base/text.hpp"

namespace mailspoor::cli {
namespace {

/// Blocks of wide characters; enough for columns that line up in ordinary mail.
std::size_t width_of(char32_t c) {
  if ((c >= 0x0300 && c <= 0x036F) || (c >= 0x200B && c <= 0x200D) || (c >= 0xFE00 && c <= 0xFE0F)) return 0;
  const bool is_wide = (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0x303E) ||
                       (c >= 0x3041 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) ||
                       (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE6F) ||
                       (c >= 0xFF00 && c <= 0xFF60) || (c >= 0xFFE0 && c <= 0xFFE6) ||
                       (c >= 0x1F300 && c <= 0x1FAFF) || (c >= 0x20000 && c <= 0x3FFFD);
  return is_wide ? 2 : 1;
}

/// glibc takes a zone that it does not know for UTC, without a word.
bool is_time_zone(const std::string& zone) {
  const bool is_path = zone.find("..") == std::string::npos && zone.front() != '/';
  std::error_code error;
  if (is_path && std::filesystem::is_regular_file("/usr/share/zoneinfo/" + zone, error)) return true;
  // The POSIX form: a name and an offset.
  return zone == "UTC" || zone == "GMT" || zone.find_first_of("0123456789") != std::string::npos;
}

}  // namespace

void say(std::string_view text) noexcept {
  [[maybe_unused]] const auto written = std::fwrite(text.data(), 1, text.size(), stderr);
}

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20) return size.ws_col;
  return 80;
}

bool wants_color(const GlobalOptions& options) {
  if (options.color == "always") return true;
  if (options.color == "never") return false;
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool is_dumb = term != nullptr && std::string_view{term} == "dumb";
  return is_terminal(STDOUT_FILENO) && (no_color == nullptr || *no_color == '\0') && !is_dumb;
}

void use_time_zone(const GlobalOptions& options) {
  if (!options.tz.empty()) {
    if (!is_time_zone(options.tz)) {
      throw UsageError{"unknown time zone `" + base::printable(options.tz) +
                       "`: write Europe/Berlin, UTC, or <+03>-3"};
    }
    ::setenv("TZ", options.tz.c_str(), 1);
  }
  ::tzset();
}

std::string local_time(std::int64_t unix_seconds) {
  const std::time_t time = unix_seconds;
  std::tm parts{};
  if (localtime_r(&time, &parts) == nullptr) return index::to_rfc3339(unix_seconds);
  std::array<char, 40> text{};
  const auto length = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M %z", &parts);
  return {text.data(), length};
}

std::string shown_time(const std::optional<index::DateTime>& date, bool on_terminal) {
  if (!date) return "-";
  return on_terminal ? local_time(date->unix_seconds) : index::to_rfc3339(date->unix_seconds);
}

void say_place_failures(const std::vector<std::string>& failures) {
  for (const auto& failure : failures)
    say(fmt::format("mailspoor: {}; places are looked up without it\n", base::printable(failure)));
}

void say_tracker_failures(const std::vector<std::string>& failures) {
  for (const auto& failure : failures)
    say(fmt::format("mailspoor: {}; trackers are looked up without it\n", base::printable(failure)));
}

std::string with_commas(std::uint64_t number) {
  auto text = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

std::string shown_size(std::uint64_t octets) {
  constexpr std::array<const char*, 5> kUnits{"B", "kB", "MB", "GB", "TB"};
  if (octets < 1000) return fmt::format("{} B", octets);
  auto value = static_cast<double>(octets);
  std::size_t unit = 0;
  for (; value >= 999.95 && unit + 1 < kUnits.size(); ++unit) value /= 1000;
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

namespace {

/// The leading part of `text` that takes no more than so many columns, and how many it takes.
std::pair<std::string_view, std::size_t> leading(std::string_view text, std::size_t columns) {
  auto rest = text;
  std::size_t used = 0;
  while (!rest.empty()) {
    auto look = rest;
    const auto width = width_of(base::take_code_point(look));
    if (used + width > columns) break;
    used += width;
    rest = look;
  }
  return {text.substr(0, text.size() - rest.size()), used};
}

}  // namespace

std::string cut_to(std::string_view text, std::size_t columns) {
  return std::string{leading(text, columns).first};
}

std::string fitted(std::string_view text, std::size_t columns) {
  const auto [part, used] = leading(text, columns);
  std::string fit{part};
  fit.append(columns - used, ' ');
  return fit;
}

std::string csv_cell(std::string_view text) {
  auto shown = base::printable(text);
  if (shown.find_first_of(",\"") == std::string::npos) return shown;
  std::string cell = "\"";
  for (const char c : shown) {
    cell += c;
    if (c == '"') cell += '"';
  }
  return cell + '"';
}

}  // namespace mailspoor::cli
