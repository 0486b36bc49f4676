#include "deliver/base/maildrop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "deliver/base/sha256.hpp"
#include "deliver/base/text.hpp"

namespace mailspoor::base {
namespace {

constexpr std::size_t kHashDigits = 16;

std::uint64_t hash_of(std::string_view octets) {
  return maildrop_hash(std::string_view{to_hex(sha256(octets))}.substr(0, kHashDigits)).value_or(0);
}

// qpopper, UW ipop3d, Solid POP3 and others.
constexpr std::array<std::string_view, 6> kNotesOfServers{
    "Status:", "X-Status:", "X-UIDL:", "X-Keywords:", "X-UID:", "X-IMAP:"};

bool is_note_of_server(std::string_view line) noexcept {
  return std::any_of(kNotesOfServers.begin(), kNotesOfServers.end(),
                     [&](std::string_view name) { return starts_with_ignoring_case(line, name); });
}

}  // namespace

MaildropName maildrop_name(std::string_view uidl) {
  return {.uidl = to_valid_utf8(uidl), .hash = hash_of(uidl)};
}

MaildropName nameless_maildrop_name(std::string_view digest) { return {.uidl = {}, .hash = hash_of(digest)}; }

std::string to_hex(std::uint64_t hash) { return fmt::format("{:016x}", hash); }

std::optional<std::uint64_t> maildrop_hash(std::string_view digits) noexcept {
  std::uint64_t hash = 0;
  const auto* const end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, hash, 16);
  if (digits.size() != kHashDigits || read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return hash;
}

std::string header_digest(std::string_view octets) {
  const auto lines = octets.substr(0, octets.find("\r\n\r\n"));
  std::string header;
  bool is_note = false;
  for (auto rest = lines; !rest.empty();) {
    const auto line = rest.substr(0, std::min(rest.find('\n'), rest.size() - 1) + 1);
    rest.remove_prefix(line.size());
    const bool is_continued = line.starts_with(' ') || line.starts_with('\t');
    if (!is_continued) is_note = is_note_of_server(line);
    if (!is_note) header += line;
  }
  while (header.ends_with('\n') || header.ends_with('\r')) header.pop_back();
  return to_hex(sha256(header));
}

}  // namespace mailspoor::base
