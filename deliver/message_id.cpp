#include "deliver/message_id.hpp"

#include <algorithm>

#include "deliver/base/ascii.hpp"
#include "deliver/base/text.hpp"
#include "deliver/directory.hpp"

namespace mailspoor::deliver {
namespace {

using base::is_wsp;

constexpr std::size_t kMaxMessageId = 2'000;  // two lines of RFC 5322 §2.1.1
constexpr std::size_t kUsualHeader = std::size_t{8} * 1024;
constexpr std::size_t kMaxHeader = std::size_t{256} * 1024;

/// Takes a line with its LF.
std::string_view take_line(std::string_view& rest) {
  const auto line = rest.substr(0, std::min(rest.find('\n'), rest.size() - 1) + 1);
  rest.remove_prefix(line.size());
  return line;
}

bool is_empty_line(std::string_view line) noexcept { return line == "\n" || line == "\r\n"; }

bool has_end_of_header(std::string_view text) noexcept {
  return text.starts_with('\n') || text.starts_with("\r\n") || text.find("\n\n") != std::string_view::npos ||
         text.find("\n\r\n") != std::string_view::npos;
}

void append_without_space(std::string& text, std::string_view octets) {
  std::copy_if(octets.begin(), octets.end(), std::back_inserter(text),
               [](char c) { return !base::is_blank(c); });
}

}  // namespace

///     message-id = "Message-ID" *WSP ":" unstructured CRLF      RFC 5322 §3.6.4, §4.5
///
/// A line that begins with WSP continues the field (§2.2.3).
std::optional<std::string> message_id(std::string_view header_section) {
  constexpr std::string_view kName = "Message-ID";
  auto rest = header_section;
  while (!rest.empty()) {
    auto line = take_line(rest);
    if (is_empty_line(line)) return std::nullopt;
    if (!base::starts_with_ignoring_case(line, kName)) continue;
    line.remove_prefix(kName.size());
    line.remove_prefix(
        static_cast<std::size_t>(std::find_if_not(line.begin(), line.end(), is_wsp) - line.begin()));
    if (!line.starts_with(':')) continue;
    line.remove_prefix(1);
    std::string body;
    append_without_space(body, line);
    while (!rest.empty() && is_wsp(rest.front()) && body.size() <= kMaxMessageId)
      append_without_space(body, take_line(rest));
    if (body.empty() || body.size() > kMaxMessageId) return std::nullopt;
    return body;
  }
  return std::nullopt;
}

std::optional<std::string> file_message_id(const Directory& directory, const std::string& name) {
  const auto file = directory.find_file(name);
  if (!file) return std::nullopt;
  for (const auto size : {kUsualHeader, kMaxHeader}) {
    const auto octets = read_at(file->get(), 0, size, directory.path_of(name));
    if (octets.size() < size || has_end_of_header(octets)) return message_id(octets);
  }
  return std::nullopt;
}

}  // namespace mailspoor::deliver
