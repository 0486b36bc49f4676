#include "fetch/imap/stub.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "deliver/base/text.hpp"

namespace mailspoor::fetch::imap {
namespace {

constexpr std::string_view kFrom = "microsoft exchange server";
constexpr std::string_view kSubject = "retrieval using the imap4 protocol failed for the following message";
constexpr std::array<std::string_view, 2> kNames{"microsoft exchange", "microsoft.exchange"};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  return text.substr(0, text.find_last_not_of(kSpace) + 1);
}

/// Takes a line off the front, without its end; empty at the end of the header section.
std::string_view take_line(std::string_view& rest) {
  const auto end = std::min(rest.find('\n'), rest.size());
  auto line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// Takes the next header field off the front: its name and its body on one line, in small letters.
std::pair<std::string_view, std::string> take_field(std::string_view& rest) {
  const auto line = take_line(rest);
  const auto colon = std::min(line.find(':'), line.size());
  std::string body{trimmed(line.substr(std::min(colon + 1, line.size())))};
  while (!line.empty() && (rest.starts_with(' ') || rest.starts_with('\t'))) {
    body += ' ';
    body += trimmed(take_line(rest));
  }
  return {line.substr(0, colon), base::to_lower(body)};
}

bool has_name(std::string_view text) {
  return std::any_of(kNames.begin(), kNames.end(), [text = base::to_lower(text)](std::string_view name) {
    return text.find(name) != std::string::npos;
  });
}

}  // namespace

/// `* OK The Microsoft Exchange IMAP4 service is ready.`, `("name" "Microsoft.Exchange.Imap4.Imap4Server")`.
bool sends_stubs(const ServerIdentity& server) {
  return has_name(server.greeting) || std::any_of(server.id.begin(), server.id.end(),
                                                  [](const auto& field) { return has_name(field.second); });
}

///     From: Microsoft Exchange Server 2010
///     Subject: Retrieval using the IMAP4 protocol failed for the following
///      message: 20004
///
/// Exchange 2010 writes no address, others `<>` or `<.MISSING-HOST-NAME.>`. Whoever sends such words by mail
/// has an address, and servers on the way that add Received fields: that message is kept.
bool is_stub(std::string_view octets) {
  octets = octets.substr(0, kStubOctets);
  bool is_from_server = false;
  bool is_about_retrieval = false;
  while (!octets.empty()) {
    const auto [name, body] = take_field(octets);
    if (name.empty()) break;
    if (base::equal_ignoring_case(name, "Received")) return false;
    if (base::equal_ignoring_case(name, "From")) {
      const auto unquoted = body.starts_with('"') ? std::string_view{body}.substr(1) : std::string_view{body};
      if (!unquoted.starts_with(kFrom) || body.find('@') != std::string::npos) return false;
      is_from_server = true;
    }
    if (base::equal_ignoring_case(name, "Subject")) is_about_retrieval = body.starts_with(kSubject);
  }
  return is_from_server && is_about_retrieval;
}

}  // namespace mailspoor::fetch::imap
