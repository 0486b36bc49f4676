#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "deliver/account_store.hpp"
#include "deliver/stored_folder.hpp"

namespace mailspoor::deliver {

/// A directory of its own that is removed with all it holds.
class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(const std::filesystem::path& parent = std::filesystem::temp_directory_path()) {
    auto name = (parent / "mailspoor-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error{"mkdtemp"};
    path_ = name;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream in{path, std::ios::binary};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

inline void write_text(const std::filesystem::path& path, std::string_view text) {
  std::ofstream{path, std::ios::binary} << text;
}

/// Names in a directory, sorted; none if it does not exist.
inline std::vector<std::string> names_in(const std::filesystem::path& directory) {
  std::vector<std::string> names;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator{directory, missing}) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// A machine whose clock stands still and whose random numbers count up from `first_random`.
inline Environment still_environment(std::uint64_t first_random = 0) {
  return {.now = [] { return std::chrono::system_clock::time_point{std::chrono::seconds{1709632802}}; },
          .host_name = "host.example",
          .pid = 42,
          .random = [next = first_random]() mutable { return next++; }};
}

/// A mailbox whose levels are separated by '/'.
inline MailboxIdentity mailbox_named(const std::string& raw, std::uint32_t uid_validity = 1) {
  MailboxIdentity mailbox{.raw = raw,
                          .name = raw,
                          .levels = {""},
                          .delimiter = '/',
                          .uid_validity = uid_validity,
                          .object_id = {}};
  for (const char c : raw) {
    if (c == '/') {
      mailbox.levels.emplace_back();
    } else {
      mailbox.levels.back() += c;
    }
  }
  return mailbox;
}

inline MessageFacts facts_of(std::uint32_t uid, std::vector<std::string> flags = {}) {
  return {.uid = uid,
          .flags = std::move(flags),
          .internal_date = "05-Mar-2024 10:00:02 +0000",
          .announced_size = {}};
}

inline void store(MailboxWriter& writer, std::uint32_t uid, std::string_view octets) {
  writer.begin();
  writer.append(octets);
  writer.end(facts_of(uid));
}

inline base::UidSet uids(std::string_view sequence_set) {
  return base::parse_sequence_set(sequence_set).value();
}

}  // namespace mailspoor::deliver
