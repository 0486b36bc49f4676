// A header section: what it tells of the sender, whatever stands in it.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "deliver/base/text.hpp"
#include "index/trace/client_marks.hpp"
#include "index/trace/hidden_times.hpp"
#include "index/trace/ip_address.hpp"
#include "index/trace/sender.hpp"
#include "index/trace/shape.hpp"
#include "tests/fuzz/fuzz_target.hpp"

using namespace mailspoor;

namespace {

constexpr std::int64_t kYear1990 = 631'152'000'000'000;
constexpr std::int64_t kYear2100 = 4'102'444'800'000'000;

bool is_field(std::string_view name, std::string_view wanted) {
  return base::equal_ignoring_case(name, wanted);
}

/// What the message parser reads before: Message-ID and author, as simply as can be.
void read_summary(std::span<const index::HeaderField> fields, index::MessageSummary& summary) {
  for (const auto& field : fields) {
    const auto text = base::to_valid_utf8(index::unfold(field.body));
    if (is_field(field.name, "Message-ID")) summary.message_id = text;
    if (is_field(field.name, "From")) summary.from.push_back({text, text});
    if (is_field(field.name, "Reply-To")) summary.reply_to.push_back({"", text});
    if (is_field(field.name, "Date")) summary.date = index::parse_date_time(field.body);
  }
}

void require_sound(const index::MessageObject& message) {
  for (const auto& time : message.hidden_times) {
    require(time.microseconds >= kYear1990 && time.microseconds < kYear2100);
    require(time.offset < message.header_section.size());
    require(base::is_utf8(time.raw) && !time.source.empty() && to_text(time).size() >= 19);
  }
  const auto& facts = message.sender_facts;
  for (const auto& fact : facts.fields)
    require(base::is_utf8(fact.value) && fact.value.size() <= 1'000 && !fact.tells.empty());
  require(base::is_utf8(facts.message_id_host.value_or("")) && base::is_utf8(facts.list_id.value_or("")));
  if (facts.originating_ip) {
    const auto address = index::parse_ip_address(facts.originating_ip->ip);
    require(address && index::to_text(*address) == facts.originating_ip->ip);
  }
  const auto& client = message.client;
  require(client.program.has_value() == !client.basis.empty());
  require(!client.version || (client.program && base::is_utf8(*client.version)));
  for (const auto& finding : message.findings)
    require(base::is_utf8(finding.detail) && finding.detail.size() < 40'000 && !finding.hop);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets{reinterpret_cast<const char*>(data), size};
  index::MessageObject message;
  message.header_section = octets;
  const auto section = index::parse_header_section(message.header_section);
  read_summary(section.fields, message.summary);
  index::read_sender(section.fields, message);
  require_sound(message);
  // The first line as a text, the second as a shape.
  const auto end = octets.find('\n');
  if (end != std::string_view::npos) {
    const auto text = octets.substr(0, end);
    if (const auto parts = index::match_shape(text, octets.substr(end + 1, 200))) {
      for (const auto part : *parts) require(part.size() <= text.size());
    }
  }
  return 0;
}
