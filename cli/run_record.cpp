#include "cli/run_record.hpp"

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "deliver/directory.hpp"

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
    const auto runs = deliver::Directory::make(run_record_path(root, account).parent_path());
    runs.replace_file(account + ".json", json + '\n', deliver::Directory::Durability::unsynced);
    return true;
  } catch (...) {
    return false;
  }
}

}  // namespace mailspoor::cli
