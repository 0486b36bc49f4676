#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fetch/deflate_transport.hpp"
#include "fetch/error.hpp"
#include "tests/fuzz/fuzz_target.hpp"

// The input is what a server sends after COMPRESS=DEFLATE: however it is cut, the same comes out and it ends
// in the same way. Then it is what the client writes, which must come out again. Its first two octets choose
// the sizes of the pieces.
namespace mailspoor::fetch {
namespace {

constexpr std::size_t kMost = std::size_t{4} * 1024 * 1024;  // a bomb needs no more to show

/// Says `octets`, at most `chunk` at a time, and keeps what is written. No ReplayTransport: that looks into
/// what it plays.
class Server : public Transport {
 public:
  Server(std::string_view octets, std::size_t chunk, std::string& written)
      : Transport{std::chrono::seconds{60}}, octets_{octets}, chunk_{chunk}, written_{written} {}
  std::size_t read(std::span<char> buffer) override {
    const std::size_t count = std::min({buffer.size(), chunk_, octets_.size()});
    octets_.copy(buffer.data(), count);
    octets_.remove_prefix(count);
    return count;
  }
  void write(std::string_view octets) override { written_ += octets; }
  void close() noexcept override {}
  bool is_encrypted() const noexcept override { return true; }
  const std::vector<std::string>& connect_lines() const noexcept override { return lines_; }

 private:
  std::string_view octets_;
  std::size_t chunk_;
  std::string& written_;
  std::vector<std::string> lines_;
};

/// What is read, up to kMost octets, and a letter for how it ended.
std::string heard(std::string_view before, std::string_view stream, std::size_t chunk, std::size_t room) {
  std::string written;
  DeflateTransport transport{std::make_unique<Server>(stream, chunk, written), before};
  std::vector<char> buffer(room);
  std::string octets;
  try {
    while (octets.size() < kMost) {
      const std::size_t count = transport.read(buffer);
      require(count <= buffer.size());
      if (count == 0) return octets + "c";
      octets.append(buffer.data(), count);
    }
    return octets.substr(0, kMost) + "m";
  } catch (const ProtocolError&) {
    return octets + "p";
  } catch (const NetworkError&) {
    return octets + "n";
  }
}

void run(std::string_view input, std::size_t chunk, std::size_t room) {
  const std::string whole = heard("", input, input.size() + 1, 65536);
  require(heard("", input, chunk, room) == whole);
  const std::size_t cut = std::min(chunk * 16, input.size());
  require(heard(input.substr(0, cut), input.substr(cut), 65536, 65536) == whole);

  std::string written;
  {
    DeflateTransport transport{std::make_unique<Server>("", 1, written), ""};
    for (std::string_view rest = input; !rest.empty(); rest.remove_prefix(std::min(rest.size(), cut)))
      transport.write(rest.substr(0, cut));
  }
  require(heard("", written, chunk, 65536) == std::string{input} + "c");
}

}  // namespace
}  // namespace mailspoor::fetch

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  mailspoor::fetch::run({reinterpret_cast<const char*>(data) + 2, size - 2}, data[0] % 64U + 1,
                        data[1] % 64U * 64 + 1);
  return 0;
}
