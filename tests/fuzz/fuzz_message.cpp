// The whole message parser over arbitrary octets: limits, MIME, charsets, header fields.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

#include "deliver/base/text.hpp"
#include "index/message/message_parser.hpp"
#include "index/message/octet_scan.hpp"
#include "tests/fuzz/fuzz_target.hpp"

using namespace mailspoor;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const int fd = ::memfd_create("message", 0);
  require(::ftruncate(fd, 0) == 0);
  require(::pwrite(fd, data, size, 0) == static_cast<ssize_t>(size));
  const auto facts = index::scan_octets(fd, "message");
  require(facts.size == size);
  std::uint64_t end = 0;
  for (const auto& span : facts.kept) {
    require(span.begin >= end && span.begin <= span.end && span.end <= size);
    end = span.end;
  }
  const auto message = index::parse_message(fd, "message");
  require(message.summary.size == size && message.summary.id.size() == 64);
  for (const auto& text : message.texts) require(base::is_utf8(text.text));
  for (const auto& attachment : message.attachments) require(base::is_utf8(attachment.filename.value_or("")));
  for (const auto& address : message.summary.from)
    require(base::is_utf8(address.display_name) && base::is_utf8(address.addr_spec));
  require(base::is_utf8(message.summary.subject.value_or("")) &&
          base::is_utf8(message.summary.message_id.value_or("")));
  return 0;
}
