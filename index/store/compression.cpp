#include "index/store/compression.hpp"

#include <zlib.h>

#include <new>

#include "index/error.hpp"

namespace mailspoor::index {

namespace {

/// One for all that a thread compresses: to make it costs as much as to compress a header section.
class Deflater {
 public:
  Deflater() {
    if (deflateInit(&stream_, Z_BEST_SPEED) != Z_OK) throw std::bad_alloc{};
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater() { deflateEnd(&stream_); }

  std::string compress(std::string_view octets) {
    deflateReset(&stream_);
    std::string result(deflateBound(&stream_, octets.size()), '\0');
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(octets.data()));  // which only reads
    stream_.avail_in = static_cast<uInt>(octets.size());
    stream_.next_out = reinterpret_cast<Bytef*>(result.data());
    stream_.avail_out = static_cast<uInt>(result.size());
    if (deflate(&stream_, Z_FINISH) != Z_STREAM_END) throw std::bad_alloc{};
    result.resize(result.size() - stream_.avail_out);
    return result;
  }

 private:
  z_stream stream_{};
};

}  // namespace

std::string compressed(std::string_view octets) {
  thread_local Deflater deflater;
  return deflater.compress(octets);
}

std::string decompressed(std::string_view octets) {
  constexpr std::size_t kMost = std::size_t{16} << 20U;
  const auto* input = reinterpret_cast<const Bytef*>(octets.data());
  std::string result;
  for (std::size_t room = 8 * octets.size() + 64; room <= 2 * kMost; room *= 2) {
    uLongf size = room < kMost ? room : kMost;
    result.resize(size);
    const int end = uncompress(reinterpret_cast<Bytef*>(result.data()), &size, input, octets.size());
    if (end == Z_OK) {
      result.resize(size);
      return result;
    }
    if (end == Z_MEM_ERROR) throw std::bad_alloc{};
    if (end != Z_BUF_ERROR) break;
  }
  throw DatabaseError{"a stored header section is damaged: run `mailspoor index --rebuild`"};
}

}  // namespace mailspoor::index
