#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "deliver/adopted_message.hpp"
#include "deliver/base/hex.hpp"
#include "deliver/base/sha256.hpp"
#include "tests/fuzz/fuzz_target.hpp"

// Any octets as a file that another program has stored. What is read is the file but for mbsync's one field,
// with the line ends of a server, and has the hash that is told of it.
namespace {

namespace fs = std::filesystem;
using namespace mailspoor;

class File {
 public:
  ~File() { fs::remove(path_); }
  const fs::path& holding(std::string_view octets) const {
    std::ofstream{path_, std::ios::binary} << octets;
    return path_;
  }

 private:
  fs::path path_ = fs::temp_directory_path() / ("adopted-" + std::to_string(getpid()));
};

std::string read(const deliver::AdoptedMessage& message) {
  std::string octets;
  message.read([&](std::string_view part) { octets += part; });
  return octets;
}

/// Said line by line: mbsync's field is the first of its form in front of an empty line.
std::string without_mark(std::string_view octets) {
  for (std::size_t begin = 0; begin < octets.size();) {
    const auto feed = octets.find('\n', begin);
    const auto end = feed == std::string_view::npos ? octets.size() : feed + 1;
    auto line = octets.substr(begin, end - begin);
    line = line.substr(0, line.find_last_not_of("\r\n") + 1);
    if (line.empty()) break;
    if (line.size() == 20 && line.substr(0, 8) == "X-TUID: ")
      return std::string{octets.substr(0, begin)} + std::string{octets.substr(end)};
    begin = end;
  }
  return std::string{octets};
}

std::string with_crlf(std::string_view octets) {
  std::string text;
  for (const char c : octets) text += c == '\n' ? std::string{"\r\n"} : std::string{c};
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const File file;
  constexpr std::size_t kRead = std::size_t{256} * 1024;  // mbsync's field is not looked for behind it
  if (size > kRead) return 0;
  const std::string_view octets{reinterpret_cast<const char*>(data), size};
  const deliver::AdoptedMessage message{file.holding(octets)};
  const auto adopted = read(message);
  const bool has_crlf = octets.find("\r\n") != std::string_view::npos;
  require(adopted == (has_crlf ? without_mark(octets) : with_crlf(without_mark(octets))));
  require(message.sha256() == base::to_hex(base::sha256(adopted)));
  return 0;
}
