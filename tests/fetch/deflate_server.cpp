#include "tests/fetch/deflate_server.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <vector>

namespace mailspoor::fetch {
namespace {

using Step = int (*)(z_stream*, int);

/// All that comes out of a stream for `octets`.
std::string run(z_stream& stream, Step step, std::string_view octets, int flush) {
  std::string result;
  std::vector<Bytef> in{octets.begin(), octets.end()};
  std::array<Bytef, 4096> out;
  stream.next_in = in.data();
  stream.avail_in = static_cast<unsigned>(in.size());
  do {
    stream.next_out = out.data();
    stream.avail_out = static_cast<unsigned>(out.size());
    const int code = step(&stream, flush);
    EXPECT_TRUE(code == Z_OK || code == Z_BUF_ERROR || code == Z_STREAM_END) << code;
    result.append(out.begin(), out.end() - stream.avail_out);
  } while (stream.avail_out == 0);
  EXPECT_EQ(stream.avail_in, 0U);
  return result;
}

}  // namespace

struct DeflateServer::Streams {
  Streams() {
    EXPECT_EQ(inflateInit2(&in, -15), Z_OK);
    EXPECT_EQ(deflateInit2(&out, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
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

std::string deflated(std::string_view octets, Stream stream) {
  z_stream out{};
  EXPECT_EQ(deflateInit2(&out, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
  auto result = run(out, deflate, octets, stream == Stream::ends ? Z_FINISH : Z_SYNC_FLUSH);
  deflateEnd(&out);
  return result;
}

std::string inflated(std::string_view octets) {
  z_stream in{};
  EXPECT_EQ(inflateInit2(&in, -15), Z_OK);
  auto result = run(in, inflate, octets, Z_SYNC_FLUSH);
  inflateEnd(&in);
  return result;
}

DeflateServer::DeflateServer(Transport& plain, std::size_t chunk)
    : Transport{plain.deadlines().idle()},
      plain_{plain},
      chunk_{chunk},
      streams_{std::make_unique<Streams>()} {}

DeflateServer::~DeflateServer() = default;

void DeflateServer::write(std::string_view octets) {
  const std::string plain =
      compresses_ ? run(streams_->in, inflate, octets, Z_SYNC_FLUSH) : std::string{octets};
  was_asked_ = was_asked_ || plain.find("COMPRESS DEFLATE") != std::string::npos;
  plain_.write(plain);
}

std::size_t DeflateServer::read(std::span<char> buffer) {
  if (pending_.empty()) {
    std::array<char, 65536> block;
    const std::size_t count = plain_.read(block);
    std::string_view said{block.data(), count};
    const auto end = said.find("\r\n");
    if (was_asked_ && !compresses_ && end != std::string_view::npos &&
        said.substr(0, end).find(" OK") != std::string_view::npos) {
      pending_ = said.substr(0, end + 2);
      said.remove_prefix(end + 2);
      compresses_ = true;
    }
    if (!said.empty())
      pending_ += compresses_ ? run(streams_->out, deflate, said, Z_SYNC_FLUSH) : std::string{said};
  }
  const auto count = std::min({buffer.size(), chunk_, pending_.size()});
  std::copy_n(pending_.data(), count, buffer.data());
  pending_.erase(0, count);
  return count;
}

}  // namespace mailspoor::fetch
