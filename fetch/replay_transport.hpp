#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fetch/transport.hpp"

namespace mailspoor::fetch {

/// Plays a server from memory and keeps what the client wrote: for tests, recorded sessions and the fuzzer.
class ReplayTransport : public Transport {
 public:
  /// What the server says next, once the client has written a line that contains `awaits` (empty: at once).
  /// In `octets`, `$TAG` stands for the first word of that line; without a line, of the client's last one.
  struct Step {
    std::string awaits;
    std::string octets;
  };
  struct Options {
    bool encrypted = true;
    std::size_t chunk = std::numeric_limits<std::size_t>::max();  ///< Octets a read() gives at most.
    std::vector<std::string> connect_lines{};
    ChannelBinding channel_binding{};
  };

  ReplayTransport(std::vector<Step> script, Options options);
  ReplayTransport(std::string octets, Options options);

  /// 0 at the end of the script. @throws NetworkError when the script waits for what the client never wrote.
  std::size_t read(std::span<char> buffer) override;
  void write(std::string_view octets) override { written_ += octets; }
  void close() noexcept override {}
  bool is_encrypted() const noexcept override { return options_.encrypted; }
  const std::vector<std::string>& connect_lines() const noexcept override { return options_.connect_lines; }

  const std::string& written() const noexcept { return written_; }

 private:
  bool begin_step();

  std::vector<Step> script_;
  Options options_;
  std::string written_;
  std::size_t answered_ = 0;  // octets of written_ up to the end of the line that the last step answered
  std::size_t step_ = 0;
  std::string pending_;
  std::size_t offset_ = 0;
};

}  // namespace mailspoor::fetch
