#include <cstdint>
#include <string>
#include <string_view>

#include "deliver/message_id.hpp"
#include "tests/fuzz/fuzz_target.hpp"

// Any octets as a header section. What is read holds no white space, is not too long, and comes back from a
// field that has it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets{reinterpret_cast<const char*>(data), size};
  const auto id = mailspoor::deliver::message_id(octets);
  if (!id) return 0;
  require(!id->empty() && id->size() <= 2'000);
  require(id->find_first_of(" \t\r\n") == std::string::npos);
  require(mailspoor::deliver::message_id("Subject: x\r\nmessage-id :\r\n\t" + *id + "\r\n\r\n") == id);
  // Whatever stands behind it does not matter.
  require(mailspoor::deliver::message_id(std::string{octets} + "\n\nMessage-ID: y\n") == id);
  return 0;
}
