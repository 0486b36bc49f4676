#pragma once

#include <spdlog/fwd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/connection.hpp"
#include "cli/error.hpp"
#include "deliver/account_store.hpp"
#include "fetch/credentials.hpp"
#include "fetch/fetcher.hpp"

namespace mailspoor::cli {

class BackgroundIndex;

struct SyncOptions {
  bool is_talking = false;  ///< Say what is done: on a terminal, or with -v.
  bool shows_progress = false;
  bool names_account = false;  ///< Say of which account: there are several.
  bool only_plans = false;     ///< --dry-run
  std::chrono::seconds lock_wait{0};
};

/// How the run of one account went.
struct AccountRun {
  std::string account;
  std::string url;
  std::int64_t started = 0;
  double seconds = 0;
  fetch::FetchReport report;
  std::optional<std::vector<fetch::MailboxPlan>> plans;  ///< Of a dry run.
  ExitCode code = ExitCode::done;
  std::optional<std::string> error;

  /// Holes that nobody has taken note of.
  std::uint64_t new_holes() const { return report.holes - report.accepted_holes; }
};

/// Brings one account, in steps, so that several accounts may be fetched at the same time while a person is
/// asked for one thing after the other. What goes wrong is in the result. What it is given must outlive it.
class AccountSync {
 public:
  AccountSync(const std::filesystem::path& root, const Connection& connection, const SyncOptions& options,
              BackgroundIndex* background, const GlobalOptions& global);

  /// The first step: a second run must not bother the server, or ask for a password, to learn that it may not
  /// go on. @return false if it failed, as do the others.
  bool take_lock();
  /// Whether fetch() may ask a person for something: then it gets the password itself, if it needs one.
  bool asks() const { return !connection_.options.tunnel.empty(); }
  /// May ask a person. Not where asks().
  bool get_credentials();
  /// Connects and fetches.
  void fetch();

  const AccountRun& result() const { return run_; }

 private:
  template <typename Work>
  bool attempt(Work work);
  void plan();
  void fetch_all();

  const std::filesystem::path& root_;
  const Connection& connection_;
  const SyncOptions& options_;
  BackgroundIndex* background_;
  std::shared_ptr<spdlog::logger> log_;
  std::optional<deliver::AccountStore> store_;
  std::optional<fetch::Credentials> credentials_;
  AccountRun run_;
};

}  // namespace mailspoor::cli
