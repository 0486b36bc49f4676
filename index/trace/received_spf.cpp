#include "index/trace/received_spf.hpp"

#include <utility>

#include "deliver/base/text.hpp"
#include "index/trace/ip_address.hpp"
#include "index/trace/structured_cursor.hpp"

namespace mailspoor::index {
namespace {

std::string without_brackets(std::string value) {
  while (!value.empty() && value.back() == ',') value.pop_back();
  if (value.size() > 1 &&
      ((value.front() == '<' && value.back() == '>') || (value.front() == '[' && value.back() == ']')))
    value = value.substr(1, value.size() - 2);
  return value;
}

std::optional<std::string>* member(ReceivedSpf& spf, std::string_view key) {
  if (key == "client-ip") return &spf.client_ip;
  if (key == "envelope-from") return &spf.envelope_from;
  if (key == "helo") return &spf.helo;
  if (key == "receiver") return &spf.receiver;
  if (key == "identity") return &spf.identity;
  if (key == "mechanism") return &spf.mechanism;
  if (key == "problem") return &spf.problem;
  return nullptr;
}

/// `google.com: domain of bob@example.org designates ...`
std::optional<std::string> name_before_colon(std::string_view comment) {
  const auto end = comment.find_first_of(": \t");
  if (end == std::string_view::npos || end == 0 || comment[end] != ':') return std::nullopt;
  return std::string{comment.substr(0, end)};
}

}  // namespace

ReceivedSpf parse_received_spf(std::string_view field_body) {
  ReceivedSpf spf;
  StructuredCursor in{field_body};
  in.skip_cfws();
  spf.result = base::to_lower(in.take_word("="));
  while (!in.is_at_end()) {
    in.skip_cfws();
    if (in.take(';') || in.take(',')) continue;
    const auto key = base::to_lower(in.take_word("="));
    in.skip_cfws();
    if (!in.take('=')) {
      if (key.empty()) in.skip_octet();
      continue;
    }
    in.skip_cfws();
    auto value = without_brackets(in.take_value());
    auto* known = member(spf, key);
    if (known != nullptr && !*known) *known = std::move(value);
  }
  spf.comment = in.take_comments();
  if (spf.client_ip) {
    const auto address = parse_ip_address(*spf.client_ip);
    spf.client_ip = address ? std::optional{to_text(*address)} : std::nullopt;
  }
  if (!spf.receiver) spf.receiver = name_before_colon(spf.comment);
  return spf;
}

}  // namespace mailspoor::index
