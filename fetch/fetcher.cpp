#include "fetch/fetcher.hpp"

#include <openssl/rand.h>
#include <spdlog/logger.h>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "fetch/error.hpp"
#include "fetch/imap/engine.hpp"
#include "fetch/patience.hpp"
#include "fetch/pop3/engine.hpp"
#include "fetch/transport.hpp"

namespace mailspoor::fetch {
namespace {

constexpr unsigned kMaxLosses = 3;          // of connections, in a row, that brought neither message nor hole
constexpr unsigned kMaxBarren = 10;         // that brought neither, before one brings a message
constexpr unsigned kMaxConnections = 1000;  // of a run
constexpr std::chrono::milliseconds kFirstWait{500};  // and four times as long each time

template <std::size_t size>
std::array<unsigned char, size> random_octets() {
  std::array<unsigned char, size> octets{};
  if (RAND_bytes(octets.data(), static_cast<int>(size)) != 1) {
    throw NetworkError{"OpenSSL has no random octets"};
  }
  return octets;
}

/// Twelve letters: nobody who sends a message can know them, so that no mail can hold a line with our tag.
std::string random_tag_prefix() {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEF";  // 32: no bias
  std::string prefix;
  for (const unsigned char octet : random_octets<12>()) prefix += kLetters[octet % kLetters.size()];
  return prefix;
}

std::uint64_t random_seed() { return std::bit_cast<std::uint64_t>(random_octets<sizeof(std::uint64_t)>()); }

}  // namespace

FetchReport& FetchReport::operator+=(const FetchReport& part) noexcept {
  fetched += part.fetched;
  octets += part.octets;
  holes += part.holes;
  accepted_holes += part.accepted_holes;
  flags_changed += part.flags_changed;
  labels_changed += part.labels_changed;
  gone += part.gone;
  recognised += part.recognised;
  return *this;
}

class Fetcher::Impl {
 public:
  Impl(std::unique_ptr<Transport> transport, const AccountOptions& options, Credentials& credentials,
       spdlog::logger& log, Sleep sleep)
      : options_{options}, credentials_{credentials}, log_{log}, sleep_{std::move(sleep)} {
    if (!transport) return;
    try {
      connect(std::move(transport));
    } catch (const ThrottledError& busy) {
      busy_ = busy;
    }
  }

  Engine& engine() {
    if (busy_) throw ThrottledError{*busy_};
    return *engine_;
  }
  void fetch(AccountSink& sink, FetchObserver& observer, const Reconnect& reconnect, FetchReport& total);

 private:
  void connect(std::unique_ptr<Transport> transport) {
    engine_ = engine(std::move(transport), options_, patience_);
  }
  std::unique_ptr<Engine> engine(std::unique_ptr<Transport> transport, const AccountOptions& options,
                                 Patience& patience);
  bool wait(std::chrono::milliseconds time) const;
  void connect_again(const Reconnect& reconnect);
  AccountOptions options_of_now() const;
  std::unique_ptr<Engine> hire(const Reconnect& reconnect);

