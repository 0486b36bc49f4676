#include <cstdint>
#include <string>
#include <string_view>

#include "fetch/imap/stub.hpp"
#include "tests/fuzz/fuzz_target.hpp"

// Any octets as the front of a message. No octet behind the header section, and none behind the limit,
// changes what is said of it.
using mailspoor::fetch::imap::is_stub;
using mailspoor::fetch::imap::kStubOctets;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string octets{reinterpret_cast<const char*>(data), size};
  const bool is = is_stub(octets);
  require(is_stub(octets.substr(0, kStubOctets)) == is);
  require(!is_stub("Received: from a\r\n" + octets));
  if (octets.find("\n\n") == std::string::npos && octets.find("\n\r\n") == std::string::npos &&
      size < kStubOctets / 2 && octets.ends_with("\r\n"))
    require(is_stub(octets + "\r\nFrom: a@b\r\nReceived: from a\r\n") == is);
  return 0;
}
