#include "cli/authentication_text.hpp"

#include <fmt/format.h>

#include "deliver/base/text.hpp"

namespace mailspoor::cli {

std::string shown_authentication(const index::Authentication& entry) {
  auto line =
      fmt::format("{:<8} {:<10} {}", entry.method, entry.result.value_or("-"), entry.domain.value_or("-"));
  if (entry.selector) line += fmt::format(" (selector {})", *entry.selector);
  if (entry.ip) line += fmt::format(" from {}", *entry.ip);
  if (entry.alignment == index::Alignment::none) line += ", another domain than From";
  if (entry.reason) line += fmt::format(", {}", *entry.reason);
  const auto* standing = entry.is_trusted ? ""
                         : entry.source_kind == index::AuthenticationSource::dkim_signature
                             ? " (not verified)"
                             : " (claimed)";
  return base::printable(fmt::format("{} - {}{}", line, entry.source, standing));
}

}  // namespace mailspoor::cli
