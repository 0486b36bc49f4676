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
#include "index/trace/dkim_verify.hpp"

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

MessageObject read_open_file(int fd, const std::string& path, const TraceContext& context,
                             const DkimKeys* keys) {
  auto message = parse_message(fd, path, context);
  if (keys != nullptr) add_verdicts(message.authentication, verify_dkim(fd, path, *keys));
  return message;
}

}  // namespace

MessageObject read_message_file(const std::filesystem::path& path, const TraceContext& context,
                                const DkimKeys* keys) {
  if (path == "-") {
    const auto copy = copy_of_standard_input();
    return read_open_file(copy.get(), "-", context, keys);
  }
  // Without O_NONBLOCK a FIFO that somebody put there would hold us for ever.
  const base::UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
  if (!fd) fail("cannot open " + path.string());
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) fail("cannot read " + path.string());
  if (!S_ISREG(status.st_mode)) throw DatabaseError{"cannot read " + path.string() + ": not a regular file"};
  return read_open_file(fd.get(), path.string(), context, keys);
}

}  // namespace mailspoor::index
