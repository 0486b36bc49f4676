#include "deliver/adopted_message.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "deliver/base/hex.hpp"
#include "deliver/base/sha256.hpp"
#include "deliver/base/text.hpp"
#include "deliver/base/unique_fd.hpp"

namespace mailspoor::deliver {
namespace {

constexpr std::size_t kBlock = 1U << 16U;
constexpr std::size_t kMaxHeader = std::size_t{256} * 1024;  // mbsync's field stands in front of the others
constexpr std::string_view kMark = "X-TUID: ";
constexpr std::size_t kMarkLetters = 12;

void for_each_block(const std::filesystem::path& path, const std::function<void(std::string_view)>& take) {
  const auto fail = [&] {
    throw UnreadableError{"cannot read " + path.string() + ": " + std::strerror(errno)};
  };
  // Without O_NONBLOCK a FIFO would wait for a writer, for ever.
  const base::UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) fail();
  if (!S_ISREG(status.st_mode)) throw UnreadableError{"cannot read " + path.string() + ": it is no file"};
  std::array<char, kBlock> block{};
  for (;;) {
    const auto got = ::read(fd.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail();
    if (got == 0) return;
    take({block.data(), static_cast<std::size_t>(got)});
  }
}

/// Where mbsync's field stands in a header section, its line end included; empty if it does not.
std::string_view mark_in(std::string_view header_section) {
  auto rest = header_section;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size() - 1) + 1;
    auto line = rest.substr(0, end);
    const auto whole = line;
    rest.remove_prefix(end);
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) break;
    if (line.starts_with(kMark) && line.size() == kMark.size() + kMarkLetters) return whole;
  }
  return {};
}

}  // namespace

AdoptedMessage::AdoptedMessage(std::filesystem::path path) : path_{std::move(path)} {
  std::string start;
  char last = 0;
  for_each_block(path_, [&](std::string_view octets) {
    if (start.size() < kMaxHeader) start += octets.substr(0, kMaxHeader - start.size());
    has_crlf_ = has_crlf_ || (last == '\r' && octets.front() == '\n') ||
                octets.find("\r\n") != std::string_view::npos;
    last = octets.back();
  });
  if (const auto mark = mark_in(start); !mark.empty()) {
    mark_begin_ = static_cast<std::uint64_t>(mark.data() - start.data());
    mark_end_ = mark_begin_ + mark.size();
  }
  base::Sha256 hash;
  read([&](std::string_view octets) { hash.update(octets); });
  sha256_ = base::to_hex(hash.finish());
}

void AdoptedMessage::read(const std::function<void(std::string_view octets)>& take) const {
  std::uint64_t offset = 0;
  std::string lines;
  for_each_block(path_, [&](std::string_view octets) {
    const auto begin = std::clamp(mark_begin_, offset, offset + octets.size()) - offset;
    const auto end = std::clamp(mark_end_, offset, offset + octets.size()) - offset;
    offset += octets.size();
    for (const auto part : {octets.substr(0, begin), octets.substr(end)}) {
      if (part.empty()) continue;
      if (has_crlf_) {
        take(part);
        continue;
      }
      lines.clear();
      for (const char c : part) {
        if (c == '\n') lines += '\r';
        lines += c;
      }
      take(lines);
    }
  });
}

}  // namespace mailspoor::deliver
