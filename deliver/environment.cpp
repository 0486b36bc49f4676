#include "deliver/environment.hpp"

#include <fmt/format.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <ctime>

#include "deliver/directory.hpp"

namespace mailspoor::deliver {
namespace {

std::uint64_t system_random() {
  std::uint64_t number = 0;
  // Up to 256 octets come whole and uninterrupted (getrandom(2)).
  if (getrandom(&number, sizeof number, 0) != static_cast<ssize_t>(sizeof number))
    throw_errno("read", "getrandom()");
  return number;
}

}  // namespace

Environment system_environment() {
  std::array<char, HOST_NAME_MAX + 1> host_name{};
  if (gethostname(host_name.data(), host_name.size() - 1) != 0) throw_errno("read", "host name");
  return {.now = [] { return std::chrono::system_clock::now(); },
          .host_name = host_name.data(),
          .pid = getpid(),
          .random = system_random};
}

std::string rfc3339(std::chrono::system_clock::time_point time) {
  // Not by gmtime(), which reads the file of the local time zone.
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(time - day)};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::optional<std::chrono::system_clock::time_point> parse_rfc3339(std::string_view text) {
  std::tm utc{};
  const std::string copy{text};
  const char* const end = strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  if (end == nullptr || *end != '\0') return std::nullopt;
  const auto time = std::chrono::system_clock::from_time_t(timegm(&utc));
  return rfc3339(time) == text ? std::optional{time} : std::nullopt;
}

}  // namespace mailspoor::deliver
