#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fetch/transport.hpp"

namespace mailspoor::fetch {

/// `octets` as raw deflate, flushed: what a server sends after COMPRESS. With `ends` the stream ends there.
enum class Stream { goes_on, ends };
std::string deflated(std::string_view octets, Stream stream = Stream::goes_on);
/// The octets of a raw deflate stream so far. Fails the test if it is none.
std::string inflated(std::string_view octets);

/// Stands between the client and a server that knows nothing of compression. Once `COMPRESS DEFLATE` has been
/// answered with OK, it compresses what the server says behind that answer, glued to it if the server says
/// both at once, and inflates what the client writes.
class DeflateServer : public Transport {
 public:
  /// @param chunk  Octets that a read() gives at most.
  DeflateServer(Transport& plain, std::size_t chunk);
  ~DeflateServer() override;

  std::size_t read(std::span<char> buffer) override;
  void write(std::string_view octets) override;
  void close() noexcept override { plain_.close(); }
  bool is_encrypted() const noexcept override { return plain_.is_encrypted(); }
  const std::vector<std::string>& connect_lines() const noexcept override { return plain_.connect_lines(); }

 private:
  struct Streams;

  Transport& plain_;
  std::size_t chunk_;
  std::unique_ptr<Streams> streams_;
  bool was_asked_ = false;
  bool compresses_ = false;
  std::string pending_;
};

}  // namespace mailspoor::fetch
