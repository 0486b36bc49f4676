#include "index/message_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "deliver/base/unique_fd.hpp"
#include "index/error.hpp"
#include "index/message/message_parser.hpp"

namespace mailspoor::index {
namespace {

[[noreturn]] void fail(const std::string& what) { throw DatabaseError{what + ": " + std::strerror(errno)}; }

/// A pipe cannot be read twice, so its octets go to a file without a name.
base::UniqueFd copy_of_standard_input() {
  std::FILE* file = std::tmpfile();
  if (file == nullptr) fail("cannot make a temporary file");
  base::UniqueFd copy{::dup(::fileno(file))};
  std::fclose(file);
  if (!copy) fail("cannot make a temporary file");
  std::array<char, std::size_t{64} * 1024> block;
  while (true) {
    const auto got = ::read(STDIN_FILENO, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("cannot read standard input");
    if (got == 0) return copy;
    for (ssize_t done = 0; done < got;) {
      const auto put = ::write(copy.get(), block.data() + done, static_cast<std::size_t>(got - done));
      if (put < 0 && errno != EINTR) fail("cannot write a temporary file");
      if (put > 0) done += put;
    }
  }
}

}  // namespace

MessageObject read_message_file(const std::filesystem::path& path, const TraceContext& context) {
  if (path == "-") {
    const auto copy = copy_of_standard_input();
    return parse_message(copy.get(), "-", context);
  }
  // Without O_NONBLOCK a FIFO that somebody put there would hold us for ever.
  const base::UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
  if (!fd) fail("cannot open " + path.string());
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) fail("cannot read " + path.string());
  if (!S_ISREG(status.st_mode)) throw DatabaseError{"cannot read " + path.string() + ": not a regular file"};
  return parse_message(fd.get(), path.string(), context);
}

}  // namespace mailspoor::index