  AccountOptions options_;
  Credentials& credentials_;
  spdlog::logger& log_;
  Sleep sleep_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  Patience patience_{[this](std::chrono::milliseconds time) { return wait(time); }, log_};
  std::optional<ThrottledError> busy_;  // what the server said in place of letting us in
  std::mutex hiring_;
  std::deque<Patience> patiences_;  // of connections beside the first
  imap::Setbacks setbacks_;
  pop3::Setbacks pop3_setbacks_;
  std::unique_ptr<Engine> engine_;
};

void Fetcher::Impl::fetch(AccountSink& sink, FetchObserver& observer, const Reconnect& reconnect,
                          FetchReport& total) {
  unsigned losses = 0;  // in a row that brought nothing
  unsigned barren = 0;  // that brought nothing since the last message
  bool is_let_in = engine_ != nullptr;
  for (unsigned connections = 0;;) {
    FetchReport report;
    const auto add_up = [&] {
      total.left_out = report.left_out;
      total.mailboxes = std::max(total.mailboxes, report.mailboxes);
      total.held = report.held > total.fetched ? report.held - total.fetched : 0;
      total.failed_mailboxes = report.failed_mailboxes;
      total += report;
      total.notes.insert(total.notes.end(), report.notes.begin(), report.notes.end());
    };
    try {
      if (busy_) throw ThrottledError{*std::exchange(busy_, std::nullopt)};
      if (!engine_) connect_again(reconnect);
      is_let_in = true;
      if (reconnect && options_.connections > 1) {
        engine_->fetch(sink, observer, report, [&] { return hire(reconnect); });
      } else {
        engine_->fetch(sink, observer, report, {});
      }
      return add_up();
    } catch (const ThrottledError& error) {
      add_up();
      if (!reconnect) throw;
      patience_.wait(error);
      options_.connections = 1;  // it asks for less
    } catch (const NetworkError& error) {
      add_up();
      if (!is_let_in) throw;
      // Each loss narrows down where the next one comes: a message, or at least a hole.
      const bool brings_messages = report.fetched > 0 || report.recognised > 0;
      const bool is_barren = !brings_messages && report.holes == 0;
      losses = is_barren ? losses + 1 : 1;
      barren = brings_messages ? 0 : barren + (is_barren ? 1 : 0);
      const bool has_hope = losses <= kMaxLosses && barren <= kMaxBarren && ++connections <= kMaxConnections;
      options_.connections = 1;  // it may not bear more
      if (!reconnect || !has_hope || !wait(kFirstWait * (1U << (2 * (losses - 1))))) throw;
      if (is_barren) {  // some servers offer these and do not bear them
        options_.compress = false;
        options_.asks_namespace = false;
        options_.pipelines = false;
      }
      log_.warn("{}; connecting again", error.what());
    } catch (...) {
      add_up();
      throw;
    }
    engine_.reset();
  }
}

/// @return false if the run's time would be over.
bool Fetcher::Impl::wait(std::chrono::milliseconds time) const {
  if (options_.deadline && std::chrono::steady_clock::now() + time >= start_ + *options_.deadline)
    return false;
  sleep_(time);
  return true;
}

/// Another connection beside the first; not twice at the same time, since a token may be renewed.
std::unique_ptr<Engine> Fetcher::Impl::hire(const Reconnect& reconnect) {
  const std::lock_guard lock{hiring_};
  auto& patience =
      patiences_.emplace_back([this](std::chrono::milliseconds time) { return wait(time); }, log_);
  const auto options = options_of_now();
  return engine(reconnect(options), options, patience);
}

std::unique_ptr<Engine> Fetcher::Impl::engine(std::unique_ptr<Transport> transport,
                                              const AccountOptions& options, Patience& patience) {
  if (options.url.protocol == Protocol::pop3) {
    return std::make_unique<pop3::Engine>(std::move(transport), options, credentials_, random_seed(),
                                          pop3_setbacks_, patience, log_);
  }
  return std::make_unique<imap::Engine>(std::move(transport), options, credentials_, random_tag_prefix(),
                                        setbacks_, patience, log_);
}

AccountOptions Fetcher::Impl::options_of_now() const {
  auto options = options_;
  if (options.deadline) {
    const auto spent = std::chrono::steady_clock::now() - start_;
    options.deadline =
        std::max(std::chrono::seconds{1}, std::chrono::ceil<std::chrono::seconds>(*options.deadline - spent));
  }
  return options;
}

void Fetcher::Impl::connect_again(const Reconnect& reconnect) { connect(reconnect(options_of_now())); }

Fetcher::Fetcher(std::unique_ptr<Transport> transport, const AccountOptions& options,
                 Credentials& credentials, spdlog::logger& log, Sleep sleep)
    : impl_{std::make_unique<Impl>(std::move(transport), options, credentials, log, std::move(sleep))} {}
void Fetcher::sleep(std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }
Fetcher::~Fetcher() = default;
Fetcher::Fetcher(Fetcher&&) noexcept = default;

const ServerIdentity& Fetcher::identity() const { return impl_->engine().identity(); }
std::vector<MailboxPlan> Fetcher::list() { return impl_->engine().list(); }
std::optional<std::vector<Quota>> Fetcher::quotas() { return impl_->engine().quotas(); }
bool Fetcher::is_left_out(const MailboxName& mailbox) const { return impl_->engine().is_left_out(mailbox); }
std::string Fetcher::list_failure() const { return impl_->engine().list_failure(); }
void Fetcher::for_each_mailbox(AccountSink& sink, const std::function<void(const MailboxUids&)>& take) {
  impl_->engine().for_each_mailbox(sink, take);
}
void Fetcher::fetch(AccountSink& sink, FetchObserver& observer, const Reconnect& reconnect,
                    FetchReport& report) {
  impl_->fetch(sink, observer, reconnect, report);
}

}  // namespace mailspoor::fetch
