#include "cli/account_sync.hpp"

#include <spdlog/spdlog.h>

#include <ctime>
#include <utility>

#include "cli/account_failure.hpp"
#include "cli/background_index.hpp"
#include "cli/log.hpp"
#include "cli/opened.hpp"
#include "cli/output.hpp"
#include "cli/password.hpp"
#include "cli/plan_table.hpp"
#include "cli/progress.hpp"
#include "cli/store_sink.hpp"
#include "deliver/base/text.hpp"
#include "deliver/held_account.hpp"
#include "fetch/transport.hpp"

namespace mailspoor::cli {
namespace {

/// Tells the person at the terminal, and the index, how the fetching goes.
class SyncObserver : public fetch::FetchObserver {
 public:
  SyncObserver(std::string account, const SyncOptions& options, BackgroundIndex* background)
      : account_{std::move(account)}, options_{options}, background_{background} {}

  void planned(const std::vector<fetch::MailboxPlan>& plans) override {
    constexpr std::string_view kWhat = "new";
    const auto totals = totals_of(plans);
    if (options_.is_talking) {
      auto text = options_.names_account ? base::printable(account_) + ":\n" : std::string{};
      for (const auto& plan : plans) text += line_of(plan, kWhat);
      say(text + line_of(totals, kWhat));  // at once: other accounts print theirs
    }
    progress_ = std::make_unique<Progress>(options_.shows_progress && totals.messages > 0, totals.messages,
                                           totals.octets);
  }
  void fetched(std::uint64_t octets) override {
    if (progress_) progress_->add(octets);
  }
  void committed() override {
    if (background_ != nullptr) background_->notify();
  }
  void end() { progress_.reset(); }

 private:
  std::string account_;
  const SyncOptions& options_;
  BackgroundIndex* background_;
  std::unique_ptr<Progress> progress_;
};

fetch::Reconnect reconnecting(spdlog::logger& log) {
  return [&log](const fetch::AccountOptions& options) { return fetch::connect(options, log); };
}

}  // namespace

AccountSync::AccountSync(const std::filesystem::path& root, const Connection& connection,
                         const SyncOptions& options, BackgroundIndex* background, const GlobalOptions& global)
    : root_{root},
      connection_{connection},
      options_{options},
      background_{background},
      log_{make_logger("fetch", global)} {
  run_.account = connection.account;
  run_.url = connection.url;
  run_.started = std::time(nullptr);
}

/// @return false if it threw; then the result says why.
template <typename Work>
bool AccountSync::attempt(Work work) {
  const auto begin = std::chrono::steady_clock::now();
  bool is_done = false;
  try {
    work();
    is_done = true;
  } catch (const std::exception&) {
    const auto failure = account_failure();
    run_.code = failure.code;
    run_.error = failure.text;
    store_.reset();
  }
  run_.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return is_done;
}

bool AccountSync::take_lock() {
  return attempt([this] {
    if (options_.only_plans) return;  // it writes nothing, and needs none
    store_.emplace(root_, connection_.account, deliver::StoreOptions{.lock_wait = options_.lock_wait});
  });
}

bool AccountSync::get_credentials() {
  return attempt([this] { credentials_ = credentials_of(connection_); });
}

void AccountSync::fetch() {
  attempt([this] {
    if (options_.only_plans) {
      plan();
    } else {
      fetch_all();
    }
  });
}

/// What a sync would fetch now.
void AccountSync::plan() {
  auto opened = open_patiently(connection_, std::move(credentials_), *log_);
  fetch::Fetcher fetcher{std::move(opened.transport), connection_.options, opened.credentials, *log_};
  deliver::HeldAccount held{root_, connection_.account};
  LookingSink sink{&held};
  PlanObserver observer{run_.plans.emplace()};
  fetcher.fetch(sink, observer, reconnecting(*log_), run_.report);
  if (!run_.report.failed_mailboxes.empty()) run_.code = ExitCode::partial;
}

void AccountSync::fetch_all() {
  auto opened = open_patiently(connection_, std::move(credentials_), *log_);
  fetch::Fetcher fetcher{std::move(opened.transport), connection_.options, opened.credentials, *log_};
  StoreSink sink{store_.value()};
  SyncObserver observer{connection_.account, options_, background_};
  fetcher.fetch(sink, observer, reconnecting(*log_), run_.report);
  observer.end();
  try {
    store_->save();
  } catch (const deliver::Error& error) {
    log_->warn("{}; the next run will read the journals again", error.what());
  }
  store_.reset();
  if (run_.new_holes() > 0 || !run_.report.failed_mailboxes.empty()) run_.code = ExitCode::partial;
}

}  // namespace mailspoor::cli
