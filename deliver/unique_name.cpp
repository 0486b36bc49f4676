#include "deliver/unique_name.hpp"

#include <fmt/format.h>

#include <chrono>

#include "deliver/base/ascii.hpp"

namespace mailspoor::deliver {
namespace {

// With all other parts at their longest, `,S=,V=,U=` and flags included, the name stays below NAME_MAX of
// 255.
constexpr std::size_t kMaxHost = 64;

bool is_plain(char c) noexcept { return base::is_alphanumeric(c) || c == '.' || c == '-' || c == '_'; }

}  // namespace

UniqueNames::UniqueNames(const Environment& environment)
    : environment_{environment}, host_{escaped_host(environment.host_name)} {}

std::string UniqueNames::next() {
  using std::chrono::microseconds;
  using std::chrono::seconds;
  const auto now = environment_.now();
  const auto second = std::chrono::floor<seconds>(now);
  return fmt::format("{}.M{}P{}Q{}R{:016x}.{}", second.time_since_epoch().count(),
                     std::chrono::duration_cast<microseconds>(now - second).count(), environment_.pid,
                     ++count_, environment_.random(), host_);
}

std::string escaped_host(std::string_view host_name) {
  std::string escaped;
  for (const char c : host_name) {
    const auto octet =
        is_plain(c) ? std::string(1, c) : fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    if (escaped.size() + octet.size() > kMaxHost) break;
    escaped += octet;
  }
  return escaped.empty() ? "localhost" : escaped;
}

}  // namespace mailspoor::deliver
