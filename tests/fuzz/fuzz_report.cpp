// The parts of a multipart/report, and the header fields that ask for one.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "deliver/base/text.hpp"
#include "index/message/header_section.hpp"
#include "index/track/receipts.hpp"
#include "index/track/report.hpp"
#include "tests/fuzz/fuzz_target.hpp"

using namespace mailspoor;

namespace {

void require_sound(const std::optional<std::string>& value) {
  require(!value || (!value->empty() && base::is_utf8(*value) && value->size() <= 6'000));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets{reinterpret_cast<const char*>(data), size};
  const auto disposition = index::read_disposition_report(octets);
  require_sound(disposition.final_recipient);
  require_sound(disposition.original_recipient);
  require_sound(disposition.disposition);
  require_sound(disposition.disposition_mode);
  require_sound(disposition.original_message_id);
  const auto delivery = index::read_delivery_report(octets);
  require_sound(delivery.reporting_mta);
  require_sound(delivery.original_envelope_id);
  require(delivery.recipients.size() <= index::kMaxReportRecipients);
  for (const auto& recipient : delivery.recipients) {
    require_sound(recipient.final_recipient);
    require_sound(recipient.action);
    require_sound(recipient.status);
  }
  const auto section = index::parse_header_section(octets);
  const auto receipt = index::read_receipt(section.fields);
  require(!receipt || (!receipt->empty() && base::is_utf8(*receipt)));
  index::is_one_click_unsubscribe(section.fields);
  return 0;
}
