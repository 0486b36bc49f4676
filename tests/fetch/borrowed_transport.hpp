#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fetch/transport.hpp"

namespace mailspoor::fetch {

/// Lends a transport to code that wants to own one, so that a test can look at it afterwards.
class BorrowedTransport : public Transport {
 public:
  explicit BorrowedTransport(Transport& lender) : Transport{std::chrono::seconds{60}}, lender_{lender} {
    set_channel_binding(lender.channel_binding());
  }

  std::size_t read(std::span<char> buffer) override { return lender_.read(buffer); }
  void write(std::string_view octets) override { lender_.write(octets); }
  void close() noexcept override { lender_.close(); }
  bool is_in_step() const noexcept override { return lender_.is_in_step(); }
  bool is_encrypted() const noexcept override { return lender_.is_encrypted(); }
  const std::vector<std::string>& connect_lines() const noexcept override { return lender_.connect_lines(); }

 private:
  Transport& lender_;
};

}  // namespace mailspoor::fetch
