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

/// `... domain of bob@example.org designates ...`, `... domain of transitioning example.org does not ...`
std::optional<std::string> domain_in(std::string_view comment) {
  constexpr std::string_view kBefore = "domain of ";
  const auto at = comment.find(kBefore);
  if (at == std::string_view::npos) return std::nullopt;
  auto rest = comment.substr(at + kBefore.size());
  constexpr std::string_view kTransitioning = "transitioning ";
  if (rest.starts_with(kTransitioning)) rest.remove_prefix(kTransitioning.size());
  const auto word = rest.substr(0, rest.find_first_of(" \t;,)"));
  const auto domain = word.substr(word.rfind('@') + 1);  // npos + 1 is 0
  return domain.empty() ? std::nullopt : std::optional{std::string{domain}};
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
  spf.comment_domain = domain_in(spf.comment);
  if (!spf.receiver) spf.receiver = name_before_colon(spf.comment);
  return spf;
}

}  // namespace mailspoor::index
