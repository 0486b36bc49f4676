#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fetch/transport.hpp"

namespace mailspoor::fetch {

/// COMPRESS=DEFLATE (RFC 4978) over another transport: raw deflate (RFC 1951) without zlib's header, each way
/// one stream to the end of the connection. However much comes out, no more is held than one block that came
/// in. The deadlines are the inner transport's and see the octets as they are inflated; those that inflate to
/// hardly anything count as useless.
class DeflateTransport : public Transport {
 public:
  /// @param received  Octets that were read from `inner` before and belong to the stream.
  DeflateTransport(std::unique_ptr<Transport> inner, std::string_view received);
  ~DeflateTransport() override;

  /// 0 too where the connection ends in the middle of the stream.
  /// @throws ProtocolError for what is no deflate, NetworkError once the server has ended the stream; both
  /// only when all that came before has been read.
  std::size_t read(std::span<char> buffer) override;
  void write(std::string_view octets) override;
  void close() noexcept override { inner_->close(); }

  bool is_encrypted() const noexcept override { return inner_->is_encrypted(); }
  const std::vector<std::string>& connect_lines() const noexcept override { return inner_->connect_lines(); }
  Deadlines& deadlines() noexcept override { return inner_->deadlines(); }

 private:
  struct Streams;
  bool fill();

  std::unique_ptr<Transport> inner_;
  std::unique_ptr<Streams> streams_;
  std::vector<char> received_;  // what the inflater reads from
  std::uint64_t unpaid_ = 0;    // octets of it that nothing came out for
};

}  // namespace mailspoor::fetch
