#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace mailspoor::cli {

/// What the last sync of an account did, `<root>/runs/<account>.json`: the object that `sync --format jsonl`
/// printed, with `url`, `started` and `finished` (RFC 3339) in it.
struct RunRecord {
  std::optional<std::string> url;
  std::optional<std::string> finished;
  std::optional<int> exit_code;
  std::optional<std::string> error;  ///< What ended the run before its time.
  std::vector<std::string> failed_mailboxes;
};

std::filesystem::path run_record_path(const std::filesystem::path& root, const std::string& account);

/// nullopt if the account was never synced, or the file is none of ours.
std::optional<RunRecord> read_run_record(const std::filesystem::path& root, const std::string& account);

/// Puts `json` in the place of the former record. A record that cannot be written is no reason to fail a
/// sync: false.
bool write_run_record(const std::filesystem::path& root, const std::string& account,
                      const std::string& json) noexcept;

}  // namespace mailspoor::cli
