#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mailspoor::index {

enum class Severity { info, notice, warning };

constexpr std::string_view to_text(Severity severity) noexcept {
  return severity == Severity::info ? "info" : severity == Severity::notice ? "notice" : "warning";
}

/// Something in a message that is worth a look. `docs/findings.md` says what each code means and how common
/// it is.
struct Finding {
  std::string code;  ///< `CHAIN_BREAK`
  Severity severity = Severity::notice;
  std::optional<std::size_t> hop;          ///< Its position, newest first from 0; of two the older one.
  std::string detail;                      ///< A sentence that says what was seen, never what it must mean.
  std::optional<std::size_t> newer_hop{};  ///< Of two the newer one.
  std::optional<std::size_t> field{};      ///< Position of another header field that it rests on.
  bool operator==(const Finding&) const = default;
};

}  // namespace mailspoor::index
