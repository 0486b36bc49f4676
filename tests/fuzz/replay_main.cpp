// Runs a fuzz target over the files that are named, or lie in the folders that are named.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/fuzz/fuzz_target.hpp"

int main(int argc, char** argv) {
  int count = 0;
  const auto replay = [&](const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    const std::string octets{std::istreambuf_iterator<char>{file}, {}};
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(octets.data()), octets.size());
    ++count;
  };
  for (int index = 1; index < argc; ++index) {
    const std::filesystem::path path{argv[index]};
    if (!std::filesystem::is_directory(path)) {
      replay(path);
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator{path}) replay(entry.path());
  }
  std::printf("%d inputs replayed\n", count);
  return count > 0 ? 0 : 1;
}
