#include "index/trace/sender.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "deliver/base/text.hpp"
#include "index/message/octet_scan.hpp"
#include "index/trace/client.hpp"
#include "index/trace/hidden_times.hpp"
#include "index/trace/name_tricks.hpp"
#include "index/trace/sender_facts.hpp"

namespace mailspoor::index {
namespace {

Finding no_message_id() {
  return {"NO_MESSAGE_ID", Severity::notice, std::nullopt,
          "The message has no Message-ID. Mail programs give every message one; scripts and old "
          "software may not."};
}

/// One is all that RFC 5322 §3.6 allows.
std::optional<Finding> several_from_fields(std::span<const HeaderField> fields) {
  const auto count = std::count_if(fields.begin(), fields.end(), [](const HeaderField& field) {
    return base::equal_ignoring_case(field.name, "From");
  });
  if (count < 2) return std::nullopt;
  return Finding{
      "MULTIPLE_FROM", Severity::warning, std::nullopt,
      fmt::format("The message has {} From fields, where one is allowed. Which of them a mail program "
                  "shows, and which a filter judges, differs from program to program.",
                  count)};
}

}  // namespace

bool may_hold_more(std::string_view header_section, std::span<const HeaderField> fields) noexcept {
  return header_section.size() >= kMaxHeaderOctets || fields.size() >= kMaxHeaderFields;
}

void read_sender(std::span<const HeaderField> fields, MessageObject& message) {
  const auto add = [&](std::vector<Finding> more) {
    message.findings.insert(message.findings.end(), std::move_iterator{more.begin()},
                            std::move_iterator{more.end()});
  };
  message.sender_facts = sender_facts(fields, message.summary, message.defects);
  if (!message.summary.message_id && !may_hold_more(message.header_section, fields)) add({no_message_id()});
  if (auto several = several_from_fields(fields)) add({std::move(*several)});
  add(sender_findings(message.sender_facts));
  add(name_findings(message.summary.from, message.defects));
  auto reading = read_client(fields, message.summary);
  message.client = std::move(reading.client);
  if (reading.mismatch) add({std::move(*reading.mismatch)});
  message.hidden_times = hidden_times(fields, message, message.defects);
}

}  // namespace mailspoor::index
