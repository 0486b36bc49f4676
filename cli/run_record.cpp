#include "cli/run_record.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "deliver/base/unique_fd.hpp"

namespace mailspoor::cli {

std::filesystem::path run_record_path(const std::filesystem::path& root, const std::string& account) {
  return root / "runs" / (account + ".json");
}

std::optional<RunRecord> read_run_record(const std::filesystem::path& root, const std::string& account) {
  std::ifstream file{run_record_path(root, account), std::ios::binary};
  if (!file) return std::nullopt;
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto member = [&](const char* name) -> std::optional<std::string> {
    const auto value = json.find(name);
    if (value == json.end() || !value->is_string()) return std::nullopt;
    return value->get<std::string>();
  };
  RunRecord record{member("url"), member("finished"), std::nullopt, member("error"), {}};
  if (const auto code = json.find("exit_code"); code != json.end() && code->is_number_integer())
    record.exit_code = code->get<int>();
  if (const auto failed = json.find("failed_mailboxes"); failed != json.end() && failed->is_array()) {
    for (const auto& mailbox : *failed) {
      if (mailbox.is_string()) record.failed_mailboxes.push_back(mailbox.get<std::string>());
    }
  }
  return record;
}

bool write_run_record(const std::filesystem::path& root, const std::string& account,
                      const std::string& json) noexcept {
  try {
    const auto path = run_record_path(root, account);
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    const auto temporary = path.string() + ".new";
    base::UniqueFd fd{::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)};
    const auto text = json + "\n";
    const bool is_written =
        fd && ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
    fd.reset();
    if (!is_written) {
      ::unlink(temporary.c_str());
      return false;
    }
    if (std::rename(temporary.c_str(), path.c_str()) == 0) return true;
    ::unlink(temporary.c_str());
    return false;
  } catch (...) {
    return false;
  }
}

}  // namespace mailspoor::cli
