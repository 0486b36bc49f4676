#include "fetch/deflate_transport.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <limits>
#include <new>
#include <utility>

#include "fetch/error.hpp"

namespace mailspoor::fetch {
namespace {

constexpr std::size_t kBlock = std::size_t{16} * 1024;  // octets from or to the inner transport at a time
constexpr int kRawDeflate = -15;                        // window bits, negative for no header (zlib.h)
constexpr int kMemoryLevel = 8;                         // zlib's default
/// Octets that may wait for something to come out: the header of a block has some hundreds, and each write of
/// the server ends with five.
constexpr std::uint64_t kMaxUnpaid = std::uint64_t{64} * 1024;

unsigned available(std::size_t size) noexcept {
  return static_cast<unsigned>(std::min<std::size_t>(size, std::numeric_limits<unsigned>::max()));
}

/// zlib wants octets that it only reads without const.
Bytef* octets_of(const char* octets) noexcept { return reinterpret_cast<Bytef*>(const_cast<char*>(octets)); }

}  // namespace

struct DeflateTransport::Streams {
  Streams() {
    if (inflateInit2(&in, kRawDeflate) != Z_OK) throw std::bad_alloc{};
    if (deflateInit2(&out, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kRawDeflate, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
      inflateEnd(&in);
      throw std::bad_alloc{};
    }
  }
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;
  ~Streams() {
    inflateEnd(&in);
    deflateEnd(&out);
  }

  z_stream in{};
  z_stream out{};
};

DeflateTransport::DeflateTransport(std::unique_ptr<Transport> inner, std::string_view received)
    : Transport{inner->deadlines().idle()},
      inner_{std::move(inner)},
      streams_{std::make_unique<Streams>()},
      received_{received.begin(), received.end()} {
  streams_->in.next_in = octets_of(received_.data());
  streams_->in.avail_in = available(received_.size());
}

DeflateTransport::~DeflateTransport() = default;

/// Reads more of the stream. False at the connection's end.
bool DeflateTransport::fill() {
  received_.resize(kBlock);
  const std::size_t count = inner_->read(received_);
  streams_->in.next_in = octets_of(received_.data());
  streams_->in.avail_in = available(count);
  return count > 0;
}

std::size_t DeflateTransport::read(std::span<char> buffer) {
  z_stream& in = streams_->in;
  for (;;) {
    const unsigned before = in.avail_in;
    in.next_out = octets_of(buffer.data());
    in.avail_out = available(buffer.size());
    // Before anything is read: the inflater may still hold what found no room in the last buffer.
    const int code = inflate(&in, Z_SYNC_FLUSH);
    const std::size_t count = available(buffer.size()) - in.avail_out;
    unpaid_ += before - in.avail_in;
    unpaid_ -= std::min<std::uint64_t>(unpaid_, count);
    if (unpaid_ > kMaxUnpaid) deadlines().useless(std::exchange(unpaid_, 0));
    if (count > 0) return count;
    if (code == Z_MEM_ERROR) throw std::bad_alloc{};
    if (code == Z_STREAM_END) throw NetworkError{"the server ended the compressed stream"};
    if (code != Z_OK && code != Z_BUF_ERROR) {
      throw ProtocolError{
          fmt::format("what the server sends as compressed is damaged ({}): --no-compress does without",
                      in.msg != nullptr ? in.msg : "no deflate")};
    }
    if (in.avail_in == 0 && !fill()) return 0;
  }
}

/// Each write ends at an octet that the server can inflate to: it may be waiting for it.
void DeflateTransport::write(std::string_view octets) {
  z_stream& out = streams_->out;
  std::array<char, kBlock> block;
  while (!octets.empty()) {
    const unsigned size = available(octets.size());
    out.next_in = octets_of(octets.data());
    out.avail_in = size;
    octets.remove_prefix(size);
    do {
      out.next_out = octets_of(block.data());
      out.avail_out = available(block.size());
      [[maybe_unused]] const int code = deflate(&out, Z_SYNC_FLUSH);
      assert(code == Z_OK || code == Z_BUF_ERROR);  // it has all its memory since it began
      if (out.avail_out < block.size()) inner_->write({block.data(), block.size() - out.avail_out});
    } while (out.avail_out == 0);
  }
}

}  // namespace mailspoor::fetch
