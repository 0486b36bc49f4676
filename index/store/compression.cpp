#include "index/store/compression.hpp"

#include <zlib.h>

#include <new>

#include "index/error.hpp"

namespace mailspoor::index {

std::string compressed(std::string_view octets) {
  uLongf size = compressBound(octets.size());
  std::string result(size, '\0');
  const auto* input = reinterpret_cast<const Bytef*>(octets.data());
  if (compress2(reinterpret_cast<Bytef*>(result.data()), &size, input, octets.size(), Z_BEST_SPEED) != Z_OK)
    throw std::bad_alloc{};
  result.resize(size);
  return result;
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
