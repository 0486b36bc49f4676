#include "index/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "deliver/base/unique_fd.hpp"
#include "index/error.hpp"

namespace mailspoor::index {
namespace {

[[noreturn]] void fail(const std::string& what) { throw DatabaseError{what + ": " + std::strerror(errno)}; }

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) {
  // Without O_NONBLOCK a FIFO that somebody put there would hold us for ever.
  const base::UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
  if (!fd) fail("cannot open " + path.string());
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) fail("cannot read " + path.string());
  if (!S_ISREG(status.st_mode)) throw DatabaseError{"cannot read " + path.string() + ": not a regular file"};
  if (status.st_size == 0) return;  // nothing to map
  const auto size = static_cast<std::size_t>(status.st_size);
  void* memory = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (memory == MAP_FAILED) fail("cannot map " + path.string());
  octets_ = {static_cast<const char*>(memory), size};
}

MappedFile::~MappedFile() {
  if (!octets_.empty()) ::munmap(const_cast<char*>(octets_.data()), octets_.size());
}

}  // namespace mailspoor::index
